"""What another process asks the engine that writes a journal: to begin a new file, and to forget calls that are erased.

It stands in `journal.request`, until the engine has done it and removes the file.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flowrules.language.unicode import read_json
from flowrules.runtime.journal.file import write_whole

REQUEST = "journal.request"


def ask(folder: Path, forget: Iterable[str]) -> None:
    """Raises OSError."""
    write_whole(folder / REQUEST, json.dumps({"forget": sorted(forget)}).encode())


def asked(folder: Path) -> frozenset[str] | None:
    """The calls that are to be forgotten; None where nothing is asked. What can't be read asks for a new file alone."""
    path = folder / REQUEST
    if not path.exists():  # Asked so often that no descriptor is taken for it.
        return None
    try:
        request: Any = read_json(path.read_bytes())
    except OSError:
        return None
    except ValueError:
        return frozenset()
    match request:
        case {"forget": list(calls)}:
            return frozenset(map(str, calls))
    return frozenset()


def answer(folder: Path) -> None:
    """It is done, or nobody is there to do it. Raises OSError."""
    (folder / REQUEST).unlink(missing_ok=True)
