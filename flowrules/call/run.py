"""One plan under way: step by step, each verb with a fate, nothing sent that may not be."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from flowrules.call.call import Call
from flowrules.call.effects import CallOff, Send
from flowrules.call.entries import Note, NotSent, Received, Sending
from flowrules.call.flight import InFlight, made_ready, takes_off
from flowrules.call.objections import limit, objection
from flowrules.call.outcome import EventStatus, StepOutcome
from flowrules.call.pairs import Pairs
from flowrules.call.position import (
    ENDED,
    PartEnd,
    PartOutcome,
    Position,
    ending_ahead,
    ends,
)
from flowrules.call.receipt import Reason, Receipt, Status, dropped, not_sent
from flowrules.call.received import SESSION_OVER, received
from flowrules.call.spent import Spent
from flowrules.call.use import Use
from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.plan import (
    AdviseStep,
    FailedStep,
    Plan,
    PlannedStep,
    PlannedVerb,
    PlanPart,
    RememberStep,
    WaitStep,
)
from flowrules.engine.planner import forbidden, forbidden_after, make_late_closings
from flowrules.engine.provisional import NOTHING, Provisional, noted, taken_back
from flowrules.engine.scene import OpenPair
from flowrules.engine.state import forget, is_open, remember
from flowrules.verbs import BY_NAME, Effect

_CLOSED = "the WebSocket is closed: nothing live and nothing ending is sent any more"
_NOT_OPEN = "what it would close is not open"
_MAY_HAVE_ENDED = "an ending verb before it may have acted"


@dataclass(frozen=True, slots=True)
class Waits:
    """The plan waits until then, or for the bot's last word: `listens`."""

    until: datetime
    since: datetime
    listens: bool = False


