"""Build the documentation site, and check every link of it.

    python docs/site/build.py [FOLDER]      without a folder: build/site

The pages are docs/*.md, docs/decisions, the changelog, CONTRIBUTING and docs/site/pages. They are copied to a stage,
because a page may link to a file of the repository that is no page: such a file becomes a page that shows it.
It needs the extra `docs`, and no network.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).resolve().parent
DOCS = HERE.parent
ROOT = DOCS.parent
LINK = re.compile(r"(?P<before>!?\[(?:[^\]\\]|\\.)*\]\()(?P<target>[^)\s#]+)(?P<rest>(?:#[^)\s]*)?\))")
INFO = re.compile(r"^(?P<fence> *```\w+) .*$", re.M)
"""A fence with words behind its language, which tests read and Python-Markdown does not take."""
AS_THEY_ARE = {".md", ".svg", ".png"}
"""Endings of files that are pages or pictures already."""


class Stage:
    """The folder from which the site is built."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._places = {page: _place(page) for page in _pages()}
        """File of the repository → its place below the stage."""

    def fill(self) -> None:
        waiting = list(self._places)
        while waiting:
            source = waiting.pop()
            known = set(self._places)
            self._write(source)
            waiting += sorted(set(self._places) - known)

    def _write(self, source: Path) -> None:
        goal = self.folder / self._places[source]
        goal.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            entries = sorted(one for one in source.iterdir() if one.is_file() and one.name != "__init__.py")
            listed = (f"- [{one.name}]({self._relative(one, goal)})" for one in entries)
            goal.write_text("\n".join([f"# {source.name}", "", *listed, ""]), "utf-8")
        elif source.suffix == ".md":
            goal.write_text(self._page(source, goal), "utf-8")
        elif goal.suffix == ".md":
            goal.write_text(
                f"# {source.name}\n\n````{_language(source)}\n{source.read_text('utf-8')}````\n", "utf-8"
            )
        else:
            shutil.copyfile(source, goal)

    def _page(self, source: Path, goal: Path) -> str:
        text = INFO.sub(r"\g<fence>", source.read_text("utf-8"))

        def moved(link: re.Match[str]) -> str:
            if re.match(r"[a-z]+:", link["target"]):
                return link[0]
            target = (source.parent / link["target"]).resolve()
            if not target.exists() or not target.is_relative_to(ROOT):
                raise SystemExit(f"{source.relative_to(ROOT)}: there is no {link['target']}")
            return link["before"] + self._relative(target, goal) + link["rest"]

        return LINK.sub(moved, text)

    def _relative(self, target: Path, goal: Path) -> str:
        place = self._places.setdefault(target, _place(target))
        return Path(os.path.relpath(self.folder / place, goal.parent)).as_posix()


def _pages() -> Iterator[Path]:
    yield from sorted(DOCS.glob("*.md"))
    yield from sorted(DOCS.glob("decisions/*.md"))
    yield from sorted(HERE.glob("pages/**/*.md"))
    yield from (ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md")


def _place(source: Path) -> str:
    if source in (ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md"):
        return source.name.lower()
    if source.is_relative_to(HERE / "pages"):
        return source.relative_to(HERE / "pages").as_posix()
    if source.is_relative_to(DOCS):
        return source.relative_to(DOCS).as_posix()
    place = f"files/{source.relative_to(ROOT).as_posix()}"
    return place if source.suffix in AS_THEY_ARE else f"{place}.md"


def _language(source: Path) -> str:
    """How its text is coloured."""
    known = {".yaml": "yaml", ".json": "json", ".toml": "toml", ".py": "python", ".service": "ini"}
    return known.get(source.suffix, "text")


def build(folder: Path) -> None:
    """Write the site to `folder`. Raises SystemExit with what is wrong: the builder's words, or dead links."""
    from links import problems

    with TemporaryDirectory() as made:
        stage = Path(made)
        Stage(stage / "pages").fill()
        shutil.copyfile(HERE / "zensical.toml", stage / "zensical.toml")
        done = subprocess.run(
            [sys.executable, "-m", "zensical", "build", "--strict"],
            cwd=stage,
            env={**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            raise SystemExit(done.stdout)
        found = problems(stage / "site")
        if found:
            raise SystemExit("\n".join(found))
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(stage / "site", folder)


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build/site")
