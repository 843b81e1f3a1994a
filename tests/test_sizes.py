"""No module of the package is over 350 lines, and no folder holds over 20 modules."""

from collections import Counter
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "flowrules"
MODULES = sorted(PACKAGE.rglob("*.py"))
LINES, FOLDER = 350, 20

LONG = {
    "runtime/calls/driver.py": 407,
    "runtime/calls/session.py": 489,
}
"""Modules that are longer still, and how long they may be. The lists may only shrink."""
FULL = {
    "recordings": 24,
}
"""Folders that hold more still, and how many."""


def held(found: dict[str, int], most: int, excepted: dict[str, int]) -> None:
    over = {name: size for name, size in found.items() if size > most}
    grown = {name: size for name, size in over.items() if size > excepted.get(name, most)}
    assert not grown, f"divide these by what changes together: {grown}"
    assert not excepted.keys() - over.keys(), "these need no exception any more"


def test_no_module_is_long() -> None:
    lines = {
        path.relative_to(PACKAGE).as_posix(): len(path.read_text("utf-8").splitlines()) for path in MODULES
    }
    held(lines, LINES, LONG)


def test_no_folder_is_full() -> None:
    assert len(MODULES) > 800
    folders = Counter(path.parent.relative_to(PACKAGE).as_posix() for path in MODULES)
    held(dict(folders), FOLDER, FULL)
