"""No module of the package is over 350 lines, and no folder holds over 20 modules."""

from collections import Counter
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "flowrules"
MODULES = sorted(PACKAGE.rglob("*.py"))
LINES, FOLDER = 350, 20

LONG = {"replaying/judge.py", "runtime/calls/driver.py", "runtime/calls/session.py"}
"""Modules that are longer still. This list and the next may only shrink."""
FULL = {"recordings"}
"""Folders that hold more still."""


def held(found: dict[str, int], most: int, excepted: set[str]) -> None:
    over = {name: size for name, size in found.items() if size > most and name not in excepted}
    assert not over, f"divide these by what changes together: {over}"
    shrunk = {name for name in excepted if found.get(name, 0) <= most}
    assert not shrunk, f"these need no exception any more: {shrunk}"


def test_no_module_is_long() -> None:
    lines = {
        path.relative_to(PACKAGE).as_posix(): len(path.read_text("utf-8").splitlines()) for path in MODULES
    }
    held(lines, LINES, LONG)


def test_no_folder_is_full() -> None:
    assert len(MODULES) > 800
    folders = Counter(path.parent.relative_to(PACKAGE).as_posix() for path in MODULES)
    held(dict(folders), FOLDER, FULL)
