"""What the run before left behind, read back once when a journal is opened."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flowrules.runtime.journal.reader import Entry, journal_files, read_file
from flowrules.verbs import BY_NAME, Effect

_REMEMBERED = timedelta(hours=24)
"""A call that nobody has ended is remembered so long: no token lives longer."""


@dataclass(slots=True)
class LeftCall:
    """A call that had not ended: which of its events were decided, and whether an ending verb of it may have acted.
    `at` is when it was last heard of, as the journal writes it."""

    at: str
    decided: set[str] = field(default_factory=set)
    unknown_ending: bool = False

    def as_json(self) -> dict[str, Any]:
        return {"at": self.at, "decided": sorted(self.decided), "unknown_ending": self.unknown_ending}


@dataclass(frozen=True, slots=True)
class Recovered:
    """The end of the chain, intents without a receipt, and the calls that may come back."""

    seq: int = 0
    prev: str = ""
    torn: bool = False
    intents: tuple[Entry, ...] = ()
    calls: Mapping[str, LeftCall] = field(default_factory=dict)


def recover(folder: Path, now: datetime) -> Recovered:
    """Read back to where the last run began: what was open before that, it has settled or carried over. Raises
    OSError."""
    entries, torn = _last_run(folder)
    if not entries:
        return Recovered(torn=torn)
    intents: dict[tuple[str, ...], Entry] = {}
    calls: dict[str, LeftCall] = {}
    for entry in entries:
        match entry.kind:
            case "journal":
                intents = {intent.step: intent for intent in _unsettled(entry)}
                calls = dict(_carried_over(entry))
            case "sending":
                intents[entry.step] = entry
            case "receipt":
                intents.pop(entry.step, None)
                _learn(calls, entry)
            case "decided":
                call = calls.setdefault(entry.call, LeftCall(entry.at))
                call.at = entry.at
                if not entry.event.startswith("#"):  # The session's own numbers begin anew.
                    call.decided.add(entry.event)
            case "ended":
                calls.pop(entry.call, None)
    for intent in intents.values():
        if _ends(intent) and intent.call in calls:
            calls[intent.call].unknown_ending = True
    oldest = (now - _REMEMBERED).isoformat()
    last = entries[-1]
    left = {name: call for name, call in calls.items() if call.at >= oldest}
    return Recovered(last.seq, last.link, torn, tuple(intents.values()), left)


def _last_run(folder: Path) -> tuple[list[Entry], bool]:
    """All entries of the files that the last run wrote, and whether the very last line is torn."""
    tail: list[Entry] = []
    torn, known_end = False, False
    for path in reversed(journal_files(folder)):
        lines = list(read_file(path))
        if not known_end and lines:
            torn, known_end = lines[-1].entry is None, True
        entries = [line.entry for line in lines if line.entry is not None]
        tail = entries + tail
        if any(entry.kind == "journal" for entry in entries):
            break
    return tail, torn


def _unsettled(entry: Entry) -> Iterator[Entry]:
    """The intents that a process found and was about to settle."""
    for fields in entry.fields.get("intents") or ():
        yield replace(entry, kind="sending", fields=dict(fields))


def _carried_over(entry: Entry) -> Iterator[tuple[str, LeftCall]]:
    for name, call in (entry.fields.get("calls") or {}).items():
        yield name, LeftCall(call["at"], set(call["decided"]), call["unknown_ending"])


def _learn(calls: Mapping[str, LeftCall], receipt: Entry) -> None:
    """What a receipt tells of whether the call has ended."""
    call = calls.get(receipt.call)
    if call is None:
        return
    status = receipt.fields.get("status")
    if _ends(receipt) and status == "unknown":
        call.unknown_ending = True
    elif receipt.fields.get("verb") == "get_call_state" and status == "accepted":
        call.unknown_ending = False


def _ends(entry: Entry) -> bool:
    verb = BY_NAME.get(str(entry.fields.get("verb")))
    return verb is not None and verb.effect is Effect.ENDING
