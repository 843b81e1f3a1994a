"""What is made once and kept on disk: files that can be thrown away at any time, each with a key and a digest.

A file is used only where its key is the one asked for, its digest is right, and nobody but its owner, who runs this
process or the system, may write it. Anything else is as if there were no file. Writing is one step (a whole file under
another name, then renamed), so that of two processes each reads a whole file; where nothing can be written, nothing is.
"""

import hashlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path

_MARK = "flowrules kept 1"
SWITCH = "FLOWRULES_CACHE"
"""Names another folder for what is kept, or `off`."""


def user_folder() -> Path | None:
    """Where a user's programs keep what can be made again; None where that is switched off, or nobody is at home."""
    if (said := os.environ.get(SWITCH)) is not None:
        return None if said.strip().lower() in ("", "off") else Path(said)
    try:
        if sys.platform == "win32":
            base = Path(os.environ["LOCALAPPDATA"])
        elif sys.platform == "darwin":
            base = Path.home() / "Library" / "Caches"
        else:
            base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except (KeyError, RuntimeError):
        return None
    return base / "flowrules" if base.is_absolute() else None


def fetch(folder: Path, name: str, key: str) -> bytes | None:
    """What was kept under a name for this key; None where nothing usable is there."""
    try:
        with (folder / name).open("rb") as file:
            if not is_ours(os.fstat(file.fileno())) or not is_ours(folder.stat()):
                return None
            head, data = file.readline(300), file.read()
    except OSError:
        return None
    return data if head == _head(key, data) else None


def store(folder: Path, name: str, key: str, data: bytes, *, most: int = 8) -> bool:
    """Keep data under a name; whether that was possible. Of files with the same ending the `most` newest stay."""
    target = folder / name
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not is_ours(folder.stat()):
            return False
        replace(target, _head(key, data) + data)
        _thin_out(folder.glob(f"*{target.suffix}"), most)
    except OSError:
        return False
    return True


def replace(target: Path, data: bytes) -> None:
    """Write a file in one step: whoever reads it finds the old one, or the whole new one. Raises OSError."""
    other = target.with_name(f".{target.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        with os.fdopen(os.open(other, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "wb") as file:
            file.write(data)
        other.replace(target)
    except BaseException:
        other.unlink(missing_ok=True)
        raise


def _head(key: str, data: bytes) -> bytes:
    return f"{_MARK} {key} {hashlib.sha256(data).hexdigest()}\n".encode()


def is_ours(found: os.stat_result) -> bool:
    """Nobody else may write it."""
    if not hasattr(os, "geteuid"):
        return (
            True  # on Windows a user's own folders are closed to others, and their rights are not in the mode
        )
    return found.st_uid in (os.geteuid(), 0) and not found.st_mode & 0o022


def _thin_out(files: Iterable[Path], most: int) -> None:
    by_age = sorted(files, key=lambda file: file.stat().st_mtime_ns, reverse=True)
    for file in by_age[most:]:
        file.unlink(missing_ok=True)
