"""A call without a platform: events in, time wound by hand, every verb accepted unless told otherwise.

It drives the same decisions, plans and walk as a live call (`flowrules/runtime`), so that what it shows is what
would be sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Any

from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.decide import decide
from flowrules.engine.decision import Decision
from flowrules.engine.event import Event, Source
from flowrules.engine.hear import hear
from flowrules.engine.plan import (
    AdviseStep,
    Cap,
    FailedStep,
    Plan,
    PlannedStep,
    PlannedVerb,
    PlanPart,
    RememberStep,
    WaitStep,
)
from flowrules.engine.planner import forbidden, make_closing, make_plan
from flowrules.engine.raised import hangup_interrupted, step_failed
from flowrules.engine.receipts import apply_receipt
from flowrules.engine.scene import Scene
from flowrules.engine.state import (
    CallState,
    fall_silent,
    forget,
    remember,
    start_call,
    use_limits,
    with_facts,
)
from flowrules.engine.timers import due, next_due
from flowrules.engine.walk import ENDED, Opened, PartEnd, PartOutcome, ending_for, walk
from flowrules.language.nodes import Rank
from flowrules.language.values import Value
from flowrules.verbs import BY_NAME, Effect

MAX_CAUSES = 3
"""How many events may raise one another before the chain is cut, as in a live call."""

MAX_TIMERS = 1_000
"""Timers that one advance of the clock may set off: more would mean a rule that sets itself off."""


@dataclass(frozen=True, slots=True)
class Done:
    """A step that ran. `reason` is None where it went well, else why it failed."""

    step: PlannedStep
    reason: str | None = None

    @property
    def sent(self) -> bool:
        """Was a request sent for it? What failed while planning was not."""
        return isinstance(self.step, PlannedVerb) and self.reason not in ("forbidden", "ended")


@dataclass(frozen=True, slots=True)
class Turn:
    """One event and all it led to. `scene` is what was known when the plan was made."""

    event: Event
    decision: Decision
    plan: Plan
    scene: Scene
    done: tuple[Done, ...]
    ends: tuple[tuple[PlanPart, PartEnd], ...]


@dataclass(frozen=True, slots=True)
class Closed:
    """A cap ran out, and what it had opened was closed."""

    verb: str
    done: tuple[Done, ...]


Happening = Turn | Closed


@dataclass(frozen=True, slots=True)
class _OpenCap:
    due: datetime
    path: str
    cap: Cap


class _Cut(Enum):
    """Why a plan was dropped while it waited: by an urgent rule or the call's end, or as the caller spoke into a
    hangup."""

    PREEMPTED = auto()
    INTERRUPTED = auto()


class Simulation:
    """One simulated call. `fails` names verbs of the platform that are refused, each with the reason.

    `facts` is what the platform's metadata said, `known` what the host supplied before.
    """

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
        self.state: CallState = start_call(call_id, now, facts)
        if known:
            self.learn(known)
        self.fails = dict(fails or {})
        self.ended = False
        self._closed = False
        self._caps: list[_OpenCap] = []
        self._members = 0
        self._machine = False
        self._meanwhile: Event | None = None
        self._cut: _Cut | None = None

    def learn(self, facts: Mapping[str, Value], source: Source = Source.HOST) -> None:
        """Facts that come to be known without an event."""
        sources = dict.fromkeys(facts, source) if source is not Source.HOST else {}
        self.state = with_facts(self.state, facts, self.now, sources)

    def event(self, event: Event, meanwhile: Event | None = None) -> tuple[Turn, ...]:
        """Report an event: its turn first, then those of the events that it raised. Once the AI's session has
        ended, nothing but `call_ended` is decided, and of its verbs only records are sent.

        `meanwhile` is reported while the first one's plan waits, and decided after it."""
        self._closed = self._closed or "call_ended" in event.keys
        if self.ended and not self._closed:
            return ()
        self._note_machine(event)
        self._meanwhile, self._cut = meanwhile, None
        turns = self._play(event, MAX_CAUSES)
        self._meanwhile = None
        return (*turns, *(self.event(meanwhile) if meanwhile is not None else ()))

    def fall_silent(self) -> None:
        """Nobody speaks from now on."""
        self.state = fall_silent(self.state, self.now)

    def advance(self, until: datetime) -> tuple[Happening, ...]:
        """Wind the clock on; timers and caps that come due on the way run at their time."""
        until = until.astimezone(UTC)
        turns: list[Happening] = []
        for _ in range(MAX_TIMERS):
            cap = min(self._caps, key=lambda one: one.due, default=None)
            timer = None if self.ended else next_due(self.ruleset, self.state, self.now)
            if cap is not None and cap.due <= until and (timer is None or cap.due <= timer):
                self.now = max(self.now, cap.due)
                self._caps.remove(cap)
                turns.append(self._run_out(cap))
            elif timer is not None and timer <= until:
                self.now = max(self.now, timer)
                events = due(self.ruleset, self.state, self.now)
                if not events:
                    break
                turns.extend(self._play(events[0], MAX_CAUSES))
            else:
                break
        self.now = max(self.now, until)
        return tuple(turns)

    # --- inside ---

    def _play(self, event: Event, causes: int, *, after_unknown: bool = False) -> list[Turn]:
        """`after_unknown`: an ending verb of what led to this event may have acted, so no other may follow."""
        self.state = hear(self.ruleset, self.state, event, self.now)
        decision = decide(self.ruleset, event, self.state, self.now, trace=True)
        plan = make_plan(self.ruleset, decision, self.state)
        said = {key: event.source_of(key) for key in event.keys}
        scene = Scene(
            decision.facts, decision.moment, self.ruleset.scope, event.keys, {**self.state.sources, **said}
        )
        done: list[Done] = []
        ends: list[tuple[PlanPart, PartEnd]] = []
        opened = Opened(ending_unknown=after_unknown)
        for part in plan.parts:
            end = self._run(part, opened, done)
            ends.append((part, end))
            if self._cut is not None:
                break
            if end.outcome is PartOutcome.ENDED:
                self.ended = True
                break
        turns = [Turn(event, decision, plan, scene, tuple(done), tuple(ends))]
        if self._cut is not None:
            interrupted, self._cut, self._meanwhile = self._cut is _Cut.INTERRUPTED, None, None
            return turns + (self._play(hangup_interrupted(), causes - 1) if interrupted else [])
        failed = [end for _, end in ends if end.outcome is PartOutcome.FAILED]
        for end in failed if causes > 1 and not self.ended else ():
            raised = step_failed(end.verb, end.reason)
            turns.extend(self._play(raised, causes - 1, after_unknown=opened.ending_unknown))
        return turns

    def _run(self, part: PlanPart, opened: Opened, done: list[Done]) -> PartEnd:
        """Run a part and use up its rule's limits, when its first verb is sent or, without one, at its end."""
        end, sent = self._drive(part, opened, done)
        if not sent and self._cut is None:
            self.state = use_limits(self.state, part.rule.id, self.now)
        return end

    def _drive(self, part: PlanPart, opened: Opened, done: list[Done]) -> tuple[PartEnd, bool]:
        sent = False
        steps = walk(part, opened, self._clean_up)
        try:
            action = next(steps)
            while True:
                if self._is_cut(part, action):
                    action = steps.send(ENDED)
                    continue
                if isinstance(action, PlannedVerb) and not sent and part.rule.id:
                    self.state, sent = use_limits(self.state, part.rule.id, self.now), True
                action = steps.send(self._act(action, done))
        except StopIteration as stop:
            return stop.value, sent

    def _is_cut(self, part: PlanPart, action: PlannedStep) -> bool:
        """Whether this step is dropped: where the plan waits, here or before, `meanwhile` comes."""
        event = self._meanwhile
        if self._cut is not None or event is None:
            return self._cut is not None
        waits = action.wait_for_speech if isinstance(action, PlannedVerb) else isinstance(action, WaitStep)
        if not waits:
            return False
        self._note_machine(event)
        hangs_up = isinstance(action, PlannedVerb) and ending_for(part.steps, action) == "hangup"
        spoken = not event.keys.keys().isdisjoint({"said", "hearing"})
        if "call_ended" in event.keys or self._preempts(event, part):
            self._cut = _Cut.PREEMPTED
        elif hangs_up and spoken and not self._machine:
            self._cut = _Cut.INTERRUPTED
        return self._cut is not None

    def _preempts(self, event: Event, running: PlanPart) -> bool:
        """Whether an urgent rule takes the event; a plan of that same rule is left alone."""
        decision = decide(self.ruleset, event, hear(self.ruleset, self.state, event, self.now), self.now)
        owner = decision.parts[-1][0] if decision.parts else None
        return owner is not None and owner.rank is Rank.URGENT and owner.id != running.rule.id

    def _note_machine(self, event: Event) -> None:
        """Who is on the line: a machine's voice interrupts nothing."""
        if "machine_answered" in event.keys:
            self._machine = True
        elif not event.keys.keys().isdisjoint({"person_answered", "human_answered"}):
            self._machine = False

    def _act(self, action: PlannedStep, done: list[Done]) -> str | None:
        match action:
            case PlannedVerb():
                reason = self._send(action)
                done.append(Done(action, reason))
                return reason
            case FailedStep(reason=reason):
                done.append(Done(action, reason))
            case WaitStep(seconds=seconds):
                done.append(Done(action))
                self.now += timedelta(seconds=seconds)
            case RememberStep(fact=fact, value=value):
                done.append(Done(action))
                if value is None:
                    self.state = forget(self.state, fact)
                else:
                    self.state = remember(self.state, fact, value, self.now)
            case AdviseStep():
                done.append(Done(action))
        return None

    def _send(self, verb: PlannedVerb) -> str | None:
        if self._closed and verb.effect is not Effect.RECORD:
            return "ended"
        if forbidden(self.ruleset, verb, self.state, self.now) is not None:
            return "forbidden"
        if (reason := self.fails.get(verb.verb)) is not None:
            return reason
        result: dict[str, str] = {}
        if verb.verb == "conference_add":
            self._members += 1
            result["member_id"] = f"member-{self._members}"
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
        self._keep_caps(verb)
        return None

    def _keep_caps(self, verb: PlannedVerb) -> None:
        """Caps that this verb closed go, its own comes; the call's end takes all of them."""
        self._caps = [one for one in self._caps if one.cap.body != verb.body]
        if verb.cap is not None:
            self._caps.append(_OpenCap(self.now + timedelta(seconds=verb.cap.seconds), verb.path, verb.cap))
        if verb.effect is Effect.ENDING:
            self._caps.clear()

    def _run_out(self, open_cap: _OpenCap) -> Closed:
        cap = open_cap.cap
        done: list[Done] = []
        steps = self._closing(cap.verb, cap.body, f"{open_cap.path}.cap")
        part = PlanPart(RuleRef("", "", "", 0), "fired", steps)
        self._drive(part, Opened(), done)
        return Closed(cap.verb, tuple(done))

    def _clean_up(self, opening: PlannedVerb) -> tuple[PlannedStep, ...]:
        closing = BY_NAME[opening.verb].closed_by
        assert closing is not None
        target = {"target": opening.body["target"]} if "target" in opening.body else {}
        return self._closing(closing, {"event": closing, **target}, f"{opening.path}.close")

    def _closing(self, verb: str, body: Mapping[str, Any], path: str) -> tuple[PlannedStep, ...]:
        steps, _ = make_closing(self.ruleset, verb, body, path, self.state, self.now)
        return steps
