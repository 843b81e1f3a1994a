"""Most calls of a journal, made of less than is in it: those that went as most do, and may be looked up.

How they kept up is told as one number an input (`replaying/lateness.py` says what follows from it). What is read here
is what `journal_calls.py` reads; `tests/recordings/test_journals.py` holds one against the other.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec

from flowrules.call.inputs import Closed, Learned, Reported
from flowrules.call.receipt import Receipt, Status
from flowrules.call.setup import Setup
from flowrules.engine.event import Event, Source
from flowrules.recordings.call import RECORDED, Recorded, RecordedCall, RecordedInput, Sent, Timed
from flowrules.recordings.journal_calls import call_of
from flowrules.recordings.journal_lines import Happened, Line, read_entry
from flowrules.runtime.journal.input_json import value_of
from flowrules.runtime.journal.setup_json import setup_of

Late = Sequence[timedelta] | None
"""As `replaying/lateness.py` says."""
_US = timedelta(microseconds=1)
_NEVER = -1
_SOURCES = {source.name.lower(): source for source in Source}
_NONE_PASS: frozenset[str] = frozenset()
_new = tuple.__new__


class JournalCall:
    """A session of a call whose lines are not read to their ends yet. `origin`: where it stands, for people."""

    __slots__ = ("_broken", "_decided_before", "_done", "_lines", "_masked", "_raw", "call_id", "origin")

    def __init__(
        self,
        lines: Sequence[Line],
        raw: Sequence[bytes],
        decided_before: frozenset[str],
        origin: str,
        *,
        broken: bool,
        done: bool,
        masked: bool,
    ) -> None:
        """`lines`: the first is that with which the session begins. `masked`: they may hide something."""
        self.call_id = lines[0].call
        self.origin = origin
        self._lines = lines
        self._raw = raw
        self._decided_before = decided_before
        self._broken = broken
        self._done = done
        self._masked = masked

    def made(self) -> Recorded:
        """The same as every other recorded call."""
        opening, *entries = [entry for raw in self._raw if (entry := read_entry(raw)) is not None]
        return call_of(
            opening, entries, self._decided_before, self.origin, broken=self._broken, done=self._done
        )

    def quick(self) -> tuple[RecordedCall, Late] | None:
        """The call without its pace, and by how much in all it was late after each input. None where it has to be made
        to tell, because something in it is as in few calls."""
        if self._broken or self._done or self._masked or self._decided_before:
            return None
        try:
            return _Quick(self._lines).call(self.origin)
        except (KeyError, ValueError, TypeError, OverflowError, msgspec.MsgspecError):
            return None


class _Quick:
    """What is read of a session, line by line. Raises ValueError for what is as in few calls."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._began = datetime.fromisoformat(lines[0].session)
        self._now = self._before = 0
        """Microseconds since it began."""
        self._due = _NEVER
        """The last moment for which something was due that came since the last input, which has to be before the next
        one for it to be known by how much the call was late."""
        self._in_order = True
        self._inputs: list[Timed] = []
        self._at: list[int] = []
        self._late: list[int] = []
        self._outcomes: list[Sent] = []
        self._asked: dict[int, int] = {}
        """When the first attempt of each request was about to leave."""
        self._answer: tuple[Happened, int] | None = None

    def call(self, origin: str) -> tuple[RecordedCall, Late] | None:
        opening, *lines = self._lines
        setup = _usual(bytes(opening.setup))
        if setup is None or opening.inputs or not opening.session or opening.erased is not None:
            return None
        over, intent = "", None
        for line in lines:
            if line.inputs is None or line.erased is not None:
                return None
            for one in line.inputs:
                self._input(one, line)
            kind = line.kind
            if kind == "sending":
                intent = line
            elif kind == "receipt" or kind == "step":
                body = None
                if intent is not None and intent.step == line.step:
                    body, intent = intent.body, None
                self._outcome(line, body)
            elif kind == "ended":
                over = line.why
            if kind != "input":
                self._answer = None
        if not over:
            return None
        began = self._began
        call = RecordedCall(
            opening.call,
            began,
            _decode(opening.facts),
            tuple(self._inputs),
            began + self._now * _US,
            tuple(self._outcomes),
            None,
            over,
            origin,
            setup=setup,
        )
        return call, [us * _US for us in self._late] if self._in_order else None

    # --- inside ---

    def _input(self, one: Happened, line: Line) -> None:
        kind, now = one.input, one.us
        self._now = now
        since = self._before if one.since is None else one.since
        match kind:
            case "continued":
                self._was_due(since, now)
            case "reported":
                self._keep(_reported(one, line), now)
            case "about_to_send":
                self._asked.setdefault(one.step, now)
                return
            case "answered":
                self._answer = one, since
            case "woken":
                self._was_due(one.when, now)
            case "learned":
                facts = {name: value_of(value) for name, value in one.facts.items()}
                self._keep(Learned(facts, _SOURCES[one.source]), now)
            case "closed":
                self._keep(Closed(one.ticket, one.why), now)
            case _:
                raise ValueError(kind)
        self._before = now

    def _was_due(self, due: int, now: int) -> None:
        """Something has come that was due then."""
        if due < (self._at[-1] if self._at else 0):
            self._in_order = False
        if self._late:
            self._late[-1] += now - due
        if due > self._due:
            self._due = due

    def _keep(self, received: RecordedInput, now: int) -> None:
        if self._due >= now:
            self._in_order = False
        self._due = _NEVER
        self._inputs.append((self._began + now * _US, received))
        self._at.append(now)
        self._late.append(0)

    def _outcome(self, line: Line, body: Mapping[str, Any] | None) -> None:
        answer = self._answer
        if line.kind == "step":
            if answer is not None or line.status != Status.DROPPED or line.attempts:
                raise ValueError(line.status)
            return
        if answer is None or answer[0].status != Status.ACCEPTED:
            raise ValueError(line.status)
        received, since = answer
        left = self._asked.pop(received.step, self._now)
        self._outcomes.append(
            Sent(
                line.verb,
                _accepted(received.http_status, received.attempts),
                line.event,
                line.rule,
                line.path,
                body,
                self._began + left * _US if received.attempts else None,
                (self._now - since) * _US,
            )
        )


def _reported(one: Happened, line: Line) -> Reported:
    keys = one.keys if one.keys is not None else line.keys
    if keys is None:
        raise ValueError("it carries nothing")
    if list in map(type, keys.values()):
        keys = {name: value_of(value) for name, value in keys.items()}
    passing = frozenset(one.passing) if one.passing else _NONE_PASS
    sources = (
        None if one.sources is None else {name: _SOURCES[source] for name, source in one.sources.items()}
    )
    event = _new(
        Event,
        (keys, passing, _SOURCES[one.source], sources, one.event, "", True, "", one.identity, None),
    )
    return _new(Reported, (one.ticket, event, one.digest))


_decode = msgspec.json.Decoder(dict[str, Any]).decode


@lru_cache(maxsize=256)
def _accepted(http_status: int | None, attempts: int) -> Receipt:
    return Receipt(Status.ACCEPTED, http_status=http_status, attempts=attempts)


@lru_cache(maxsize=256)
def _usual(written: bytes) -> Setup | None:
    """What a call was set up with; None for what few calls are."""
    told = _decode(written)
    if told["unknown_ending"] or told.get("unknown_to_host", False):
        return None
    return setup_of(told, RECORDED.objection)
