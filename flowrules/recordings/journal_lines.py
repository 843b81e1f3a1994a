"""Lines of a journal, as far as a recording asks for them: what a decision looked at, its plan, and how lines are
chained, is passed over unread.

Most calls need less of their lines than is in them (`Line`); all is read of those that have to be played (`Entry`).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, NotRequired, TypedDict, cast

import msgspec

from flowrules.runtime.journal.reader import entry_of

_ASKED = (
    "erased", "call", "session", "event", "rule", "path", "format", "calls", "intents", "setup", "facts", "mode",
    "revision", "rules", "keys", "timer", "inputs", "identity", "key", "by", "verb", "body", "status", "reason",
    "http_status", "code", "message", "attempts", "may_have_acted", "advise", "stay_silent", "why", "tried_for",
)  # fmt: skip
_made_of: Any = TypedDict  # A type checker wants each name written out.
_Fields: Any = _made_of(
    "_Fields",
    {"seq": int, "prev": str, "at": str, "kind": str, **dict.fromkeys(_ASKED, NotRequired[Any])},
)
_decode_fields = msgspec.json.Decoder(_Fields).decode


class Entry(NamedTuple):
    """A line, as `runtime/journal/reader.py` has it. `fields`: those that are asked for."""

    seq: int
    at: str
    kind: str
    fields: Mapping[str, Any]

    @property
    def call(self) -> str:
        return str(self.fields.get("call", ""))

    @property
    def event(self) -> str:
        return str(self.fields.get("event", ""))

    @property
    def step(self) -> tuple[str, ...]:
        """Which step a sending, receipt or step entry speaks of."""
        get = self.fields.get
        return (
            str(get("call", "")), str(get("session", "")), str(get("event", "")), str(get("rule", "")),
            str(get("path", "")),
        )  # fmt: skip


class Happened(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """Something that has happened to a call, as most things do. What says more of itself is none of these."""

    input: str
    us: int
    since: int | None = None
    step: int = 0
    ticket: int = 0
    event: str = ""
    source: str = ""
    keys: dict[str, Any] | None = None
    passing: list[str] = []
    sources: dict[str, str] | None = None
    digest: str = ""
    identity: str = ""
    when: int = 0
    facts: dict[str, Any] = {}
    why: str = ""
    status: str = ""
    attempts: int = 0
    http_status: int | None = None


class Line(msgspec.Struct, gc=False):
    """A line, as far as most calls ask for it. `inputs`: None where it may say more than is read here."""

    seq: int
    prev: str
    at: str
    kind: str
    call: str = ""
    session: str = ""
    event: str = ""
    rule: str = ""
    path: str = ""
    verb: str = ""
    status: str = ""
    why: str = ""
    attempts: int | None = 0
    identity: str | None = None
    keys: dict[str, Any] | None = None
    body: Any = None
    setup: msgspec.Raw = msgspec.Raw()
    facts: msgspec.Raw = msgspec.Raw()
    tried_for: str | None = None
    erased: str | None = None
    inputs: list[Happened] | None = []

    @property
    def step(self) -> tuple[str, ...]:
        """As that of an entry."""
        return self.call, self.session, self.event, self.rule, self.path


_decode_line = msgspec.json.Decoder(Line).decode


def read_entries(path: Path) -> Iterator[tuple[int, Entry | None]]:
    """The lines of a file, with their numbers from 1: None for what is none. Empty ones are passed over. Raises
    OSError."""
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            if raw.strip():
                yield number, read_entry(raw)


def read_entry(raw: bytes) -> Entry | None:
    """A line's entry; None where it is torn, or none of ours."""
    try:
        fields = cast("Mapping[str, Any]", _decode_fields(raw))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        whole = entry_of(raw)  # It can read more: halves of surrogate pairs, and bytes that are no UTF-8.
        return None if whole is None else Entry(whole.seq, whole.at, whole.kind, whole.fields)
    return Entry(fields["seq"], fields["at"], fields["kind"], fields)


def read_line(raw: bytes) -> Line | None:
    """The same, as far as most calls ask for it."""
    try:
        return _decode_line(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        entry = read_entry(raw)
    if entry is None:
        return None
    get = entry.fields.get
    tried_for = str(get("tried_for")) if "tried_for" in entry.fields else None
    return Line(
        entry.seq,
        "",
        entry.at,
        entry.kind,
        entry.call,
        str(get("session", "")),
        tried_for=tried_for,
        inputs=None,
    )
