"""Which calls of a journal are a caller's."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flowrules.language.names import fold
from flowrules.runtime.journal.masking import Masker
from flowrules.runtime.journal.reader import Entry, read_journal

_ABOUT_PEOPLE = ("caller.", "called.", "lead.", "caller_", "lead_")
"""How the names of facts begin that tell who a caller is."""
_NUMBER = re.compile(r"\+?[\d ().-]{5,}")
_STILL_OPEN = timedelta(days=1)
"""A call that no process has ended may come again so long."""


@dataclass(frozen=True, slots=True)
class Found:
    """Ids of calls: those that are over, and those that go on, or may."""

    over: frozenset[str]
    open: frozenset[str]


class Caller:
    """Somebody, by what facts say of them: a telephone number, however it is written, a name, an id. `facts` are the
    names of the facts that are looked at; none: all that tell who a caller is. `key` is the journal's, for facts that
    are masked."""

    def __init__(self, said: str, facts: Collection[str] = (), key: bytes | None = None) -> None:
        self._facts = frozenset(map(fold, facts))
        self._text, self._digits = fold(said), _digits(said)
        ways = {said, self._text, self._digits, f"+{self._digits}"} - {"", "+"}
        self._masks = frozenset() if key is None else frozenset(map(Masker(key).digest, ways))

    def is_in(self, facts: Mapping[str, Any]) -> bool:
        return any(self._is(value) for name, value in facts.items() if self._looks_at(name))

    def _looks_at(self, name: str) -> bool:
        return name in self._facts if self._facts else name.startswith(_ABOUT_PEOPLE)

    def _is(self, value: Any) -> bool:
        match value:
            case list():
                return any(map(self._is, value))
            case None | bool():
                return False
        text = str(value)
        alike = bool(self._digits) and _digits(text) == self._digits
        return alike or fold(text) == self._text or text in self._masks


def calls_of(folder: Path, caller: Caller | None, named: Iterable[str], now: datetime) -> Found:
    """The calls of a caller, and those that are named. Raises OSError, and JournalError for what a newer version
    wrote."""
    wanted = set(named)
    heard: dict[str, str] = {}
    """Calls that no process has ended, with when they were last heard of."""
    known: set[str] = set()
    for entry in read_journal(folder):
        call = entry.call
        if not call:
            continue
        if call in wanted or (
            caller is not None and call not in known and any(map(caller.is_in, _facts(entry)))
        ):
            known.add(call)
        if entry.kind == "ended":
            heard.pop(call, None)
        elif entry.kind == "call" or call in heard:
            heard[call] = entry.at
    since = (now - _STILL_OPEN).astimezone(UTC).isoformat(timespec="milliseconds")
    still_open = frozenset(call for call in known if heard.get(call, "") > since)
    return Found(frozenset(known) - still_open, still_open)


# --- inside ---


def _facts(entry: Entry) -> Iterator[Mapping[str, Any]]:
    fields = entry.fields
    for facts in (fields.get("facts"), fields.get("keys")):
        if isinstance(facts, Mapping):
            yield facts
    for happened in fields.get("inputs") or ():
        for facts in (happened.get("facts"), happened.get("keys")):
            if isinstance(facts, Mapping):
                yield facts


def _digits(text: str) -> str:
    """Of a telephone number, without what is written before it in front of the country's code; '' of anything else."""
    if _NUMBER.fullmatch(text.strip()) is None:
        return ""
    digits = re.sub(r"\D", "", text)
    return digits[2:] if digits.startswith("00") else digits
