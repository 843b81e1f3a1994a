"""The candidate in one call, beside the machine of the live rules.

What happens to a live call is told to a machine of the candidate's a moment later, when the live call has done its own
part. What became of a verb of the live rules becomes of the same verb of the candidate's (`mirror.py`); any other
counts as accepted. Two decisions are equal where the same is sent and advised in the same order, whatever the rules are
called.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from flowrules.call.agenda import ENDING_EVENT
from flowrules.call.effects import Send
from flowrules.call.entries import Decided, Ended, Entry, NotSent, Received, Settled
from flowrules.call.inputs import (
    BotFinished,
    BotSpeaking,
    CallerHeard,
    CallerSpeaking,
    Closed,
    Input,
    Learned,
    PlayedOut,
    Reported,
    Stopped,
)
from flowrules.call.machine import CallMachine
from flowrules.call.receipt import Receipt
from flowrules.call.setup import Setup
from flowrules.engine.planning.plan import AdviseStep, Plan, every_step
from flowrules.engine.planning.plan_json import requests
from flowrules.engine.state import CallState
from flowrules.runtime.calls.driver import Driver
from flowrules.runtime.calls.recorder import Recorder
from flowrules.runtime.candidates.candidate import Candidate, CandidateDifference, Choice
from flowrules.runtime.candidates.mirror import Fates, Mirror
from flowrules.runtime.counters import Counters
from flowrules.runtime.engine_context import EngineContext
from flowrules.runtime.journal.input_json import IN_TIME, Timing
from flowrules.runtime.journal.writing.writer import Journal

MAX_UNPAIRED = 256
"""Decisions of one call that may wait for what the other rules decide on the same event."""

_TURNS = 64
"""Turns of the event loop that the candidate has to end behind the live call."""

_HAPPENED = (
    Reported, BotSpeaking, BotFinished, PlayedOut, CallerSpeaking, CallerHeard, Learned, Closed, Stopped,
)  # fmt: skip
"""What happens to a call from outside. The rest follows from the rules."""


def play_beside(
    candidate: Candidate, live: CallMachine, setup: Setup, context: EngineContext
) -> "Beside | None":
    """The candidate in a call that begins, with the live machine; None where it decides nothing."""
    if not candidate.rules.is_live:
        return None
    try:
        return Beside(candidate, live, setup, context)
    except Exception as error:
        candidate.failed(live.state.call_id, error)
        return None


class Beside:
    """The candidate in one call: fed with what happens to the call, it compares what each rule set decides."""

    def __init__(self, candidate: Candidate, live: CallMachine, setup: Setup, context: EngineContext) -> None:
        self._candidate, rules = candidate, candidate.rules
        self._live, state = live, live.state
        self._call_id = state.call_id
        self._choices: dict[str, tuple[Choice, bool]] = {}
        """Choices that wait for the other's, by the event: whether it is the live one."""
        self._to_feed: deque[tuple[Input, datetime]] = deque()
        self._over = self._scheduled = False
        # What the host has against the candidate's verbs is on no record of the live call.
        own = replace(setup, sends=False, trace=False, objection=context.fence.objection)
        self._fates = Fates(lambda: live.busy)
        machine = CallMachine(state, rules.current, own)
        quiet = replace(context, counters=Counters())
        tap = _Tap(self._done_by_candidate, state)
        self._driver = _QuietDriver(
            machine, lambda: rules.current, Mirror(self._fates), tap, quiet, lambda *_: None, lambda _: None
        )
        self._driver.broke = self._broke

    def took(self, received: Input, now: datetime) -> None:
        """Something has happened to the live call, at this time of it."""
        if self._over or not isinstance(received, _HAPPENED):
            return
        self._to_feed.append((received, now))
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._feed)

    def wrote(self, entry: Entry) -> None:
        """What the live rules have decided, and what came of it."""
        if self._over:
            return
        if isinstance(entry, Decided):
            self._fates.decided(entry)
            self._pair(entry, live=True)
        elif isinstance(entry, Received | NotSent):
            self._fates.became(entry)
        elif isinstance(entry, Settled):
            self._fates.settled(entry.outcome.event_id)
        elif isinstance(entry, Ended):
            self._fates.ended()
            self.live_has_ended()

    def live_has_ended(self, turns: int = _TURNS) -> None:
        """Nothing more comes of the live call. The candidate has some turns of the event loop to end, too."""
        if self._over:
            return
        if turns and not self._driver.machine.finished:
            asyncio.get_running_loop().call_soon(self.live_has_ended, turns - 1)
        else:
            self._end()

    # --- inside ---

    def _feed(self) -> None:
        self._scheduled = False
        try:
            while self._to_feed and not self._over:
                self._driver.feed_at(*self._to_feed.popleft())
        except Exception as error:
            self._broke(error)

    def _done_by_candidate(self, entry: Decided | Settled) -> None:
        if self._over:
            return
        if isinstance(entry, Decided):
            self._pair(entry, live=False)
        else:
            self._fates.forget(entry.outcome.event_id)

    def _pair(self, entry: Decided, *, live: bool) -> None:
        name, choice = entry.event.event_id, _choice(entry.plan)
        other = self._choices.pop(name, None)
        if other is None or other[1] is live:
            over = self._driver.machine.over if live else self._live.over
            if over and name != ENDING_EVENT:
                self._candidate.counted("parted")
                self._stop()
            elif len(self._choices) < MAX_UNPAIRED:
                self._choices[name] = choice, live
            return
        ours, theirs = (choice, other[0]) if live else (other[0], choice)
        if ours.sent == theirs.sent:
            self._candidate.counted("equal")
        else:
            self._candidate.differs(CandidateDifference(self._call_id, name, ours, theirs), "different")

    def _end(self) -> None:
        """Nothing more is compared. What only one of them has decided is told, if something comes of it."""
        for name, (choice, live) in self._choices.items():
            if choice.sent:
                pair = (choice, Choice()) if live else (Choice(), choice)
                self._candidate.differs(
                    CandidateDifference(self._call_id, name, *pair), "only_live" if live else "only_candidate"
                )
        self._stop()

    def _broke(self, error: Exception) -> None:
        if not self._over:
            self._candidate.failed(self._call_id, error)
            self._stop()

    def _stop(self) -> None:
        self._over = True
        self._choices.clear()
        self._to_feed.clear()
        self._driver.leave()


