"""The journal's format: its number, and its schema.

Formats so far, all of which are read:

    1   without `salt`; before the number was on record: without `inputs`, without a `checkpoint`
    2   each line ends with a `salt`, and a checkpoint tells the format, so that every file begins with it
"""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Protocol

from flowrules.runtime.errors import JournalError

FORMAT = 2
SCHEMA = "journal.schema.json"
TELL_FORMAT = frozenset({"journal", "checkpoint"})
"""Kinds of entries that say of which format what follows is."""


def schema() -> str:
    """The JSON schema (draft 2020-12) of a line, as text."""
    return files(__package__).joinpath(SCHEMA).read_text("utf-8")


class Entry(Protocol):
    """A line of a journal, however it was read."""

    @property
    def kind(self) -> str: ...
    @property
    def fields(self) -> Mapping[str, Any]: ...


def check_format(entry: Entry) -> None:
    """Raises JournalError where an entry says that what follows is of a format that this version does not know."""
    if entry.kind in TELL_FORMAT:
        told = entry.fields.get("format", FORMAT)
        if not isinstance(told, int) or told > FORMAT:
            raise JournalError(
                f"the journal is of format {told}, which a newer version of flowrules wrote: "
                f"this one reads formats up to {FORMAT}"
            )
