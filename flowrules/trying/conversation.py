"""A conversation that is tried out: what was done so far, played on a simulated call, and what the rules answer.

The call is played anew from its beginning whenever something about it changes (a step is taken back, the rules are
edited, the clock is set), so that what is shown is always what these rules do with this whole conversation.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.decision import Verdict
from flowrules.engine.event import Event, Source
from flowrules.engine.planning.plan import PlannedVerb
from flowrules.engine.preview import PLATFORM_FACTS
from flowrules.engine.trace import trace_lines
from flowrules.language.values import Value
from flowrules.scenarios.happenings import Closed, Happening, Turn
from flowrules.scenarios.simulation import Simulation
from flowrules.scenarios.words import describe


@dataclass(frozen=True, slots=True)
class Happens:
    """`meanwhile` comes while the plan for the event still waits."""

    event: Event
    meanwhile: Event | None = None


@dataclass(frozen=True, slots=True)
class Waits:
    length: timedelta


@dataclass(frozen=True, slots=True)
class Given:
    """Facts that come to be known without an event."""

    facts: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Fails:
    """From now on the platform refuses a verb; with no reason it takes it again."""

    verb: str
    reason: str | None


Move = Happens | Waits | Given | Fails


class Conversation:
    """`call` is where it stands, `last` what the last event, or the last time that passed, led to. `known` is what
    every call begins with, `start` when it began. `story` has each move with what it led to."""

    def __init__(self, ruleset: RuleSet, start: datetime, known: Mapping[str, Value]) -> None:
        self.ruleset = ruleset
        self.call = Simulation(ruleset, start)
        self.last: tuple[Happening, ...] = ()
        self.start = start
        self.known = known
        self.story: list[tuple[Move, tuple[Happening, ...]]] = []
        self._moves: list[Move] = []
        self._undone: list[Move] = []
        self._replay()

    @property
    def happened(self) -> Iterator[Happening]:
        """All that the moves have led to."""
        return (one for _, some in self.story for one in some)

    @property
    def shown(self) -> Turn | None:
        """The turn that the last event began with."""
        return next((one for one in self.last if isinstance(one, Turn)), None)

    def play(self, move: Move) -> tuple[Happening, ...]:
        """Make a move; what it led to."""
        if isinstance(move, Happens | Waits):
            self._undone.clear()
        self._moves.append(move)
        return self._make(move)

    def undo(self) -> bool:
        """Take the last move back; whether there was one."""
        if not self._moves:
            return False
        self._undone.append(self._moves.pop())
        self._replay()
        return True

    def again(self) -> bool:
        """Make the move that was taken back last, or else the last event once more; whether there was one."""
        events = [move for move in self._moves if isinstance(move, Happens)]
        if not self._undone and not events:
            return False
        move = self._undone.pop() if self._undone else events[-1]
        self._moves.append(move)
        self._make(move)
        return True

    def follow(self, ruleset: RuleSet) -> None:
        """Play the conversation under other rules."""
        self.ruleset = ruleset
        self._replay()

    def set_clock(self, now: datetime) -> None:
        """Play the conversation so that it is `now` at its end."""
        self.start += now - self.call.now
        self._replay()

    def begin_anew(self) -> None:
        self._moves.clear()
        self._undone.clear()
        self._replay()

    # --- inside ---

    def _replay(self) -> None:
        self.call = Simulation(self.ruleset, self.start)
        self.last, self.story = (), []
        self._apply(Given(self.known))
        for move in self._moves:
            self._make(move)

    def _make(self, move: Move) -> tuple[Happening, ...]:
        happened = self._apply(move)
        self.story.append((move, happened))
        return happened

    def _apply(self, move: Move) -> tuple[Happening, ...]:
        call = self.call
        match move:
            case Happens(event, meanwhile):
                self.last = call.event(event, meanwhile)
                return self.last
            case Waits(length):
                happened = call.advance(call.now + length)
                self.last = happened or self.last
                return happened
            case Given(facts):
                platform = {key: value for key, value in facts.items() if key.startswith(PLATFORM_FACTS)}
                call.learn(platform, Source.PLATFORM)
                call.learn({key: value for key, value in facts.items() if key not in platform})
            case Fails(verb, None):
                call.fails.pop(verb, None)
            case Fails(verb, reason) if reason is not None:
                call.fails[verb] = reason
        return ()


# --- in words -----------------------------------------------------------------------------------------------


def answer_lines(happened: tuple[Happening, ...], call: Simulation) -> Iterator[str]:
    """What came of something, for people: which rules took it and why, and what was done."""
    for one in happened:
        if isinstance(one, Closed):
            yield f"what was to last only so long is closed: {', '.join(map(describe, one.done))}"
        else:
            yield from _turn_lines(one)
    if call.ended:
        yield "The AI's session has ended. (:undo takes it back, :new begins another call)"


def _turn_lines(turn: Turn) -> Iterator[str]:
    if turn.event.timer:
        at = turn.decision.now.astimezone(turn.decision.trace.ruleset.zone) if turn.decision.trace else None
        yield f"at {at:%H:%M:%S}, by the clock:"
    elif not turn.event.reported:
        yield f"{next(iter(turn.event.keys))}:"
    lines = {line.rule.id: line for line in trace_lines(turn.decision)}
    for part in turn.plan.parts:
        line = lines[part.rule.id]
        yield f"{part.rule.file}:{part.rule.line}  {part.rule.label}"
        yield f"    {line.reason}"
    if not turn.plan.parts:
        yield "No rule takes it."
        for line in lines.values():
            if line.verdict not in (Verdict.NO_MATCH, Verdict.EARLIER):
                yield f"    {line.rule.file}:{line.rule.line}  {line.rule.label}: {line.reason}"
    for done in turn.done:
        waits = isinstance(done.step, PlannedVerb) and done.step.wait_for_speech
        yield f"  - {describe(done)}{'  (when the bot has finished speaking)' if waits else ''}"
    for note in turn.notes:
        yield f"  note: {note}"
