"""One plan under way, step by step."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from flowrules.call.call import Call
from flowrules.call.effects import CallOff
from flowrules.call.outcome import EventStatus
from flowrules.call.receipt import Reason, dropped, not_sent
from flowrules.call.running.delivery import Delivery
from flowrules.call.running.pairs import OpenPair
from flowrules.call.running.position import PartEnd, PartOutcome, Position, ends
from flowrules.call.running.progress import InFlight, Spent, Waits
from flowrules.compiler.refs import RuleRef
from flowrules.engine.planning.plan import (
    AdviseStep,
    FailedStep,
    Plan,
    PlannedStep,
    PlannedVerb,
    RememberStep,
    SilentStep,
    WaitStep,
)
from flowrules.engine.planning.planner import forbidden_after
from flowrules.engine.planning.provisional import noted
from flowrules.engine.state import forget, remember
from flowrules.verbs import BY_NAME, Effect


class Run(Delivery):
    """`advance` goes on as far as it can without an answer; `stop` drops what has not been sent."""

    def __init__(
        self,
        call: Call,
        event_id: str,
        spent: Spent,
        *,
        urgent_rule: str = "",
        after_unknown: bool = False,
        records_only: bool = False,
    ) -> None:
        super().__init__(call, event_id, spent, urgent_rule, after_unknown, records_only)
        self.plan = Plan(self.ruleset.revision)
        """Nothing, until it is made."""
        self.advise: tuple[str, ...] = ()
        self.stay_silent = False
        self._place = call.state.place
        """Of the turn in which its event came."""
        self.failures: tuple[PartEnd, ...] = ()
        self._part = -1
        self._in_part = False
        self._end: PartEnd | None = None
        """How the part's own steps ended; None while they run."""
        self._unrun: tuple[tuple[RuleRef, PlannedStep], ...] = ()
        self._to_close: tuple[OpenPair, ...] = ()
        """Pairs that a failed part is to close, the last one first. What a guard rail opens meanwhile is not closed
        again: there would be no end of it."""

    # --- what its machine asks ---

    @property
    def wakes_at(self) -> datetime | None:
        """When time alone lets it go on."""
        return self.waiting.until if isinstance(self.waiting, Waits) else None

    @property
    def failing(self) -> PartEnd | None:
        """A part that has failed, while it is being brought to its end."""
        end = self._end
        return end if end is not None and end.outcome is PartOutcome.FAILED and not self.over else None

    def ahead(self) -> tuple[tuple[PlannedStep, ...], ...]:
        """The steps that are still to come, if all goes well: of the part that runs, and of those behind it."""
        current = self.position.ahead() if self._in_part and self._end is None else ()
        return (current, *(part.steps for part in self.plan.parts[self._part + 1 :]))

    def ending_ahead(self) -> bool:
        """Whether an ending verb is still to come, if all goes well."""
        return not (self.stopped or self.over) and any(map(ends, self.ahead()))

    # --- what happens to it ---

    def resume(self, call: Call, since: datetime) -> None:
        """Others had their turn since then: that does not count. A `wait` went on meanwhile, and its time is counted
        already."""
        waiting = self.waiting
        if isinstance(waiting, Waits):
            if waiting.listens:
                self.waiting = waiting._replace(since=waiting.since + (call.now - since))
            else:
                since = min(max(since, waiting.until), call.now)
        self.deadline += call.now - since
        if self.speech_since is not None:
            self.speech_since += call.now - since

    def close(self, call: Call, why: str) -> None:
        """The WebSocket is closed. What has not been sent is dropped; but where only a hangup was left, the call has
        ended as it was to end, and the records on the way to that are sent."""
        if not self._only_hangs_up(call):
            self.stop(call, why, EventStatus.ENDED)
            return
        self.records_only = self.closed_in_goodbye = self.spent.stopped = True
        self.why, self.status = why, EventStatus.ENDED
        self.deadline = max(self.deadline, call.now + call.setup.limits.plan_deadline)
        if isinstance(self.waiting, InFlight) and self.waiting.step.effect is Effect.LIVE:
            call.do(CallOff(self.waiting.number))

    def _only_hangs_up(self, call: Call) -> bool:
        """Whether nothing is left to do but a hangup, which no guard rail forbids and the caller has not dropped. It
        waits for the bot's last word, that is being spoken, or a record before it is on its way."""
        if self.stopped or self.over or not self._in_part or self._end is not None:
            return False
        waiting, spoken = self.waiting, False
        if isinstance(waiting, InFlight):
            spec = BY_NAME.get(waiting.step.verb)
            spoken = waiting.intended and spec is not None and spec.heard_field is not None
            if not spoken and waiting.step.effect is not Effect.RECORD:
                return False
        elif waiting is not None and not waiting.listens:
            return False
        left = self.position.left_of_a_goodbye(spoken=spoken)
        if not left or self._is_dropped_by_the_caller(call, left):
            return False
        *brought, hangup = left
        assert isinstance(hangup, PlannedVerb)
        return forbidden_after(self.ruleset, hangup, brought, call.state, call.now) is None

    def _is_dropped_by_the_caller(self, call: Call, left: tuple[PlannedStep, ...]) -> bool:
        waits = any(isinstance(step, PlannedVerb) and step.wait_for_speech for step in left)
        return waits and not call.machine and call.speech.interruptions > self.interruptions

    def abandon(self, call: Call, why: str) -> None:
        """A bug has ended the plan: put on record, as dropped, whatever it has left without a fate."""
        self.status, self.over, self.waiting = EventStatus.BROKEN, True, None
        self._take_back(call)
        known = {(step.rule.id, step.path) for step in self.steps}
        for part in self.plan.parts:
            for step in part.steps:
                if isinstance(step, PlannedVerb) and (part.rule.id, step.path) not in known:
                    self._not_sent(call, part.rule, step.path, step.verb, dropped(why))

    def advance(self, call: Call) -> None:
        """Go on until a request is under way, time has to pass, or it is over."""
        if isinstance(self.waiting, Waits) and not self._waited(call, self.waiting):
            return
        while not self.over and self.waiting is None:
            if not self._in_part:
                self._next_part(call)
            elif (step := self.position.step) is None:
                self._sequence_over(call)
            elif self.stopped:
                self.position.give_up()
            else:
                self._act(call, step)

    # --- parts ---

    def _next_part(self, call: Call) -> None:
        self._part += 1
        if self._part == len(self.plan.parts):
            self.over = True
            self._take_back(call)
            return
        part = self.plan.parts[self._part]
        self.rule, self.part_rule, self.cleans_up = part.rule, part.rule.id, False
        self.tried, self.counted = False, part.outcome == "cap"
        self._end, self._in_part = None, True
        self.position = Position(part.steps)

    def _sequence_over(self, call: Call) -> None:
        """A part's own steps have come to their end, or those that close a pair."""
        end = self.position.end
        assert end is not None
        self._unrun = (*((self._whose, step) for step in self.position.unrun), *self._unrun)
        if self._end is None:
            self._end = end
            self._to_close = self.open_pairs if end.outcome is PartOutcome.FAILED else ()
        elif end.outcome is PartOutcome.ENDED:
            self._end = replace(self._end, outcome=PartOutcome.ENDED)
        while self._to_close:
            *rest, pair = self._to_close
            self._to_close = tuple(rest)
            if pair not in self.open_pairs:  # One that was closed together with another.
                continue
            self.open_pairs = tuple(one for one in self.open_pairs if one is not pair)
            self.rule, self.cleans_up = pair.rule, True
            steps = pair.closing(self.ruleset, call.state, call.now)
            if self._end.outcome is not PartOutcome.ENDED:
                self.position = Position(steps)
                return
            self._unrun = (*((pair.rule, step) for step in steps), *self._unrun)
        self._part_over(call, self._end)

    def _part_over(self, call: Call, end: PartEnd) -> None:
        if end.outcome is PartOutcome.COMPLETED and not self.stopped and not self.tried:
            self._count_use(call, call.now)
        why = self.why or (end.outcome is PartOutcome.ENDED and call.over) or "a step before it failed"
        for rule, step in self._unrun:
            if isinstance(step, PlannedVerb):
                self._not_sent(call, rule, step.path, step.verb, dropped(why))
        self._unrun, self._in_part = (), False
        if self.stopped or self.closed_in_goodbye:
            return
        if end.outcome is PartOutcome.FAILED:
            self.failures += (end,)
            self.status = EventStatus.FAILED
        if call.over and not self.records_only:
            self.stop(call, call.over, EventStatus.ENDED)

    # --- steps ---

    def _act(self, call: Call, step: PlannedStep) -> None:
        match step:
            case PlannedVerb():
                self._verb(call, step)
                return
            case FailedStep(path, verb, reason, message):
                self.tried = True
                self._not_sent(call, self._whose, path, verb, not_sent(Reason(reason), message))
                call.ran(self.event_id, step, reason)
                self._failed(call, step, reason)
                return
            case WaitStep(seconds=seconds):
                if call.setup.waits and not self.records_only:  # Nothing holds up the close of a call.
                    length = timedelta(seconds=seconds)
                    self.deadline += length
                    self.waiting = Waits(call.now + length, call.now)
                    call.ran(self.event_id, step)
                    return
            case RememberStep(fact=fact, value=value, source=source):
                before = call.state
                if value is None:
                    call.state = forget(before, fact)
                else:
                    call.state = remember(before, fact, value, call.now, source)
                self.provisional = noted(self.provisional, step, before, call.state)
            case AdviseStep(text=text):
                self.advise += (text,)
            case SilentStep():
                self.stay_silent, call.silent_at = True, self._place
            case _:
                assert_never(step)
        call.ran(self.event_id, step)
        self.position.went_well()

    def _waited(self, call: Call, waiting: Waits) -> bool:
        """Whether it goes on: the time is over, or it was stopped. Who waits for the bot looks again."""
        if waiting.listens:
            self.deadline += call.now - waiting.since
            self.waiting = None
            return True
        if call.now < waiting.until and not self.stopped:
            return False
        self.waiting = None
        self.interruptions = call.speech.interruptions
        if not self.stopped:
            self.position.went_well()
        return True
