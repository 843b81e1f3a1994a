"""The journals of several workers in one folder: `worker-1`, `worker-2` and so on, each a journal of its own."""

import re
from collections.abc import Iterator
from pathlib import Path

from flowrules.runtime.journal.reader import journal_files

_NAME = re.compile(r"worker-([1-9][0-9]*)")


def journal_folder(root: Path, worker: int) -> Path:
    return root / f"worker-{worker}"


def is_workers(folder: Path) -> bool:
    """Whether it is, by its name, the journal of a worker."""
    return _NAME.fullmatch(folder.name) is not None


def journals_in(root: Path) -> list[Path]:
    """The folders that hold a journal: `root` itself, where one process wrote there, and those of workers, by their
    numbers. `root` alone where there is none."""
    own = [root] if root.is_dir() and journal_files(root) else []
    found = [*own, *(folder for _, folder in sorted(_workers(root)) if journal_files(folder))]
    return found or [root]


def _workers(root: Path) -> Iterator[tuple[int, Path]]:
    for path in root.glob("worker-*") if root.is_dir() else ():
        number = _NAME.fullmatch(path.name)
        if number is not None and path.is_dir():
            yield int(number[1]), path
