"""The verbs of a plan, one at a time: from a verb's turn to what became of it. Nothing is sent that may not be."""

from dataclasses import replace
from datetime import datetime, timedelta

from flowrules.call.call import SESSION_OVER, Call
from flowrules.call.effects import Send
from flowrules.call.entries import Received, Sending
from flowrules.call.outcome import EventStatus, StepOutcome
from flowrules.call.receipt import Reason, Receipt, Status, dropped, not_sent
from flowrules.call.request import VerbRequest, verb_request
from flowrules.call.running.pairs import CLOSED_ON_FAILURE, OpenPair
from flowrules.call.running.position import ENDED, ending_ahead
from flowrules.call.running.progress import InFlight, Progress, Waits
from flowrules.engine.planning.plan import FailedStep, PlannedStep, PlannedVerb
from flowrules.engine.planning.planner import forbidden, forbidden_after, make_late_closings
from flowrules.engine.planning.provisional import NOTHING, noted
from flowrules.engine.planning.receipts import spoken
from flowrules.engine.state import is_open
from flowrules.verbs import BY_NAME, LOOK, Effect

_CLOSED = "the WebSocket is closed: nothing live and nothing ending is sent any more"
_NOT_OPEN = "what it would close is not open"
_MAY_HAVE_ENDED = "an ending verb before it may have acted"
_MAY_HAVE_OPENED = (Reason.TIMEOUT, Reason.UNAVAILABLE)
"""Reasons of a failed verb that may still have opened its pair. Closing a pair that is not open does no harm."""