class Run:
    """`advance` goes on as far as it can without an answer; `stop` drops what has not been sent.

    `urgent_rule`: the id of the urgent rule whose plan this is; '' for any other.
    `after_unknown`: this plan follows from one whose ending verb may have acted, so it may not end the call.
    `records_only`: the WebSocket is closed.
    """

    __slots__ = (
        "_closed",
        "_deadline",
        "_end",
        "_ending_unknown",
        "_interruptions",
        "_pairs",
        "_part",
        "_position",
        "_provisional",
        "_rule",
        "_speech_since",
        "_unrun",
        "_use",
        "advise",
        "event_id",
        "failures",
        "notes",
        "over",
        "plan",
        "records_only",
        "ruleset",
        "spent",
        "status",
        "steps",
        "stopped",
        "urgent_rule",
        "waiting",
        "why",
    )

    def __init__(
        self,
        call: Call,
        ruleset: RuleSet,
        event_id: str,
        spent: Spent,
        *,
        urgent_rule: str = "",
        after_unknown: bool = False,
        records_only: bool = False,
    ) -> None:
        self.ruleset = ruleset
        self.event_id = event_id
        self.spent = spent
        self.urgent_rule = urgent_rule
        self.records_only = records_only
        self.plan = Plan(ruleset.revision)
        """Nothing, until it is made."""
        self.status = EventStatus.DONE
        self.stopped = self.over = False
        self.why = ""
        """Why it was stopped."""
        self.advise: list[str] = []
        self.notes: tuple[str, ...] = ()
        """What its plan did not foresee, in sentences that quote nobody."""
        self.failures: list[PartEnd] = []
        self.steps: list[StepOutcome] = []
        """In the order in which their fate was known."""
        self.waiting: InFlight | Waits | None = None
        self._interruptions = call.speech.interruptions
        """A caller who interrupts after this, even before the plan is made or while a record before the hangup is on
        the wire, drops it."""
        self._deadline = call.now + call.setup.limits.plan_deadline
        self._speech_since: datetime | None = None
        self._ending_unknown = after_unknown
        self._pairs = Pairs()
        self._part = -1
        self._position: Position | None = None
        self._use: Use | None = None
        self._rule: RuleRef | None = None
        """Whose clean-up is under way: that of the rule which opened the pair. None: none is."""
        self._end: PartEnd | None = None
        """How the part's own steps ended; None while they run."""
        self._unrun: list[tuple[RuleRef, PlannedStep]] = []
        self._closed: tuple[OpenPair, ...] = ()
        """Pairs with a cap that were to be closed before an ending verb, whatever became of that."""
        self._provisional: Provisional = NOTHING
        """What records have told for an ending that is still to come."""

    def fork(self, spent: Spent) -> "Run":
        twin = Run.__new__(Run)
        for name in Run.__slots__:
            setattr(twin, name, getattr(self, name))
        twin.spent = spent
        twin.advise, twin.failures = [*self.advise], [*self.failures]
        twin.steps, twin._unrun = [*self.steps], [*self._unrun]
        twin._pairs = self._pairs.fork()
        twin._position = self._position.fork() if self._position is not None else None
        twin._use = replace(self._use) if self._use is not None else None
        twin.waiting = replace(self.waiting) if self.waiting is not None else None
        return twin

    # --- what its machine asks ---

    @property
    def in_flight(self) -> bool:
        return isinstance(self.waiting, InFlight)

    @property
    def wakes_at(self) -> datetime | None:
        """When time alone lets it go on."""
        return self.waiting.until if isinstance(self.waiting, Waits) else None

    @property
    def failing(self) -> PartEnd | None:
        """A part that has failed, while it is being brought to its end."""
        end = self._end
        return end if end is not None and end.outcome is PartOutcome.FAILED and not self.over else None

    def ending_ahead(self) -> bool:
        """Whether an ending verb is still to come, if all goes well."""
        if self.stopped or self.over:
            return False
        parts = self.plan.parts[self._part + 1 :]
        current = self._position.ahead() if self._position is not None and self._end is None else ()
        return ends(current) or any(ends(part.steps) for part in parts)

    # --- what happens to it ---

    def stop(self, call: Call, why: str, status: EventStatus) -> None:
        """Drop what has not been sent. Only the first reason counts. A hangup that was interrupted raises an event;
        what else stops a plan stops all that led to it."""
        if self.stopped or self.over:
            return
        self.stopped, self.why, self.status = True, why, status
        self.spent.stopped = self.spent.stopped or status is not EventStatus.INTERRUPTED
        if isinstance(self.waiting, InFlight):
            call.do(CallOff(self.waiting.number))

    def resume(self, call: Call, since: datetime) -> None:
        """Others had their turn since then: that does not count. A `wait` went on meanwhile, and its time is counted
        already."""
        waiting = self.waiting
        if isinstance(waiting, Waits):
            if waiting.listens:
                self.waiting = replace(waiting, since=waiting.since + (call.now - since))
            else:
                since = min(max(since, waiting.until), call.now)
        self._deadline += call.now - since
        if self._speech_since is not None:
            self._speech_since += call.now - since

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
            position = self._position
            if position is None:
                self._next_part(call)
            elif position.step is None:
                self._sequence_over(call, position)
            elif self.stopped:
                position.give_up()
            else:
                self._act(call, position, position.step)

    def about_to_send(self, call: Call, number: int) -> bool:
        """Whether an attempt that is about to leave may. Guard rails and the host's own lists are asked once more."""
        flight = self.waiting
        if not isinstance(flight, InFlight) or flight.number != number or self.stopped:
            return False
        flight.objection = "" if flight.looks else objection(call, self.ruleset, flight.ready)
        if flight.objection:
            return False
        if not flight.intended:
            flight.intended, flight.left_at = True, call.now
            if call.setup.sends:
                path, request = flight.sent.path, flight.request
                call.record(Sending(self.event_id, flight.rule, path, request, flight.deadline))
        return True

    def answered(self, call: Call, number: int, receipt: Receipt) -> bool:
        """What became of a request. Whether it is this plan's, and had no answer yet."""
        flight = self.waiting
        if not isinstance(flight, InFlight) or flight.number != number:
            return False
        self.waiting = None
        if flight.objection and not receipt.may_have_acted:
            receipt = not_sent(Reason.FORBIDDEN, flight.objection, receipt.attempts)
            self.notes += (f"{flight.request.verb} not sent: {flight.objection}",)
        path, request = flight.sent.path, flight.request
        if flight.intended and call.setup.sends:
            call.record(Received(self.event_id, flight.rule, path, request, receipt))
            self.steps.append(StepOutcome(flight.rule, path, request.verb, receipt))
        else:
            self._not_sent(call, flight.rule, path, request.verb, receipt)
        if flight.looks:
            self._looked(call, flight, receipt)
        else:
            self._received(call, flight, receipt)
        return True

    # --- parts ---

    def _next_part(self, call: Call) -> None:
        self._part += 1
        if self._part == len(self.plan.parts):
            self.over = True
            self._take_back(call)
            return
        part = self._part_now
        self._use = Use(part.rule.id, counted=part.outcome == "cap")
        self._rule = self._end = None
        self._position = Position(part.steps)

    @property
    def _part_now(self) -> PlanPart:
        return self.plan.parts[self._part]

    def _sequence_over(self, call: Call, position: Position) -> None:
        """A part's own steps have come to their end, or those that close a pair."""
        assert position.end is not None
        rule = self._rule or self._part_now.rule
        self._unrun = [*((rule, step) for step in position.unrun), *self._unrun]
        if self._end is None:
            self._end = position.end
            self._pairs.begin_closing(failed=position.end.outcome is PartOutcome.FAILED)
        elif position.end.outcome is PartOutcome.ENDED:
            self._end = replace(self._end, outcome=PartOutcome.ENDED)
        while (pair := self._pairs.next_to_close()) is not None:
            self._rule = pair.rule
            steps = pair.closing(self.ruleset, call.state, call.now)
            if self._end.outcome is not PartOutcome.ENDED:
                self._position = Position(steps)
                return
            self._unrun = [*((pair.rule, step) for step in steps), *self._unrun]
        self._part_over(call, self._end)

    def _part_over(self, call: Call, end: PartEnd) -> None:
        assert self._use is not None
        if end.outcome is PartOutcome.COMPLETED and not self.stopped:
            self._use.completed(call)
        why = self.why or (end.outcome is PartOutcome.ENDED and call.over) or "a step before it failed"
        for rule, step in self._unrun:
            if isinstance(step, PlannedVerb):
                self._not_sent(call, rule, step.path, step.verb, dropped(why))
        self._unrun = []
        self._position = None
        if self.stopped:
            return
        if end.outcome is PartOutcome.FAILED:
            self.failures.append(end)
            self.status = EventStatus.FAILED
        if call.over and not self.records_only:
            self.stop(call, call.over, EventStatus.ENDED)

    # --- steps ---

    def _act(self, call: Call, position: Position, step: PlannedStep) -> None:
        match step:
            case PlannedVerb():
                self._verb(call, position, step)
                return
            case FailedStep(path, verb, reason, message):
                assert self._use is not None
                self._use.tried = True
                rule = self._rule or self._part_now.rule
                self._not_sent(call, rule, path, verb, not_sent(Reason(reason), message))
                self._failed(call, position, step, reason)
                return
            case WaitStep(seconds=seconds):
                if call.setup.waits and not self.records_only:  # Nothing holds up the close of a call.
                    length = timedelta(seconds=seconds)
                    self._deadline += length
                    self.waiting = Waits(call.now + length, call.now)
                    call.ran(self.event_id, step)
                    return
            case RememberStep(fact=fact, value=value):
                before = call.state
                if value is None:
                    call.state = forget(before, fact)
                else:
                    call.state = remember(before, fact, value, call.now)
                self._provisional = noted(self._provisional, step, before, call.state)
            case AdviseStep(text=text):
                self.advise.append(text)
            case _:
                assert_never(step)
        call.ran(self.event_id, step)
        position.went_well()

    def _waited(self, call: Call, waiting: Waits) -> bool:
        """Whether it goes on: the time is over, or it was stopped. Who waits for the bot looks again."""
        if waiting.listens:
            self._deadline += call.now - waiting.since
            self.waiting = None
            return True
        if call.now < waiting.until and not self.stopped:
            return False
        self.waiting = None
        self._interruptions = call.speech.interruptions
        if not self.stopped:
            assert self._position is not None
            self._position.went_well()
        return True

    def _verb(self, call: Call, position: Position, step: PlannedVerb) -> None:
        """Send a verb, unless something speaks against it or it has to wait for the bot's last word."""
        assert self._use is not None
        self._use.tried = True
        rule = self._rule or self._part_now.rule
        if step.effect is Effect.ENDING and self._ending_unknown:
            self._refuse(call, position, step, rule, not_sent(Reason.TIMEOUT, _MAY_HAVE_ENDED))
        elif self.records_only and step.effect in (Effect.LIVE, Effect.ENDING):
            self._not_sent(call, rule, step.path, step.verb, dropped(_CLOSED))
            call.ran(self.event_id, step, ENDED)
            position.went_well()
        elif self._rule is None and (why := limit(call, self.spent)):
            self._not_sent(call, rule, step.path, step.verb, dropped(why))
            call.ran(self.event_id, step, Reason.FORBIDDEN)
            self._failed(call, position, step, Reason.FORBIDDEN)
        elif step.closes_cap and not is_open(call.state, step.verb, step.body):
            self._not_sent(call, rule, step.path, step.verb, dropped(_NOT_OPEN))
            position.went_well()
        elif late := self._late_closings(call, step):
            position.before_that(late)
        elif step.wait_for_speech and not self.records_only and not self._is_quiet(call, position):
            return
        elif not self._is_for_nothing(call, position, step):
            self._begin(call, position, step, rule)

    def _is_for_nothing(self, call: Call, position: Position, step: PlannedVerb) -> bool:
        """Whether an ending verb brings this step before it and a guard rail has come to forbid that verb since the
        plan was made. Then none of what it brings is sent, and the verb has failed."""
        rails, group = self.ruleset.rails, position.brought_by_an_ending()
        if not rails.never or not group or self.records_only:
            return False
        *brought, ending = group
        assert isinstance(ending, PlannedVerb)
        why = forbidden_after(self.ruleset, ending, brought, call.state, call.now)
        if why is None:
            return False
        rule = self._rule or self._part_now.rule
        self.notes += (f"{ending.verb} not sent: {why}",)
        for one in brought:
            if isinstance(one, PlannedVerb):
                self.notes += (f"{one.verb} left out with {ending.verb}",)
                self._not_sent(call, rule, one.path, one.verb, dropped(f"{ending.verb} is {why}"))
        position.pass_over_to(ending)
        self._refuse(call, position, ending, rule, not_sent(Reason.FORBIDDEN, why))
        return True

    def _late_closings(self, call: Call, step: PlannedVerb) -> tuple[PlannedStep, ...]:
        """What closes pairs with a cap that the plan of an ending verb could not foresee to be open."""
        if step.closes_cap:
            self._closed += ((step.verb, step.body),)
        if step.effect is not Effect.ENDING or not call.state.caps or self.records_only:
            return ()
        if forbidden(self.ruleset, step, call.state, call.now):
            return ()
        steps, _ = make_late_closings(self.ruleset, step, call.state, call.now, self._closed)
        self._closed += tuple((cap.verb, cap.body) for cap in call.state.caps)
        return steps

    def _is_quiet(self, call: Call, position: Position) -> bool:
        """Whether the bot has spoken its last word, so that an ending verb cuts nobody off. A caller who speaks
        meanwhile drops a hangup."""
        if not call.setup.waits:
            return True
        self._speech_since = self._speech_since or call.now
        ending = BY_NAME.get(ending_ahead(position.ahead()))
        can_be_dropped = ending is not None and ending.hangs_up and not call.machine
        if can_be_dropped and call.speech.interruptions > self._interruptions:
            self.stop(
                call, "the caller spoke or pressed a key while the hangup waited", EventStatus.INTERRUPTED
            )
            return False
        until = call.speech.quiet_at(call.now, self._speech_since + call.setup.limits.speech_wait)
        if until <= call.now:
            return True
        self.waiting = Waits(until, call.now, listens=True)
        return False

    def _begin(self, call: Call, position: Position, step: PlannedVerb, rule: RuleRef) -> None:
        self.spent.verbs += 1
        call.verbs += 1
        ready, missing = made_ready(call, self.event_id, rule, step)
        if missing:
            refusal = not_sent(Reason.REFUSED, f"no reply has told who {missing} is")
            self._refuse(call, position, step, rule, refusal, ready.path)
            return
        limits = call.setup.limits
        patience = limits.step_patience if step.patience is None else timedelta(seconds=step.patience)
        # The ending verb of an earlier event may have acted. Only the platform can tell, so it is asked.
        looks = step.effect is Effect.ENDING and call.unknown_ending
        self._send(call, step, ready, rule, min(self._deadline, call.now + patience), looks=looks)

    def _send(
        self,
        call: Call,
        step: PlannedVerb,
        ready: PlannedVerb,
        rule: RuleRef,
        deadline: datetime,
        *,
        looks: bool,
    ) -> None:
        flight = takes_off(call, self.event_id, rule, step, ready, deadline, looks=looks)
        self.waiting = flight
        call.do(Send(flight.number, flight.request, flight.deadline))

    def _looked(self, call: Call, flight: InFlight, receipt: Receipt) -> None:
        """The answer to the question whether an ending verb has acted."""
        call.ran(self.event_id, flight.sent, receipt.reason, sent=receipt.left)
        if receipt.reason is Reason.ENDED:
            call.end(SESSION_OVER)
        call.unknown_ending = not receipt.went_well
        assert self._position is not None
        if receipt.went_well and not self.stopped:
            self._send(call, flight.step, flight.ready, flight.rule, flight.deadline, looks=False)
            return
        over = dropped(call.over or self.why)
        refusal = over if call.over or self.stopped else not_sent(Reason.TIMEOUT, _MAY_HAVE_ENDED)
        self._refuse(call, self._position, flight.step, flight.rule, refusal, flight.ready.path)

    def _received(self, call: Call, flight: InFlight, receipt: Receipt) -> None:
        """Go by what became of a step's request."""
        assert self._position is not None
        assert self._use is not None
        step, reason = flight.step, _reason(receipt)
        before = call.state
        received(call, self.ruleset, flight.rule, self.event_id, flight.ready, receipt)
        if receipt.went_well:
            self._provisional = noted(self._provisional, flight.ready, before, call.state)
        if receipt.left and self._rule is None:
            self._use.count(call, flight.left_at or call.now)
        self._pairs.note(step, flight.rule, reason)
        call.ran(self.event_id, step, reason, sent=flight.intended)
        if reason is None:
            if step.effect is Effect.ENDING:
                self._provisional = NOTHING
            self._position.went_well()
            return
        if step.effect is Effect.ENDING and reason == Reason.TIMEOUT:
            self._ending_unknown = True
        # What is written for the failure must not find that the failure has used up its time.
        self._deadline = max(self._deadline, call.now + call.setup.limits.plan_deadline)
        self._failed(call, self._position, step, reason)

    def _refuse(
        self,
        call: Call,
        position: Position,
        step: PlannedVerb,
        rule: RuleRef,
        receipt: Receipt,
        path: str = "",
    ) -> None:
        """A verb that can't be sent after all."""
        reason = _reason(receipt)
        assert reason is not None
        self._not_sent(call, rule, path or step.path, step.verb, receipt)
        call.ran(self.event_id, step, reason)
        self._failed(call, position, step, reason)

    def _failed(self, call: Call, position: Position, step: PlannedVerb | FailedStep, reason: str) -> None:
        if isinstance(step, FailedStep):
            call.ran(self.event_id, step, reason)
        if _ends(step):
            self._take_back(call)
        position.failed(reason)

    def _take_back(self, call: Call) -> None:
        """The ending verb that records were moved before did not come about. Where the call goes on it is to know
        nothing of them; where it has ended all the same, they stand."""
        provisional, self._provisional = self._provisional, NOTHING
        if provisional and not call.over and self.status is not EventStatus.ENDED:
            before, call.state = call.state, taken_back(provisional, call.state)
            facts = [key for key in provisional if call.state.facts.get(key) != before.facts.get(key)]
            if facts:
                self.note(call, f"{', '.join(facts)}: as before again, for the ending did not come")

    def note(self, call: Call, message: str) -> None:
        """`message` must not quote what somebody said."""
        self.notes += (message,)
        call.record(Note(f"{self.event_id}: {message}"))

    def _not_sent(self, call: Call, rule: RuleRef, path: str, verb: str, receipt: Receipt) -> None:
        call.record(NotSent(self.event_id, rule, path, verb, receipt))
        self.steps.append(StepOutcome(rule, path, verb, receipt))


def _reason(receipt: Receipt) -> str | None:
    """Why a step failed; None where it went well. What was dropped was dropped for what it belongs to."""
    if receipt.went_well:
        return None
    return ENDED if receipt.status is Status.DROPPED else receipt.reason


def _ends(step: PlannedVerb | FailedStep) -> bool:
    spec = BY_NAME.get(step.verb)
    return spec is not None and spec.effect is Effect.ENDING
