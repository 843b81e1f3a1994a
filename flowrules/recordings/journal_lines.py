"""Lines of a journal, as far as a recording asks for them: what a decision looked at, its plan, and how lines are
chained, is passed over unread."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, NotRequired, TypedDict, cast

import msgspec

from flowrules.runtime.journal.reader import entry_of

_ASKED = (
    "erased", "call", "session", "event", "rule", "path", "format", "calls", "intents", "setup", "facts", "mode",
    "revision", "rules", "keys", "timer", "inputs", "identity", "key", "by", "verb", "body", "status", "reason",
    "http_status", "code", "message", "attempts", "may_have_acted", "advise", "stay_silent", "why",
)  # fmt: skip
_made_of: Any = TypedDict  # A type checker wants each name written out.
_Fields: Any = _made_of(
    "_Fields",
    {"seq": int, "prev": str, "at": str, "kind": str, **dict.fromkeys(_ASKED, NotRequired[Any])},
)
_decode = msgspec.json.Decoder(_Fields).decode


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
        fields = cast("Mapping[str, Any]", _decode(raw))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        whole = entry_of(raw)  # It can read more: halves of surrogate pairs, and bytes that are no UTF-8.
        return None if whole is None else Entry(whole.seq, whole.at, whole.kind, whole.fields)
    return Entry(fields["seq"], fields["at"], fields["kind"], fields)
