"""The record of what was decided and sent: append-only lines of JSON, written before the act.

Each name is imported when it is first used: whoever reads a journal needs nothing of the one who writes it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flowrules.runtime.journal.checking import Problem, verify
    from flowrules.runtime.journal.masking import Masker
    from flowrules.runtime.journal.reader import Entry, read_journal, story
    from flowrules.runtime.journal.writing.writer import Journal

_WHERE = {
    "Entry": "reader",
    "Journal": "writing.writer",
    "Masker": "masking",
    "Problem": "checking",
    "read_journal": "reader",
    "story": "reader",
    "verify": "checking",
}

__all__ = ["Entry", "Journal", "Masker", "Problem", "read_journal", "story", "verify"]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
