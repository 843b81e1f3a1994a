"""A call without a platform: events in, time wound by hand, every verb accepted unless told otherwise.

It drives the same decisions, plans and walk as a live call (`flowrules/runtime`), one event at a time and then what
came due meanwhile, as a live call's queue does, so that what it shows is what would be sent. Its host does not say
when the bot speaks: what rules `say` takes as long as its text.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import Enum, auto

from flowrules.compiler.refs import RuleRef
from flowrules.engine.decide import decide
from flowrules.engine.event import CALLER_KEYS, Event
from flowrules.engine.hear import hear
from flowrules.engine.plan import FailedStep, PlannedStep, PlannedVerb, PlanPart, WaitStep
from flowrules.engine.planner import make_closing, make_plan
from flowrules.engine.raised import hangup_interrupted, step_failed
from flowrules.engine.scene import Scene
from flowrules.engine.state import break_silence, close_cap, use_limits
from flowrules.engine.timers import due, next_due
from flowrules.engine.utterance import note_set_off
from flowrules.engine.walk import ENDED, Opened, PartEnd, PartOutcome, hangs_up, walk
from flowrules.language.nodes import Rank
from flowrules.scenarios.happenings import Closed, Done, Happening, Turn
from flowrules.scenarios.simulated_call import NEVER_LEFT, NOT_AFTER_THE_CLOSE, OpenCap, SimulatedCall
from flowrules.verbs import BY_NAME

MAX_CAUSES = 3
"""How many events may raise one another before the chain is cut, as in a live call."""

MAX_TIMERS = 1_000
"""Timers that one advance of the clock may set off: more would mean a rule that sets itself off."""

_CAP = "cap"
"""The outcome of a part that closes what had a cap: no run of a rule."""


class _Cut(Enum):
    """Why a plan was dropped while it waited: by an urgent rule or the call's end, or as the caller spoke into a
    hangup."""

    PREEMPTED = auto()
    INTERRUPTED = auto()


class Simulation(SimulatedCall):
    """One simulated call. `fails` names verbs of the platform that are refused, each with the reason.

    `facts` is what the platform's metadata said, `known` what the host supplied before.
    """

    _meanwhile: Event | None = None
    _arrived: Event | None = None
    """What came meanwhile, once it has."""
    _cut: _Cut | None = None

    def event(self, event: Event, meanwhile: Event | None = None) -> tuple[Happening, ...]:
        """Report an event: its turn first, then those of the events that it raised, then what came due while its plan
        waited. Once the AI's session has ended, nothing but `call_ended` is decided, and of its verbs only records are
        sent; after that nothing is.

        `meanwhile` is reported while the first one's plan first waits, and decided after it."""
        happened: list[Happening] = []
        if meanwhile is not None and meanwhile.is_nothing:
            meanwhile = None
        if event.is_nothing:
            return () if meanwhile is None else self.event(meanwhile)
        closing = "call_ended" in event.keys
        if not self.closed and (closing or not self.ended):
            if closing:
                self.closed = True
                self._end()
            self._note_machine(event)
            self._meanwhile = None if closing else meanwhile
            happened += self._play(event, MAX_CAUSES)
            meanwhile, self._meanwhile, self._arrived = self._arrived or meanwhile, None, None
        if meanwhile is not None:
            happened += self.event(meanwhile)
        return (*happened, *self.advance(self.now))

    def advance(self, until: datetime) -> tuple[Happening, ...]:
        """Wind the clock on; timers and caps that come due on the way run at their time. What came due while a plan
        waited runs after it: caps first, then timers."""
        until = until.astimezone(UTC)
        happened: list[Happening] = []
        for _ in range(MAX_TIMERS):
            until = max(until, self.now)
            timer = None if self.ended else next_due(self.ruleset, self.state, self.now)
            cap = min(self._caps.items(), key=lambda one: one[1].due, default=None)
            # Before the next timer comes all that ends, or closes, at its moment or earlier.
            before = until if timer is None else min(timer, until)
            if self._said_until is not None and self._said_until <= (
                before if cap is None else min(before, max(cap[1].due, self.now))
            ):
                self._wind(self._said_until)
            elif cap is not None and cap[1].due <= before:
                self._wind(cap[1].due)
                del self._caps[cap[0]]
                happened += self._run_out(cap[1])
            elif timer is not None and timer <= until:
                self._wind(timer)
                events = due(self.ruleset, self.state, self.now)
                if not events:
                    break
                happened += self._play(events[0], MAX_CAUSES)
            else:
                break
        self._wind(until)
        return tuple(happened)

    # --- events ---

    def _play(self, event: Event, causes: int, *, after_unknown: bool = False) -> list[Happening]:
        """`after_unknown`: an ending verb of what led to this event may have acted, so no other may follow."""
        self.state = hear(self.ruleset, self.state, event, self.now)
        self.fall_silent()
        decision = decide(self.ruleset, event, self.state, self.now, trace=True)
        self.state = note_set_off(self.state, event, (rule for rule, _ in decision.parts))
        plan = make_plan(self.ruleset, decision, self.state)
        said = {key: event.source_of(key) for key in event.keys}
        scene = Scene(
            decision.facts, decision.moment, self.ruleset.scope, event.keys, {**self.state.sources, **said}
        )
        done: list[Done] = []
        ends = self._run(plan.parts, done, after_unknown=after_unknown)
        turn = Turn(event, decision, plan, scene, tuple(done), tuple(ends))
        return [turn, *self._raised((end for _, end in ends), causes)]

    def _run_out(self, open_cap: OpenCap) -> list[Happening]:
        """A cap is due: what it had opened is closed, by the guard rails of this moment."""
        cap, path = open_cap.cap, f"{open_cap.path}.cap"
        self.state = close_cap(self.state, cap.verb, cap.body)
        steps, _ = make_closing(self.ruleset, cap.verb, cap.body, path, self.state, self.now)
        done: list[Done] = []
        ends = self._run((PlanPart(RuleRef("", "", "", 0), _CAP, steps),), done)
        return [Closed(cap.verb, tuple(done)), *self._raised((end for _, end in ends), MAX_CAUSES)]

    def _raised(self, ends: Iterable[PartEnd], causes: int) -> list[Happening]:
        """The turns of the events that a plan raised."""
        cut, self._cut = self._cut, None
        if self.ended or causes <= 1 or cut is _Cut.PREEMPTED:
            return []
        if cut is _Cut.INTERRUPTED:
            return self._play(hangup_interrupted(), causes - 1)
        happened: list[Happening] = []
        for end in ends:
            if end.outcome is PartOutcome.FAILED and not self.ended:
                raised = step_failed(end.verb, end.reason)
                happened += self._play(raised, causes - 1, after_unknown=self._unknown_ending)
        return happened

    # --- plans ---

    def _run(
        self, parts: Iterable[PlanPart], done: list[Done], *, after_unknown: bool = False
    ) -> list[tuple[PlanPart, PartEnd]]:
        """How each part ended, up to the one in which the plan was cut or the call ended."""
        self._waiting_since = None
        opened = Opened(ending_unknown=after_unknown)
        ends = []
        for part in parts:
            end = self._drive(part, opened, done)
            ends.append((part, end))
            if self._cut is not None:
                break
            if end.outcome is PartOutcome.ENDED and not self.closed:
                self._end()
                break
        return ends

    def _drive(self, part: PlanPart, opened: Opened, done: list[Done]) -> PartEnd:
        """Run a part, and count the run against its rule's limits once: from when its first request left or, where it
        came to no verb, when the part has come to its end. What cleans up after a failure does not count."""
        counted = part.outcome == _CAP
        tried = cleans_up = False

        def clean_up(opening: PlannedVerb) -> tuple[PlannedStep, ...]:
            nonlocal cleans_up
            cleans_up = True
            return self._clean_up(opening)

        steps = walk(part, opened, clean_up)
        answer: str | None = None
        try:
            while True:
                action = steps.send(answer)
                if self._is_cut(part, action):
                    answer = ENDED
                    continue
                answer = self._act(action, done)
                tried = tried or isinstance(action, PlannedVerb | FailedStep)
                left = done[-1].sent and answer not in NEVER_LEFT
                if left and not counted and not cleans_up:
                    self.state, counted = use_limits(self.state, part.rule.id, self.now), True
                if self.closed and isinstance(action, PlannedVerb) and action.effect in NOT_AFTER_THE_CLOSE:
                    answer = None  # It is dropped, and the records behind it are tried.
        except StopIteration as stop:
            end: PartEnd = stop.value
        if end.outcome is PartOutcome.COMPLETED and not (counted or tried) and self._cut is None:
            self.state = use_limits(self.state, part.rule.id, self.now)
        return end

    def _clean_up(self, opening: PlannedVerb) -> tuple[PlannedStep, ...]:
        closing = BY_NAME[opening.verb].closed_by
        assert closing is not None
        target = {"target": opening.body["target"]} if "target" in opening.body else {}
        body, path = {"event": closing, **target}, f"{opening.path}.close"
        steps, _ = make_closing(self.ruleset, closing, body, path, self.state, self.now)
        return steps

    # --- what comes while a plan waits ---

    def _is_cut(self, part: PlanPart, action: PlannedStep) -> bool:
        """Whether this step is dropped: where the plan first waits, here or before, `meanwhile` comes."""
        event = self._meanwhile
        if self._cut is not None or event is None:
            return self._cut is not None
        waits = action.wait_for_speech if isinstance(action, PlannedVerb) else isinstance(action, WaitStep)
        if not waits:
            return False
        event = self._arrives(event)
        can_stop = isinstance(action, PlannedVerb) and hangs_up(part.steps, action)
        spoken = not CALLER_KEYS.isdisjoint(event.keys)
        if "call_ended" in event.keys or self._preempts(event, part):
            self._cut = _Cut.PREEMPTED
        elif can_stop and spoken and not self._machine:
            self._cut = _Cut.INTERRUPTED
        return self._cut is not None

    def _arrives(self, event: Event) -> Event:
        """What comes while a plan waits is decided later; but the caller is heard, and the turn is settled, now."""
        self._meanwhile = None
        self._note_machine(event)
        if event.reported:
            turns, turn = self.state.turns.take(event, self.now)
            self.state, event = self.state._replace(turns=turns), event._replace(turn=turn)
        self._arrived = event
        if not CALLER_KEYS.isdisjoint(event.keys):
            self.state = break_silence(self.state, self.now)
        return event

    def _preempts(self, event: Event, running: PlanPart) -> bool:
        """Whether an urgent rule takes the event; a plan of that same rule is left alone."""
        decision = decide(self.ruleset, event, hear(self.ruleset, self.state, event, self.now), self.now)
        owner = decision.parts[-1][0] if decision.parts else None
        return owner is not None and owner.rank is Rank.URGENT and owner.id != running.rule.id
