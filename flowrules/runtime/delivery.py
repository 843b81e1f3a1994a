"""One verb: its exact body, the look again right before it goes out, its outcome, and what that changes."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from flowrules.call.receipt import Reason, Receipt, Status, dropped, no_answer, not_sent
from flowrules.call.request import VerbRequest, verb_request
from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.control.errors import WrongCall
from flowrules.engine.plan import PlannedVerb
from flowrules.engine.planner import forbidden
from flowrules.engine.receipts import apply_receipt, spoken
from flowrules.engine.state import OpenCap, close_cap, open_cap
from flowrules.runtime.accounts import Account
from flowrules.runtime.call import LiveCall
from flowrules.runtime.cleanup import swallow
from flowrules.runtime.errors import JournalError
from flowrules.verbs import LOOK, Effect

_SESSION_OVER = "the platform says that the AI's session has ended"
_CANCELLED = "its task was cancelled"
_LEAST_DISK = 1.0
"""Seconds that the journal's disk has, however little of the verb's time is left: most need some milliseconds."""
_MAY_HAVE_ENDED = "an ending verb before it may have acted"


@dataclass(slots=True)
class Delivery:
    """Sends the verbs of one plan. Once `called_off` is set, nothing more goes out."""

    call: LiveCall
    ruleset: RuleSet
    account: Account
    called_off: asyncio.Event
    records_only: bool = False
    """The call is over, and these are the last records of it: nobody else will send them."""
    cancelled: bool = False
    """Its task was cancelled while a request was under way; whoever sent it sees to the rest."""

    async def send(
        self, rule: RuleRef, step: PlannedVerb, until: float, going_out: Callable[[], None]
    ) -> Receipt:
        """Send a verb before `until` (monotonic). `going_out` is called once, right before it does."""
        call = self.call
        path = call.step_path(self.account.event_id, rule.id, step.path)
        if path != step.path:
            step = replace(step, path=path)
        ready = self._with_late_fields(step)
        if isinstance(ready, Receipt):
            self.account.not_sent(rule, step.path, step.verb, ready)
            return ready
        if (
            step.effect is Effect.ENDING
            and call.unknown_ending
            and not await self._still_ours(rule, step, until)
        ):
            refusal = (
                dropped(call.over)
                if call.over
                else not_sent(Reason.TIMEOUT, "an ending verb before it may have acted")
            )
            self.account.not_sent(rule, step.path, step.verb, refusal)
            return refusal
        request = verb_request(
            ready,
            call_id=call.call_id,
            session_start=call.started_at,
            event_id=self.account.event_id,
            rule=rule.id,
        )
        receipt = await self._deliver(
            rule, step.path, request, until, going_out, lambda: self._objection(ready)
        )
        self._apply(rule, ready, receipt)
        return receipt

    def _with_late_fields(self, step: PlannedVerb) -> PlannedVerb | Receipt:
        """The step with what earlier receipts of this plan told; or the refusal where they told nothing."""
        if not step.late:
            return step
        body = dict(step.body)
        for name, fact in step.late.items():
            value = self.call.state.facts.get(fact)
            if not isinstance(value, str):
                return not_sent(Reason.REFUSED, f"no reply has told who {fact} is")
            body[name] = value
        return replace(step, body=body)

    async def _still_ours(self, rule: RuleRef, step: PlannedVerb, until: float) -> bool:
        """The ending verb of an earlier event may have acted. Only the platform can tell, so ask it."""
        call = self.call
        look = VerbRequest(call.call_id, {"event": LOOK.name}, None)
        receipt = await self._deliver(rule, f"{step.path}.look", look, until, lambda: None, lambda: "")
        if receipt.reason is Reason.ENDED:
            call.over = _SESSION_OVER
        call.unknown_ending = not receipt.went_well
        return receipt.went_well

    async def _deliver(
        self,
        rule: RuleRef,
        path: str,
        request: VerbRequest,
        until: float,
        going_out: Callable[[], None],
        look_again: Callable[[], str],
    ) -> Receipt:
        """Send one request and put its outcome on record."""
        call, intended, leaves, objection = self.call, False, False, ""

        async def before() -> bool:
            nonlocal intended, leaves, objection
            objection = look_again()
            if objection:
                return False
            if not intended:
                intended = True
                going_out()
                if call.sender.live:
                    left = until - call.house.clock.monotonic()
                    await self.account.intend(rule, path, request, max(_LEAST_DISK, left))
            leaves = not self.called_off.is_set()
            return leaves

        try:
            while True:
                try:
                    receipt = await call.sender.send(
                        request, until=until, before=before, called_off=self.called_off
                    )
                    break
                except asyncio.CancelledError:
                    if leaves or not self.records_only:
                        raise
                    swallow()  # It has not left: it is sent all the same.
        except JournalError as error:
            receipt = not_sent(Reason.UNAVAILABLE, str(error))
        except WrongCall as error:
            receipt = not_sent(Reason.UNAUTHORISED, str(error))
        except asyncio.CancelledError:
            # The request is lost to us. If it was under way nobody knows what became of it; that is an outcome, too.
            self.cancelled = True
            receipt = no_answer(_CANCELLED, 1) if leaves and call.sender.live else dropped(_CANCELLED)
        except Exception:
            if leaves and call.sender.live:
                self.account.sent(rule, path, request, no_answer("flowrules failed on the way", 1))
                call.unknown_ending = call.unknown_ending or request.ends
            elif intended and call.sender.live:
                failed = not_sent(Reason.UNAVAILABLE, "flowrules failed before it went out")
                self.account.sent(rule, path, request, failed)
            raise
        if objection and not receipt.may_have_acted:
            receipt = not_sent(Reason.FORBIDDEN, objection, receipt.attempts)
        if intended and call.sender.live:
            self.account.sent(rule, path, request, receipt)
        else:
            self.account.not_sent(rule, path, request.verb, receipt)
        return receipt

    def _objection(self, step: PlannedVerb) -> str:
        """Guard rails and the host's own lists, asked right before a verb goes out."""
        call = self.call
        if self.ruleset.rails.never and (why := forbidden(self.ruleset, step, call.state, call.now())):
            return why
        return call.house.fence.objection(step.body)

    def _apply(self, rule: RuleRef, step: PlannedVerb, receipt: Receipt) -> None:
        """What a receipt changes in the call."""
        call = self.call
        if receipt.went_well:
            was_held = call.state.facts.get("call.on_hold")
            call.state = apply_receipt(
                call.state,
                step.verb,
                step.body,
                receipt.result,
                call.now(),
                keep_as=step.keep_as,
                source=step.source,
                weakest=self.ruleset.fences,
            )
            call.caps.accepted(step.verb, step.body)
            call.state = close_cap(call.state, step.verb, step.body)
            self._heard(step.verb, step.body)
            # Not only `hold` tells: others with a key may have held the caller, and `get_call_state` says so.
            if (on_hold := call.state.facts.get("call.on_hold")) != was_held:
                call.hold(on_hold is True)
        if receipt.went_well or receipt.may_have_acted:
            call.caps.opened(rule, self.account.event_id, step)
            if (cap := step.cap) is not None:
                due = call.now() + timedelta(seconds=cap.seconds)
                pair = OpenCap(due, rule, self.account.event_id, step.path, cap.verb, cap.body)
                call.state = open_cap(call.state, pair)
        if receipt.reason is Reason.ENDED:
            call.over = call.over or _SESSION_OVER
        if step.effect is Effect.ENDING:
            if receipt.went_well:
                call.over = f"{step.verb} ended the AI's session"
            elif receipt.status is Status.UNKNOWN:
                call.unknown_ending = True

    def _heard(self, verb: str, body: Mapping[str, Any]) -> None:
        """What an accepted verb makes the caller hear."""
        call = self.call
        if (text := spoken(verb, body)) is not None:
            call.house.alarms.after(call.platform_says(text), call.fall_silent)