class _QuietDriver(Driver):
    """Logs no decisions: they are not those of the call."""

    __slots__ = ("_at", "broke")
    broke: Callable[[Exception], None]
    _at: datetime | None

    def feed_at(self, received: Input, at: datetime) -> None:
        """As it happened to the live call, then: timers that begin with it ring at the same time, under one name."""
        self._at = at
        try:
            self.feed(received)
        finally:
            self._at = None

    def now(self) -> datetime:
        return getattr(self, "_at", None) or super().now()

    def _log_outcome(self, outcome: object) -> None:
        pass

    async def _deliver(self, send: Send) -> tuple[Receipt, bool]:
        assert isinstance(self._sender, Mirror)
        self._sender.event_id = send.event_id
        return await super()._deliver(send)

    def _report_bug(self, where: str, error: Exception) -> None:
        self.broke(error)

    def leave(self) -> None:
        """Nothing of this call is driven any more."""
        self._wake_at(None)
        if self._worker is not None:
            worker, self._worker = self._worker, None
            worker.cancel()


class _Tap(Recorder):
    """Puts nothing on record, and tells of decisions and of their ends."""

    __slots__ = ("_told",)

    def __init__(self, told: Callable[[Decided | Settled], None], state: CallState) -> None:
        super().__init__(None, state.call_id, state.started_at)
        self._told = told

    def write(self, entry: Entry) -> None:
        if isinstance(entry, Decided | Settled):
            self._told(entry)


class RecorderBeside(Recorder):
    """A live call's recorder, which tells the candidate of what it takes down."""

    __slots__ = ("beside",)

    def __init__(self, journal: Journal | None, state: CallState) -> None:
        super().__init__(journal, state.call_id, state.started_at)
        self.beside: Beside | None = None

    def took(self, received: Input, now: datetime, timing: Timing = IN_TIME) -> None:
        super().took(received, now, timing)
        if self.beside is not None:
            self.beside.took(received, now)

    def write(self, entry: Entry) -> None:
        super().write(entry)
        if self.beside is not None:
            self.beside.wrote(entry)


def _choice(plan: Plan) -> Choice:
    advice = [
        {"advise": step.text}
        for part in plan.parts
        for step in every_step(part.steps)
        if isinstance(step, AdviseStep)
    ]
    return Choice(tuple(part.rule.label for part in plan.parts), (*requests(plan), *advice))
