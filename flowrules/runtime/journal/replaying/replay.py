"""Replaying a call from its journal: what happened to it goes through the call machine again, and what that would put
on record is compared with what is on record, entry by entry.

A session of a call is what one process did with it: it begins with an entry `call`, and ends with `ended` or with the
process. What a later process writes about it (that nobody knows what became of a verb) belongs to none.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import repeat
from pathlib import Path
from typing import Any

from flowrules.call.effects import Bug, Record
from flowrules.call.inputs import Input
from flowrules.call.machine import CallMachine
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.state import start_call
from flowrules.runtime.calls.recorder import Recorder
from flowrules.runtime.journal.chain import Chain
from flowrules.runtime.journal.input_json import input_of, moment_of
from flowrules.runtime.journal.masking import Masker
from flowrules.runtime.journal.open_calls import OpenCalls
from flowrules.runtime.journal.reader import Entry, entry_of, read_journal
from flowrules.runtime.journal.replaying.as_recorded import Recorded
from flowrules.runtime.journal.replaying.comparing import MASK, differs, holds_mask
from flowrules.runtime.journal.replaying.revisions import RulesMissing, read_rules
from flowrules.runtime.journal.setup_json import setup_of

OLDER = "an older version wrote it, which did not put on record what happens to a call"
_NO_PART_OF_IT = frozenset({"input", "candidate"})
"""Kinds of entries that tell of no step of the call."""
_BROKEN = "what happened to it can't be read"
_EARLIER = "something that is masked was known before, and it may come from that"


@dataclass(frozen=True, slots=True)
class Difference:
    """The first entry that is not the same. `seq` is its number in the journal; None: it is not there at all."""

    seq: int | None
    message: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """A session of a call that was played again. `equal`: so many entries are the same, up to the first that is not.
    `why_not`: why it can't be replayed; '' where it can. `notes` are sentences on what could not be compared."""

    call: str
    session: str
    equal: int = 0
    difference: Difference | None = None
    why_not: str = ""
    notes: tuple[str, ...] = ()

    @property
    def is_equal(self) -> bool:
        return self.difference is None and not self.why_not


@dataclass(slots=True)
class _Session:
    """`entries` without the first. `whole`: the process has not ended before it."""

    opening: Entry
    decided_before: Collection[str]
    entries: list[Entry] = field(default_factory=list)
    whole: bool = False
    broken: str = ""


RulesOf = Callable[[str, str], RuleSet]
"""The rules of a revision, for an agent type. Raises RulesMissing."""


def replay(folder: Path, call_id: str | None = None) -> Iterator[Replayed]:
    """Play every session of a call again, or of all calls. Raises OSError."""
    return replay_entries(read_journal(folder), _Rules(folder).of, call_id)


def replay_entries(
    entries: Iterable[Entry], rules: RulesOf, call_id: str | None = None
) -> Iterator[Replayed]:
    """As `replay`, for a journal that need not stand on a disk."""
    for session in _sessions(entries, call_id):
        yield _play(session, rules)


def _sessions(entries: Iterable[Entry], call_id: str | None) -> Iterator[_Session]:
    """Sessions, each as soon as it is over. Of one whose first entries were deleted for their age, nothing."""
    calls = OpenCalls()
    under_way: dict[str, _Session] = {}
    before: Entry | None = None
    for entry in entries:
        if before is not None and entry.seq != before.seq + 1:
            for session in under_way.values():
                session.broken = session.broken or f"lines of the journal are missing before line {entry.seq}"
        before = entry
        if entry.is_erased and entry.kind not in ("journal", "checkpoint"):
            continue
        call = entry.call
        if entry.kind == "journal":
            yield from under_way.values()
            under_way.clear()
        elif entry.kind == "call" and call_id in (None, call):
            if call in under_way:
                yield under_way[call]
            left = calls.calls.get(call)
            under_way[call] = _Session(entry, frozenset() if left is None else frozenset(left.decided))
        elif call in under_way and _belongs(entry, session := under_way[call]):
            session.entries.append(entry)
            if entry.kind == "ended":
                session.whole = True
                yield under_way.pop(call)
        try:
            calls.learn(entry.kind, entry.at, entry.fields)
        except (TypeError, ValueError, KeyError, AttributeError):  # No process of ours wrote it.
            calls = OpenCalls()
    yield from under_way.values()


def _belongs(entry: Entry, session: _Session) -> bool:
    """Whether an entry is of this session: what is reported to a call that is over is on record, too, also when one of
    the same id has begun since; and so is what a fleet has tried for a host that was gone."""
    if "tried_for" in entry.fields:
        return False
    of = session.opening.fields.get("session")
    return bool(entry.fields.get("session", of) == of)


