"""What is true of a simulated call at a moment, and what one step of a plan changes in it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import assert_never

from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import Event, Source
from flowrules.engine.plan import (
    AdviseStep,
    Cap,
    FailedStep,
    PlannedStep,
    PlannedVerb,
    RememberStep,
    WaitStep,
)
from flowrules.engine.planner import forbidden
from flowrules.engine.receipts import apply_receipt, held, names_member, spoken
from flowrules.engine.spoken_length import spoken_seconds
from flowrules.engine.state import (
    SILENCE,
    CallState,
    close_cap,
    fall_silent,
    forget,
    is_open,
    machine_at_start,
    open_cap,
    pause_silence,
    remember,
    start_call,
    with_facts,
)
from flowrules.engine.state import (
    OpenCap as OpenPair,
)
from flowrules.engine.walk import ENDED
from flowrules.language.values import Value
from flowrules.scenarios.happenings import Done
from flowrules.verbs import LOOK, Effect

LONGEST_SPEECH = timedelta(seconds=10)
"""How long a plan waits for the bot's last word, as a live call does unless its host sets it otherwise."""

NOT_AFTER_THE_CLOSE = (Effect.LIVE, Effect.ENDING)
"""What no verb may be that is sent when the WebSocket has closed."""

NEVER_LEFT = ("unavailable", "late")
"""Reasons of a verb for which no request went out: it uses up no limit."""


@dataclass(frozen=True, slots=True)
class OpenCap:
    """What is closed at `due`. `path` is the opening step's."""

    due: datetime
    path: str
    cap: Cap