class Delivery(Progress):
    """How the verbs of a plan are sent. `Run` gives each its turn."""

    def about_to_send(self, call: Call, number: int) -> bool:
        """Whether this attempt may be sent. Guard rails and the host's own lists are asked again before each
        attempt."""
        flight = self.waiting
        if not isinstance(flight, InFlight) or flight.number != number or self.stopped:
            return False
        flight.objection = "" if flight.looks else self._objection(call, flight.ready)
        if flight.objection:
            return False
        if not flight.intended:
            flight.intended, flight.left_at = True, call.now
            if flight.voiced:
                call.host_speaks(number)
            if call.setup.sends:
                path, request = self._sent(flight).path, flight.request
                call.record(Sending(self.event_id, self._whose, path, request, flight.deadline))
        return True

    def answered(self, call: Call, number: int, receipt: Receipt) -> bool:
        """Take in the receipt of a request. Returns whether the request is this plan's and had no receipt before."""
        flight = self.waiting
        if not isinstance(flight, InFlight) or flight.number != number:
            return False
        self.waiting = None
        if flight.objection and not receipt.may_have_acted:
            receipt = not_sent(Reason.FORBIDDEN, flight.objection, receipt.attempts)
            self.notes += (f"{flight.request.verb} not sent: {flight.objection}",)
        path, request, rule = self._sent(flight).path, flight.request, self._whose
        if flight.intended and call.setup.sends:
            call.record(Received(self.event_id, rule, path, request, receipt))
            self.steps += (StepOutcome(rule, path, request.verb, receipt, request),)
        else:
            self._not_sent(call, rule, path, request.verb, receipt, request if flight.intended else None)
        if flight.looks:
            self._looked(call, flight, receipt)
        else:
            self._received(call, flight, receipt)
        return True

    # --- before it leaves ---

    def _verb(self, call: Call, step: PlannedVerb) -> None:
        """Send a verb, unless something speaks against it or it has to wait for the bot's last word."""
        self.tried = True
        if step.effect is Effect.ENDING and self.ending_unknown:
            self._refuse(call, step, not_sent(Reason.TIMEOUT, _MAY_HAVE_ENDED))
        elif self.records_only and step.effect in (Effect.LIVE, Effect.ENDING):
            self._leave_out(call, step)
        elif self.closed_in_goodbye and not self._is_for_a_hangup():
            self.stop(call, self.why, EventStatus.ENDED)
        elif not self.cleans_up and (why := self._limit(call)):
            self._not_sent(call, self._whose, step.path, step.verb, dropped(why))
            call.ran(self.event_id, step, Reason.FORBIDDEN)
            self._failed(call, step, Reason.FORBIDDEN)
        elif step.closes_cap and not is_open(call.state, step.verb, step.body):
            self._not_sent(call, self._whose, step.path, step.verb, dropped(_NOT_OPEN))
            self.position.went_well()
        elif late := self._late_closings(call, step):
            self.position.before_that(late)
        elif step.wait_for_speech and not self.records_only and not self._is_quiet(call):
            return
        elif not self._is_for_nothing(call, step):
            self._begin(call, step)

    def _leave_out(self, call: Call, step: PlannedVerb) -> None:
        """Leave out a verb that is no record, because the call is closed. A hangup counts as done: the call has
        ended."""
        self._not_sent(call, self._whose, step.path, step.verb, dropped(_CLOSED))
        if not self.closed_in_goodbye:
            call.ran(self.event_id, step, ENDED)
        elif step.effect is Effect.ENDING:
            self.provisional = NOTHING
        self.position.went_well()

    def _is_for_a_hangup(self) -> bool:
        """Whether no ending verb but a hangup is ahead in the plan. A failure branch may hold another ending."""
        ending = BY_NAME.get(ending_ahead(self.position.ahead()))
        return ending is None or ending.hangs_up

    def _limit(self, call: Call) -> str:
        """The limit on the number of verbs that is reached, in words; '' if none is."""
        limits = call.setup.limits
        if self.spent.verbs >= limits.verbs_per_event:
            return f"one event may lead to {limits.verbs_per_event} verbs at most"
        if call.verbs >= limits.verbs_per_call:
            return f"one call may have {limits.verbs_per_call} verbs at most"
        return ""

    def _objection(self, call: Call, step: PlannedVerb) -> str:
        """Why guard rails or the host's own lists forbid a verb at this moment; '' if they do not."""
        if self.ruleset.rails.never and (why := forbidden(self.ruleset, step, call.state, call.now)):
            return why
        return call.setup.objection(step.body)

    def _is_for_nothing(self, call: Call, step: PlannedVerb) -> bool:
        """Whether this step stands before an ending verb that a guard rail forbids since the plan was made. Then no
        step before that verb is sent, and the verb has failed."""
        if not self.ruleset.rails.never or self.records_only:
            return False
        group = self.position.brought_by_an_ending()
        if not group:
            return False
        *brought, ending = group
        assert isinstance(ending, PlannedVerb)
        why = forbidden_after(self.ruleset, ending, brought, call.state, call.now)
        if why is None:
            return False
        self.notes += (f"{ending.verb} not sent: {why}",)
        for one in brought:
            if isinstance(one, PlannedVerb):
                self.notes += (f"{one.verb} left out with {ending.verb}",)
                self._not_sent(call, self._whose, one.path, one.verb, dropped(f"{ending.verb} is {why}"))
        self.position.pass_over_to(ending)
        self._refuse(call, ending, not_sent(Reason.FORBIDDEN, why))
        return True

    def _late_closings(self, call: Call, step: PlannedVerb) -> tuple[PlannedStep, ...]:
        """The steps that close pairs with a time limit which opened after the plan of the ending verb was made."""
        if step.closes_cap:
            self.closed_caps += ((step.verb, step.body),)
        if step.effect is not Effect.ENDING or not call.state.caps or self.records_only:
            return ()
        if forbidden(self.ruleset, step, call.state, call.now):
            return ()
        steps, _ = make_late_closings(self.ruleset, step, call.state, call.now, self.closed_caps)
        self.closed_caps += tuple((cap.verb, cap.body) for cap in call.state.caps)
        return steps

    def _is_quiet(self, call: Call) -> bool:
        """Whether the bot has finished speaking, so that an ending verb cuts nobody off. A caller who speaks meanwhile
        cancels a hangup."""
        if not call.setup.waits:
            return True
        self.speech_since = self.speech_since or call.now
        ending = BY_NAME.get(ending_ahead(self.position.ahead()))
        can_be_dropped = ending is not None and ending.hangs_up and not call.machine
        if can_be_dropped and call.speech.interruptions > self.interruptions:
            self.stop(
                call, "the caller spoke or pressed a key while the hangup waited", EventStatus.INTERRUPTED
            )
            return False
        until = call.speech.quiet_at(call.now, self.speech_since + call.setup.limits.speech_wait)
        if until <= call.now:
            return True
        self.waiting = Waits(until, call.now, listens=True)
        return False

    def _begin(self, call: Call, step: PlannedVerb) -> None:
        self.spent.verbs += 1
        call.verbs += 1
        ready, missing = self._ready(call, step)
        if missing:
            refusal = not_sent(Reason.REFUSED, f"no reply has told who {missing} is")
            self._refuse(call, step, refusal, ready.path)
            return
        limits = call.setup.limits
        patience = limits.step_patience if step.patience is None else timedelta(seconds=step.patience)
        # The ending verb of an earlier event may have acted. Only who carried it out can tell, so it is asked.
        looks = step.effect is Effect.ENDING and call.unknown_ending
        if looks and not call.can_look:
            self._refuse(call, step, not_sent(Reason.TIMEOUT, _MAY_HAVE_ENDED), ready.path)
            return
        deadline = min(self.deadline, call.now + patience)
        if call.setup.is_voiced(ready.verb, ready.body):
            deadline += self._time_to_speak(call, ready)
        self._send(call, step, ready, deadline, looks=looks)

    def _time_to_speak(self, call: Call, ready: PlannedVerb) -> timedelta:
        """The extra time for the host's voice, beyond the patience for a step: twice the estimated length of the
        speech, since voices differ."""
        text = spoken(ready.verb, ready.body) or ""
        return timedelta(seconds=2 * call.setup.spoken_seconds(text))

    def _ready(self, call: Call, step: PlannedVerb) -> tuple[PlannedVerb, str]:
        """The step with a unique path, its places filled from earlier receipts, and the name of a fact that no
        receipt has told ('' if none is missing)."""
        rule_id, path, number = self._whose.id, step.path, 1
        while (rule_id, path) in self._paths:
            number += 1
            path = f"{step.path}~{number}"
        self._paths |= {(rule_id, path)}
        ready = step if path == step.path else replace(step, path=path)
        if not step.late:
            return ready, ""
        told = {name: call.state.facts.get(fact) for name, fact in step.late.items()}
        missing = (fact for name, fact in step.late.items() if not isinstance(told[name], str))
        return replace(ready, body={**step.body, **told}), next(missing, "")

    def _send(
        self, call: Call, step: PlannedVerb, ready: PlannedVerb, deadline: datetime, *, looks: bool
    ) -> None:
        """The request for a step, or the question that goes before it, under the call's next number."""
        call.requests += 1
        state = call.state
        if looks:
            by_host = LOOK.name in call.setup.served
            request = VerbRequest(state.call_id, _look(ready).body, None, by_host)
        else:
            request = verb_request(
                ready,
                call_id=state.call_id,
                session_start=state.started_at,
                event_id=self.event_id,
                rule=self._whose.id,
                by_host=call.setup.by_host(ready.verb, ready.body),
            )
        voiced = call.setup.is_voiced(request.verb, request.body)
        self.waiting = InFlight(call.requests, step, ready, request, deadline, looks, voiced)
        call.do(Send(call.requests, request, deadline, self.event_id))

    # --- what became of it ---

    def _sent(self, flight: InFlight) -> PlannedVerb:
        """The step whose request is under way."""
        return _look(flight.ready) if flight.looks else flight.ready

    def _looked(self, call: Call, flight: InFlight, receipt: Receipt) -> None:
        """The answer to the question whether an ending verb has acted."""
        call.ran(self.event_id, self._sent(flight), receipt.reason, sent=receipt.left)
        if receipt.reason is Reason.ENDED:
            call.end(SESSION_OVER)
        call.unknown_ending = not receipt.went_well
        call.unknown_to_host = call.unknown_to_host and call.unknown_ending
        if receipt.went_well and not self.stopped:
            self._send(call, flight.step, flight.ready, flight.deadline, looks=False)
            return
        over = dropped(call.over or self.why)
        refusal = over if call.over or self.stopped else not_sent(Reason.TIMEOUT, _MAY_HAVE_ENDED)
        self._refuse(call, flight.step, refusal, flight.ready.path)

    def _received(self, call: Call, flight: InFlight, receipt: Receipt) -> None:
        """Continue the plan according to the receipt of a step's request."""
        step, reason, rule = flight.step, _reason(receipt), self._whose
        before = call.state
        call.received(
            self.ruleset, rule, self.event_id, flight.ready, receipt, by_host=flight.request.by_host
        )
        if flight.voiced and flight.left_at is not None:
            self.deadline += call.now - flight.left_at  # The caller listens meanwhile, and does not wait.
        if receipt.went_well:
            self.provisional = noted(self.provisional, flight.ready, before, call.state)
        if receipt.left and not self.cleans_up:
            self._count_use(call, flight.left_at or call.now)
        if reason is None and self.open_pairs:
            self.open_pairs = tuple(pair for pair in self.open_pairs if not pair.is_closed_by(step))
        if step.verb in CLOSED_ON_FAILURE and (reason is None or reason in _MAY_HAVE_OPENED):
            self.open_pairs += (OpenPair(step, rule),)
        call.ran(self.event_id, step, reason, sent=flight.intended)
        if reason is None:
            if step.effect is Effect.ENDING:
                self.provisional = NOTHING
            self.position.went_well()
            return
        if self.closed_in_goodbye and step.effect is Effect.LIVE:  # The goodbye, which the close has cut off.
            self.position.went_well()
            return
        if step.effect is Effect.ENDING and reason == Reason.TIMEOUT:
            self.ending_unknown = True
        # What is written for the failure must not find that the failure has used up its time.
        self.deadline = max(self.deadline, call.now + call.setup.limits.plan_deadline)
        self._failed(call, step, reason)

    def _refuse(self, call: Call, step: PlannedVerb, receipt: Receipt, path: str = "") -> None:
        """Fail a verb that was planned and can't be sent now."""
        reason = _reason(receipt)
        assert reason is not None
        self._not_sent(call, self._whose, path or step.path, step.verb, receipt)
        call.ran(self.event_id, step, reason)
        self._failed(call, step, reason)

    def _failed(self, call: Call, step: PlannedVerb | FailedStep, reason: str) -> None:
        spec = BY_NAME.get(step.verb)
        if spec is not None and spec.effect is Effect.ENDING:
            self._take_back(call)
        self.position.failed(reason)


def _look(ready: PlannedVerb) -> PlannedVerb:
    return PlannedVerb(f"{ready.path}.look", LOOK.name, {"event": LOOK.name}, LOOK.effect, keyed=LOOK.keyed)


def _reason(receipt: Receipt) -> str | None:
    """Why a step failed; None if it succeeded. A dropped step has the reason ENDED."""
    if receipt.went_well:
        return None
    return ENDED if receipt.status is Status.DROPPED else receipt.reason