class _Rules:
    """The rules of revisions, each made once. Those that were asked for last are kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[tuple[str, str], RuleSet] = {}

    def of(self, revision: str, agent_type: str) -> RuleSet:
        """Raises RulesMissing."""
        ruleset = self._made.pop((revision, agent_type), None) or read_rules(
            self._folder, revision, agent_type
        )
        self._made[revision, agent_type] = ruleset
        while len(self._made) > 8:
            del self._made[next(iter(self._made))]
        return ruleset


class _NoDigest(Masker):
    """What is masked on record is masked already, and stays as it is."""

    def digest(self, value: object) -> str:
        text = str(value)
        return text if MASK.fullmatch(text) else super().digest(value)


class _Pages:
    """Entries that would be put on record."""

    def __init__(self) -> None:
        self.masker: Masker = _NoDigest(b"")
        self.entries: deque[Entry] = deque()
        self._chain = Chain(0, "", repeat(b"0"))

    def note_json(self, kind: str, *objects: bytes, about: Mapping[str, Any]) -> None:
        entry = entry_of(self._chain.line(kind, datetime.min.replace(tzinfo=UTC), objects))
        assert entry is not None
        self.entries.append(entry)

    async def commit_json(
        self, kind: str, *objects: bytes, about: Mapping[str, Any], at_most: float | None = None
    ) -> None:
        self.note_json(kind, *objects, about=about)


def _play(session: _Session, rules: RulesOf) -> Replayed:
    opening = session.opening.fields
    call, began = session.opening.call, str(opening.get("session"))

    def not_replayed(why: str) -> Replayed:
        return Replayed(call, began, why_not=why)

    if "setup" not in opening:
        return not_replayed(OLDER)
    if session.broken:
        return not_replayed(session.broken)
    try:
        stage = _Stage(session, rules)
    except RulesMissing as missing:
        return not_replayed(str(missing))
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError):
        return not_replayed(_BROKEN)
    try:
        return stage.play()
    except Exception as error:  # Whatever stands in a file: the other calls are played all the same.
        return not_replayed(f"flowrules has failed at it: {error!r}")


class _Stage:
    """One session on its way."""

    def __init__(self, session: _Session, rules: RulesOf) -> None:
        """Raises RulesMissing, and KeyError, ValueError, TypeError and AttributeError for what is no session."""
        fields = session.opening.fields
        told = fields["setup"]
        agent_type = told["agent_type"]
        self._call = session.opening.call
        self._session = fields["session"]
        began = datetime.fromisoformat(self._session)
        self._whole = session.whole
        self._recorded = deque(entry for entry in session.entries if entry.kind not in _NO_PART_OF_IT)
        self._as_recorded = Recorded(entry.fields for entry in self._recorded)
        self._objection = ""
        self._inputs: list[tuple[Input, datetime, str]] = [
            (
                input_of(one, began, lambda revision: rules(revision, agent_type), entry.fields),
                moment_of(one["us"], began),
                one.get("objection", ""),
            )
            for entry in session.entries
            for one in entry.fields.get("inputs", ())
        ]
        self._holds_masks = holds_mask(fields["facts"]) or any(
            holds_mask(entry.fields.get("keys"))
            or holds_mask(one.get("keys"))
            or holds_mask(one.get("result"))
            for entry in session.entries
            for one in entry.fields.get("inputs", ())
        )
        setup = replace(
            setup_of(told, lambda body: self._objection),
            decide=self._as_recorded.decide,
            make_plan=self._as_recorded.plan,
            spoken_seconds=self._as_recorded.spoken_seconds,
            ends_entry=self._as_recorded.ends_entry,
        )
        self._machine = CallMachine(
            start_call(self._call, began, fields["facts"]),
            rules(fields["revision"], agent_type),
            setup,
            unknown_ending=told["unknown_ending"],
            unknown_to_host=told.get("unknown_to_host", False),
            decided_before=session.decided_before,
        )
        self._pages = _Pages()
        self._recorder = Recorder(self._pages, self._call, began)
        self._notes: list[str] = []
        if len(session.decided_before) != told["decided_before"]:
            self._notes.append("not all events are known that were decided before this session")

    def play(self) -> Replayed:
        equal = 0
        for received, now, objection in self._inputs:
            self._objection = objection
            for effect in self._machine.handle(received, now):
                if isinstance(effect, Record):
                    self._recorder.write(effect.entry)
                elif isinstance(effect, Bug):
                    self._notes.append(f"flowrules has failed on the way: {effect.error!r}")
            while self._pages.entries:
                difference = self._compare(self._pages.entries.popleft())
                if difference is None:
                    equal += 1
                elif difference is not _CUT_OFF:
                    return self._replayed(equal, difference)
                else:
                    return self._replayed(equal, None)
        self._pass_over_notes("")
        if self._recorded:
            entry = self._recorded[0]
            missing = f"{_name(entry)} is on record, and nothing that happened to the call leads to it"
            return self._replayed(equal, Difference(entry.seq, missing))
        return self._replayed(equal, None)

    def _compare(self, made: Entry) -> Difference | None:
        self._pass_over_notes(str(made.fields.get("message")) if made.kind == "note" else "")
        if not self._recorded:
            if not self._whole:
                return _CUT_OFF
            return Difference(None, f"{_name(made)} is not on record, and the replay has it at the end")
        entry = self._recorded.popleft()
        if (entry.kind, entry.event) != (made.kind, made.event):
            return Difference(entry.seq, f"{_name(entry)} is on record where the replay has {_name(made)}")
        if words := differs(entry.fields, made.fields):
            return Difference(entry.seq, f"{_name(entry)}: {words}")
        return None

    def _pass_over_notes(self, but: str) -> None:
        """Others than the machine write notes, too."""
        recorded = self._recorded
        while (
            recorded and recorded[0].kind == "note" and (not but or recorded[0].fields.get("message") != but)
        ):
            recorded.popleft()

    def _replayed(self, equal: int, difference: Difference | None) -> Replayed:
        notes = [
            f"the decision on {event} was taken as it is on record: it depends on what is masked"
            for event in self._as_recorded.given
        ]
        if difference is not None and self._holds_masks:
            notes.append(_EARLIER)
        return Replayed(self._call, self._session, equal, difference, "", (*self._notes, *notes))


_CUT_OFF = Difference(None, "the process has ended, or goes on")


def _name(entry: Entry) -> str:
    verb = entry.fields.get("verb")
    of = f" of {verb}" if verb else ""
    event = f" ({entry.event})" if entry.event else ""
    return f"{entry.kind}{of}{event}"