class SimulatedCall:
    """`fails` names verbs of the platform that are refused, each with the reason. `ended`: the AI's session is over;
    `closed`: the WebSocket too."""

    def __init__(
        self,
        ruleset: RuleSet,
        now: datetime,
        *,
        facts: Mapping[str, object] | None = None,
        known: Mapping[str, Value] | None = None,
        fails: Mapping[str, str] | None = None,
        call_id: str = "simulated",
    ) -> None:
        self.ruleset = ruleset
        self.now = now.astimezone(UTC)
        self.state: CallState = start_call(call_id, self.now, facts)
        if known:
            self.learn(known)
        self.fails = dict(fails or {})
        self.ended = False
        self.closed = False
        self._machine = machine_at_start(self.state.facts)
        """A machine is on the line, not a person."""
        self._unknown_ending = False
        """An ending verb may have acted, and nobody knows."""
        self._caps: dict[tuple[str, str], OpenCap] = {}
        """By the verb that closes the pair, and whom it is about."""
        self._said_until: datetime | None = None
        self._waiting_since: datetime | None = None
        """When the plan that is under way began to wait for the bot's last word."""
        self._members = 0
        self.fall_silent()

    def learn(self, facts: Mapping[str, Value], source: Source = Source.HOST) -> None:
        """Facts that come to be known without an event."""
        sources = dict.fromkeys(facts, source) if source is not Source.HOST else {}
        self.state = with_facts(self.state, facts, self.now, sources)

    def fall_silent(self) -> None:
        """The caller's silence counts from now on, unless the bot speaks or the caller is held."""
        if self._said_until is None and self.state.facts.get("call.on_hold") is not True:
            self.state = fall_silent(self.state, self.now)

    def silent_at(self, length: timedelta) -> datetime:
        """When the caller has been silent for so long, if nobody speaks and nothing else happens; on hold, where
        silence does not count, so long from now."""
        began = self.state.since.get(SILENCE)
        if began is not None:
            return began + length
        if self._said_until is not None and self.state.facts.get("call.on_hold") is not True:
            return self._said_until - self.state.silent_for + length
        return self.now + length

    # --- inside: time ---

    def _wind(self, until: datetime) -> None:
        """Let time pass, with nothing but speech coming to its end in it."""
        if self._said_until is not None and self._said_until <= until:
            self.now, self._said_until = max(self.now, self._said_until), None
            self.fall_silent()
        self.now = max(self.now, until)

    def _note_machine(self, event: Event) -> None:
        """Who is on the line: a machine's voice interrupts nothing."""
        self._machine = event.answered_by_machine(self._machine)

    def _end(self) -> None:
        """The AI's session is over: no timer and no cap is left."""
        self.ended = True
        self._caps.clear()

    # --- inside: steps ---

    def _act(self, action: PlannedStep, done: list[Done]) -> str | None:
        """Do a step and note it. For a verb: None where it went well, else the reason why not."""
        match action:
            case PlannedVerb():
                reason, sent = self._send(action, done)
                done.append(Done(action, reason, sent))
                return reason
            case FailedStep(reason=failed):
                done.append(Done(action, failed))
            case WaitStep(seconds=seconds):
                done.append(Done(action))
                if not self.closed:  # Nothing holds up the close of a call.
                    self._wind(self.now + timedelta(seconds=seconds))
            case RememberStep(fact=fact, value=value):
                done.append(Done(action))
                if value is None:
                    self.state = forget(self.state, fact)
                else:
                    self.state = remember(self.state, fact, value, self.now)
            case AdviseStep():
                done.append(Done(action))
            case _:
                assert_never(action)
        return None

    def _send(self, verb: PlannedVerb, done: list[Done]) -> tuple[str | None, bool]:
        """Why a verb failed, if it did, and whether a request went out for it."""
        if self.closed and verb.effect in NOT_AFTER_THE_CLOSE:
            return ENDED, False
        if verb.closes_cap and not is_open(self.state, verb.verb, verb.body):
            return None, False
        if verb.wait_for_speech and not self.closed:
            self._waiting_since = self._waiting_since or self.now
            self._wind(min(self._said_until or self.now, self._waiting_since + LONGEST_SPEECH))
        ready = self._with_late_fields(verb)
        if ready is None:
            return "refused", False
        if verb.effect is Effect.ENDING and self._unknown_ending and (why := self._look(verb, done)):
            return why, False
        reason = self.fails.get(verb.verb)
        if reason == "forbidden" or forbidden(self.ruleset, ready, self.state, self.now) is not None:
            return "forbidden", False
        self._answered(ready, reason)
        return reason, True

    def _answered(self, verb: PlannedVerb, reason: str | None) -> None:
        """What a reply changes in the call."""
        if reason is None:
            result = {"member_id": self._next_member()} if names_member(verb.verb) else {}
            self.state = apply_receipt(
                self.state,
                verb.verb,
                verb.body,
                result,
                self.now,
                keep_as=verb.keep_as,
                source=verb.source,
                weakest=self.ruleset.fences,
            )
            self._caps.pop(_pair(verb.verb, verb.body), None)
            self.state = close_cap(self.state, verb.verb, verb.body)
            self._hears(verb)
        if verb.cap is not None and reason in (None, "timeout"):
            closes_at = self.now + timedelta(seconds=verb.cap.seconds)
            self._caps[_pair(verb.cap.verb, verb.cap.body)] = OpenCap(closes_at, verb.path, verb.cap)
            rule = RuleRef("", "", "", 0)
            pair = OpenPair(closes_at, rule, "", verb.path, verb.cap.verb, verb.cap.body)
            self.state = open_cap(self.state, pair)
        if verb.effect is Effect.ENDING and reason == "timeout":
            self._unknown_ending = True

    def _hears(self, verb: PlannedVerb) -> None:
        """What an accepted verb makes the caller hear, and what that does to silence."""
        if (text := spoken(verb.verb, verb.body)) is not None:
            self.state = pause_silence(self.state, self.now)
            self._said_until = (self._said_until or self.now) + timedelta(seconds=spoken_seconds(text))
        match held(verb.verb, verb.body):
            case True:
                self.state = pause_silence(self.state, self.now)
            case False:
                self.fall_silent()
            case None:
                pass

    def _with_late_fields(self, verb: PlannedVerb) -> PlannedVerb | None:
        """The verb with what earlier replies told; None where they told nothing."""
        if not verb.late:
            return verb
        told = {name: self.state.facts.get(fact) for name, fact in verb.late.items()}
        if not all(isinstance(value, str) for value in told.values()):
            return None
        return replace(verb, body={**verb.body, **told})

    def _look(self, ending: PlannedVerb, done: list[Done]) -> str:
        """The ending verb of an earlier event may have acted. Only the platform can tell, so it is asked; why no other
        can follow, '' where one can."""
        look = PlannedVerb(
            f"{ending.path}.look", LOOK.name, {"event": LOOK.name}, LOOK.effect, keyed=LOOK.keyed
        )
        reason = self._act(look, done)
        self._unknown_ending = reason is not None
        return "" if reason is None else ENDED if reason == ENDED else "timeout"

    def _next_member(self) -> str:
        self._members += 1
        return f"member-{self._members}"


def _pair(verb: str, body: Mapping[str, object]) -> tuple[str, str]:
    return verb, str(body.get("target", ""))
