"""A call without a platform: events in, time wound by hand, every verb accepted unless told otherwise.

It drives the same machine as a live call (`flowrules/call`). Its platform answers at once. Its host does not say when
the bot speaks, unless it is told to: what rules `say` takes as long as its text.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from flowrules.call.deduplication import digest
from flowrules.call.effects import Defer, MaySend, Ran, Record, Send, Tell
from flowrules.call.entries import CapDue, Decided, Settled
from flowrules.call.inputs import (
    AboutToSend,
    Answered,
    Closed,
    Continued,
    Input,
    Learned,
    Reported,
    RulesChanged,
    Woken,
)
from flowrules.call.machine import CallMachine
from flowrules.call.outcome import EventOutcome
from flowrules.call.receipt import Reason, Receipt, Status, no_answer, not_sent
from flowrules.call.request import VerbRequest
from flowrules.call.setup import Setup
from flowrules.compiler.rails import CompiledRail
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.apply_event import allowed_facts
from flowrules.engine.event import Event, Source
from flowrules.engine.planning.plan import PlannedStep, PlannedVerb
from flowrules.engine.planning.planner import forbidding
from flowrules.engine.planning.receipts import names_member
from flowrules.engine.state import SILENCE, CallState, break_silence, start_call
from flowrules.engine.timers import with_passed
from flowrules.language.values import Value
from flowrules.scenarios.happenings import Done, Happening, Turn, happening

MAX_WAKES = 1_000
"""How often one advance of the clock may wake the call: more would mean a rule that sets itself off."""

_NEVER_LEFT = (Reason.UNAVAILABLE, Reason.LATE)
"""Reasons of a verb for which no request went out: it uses up no limit."""
_CLOSES = "the WebSocket has closed"


class Simulation:
    """One simulated call. `fails` names verbs of the platform that are refused, each with the reason; `attempts` says
    of some of them how often, after which they are taken.

    `facts` is what the platform's metadata said, `known` what the host supplied before. `age` is how long the call has
    lasted at `now`: what time has set off until then is over, and the caller has just been heard.
    """

    def __init__(
        self,
        ruleset: RuleSet,
        now: datetime,
        *,
        facts: Mapping[str, object] | None = None,
        known: Mapping[str, Value] | None = None,
        fails: Mapping[str, str] | None = None,
        attempts: Mapping[str, int] | None = None,
        call_id: str = "simulated",
        age: timedelta = timedelta(),
    ) -> None:
        self.ruleset = ruleset
        self.now = now.astimezone(UTC)
        self.fails = dict(fails or {})
        self.attempts = dict(attempts or {})
        state = start_call(call_id, self.now - age, facts)
        if age:
            state = break_silence(with_passed(ruleset, state, self.now), self.now)
        self.machine = CallMachine(state, ruleset, Setup(trace=True))
        self.sent: list[VerbRequest] = []
        """The requests that went out, in order."""
        self.outcomes: list[EventOutcome] = []
        """Of all that has happened, in the order in which it was over."""
        self.answers: dict[int, EventOutcome] = {}
        """What whoever reported an event was told, by the ticket of the report."""
        self._session_over = False
        """The platform has ended the AI's session: it takes nothing more of it, records neither."""
        self._tickets = self._steps = 0
        self._members = 0
        self._happened: dict[str, Happening] = {}
        """By the name of the event, since the last thing was asked for."""
        if known:
            self.learn(known)
        self._feed(Woken(self.now))

    @property
    def state(self) -> CallState:
        return self.machine.state

    @property
    def ended(self) -> bool:
        """Whether the AI's session is over."""
        return bool(self.machine.over)

    @property
    def closed(self) -> bool:
        """Whether the WebSocket is closed."""
        return self.machine.closed

    def learn(self, facts: Mapping[str, Value], source: Source = Source.HOST) -> None:
        """Facts that come to be known without an event."""
        self._feed(Learned(facts, source))

    def event(self, event: Event, meanwhile: Event | None = None) -> tuple[Happening, ...]:
        """Report an event: its turn first, then those of the events that it raised, then what came due while its plan
        waited. Once the AI's session has ended, nothing but `call_ended` is decided, and of its verbs only records are
        sent; after that nothing is.

        `meanwhile` is reported while the first one's plan first waits, or else when it is over."""
        self.report(event)
        if meanwhile is not None:
            self.report(meanwhile)
        return self.come_to_rest()

    def report(self, event: Event) -> int:
        """Report an event, and let no time pass; the ticket under which it is answered."""
        self._tickets += 1
        if "call_ended" in event.keys:
            self._learn_at_last(event)
            self._feed(Closed(self._tickets, _CLOSES))
        else:
            self._feed(Reported(self._tickets, event, digest(event) if event.event_id else ""))
        return self._tickets

    def tell(self, received: Input) -> None:
        """Feed in anything else that a host may tell, such as who speaks, and let no time pass."""
        if isinstance(received, RulesChanged):
            self.ruleset = received.ruleset
        self._feed(received)

    def hear(self, received: Input) -> tuple[Happening, ...]:
        """As `tell`, with all that follows."""
        self.tell(received)
        return self.come_to_rest()

    def change_rules(self, ruleset: RuleSet) -> tuple[Happening, ...]:
        """Other rules go live."""
        return self.hear(RulesChanged(ruleset))

    def advance(self, until: datetime) -> tuple[Happening, ...]:
        """Wind the clock on; timers and caps that come due on the way run at their time. What came due while a plan
        waited runs after it: caps first, then timers."""
        self.wind(until)
        return self.come_to_rest()

    def wind(self, until: datetime) -> None:
        """Wind the clock on, so far and no further, whatever is under way then."""
        until = until.astimezone(UTC)
        for _ in range(MAX_WAKES):
            when = self.machine.wakes_at
            if when is None or when > until:
                break
            self._wake(when)
        self.now = max(self.now, until)

    def come_to_rest(self) -> tuple[Happening, ...]:
        """Let time pass until no plan is under way; all that has happened."""
        for _ in range(MAX_WAKES):
            when = self.machine.wakes_at
            if when is None or not (self.machine.busy or when <= self.now):
                break
            self._wake(when)
        happened, self._happened = tuple(self._happened.values()), {}
        return happened

    def silent_at(self, length: timedelta) -> datetime:
        """When the caller has been silent for so long, if nobody speaks and nothing else happens; on hold, where
        silence does not count, so long from now."""
        state, said_until = self.state, self.machine.speech.said_until
        began = state.since.get(SILENCE)
        if began is not None:
            return began + length
        if said_until is not None and state.facts.get("call.on_hold") is not True:
            return said_until - state.silent_for + length
        return self.now + length

    # --- inside ---

    def _wake(self, when: datetime) -> None:
        self.now = max(self.now, when)
        self._feed(Woken(when))

    def _feed(self, received: Input) -> None:
        """Take an input in, and answer whatever the call wants of its platform."""
        inputs = [received]
        while inputs:
            sending: Send | None = None
            for effect in self.machine.handle(inputs.pop(0), self.now):
                match effect:
                    case Record(Decided() | CapDue() as entry):
                        made = happening(entry)
                        name = entry.event_id if isinstance(entry, CapDue) else entry.event.event_id
                        self._happened[name] = made
                    case Record(Settled(outcome)):
                        if isinstance(turn := self._happened.get(outcome.event_id), Turn):
                            turn.notes = outcome.notes
                    case Ran(event_id, step, reason, sent):
                        self._steps += 1
                        rail = self._forbidding(step) if reason == Reason.FORBIDDEN else None
                        done = Done(step, reason, sent, self._steps, rail)
                        self._happened[event_id].done.append(done)
                    case Tell(ticket, outcome):
                        if ticket is not None:
                            self.answers[ticket] = outcome
                        if not outcome.repeated:
                            self.outcomes.append(outcome)
                    case Defer():
                        inputs.append(Continued())
                    case Send():
                        sending = effect
            if sending is not None:
                inputs.append(Answered(sending.step, self._answer(sending)))

    def _forbidding(self, step: PlannedStep) -> CompiledRail | None:
        """The guard rail that forbids a step whose plan did not foresee it."""
        return forbidding(self.ruleset, step, self.state, self.now) if isinstance(step, PlannedVerb) else None

    def _answer(self, send: Send) -> Receipt:
        """What becomes of a request."""
        reason = self._fails(send.request.verb)
        if reason == Reason.FORBIDDEN:
            return not_sent(Reason.FORBIDDEN, "forbidden")
        if not self._may_send(send):
            return not_sent(Reason.FORBIDDEN, "forbidden")
        self.sent.append(send.request)
        if self._session_over:
            reason = Reason.ENDED
        if reason is None:
            self._session_over = send.request.ends
            result = self._result(send.request)
            return Receipt(Status.ACCEPTED, http_status=200, result=result, attempts=1)
        if reason == Reason.TIMEOUT:
            return no_answer("no answer came", 1)
        why = Reason(reason)
        self._session_over = self._session_over or why is Reason.ENDED
        return not_sent(why, f"it fails because {why}", 0 if why in _NEVER_LEFT else 1)

    def _learn_at_last(self, event: Event) -> None:
        """What the host tells together with the end of the call, it knew before."""
        carried, _ = allowed_facts(self.ruleset, event)
        passing = event.passing if event.reported else {"call_ended"}
        told = {key: value for key, value in carried.items() if key not in passing}
        if told and not self.closed:
            self.learn(told, event.source if event.reported else Source.HOST)

    def _fails(self, verb: str) -> str | None:
        """Why this attempt fails; None: it is taken."""
        reason = self.fails.get(verb)
        left = self.attempts.get(verb)
        if reason is None or left is None:
            return reason
        if left < 1:
            return None
        self.attempts[verb] = left - 1
        return reason

    def _may_send(self, send: Send) -> bool:
        effects = self.machine.handle(AboutToSend(send.step), self.now)
        return MaySend(send.step, allowed=True) in effects

    def _result(self, request: VerbRequest) -> Mapping[str, object]:
        if not names_member(request.verb):
            return {}
        self._members += 1
        return {"member_id": f"member-{self._members}"}
