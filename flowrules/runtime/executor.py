"""Carrying out one plan: step by step as its walk says, each verb with an outcome, nothing sent that may not be."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.control.clock import first
from flowrules.control.outcomes import Reason, Receipt, Status, dropped, not_sent
from flowrules.control.requests import VerbRequest, idempotency_key
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
from flowrules.engine.planner import forbidden
from flowrules.engine.receipts import apply_receipt
from flowrules.engine.state import forget, remember, use_limits
from flowrules.engine.walk import ENDED, Action, Opened, PartEnd, PartOutcome, walk
from flowrules.runtime.call import LiveCall
from flowrules.runtime.errors import JournalError
from flowrules.runtime.outcome import EventStatus, StepOutcome
from flowrules.runtime.settings import Mode
from flowrules.runtime.speech import SpeechEnd
from flowrules.verbs import Effect

_OVER = "the AI's session has ended"
_CLOSED = "the WebSocket is closed: nothing live and nothing ending is sent any more"


@dataclass(slots=True)
class Spent:
    """How many verbs an event has cost so far, with all that it led to."""

    verbs: int = 0


class PlanRun:
    """One plan on its way. `run` it once; `stop` it at any time: waits end, what is on the wire is awaited, the rest
    is dropped.

    `after_unknown`: this plan follows from one whose ending verb may have acted, so it may not end the call.
    `records_only`: the WebSocket is closed.
    """

    def __init__(
        self,
        call: LiveCall,
        ruleset: RuleSet,
        plan: Plan,
        event_id: str,
        spent: Spent,
        *,
        after_unknown: bool = False,
        records_only: bool = False,
    ) -> None:
        self.plan = plan
        self.status = EventStatus.DONE
        self.steps: list[StepOutcome] = []
        self.advise: list[str] = []
        self.failures: list[PartEnd] = []
        self._call = call
        self._ruleset = ruleset
        self._event_id = event_id
        self._spent = spent
        self._opened = Opened(ending_unknown=after_unknown)
        self._records_only = records_only
        self._stopped = asyncio.Event()
        self._why = ""
        self._until = 0.0
        self._speech_since: float | None = None

    @property
    def urgent_rule(self) -> str:
        """The id of the urgent rule whose plan this is; '' for any other."""
        return next((part.rule.id for part in self.plan.parts if part.urgent), "")

    def stop(self, why: str, status: EventStatus) -> None:
        """Drop what has not been sent. Only the first reason counts."""
        if not self._stopped.is_set():
            self._why, self.status = why, status
            self._stopped.set()

    async def run(self) -> None:
        clock = self._call.house.clock
        self._until = clock.monotonic() + self._call.house.settings.plan_deadline
        for part in self.plan.parts:
            end = await self._part(part)
            if end.outcome is PartOutcome.FAILED and not self._stopped.is_set():
                self.failures.append(end)
                self.status = EventStatus.FAILED
            if self._call.over and not self._records_only:
                self.stop(_OVER, EventStatus.ENDED)

    async def _part(self, part: PlanPart) -> PartEnd:
        walking = walk(part, self._opened)
        used = _Use(part)
        answer: str | None = None
        try:
            while True:
                answer = await self._act(used, walking.send(answer))
        except StopIteration as stop:
            end: PartEnd = stop.value
        why = self._why or (_OVER if end.outcome is PartOutcome.ENDED else "a step before it failed")
        for step in end.unrun:
            if isinstance(step, PlannedVerb):
                self._not_sent(part.rule, step.path, step.verb, dropped(why))
        return end

    async def _act(self, used: "_Use", action: Action) -> str | None:
        """Do what comes next. For a verb: None where it went well, else the reason why not."""
        rule = used.part.rule
        if self._stopped.is_set():
            if isinstance(action, PlannedVerb):
                self._not_sent(rule, action.path, action.verb, dropped(self._why))
            return ENDED
        match action:
            case PlannedVerb():
                return await self._verb(used, action)
            case FailedStep(path, verb, reason, message):
                self._not_sent(rule, path, verb, not_sent(Reason(reason), message))
            case WaitStep(seconds=seconds):
                await self._wait(seconds)
            case RememberStep(fact=fact, value=value):
                self._count_use(used, verb=False)
                call = self._call
                call.state = (
                    forget(call.state, fact)
                    if value is None
                    else remember(call.state, fact, value, call.now())
                )
            case AdviseStep(text=text):
                self._count_use(used, verb=False)
                self.advise.append(text)
        return None

    async def _wait(self, seconds: float) -> None:
        if self._call.house.settings.mode is not Mode.DRY_RUN:
            self._until += seconds
            await first(self._call.house.clock.sleep(seconds), self._stopped.wait())

    # --- a verb ---

    async def _verb(self, used: "_Use", step: PlannedVerb) -> str | None:
        rule, call = used.part.rule, self._call
        if self._records_only and step.effect in (Effect.LIVE, Effect.ENDING):
            self._not_sent(rule, step.path, step.verb, dropped(_CLOSED))
            return None
        if why := self._limit():
            self.stop(why, EventStatus.FAILED)
        elif step.wait_for_speech and not self._records_only:
            await self._speech(used.part, step)
        if self._stopped.is_set():
            self._not_sent(rule, step.path, step.verb, dropped(self._why))
            return ENDED
        body = self._body(step)
        if isinstance(body, str):
            self._not_sent(rule, step.path, step.verb, not_sent(Reason.REFUSED, body))
            return Reason.REFUSED
        if step.effect is Effect.ENDING and call.unknown_ending and not await self._still_ours(used, step):
            receipt = not_sent(Reason.TIMEOUT, "an ending verb before it may have acted")
            self._not_sent(rule, step.path, step.verb, receipt)
            return ENDED if call.over else Reason.TIMEOUT
        receipt = await self._deliver(used, step.path, self._request(rule, step, body), step)
        return self._applied(rule, step, body, receipt)

    def _applied(
        self, rule: RuleRef, step: PlannedVerb, body: Mapping[str, Any], receipt: Receipt
    ) -> str | None:
        """What a receipt changes in the call; and what the walk is told."""
        call = self._call
        if receipt.went_well:
            call.state = apply_receipt(
                call.state, step.verb, body, receipt.result, call.now(), keep_as=step.keep_as
            )
            call.caps.accepted(step.verb, body)
            self._heard(step.verb, body)
        if receipt.went_well or receipt.may_have_acted:
            call.caps.opened(rule, self._event_id, step)
        if step.effect is Effect.ENDING:
            if receipt.went_well:
                call.over = f"{step.verb} ended the AI's session"
            elif receipt.status is Status.UNKNOWN:
                call.unknown_ending = True
        if receipt.reason is Reason.ENDED and not call.over:
            call.over = "the platform says that the AI's session has ended"
        if receipt.went_well:
            return None
        return ENDED if receipt.status is Status.DROPPED else receipt.reason

    def _heard(self, verb: str, body: Mapping[str, Any]) -> None:
        """What an accepted verb makes the caller hear."""
        call = self._call
        match verb:
            case "play_audio" if isinstance(text := body.get("tts_text"), str):
                seconds = call.platform_says(text)
                call.house.alarms.after(seconds, call.fall_silent)
            case "hold" | "unhold":
                call.hold(verb == "hold")

    async def _speech(self, part: PlanPart, step: PlannedVerb) -> None:
        """Wait for the bot's last word; stop the plan where the caller's first one ends the hangup."""
        call, clock = self._call, self._call.house.clock
        if call.house.settings.mode is Mode.DRY_RUN:
            return
        if self._speech_since is None:
            self._speech_since = clock.monotonic()
        began = clock.monotonic()
        ending = _ending_for(part.steps, step)
        end = await call.gate.quiet(
            self._stopped, self._speech_since, interruptible=ending == "hangup" and not call.machine
        )
        self._until += clock.monotonic() - began
        if end is SpeechEnd.INTERRUPTED:
            self.stop("the caller spoke while the hangup waited", EventStatus.INTERRUPTED)

    def _limit(self) -> str:
        settings = self._call.house.settings
        if self._spent.verbs >= settings.verbs_per_event:
            return f"one event may lead to {settings.verbs_per_event} verbs at most"
        if self._call.verbs >= settings.verbs_per_call:
            return f"one call may have {settings.verbs_per_call} verbs at most"
        return ""

    def _body(self, step: PlannedVerb) -> Mapping[str, Any] | str:
        """The exact body, with what earlier receipts of this plan told; or why there is none."""
        if not step.late or not self._call.sender.live:
            return step.body
        body = dict(step.body)
        for name, fact in step.late.items():
            value = self._call.state.facts.get(fact)
            if not isinstance(value, str):
                return f"no reply has told who {fact} is"
            body[name] = value
        return body

    def _request(self, rule: RuleRef, step: PlannedVerb, body: Mapping[str, Any]) -> VerbRequest:
        call = self._call
        key = idempotency_key(call.call_id, call.started_at, self._event_id, rule.id, step.path)
        return VerbRequest(call.call_id, body, key if step.keyed else None)

    async def _still_ours(self, used: "_Use", step: PlannedVerb) -> bool:
        """An earlier plan's ending verb may have acted. Only the platform can tell, so ask it."""
        call = self._call
        look = VerbRequest(call.call_id, {"event": "get_call_state"}, None)
        receipt = await self._deliver(used, f"{step.path}.look", look, None)
        if receipt.reason is Reason.ENDED:
            call.over = "the platform says that the AI's session has ended"
        call.unknown_ending = not receipt.went_well
        return receipt.went_well

    async def _deliver(
        self, used: "_Use", path: str, request: VerbRequest, step: PlannedVerb | None
    ) -> Receipt:
        """Send one request and put its outcome on record."""
        call, rule = self._call, used.part.rule
        intended, objection = False, ""

        async def before() -> bool:
            nonlocal intended, objection
            objection = self._objection(step, request.body)
            if objection:
                return False
            if not intended:
                self._count_use(used, verb=True)
                if call.sender.live:
                    intended = True
                    await call.recorder.sending(self._event_id, rule, path, request)
            return not self._stopped.is_set()

        self._spent.verbs += 1
        call.verbs += 1
        try:
            receipt = await call.sender.send(
                request, until=self._until, before=before, called_off=self._stopped
            )
        except JournalError as error:
            receipt = not_sent(Reason.UNAVAILABLE, str(error))
            self.stop(str(error), EventStatus.FAILED)
        if objection:
            receipt = not_sent(Reason.FORBIDDEN, objection, receipt.attempts)
        if receipt.status is Status.DROPPED:
            receipt = dropped(self._why or receipt.message, receipt.attempts)
        if intended:
            call.recorder.receipt(self._event_id, rule, path, request, receipt)
            self._count(rule, path, request.verb, receipt)
        else:
            self._not_sent(rule, path, request.verb, receipt)
        return receipt

    def _objection(self, step: PlannedVerb | None, body: Mapping[str, Any]) -> str:
        """The look again, right before a verb goes out: guard rails, and the host's own lists."""
        if step is None:
            return ""
        call = self._call
        return forbidden(self._ruleset, step, call.state, call.now()) or call.house.fence.objection(body)

    # --- accounts ---

    def _count_use(self, used: "_Use", *, verb: bool) -> None:
        """A rule's limits are used up once its first verb goes out; without any verb, with its first step."""
        if not used.counted and (verb or not used.has_verbs):
            used.counted = True
            self._call.state = use_limits(self._call.state, used.part.rule.id, self._call.now())

    def _not_sent(self, rule: RuleRef, path: str, verb: str, receipt: Receipt) -> None:
        self._call.recorder.step(self._event_id, rule, path, verb, receipt)
        self._count(rule, path, verb, receipt)

    def _count(self, rule: RuleRef, path: str, verb: str, receipt: Receipt) -> None:
        self.steps.append(StepOutcome(rule, path, verb, receipt))
        counters = self._call.house.counters
        counters.add("requests", receipt.attempts)
        match receipt.status:
            case Status.ACCEPTED:
                counters.add("verbs_accepted")
            case Status.REFUSED:
                counters.add("verbs_refused")
            case Status.UNKNOWN:
                counters.add("verbs_unknown")
            case Status.DROPPED:
                counters.add("verbs_dropped")
            case Status.WITHHELD:
                counters.add("verbs_withheld")


class _Use:
    """Whether a part has used up one of its rule's runs."""

    __slots__ = ("counted", "has_verbs", "part")

    def __init__(self, part: PlanPart) -> None:
        self.part = part
        self.has_verbs = any(isinstance(step, (PlannedVerb, FailedStep)) for step in part.steps)
        self.counted = False


def _ending_for(steps: tuple[PlannedStep, ...], step: PlannedVerb) -> str:
    """Which ending verb a waiting step waits for: itself, or the one that it was moved before."""
    if step.effect is Effect.ENDING:
        return step.verb
    for index, other in enumerate(steps):
        if other is step:
            return next(
                (s.verb for s in steps[index:] if isinstance(s, PlannedVerb) and s.effect is Effect.ENDING),
                "",
            )
        for branch in getattr(other, "branches", ()):
            if found := _ending_for(branch.steps, step):
                return found
    return ""
