"""Carrying out one plan: step by step as its walk says, each verb with an outcome, nothing sent that may not be."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flowrules.call.outcome import EventStatus, StepOutcome
from flowrules.call.receipt import Reason, Receipt, Status, dropped, not_sent
from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.control.clock import first
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
from flowrules.engine.planner import make_closing
from flowrules.engine.state import forget, is_open, remember, use_limits
from flowrules.engine.walk import ENDED, Action, Opened, PartEnd, PartOutcome, hangs_up, walk
from flowrules.runtime.accounts import Account
from flowrules.runtime.call import LiveCall
from flowrules.runtime.cleanup import swallow
from flowrules.runtime.delivery import Delivery
from flowrules.runtime.ending import ends
from flowrules.runtime.settings import Mode
from flowrules.runtime.speech import SpeechEnd
from flowrules.verbs import BY_NAME, Effect

CLOSE = ".close"
"""Behind the path of what closes a pair after a failure: no brake leaves a caller on hold."""
_SHUT_DOWN = "the program is shutting down: its tasks were cancelled"
_NOT_OPEN = "what it would close is not open"
_CLOSED = "the WebSocket is closed: nothing live and nothing ending is sent any more"


@dataclass(slots=True)
class Spent:
    """How many verbs an event has cost so far, with all that it led to; and whether all of that was stopped: then it
    leads to nothing more."""

    verbs: int = 0
    stopped: bool = False


class PlanRun:
    """One plan on its way. `run` it once; `stop` it at any time, even before: waits end, what is on the wire is
    awaited, the rest is dropped.

    `draft`: makes the plan, for whoever asks before it is made.
    `urgent_rule`: the id of the urgent rule whose plan this is; '' for any other.
    `after_unknown`: this plan follows from one whose ending verb may have acted, so it may not end the call.
    `records_only`: the WebSocket is closed.
    """

    def __init__(
        self,
        call: LiveCall,
        ruleset: RuleSet,
        event_id: str,
        spent: Spent,
        *,
        draft: Callable[[], Plan] | None = None,
        urgent_rule: str = "",
        after_unknown: bool = False,
        records_only: bool = False,
    ) -> None:
        self.plan = Plan(ruleset.revision)
        """Nothing, until it is made: before `run`."""
        self._draft = draft
        self.urgent_rule = urgent_rule
        self.status = EventStatus.DONE
        self.advise: list[str] = []
        self.failures: list[PartEnd] = []
        self.failing: tuple[str, str] | None = None
        """The step that has failed without a branch for it, and why, while its part is being brought to its end."""
        self._call = call
        self._ruleset = ruleset
        self.spent = spent
        self._records_only = records_only
        self._stopped = asyncio.Event()
        self._why = ""
        self._listening_since = call.house.clock.monotonic()
        """A caller who speaks after this, even before the plan is made or while a record before the hangup is on the
        wire, interrupts it."""
        self._until = self._listening_since + call.house.settings.plan_deadline
        self._speech_since: float | None = None
        self._opened = Opened(ending_unknown=after_unknown)
        self._account = Account(event_id, call.recorder, call.house.counters)
        self._opened_by: dict[int, tuple[PlannedVerb, RuleRef]] = {}
        """The rules of the verbs that were sent, by the verbs' identity."""
        self._rule: RuleRef | None = None
        """Whose clean-up is under way: that of the rule which opened the pair. None: none is."""
        self._delivery = Delivery(call, ruleset, self._account, self._stopped, records_only)

    @property
    def steps(self) -> tuple[StepOutcome, ...]:
        return tuple(self._account.steps)

    def stop(self, why: str, status: EventStatus) -> None:
        """Drop what has not been sent. Only the first reason counts."""
        if not self._stopped.is_set():
            self._why, self.status = why, status
            self._stopped.set()
            # A hangup that was interrupted raises an event; what else stops a plan stops all that led to it.
            self.spent.stopped = self.spent.stopped or status is not EventStatus.INTERRUPTED

    def cancelled(self) -> None:
        """Whoever ends all tasks has cancelled the one of this plan. Nothing of it is sent any more; records after
        the close go on, for there is nobody else to send them."""
        swallow()
        if not self._records_only:
            self.stop(_SHUT_DOWN, EventStatus.ENDED)

    def abandon(self, why: str) -> None:
        """A bug has ended the plan: put on record, as dropped, whatever it has left without a fate."""
        self.status = EventStatus.BROKEN
        known = {(step.rule.id, step.path) for step in self._account.steps}
        for part in self.plan.parts:
            for step in part.steps:
                if isinstance(step, PlannedVerb) and (part.rule.id, step.path) not in known:
                    self._account.not_sent(part.rule, step.path, step.verb, dropped(why))

    @property
    def begins_with_an_ending(self) -> bool:
        """Whether the plan has an ending, while it has not begun; from then on the call tells."""
        if self._draft is None or self._stopped.is_set():
            return False
        return any(ends(part.steps) for part in self._draft().parts)

    async def run(self) -> None:
        self._draft = None
        self._call.ending.plan(tuple(step for part in self.plan.parts for step in part.steps))
        try:
            await self._run()
        finally:
            self._call.ending.settle()

    async def _run(self) -> None:
        for part in self.plan.parts:
            end = await self._part(part)
            if self._stopped.is_set():
                continue
            if end.outcome is PartOutcome.FAILED:
                self.failures.append(end)
                self.status = EventStatus.FAILED
            if self._call.over and not self._records_only:
                self.stop(self._call.over, EventStatus.ENDED)

    async def _part(self, part: PlanPart) -> PartEnd:
        use = _Use(self._call, part)
        self._rule = None
        walking = walk(part, self._opened, self._closing)
        answer: str | None = None
        try:
            while True:
                action = walking.send(answer)
                try:
                    answer = await self._act(part, use, action)
                except (
                    asyncio.CancelledError
                ):  # In a wait: what is on the wire has its outcome where it is sent.
                    self.cancelled()
                    answer = ENDED if self._stopped.is_set() else None
                    if isinstance(action, PlannedVerb):
                        self._account.not_sent(part.rule, action.path, action.verb, dropped(_SHUT_DOWN))
                        answer = ENDED
        except StopIteration as stop:
            end: PartEnd = stop.value
        if end.outcome is PartOutcome.COMPLETED and not self._stopped.is_set():
            use.come_to_its_end()
        why = self._why or (end.outcome is PartOutcome.ENDED and self._call.over) or "a step before it failed"
        for step in end.unrun:
            if isinstance(step, PlannedVerb):
                self._account.not_sent(part.rule, step.path, step.verb, dropped(why))
        return end

    def _note_failure(self, step: PlannedVerb | FailedStep, reason: str) -> None:
        """What is ahead of the call after a step has failed. After a 409 nothing is, for the call is over; and what
        cleans up is the end of a part that has failed already."""
        if reason == ENDED or self._rule is not None:
            return
        branches = any(not branch.reasons or reason in branch.reasons for branch in step.branches)
        if not branches and not step.optional:
            self.failing = step.verb, reason
        self._call.ending.failed(step, reason)

    def _closing(self, opening: PlannedVerb) -> tuple[PlannedStep, ...]:
        """The steps that close a pair. They belong to the rule that opened it, which need not be the one that failed:
        two rules may have steps of one path, and no two requests share a key."""
        if (opened := self._opened_by.get(id(opening))) is not None:
            self._rule = opened[1]
        verb = BY_NAME[opening.verb].closed_by
        assert verb is not None
        target = {"target": opening.body["target"]} if "target" in opening.body else {}
        steps, _ = make_closing(
            self._ruleset,
            verb,
            {"event": verb, **target},
            f"{opening.path}{CLOSE}",
            self._call.state,
            self._call.now(),
        )
        return steps

    async def _act(self, part: PlanPart, use: "_Use", action: Action) -> str | None:
        """Do what comes next. For a verb: None where it went well, else the reason why not."""
        call = self._call
        rule = self._rule or part.rule
        if self._stopped.is_set():
            if isinstance(action, PlannedVerb):
                self._account.not_sent(rule, action.path, action.verb, dropped(self._why))
            return ENDED
        match action:
            case PlannedVerb():
                reason = await self._verb(part, use, action)
                if reason is not None:
                    self._note_failure(action, reason)
                return reason
            case FailedStep(path, verb, reason, message):
                use.tried = True
                self._note_failure(action, reason)
                self._account.not_sent(rule, path, verb, not_sent(Reason(reason), message))
            case WaitStep(seconds=seconds):
                await self._wait(seconds)
            case RememberStep(fact=fact, value=value) if value is not None:
                call.state = remember(call.state, fact, value, call.now())
            case RememberStep(fact=fact):
                call.state = forget(call.state, fact)
            case AdviseStep(text=text):
                self.advise.append(text)
        return None

    async def _wait(self, seconds: float) -> None:
        if self._records_only:  # Nothing holds up the close of a call.
            return
        if self._call.house.settings.mode is not Mode.DRY_RUN:
            self._until += seconds
            await first(self._call.house.clock.sleep(seconds), self._stopped.wait())
            self._listening_since = self._call.house.clock.monotonic()

    async def _verb(self, part: PlanPart, use: "_Use", step: PlannedVerb) -> str | None:
        rule, cleans_up = self._rule or part.rule, self._rule is not None
        use.tried = True
        if self._records_only and step.effect in (Effect.LIVE, Effect.ENDING):
            self._account.not_sent(rule, step.path, step.verb, dropped(_CLOSED))
            return None
        if not step.path.endswith(CLOSE) and (why := self._limit()):
            self._account.not_sent(rule, step.path, step.verb, dropped(why))
            return Reason.FORBIDDEN
        if step.closes_cap and not is_open(self._call.state, step.verb, step.body):
            self._account.not_sent(rule, step.path, step.verb, dropped(_NOT_OPEN))
            return None
        if step.wait_for_speech and not self._records_only:
            await self._speech(part, step)
        if self._stopped.is_set():
            self._account.not_sent(rule, step.path, step.verb, dropped(self._why))
            return ENDED
        self._opened_by[id(step)] = step, rule
        self.spent.verbs += 1
        self._call.verbs += 1
        clock, settings = self._call.house.clock, self._call.house.settings
        patience = settings.step_patience if step.patience is None else step.patience
        until = min(self._until, clock.monotonic() + patience)
        went_out_at: list[datetime] = []
        receipt = await self._delivery.send(rule, step, until, lambda: went_out_at.append(self._call.now()))
        if receipt.left and not cleans_up:
            use.count(went_out_at[0] if went_out_at else self._call.now())
        answer = _answer(receipt)
        if self._delivery.cancelled:
            self._delivery.cancelled = False
            self.cancelled()
        if answer is not None:
            # What is written for the failure must not find that the failure has used up its time.
            self._until = max(self._until, clock.monotonic() + settings.plan_deadline)
        return answer

    async def _speech(self, part: PlanPart, step: PlannedVerb) -> None:
        """Wait for the bot's last word; stop the plan where the caller's first one ends the hangup."""
        call, clock = self._call, self._call.house.clock
        if call.house.settings.mode is Mode.DRY_RUN:
            return
        began = clock.monotonic()
        if self._speech_since is None:
            self._speech_since = began
        can_stop = hangs_up(part.steps, step) and not call.machine
        listening = self._listening_since if can_stop else None
        end = await call.gate.quiet(self._stopped, self._speech_since, listening_since=listening)
        self._until += clock.monotonic() - began
        if end is SpeechEnd.INTERRUPTED:
            self.stop("the caller spoke while the hangup waited", EventStatus.INTERRUPTED)

    def _limit(self) -> str:
        settings = self._call.house.settings
        if self.spent.verbs >= settings.verbs_per_event:
            return f"one event may lead to {settings.verbs_per_event} verbs at most"
        if self._call.verbs >= settings.verbs_per_call:
            return f"one call may have {settings.verbs_per_call} verbs at most"
        return ""


class _Use:
    """A run of a rule, which counts against its limits once: from when its first request left, or where it has no verb,
    when its part has come to its end. A cap is no run of its rule. `tried`: it came to a verb."""

    __slots__ = ("_call", "_counted", "_rule", "tried")

    def __init__(self, call: LiveCall, part: PlanPart) -> None:
        self._call = call
        self._rule = part.rule
        self._counted = part.outcome == "cap"
        self.tried = False

    def count(self, at: datetime) -> None:
        if not self._counted:
            self._counted = True
            self._call.state = use_limits(self._call.state, self._rule.id, at)

    def come_to_its_end(self) -> None:
        if not self.tried:
            self.count(self._call.now())


def _answer(receipt: Receipt) -> str | None:
    if receipt.went_well:
        return None
    return ENDED if receipt.status is Status.DROPPED else receipt.reason
