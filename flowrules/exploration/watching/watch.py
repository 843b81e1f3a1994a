"""What watches a call that is explored, and what it finds. Pure: equal steps, equal breaches."""

from collections.abc import Hashable
from datetime import datetime
from typing import NamedTuple, Protocol

from flowrules.call.effects import Effect, Record, Send
from flowrules.call.entries import Decided
from flowrules.call.receipt import Receipt
from flowrules.diagnostics.diagnostic import Code
from flowrules.exploration.coverage import Coverage
from flowrules.exploration.playing.moves import Move
from flowrules.exploration.playing.world import World
from flowrules.source import Location


class Step(NamedTuple):
    """What one move led to. `effects`: everything that the machine wanted, in order. `answers`: the requests that were
    answered in this move, in order: the one that the move answers, and those that a guard rail stopped at the last
    moment."""

    move: Move
    before: World
    after: World
    effects: tuple[Effect, ...]
    answers: tuple[tuple[Send, Receipt], ...] = ()

    @property
    def decided(self) -> tuple[Decided, ...]:
        """The events that were decided in this move, each with its plan, in order."""
        return tuple(
            effect.entry
            for effect in self.effects
            if isinstance(effect, Record) and isinstance(effect.entry, Decided)
        )

    @property
    def sent(self) -> tuple[Send, ...]:
        """The requests that left in this move."""
        pending = self.after.pending
        return tuple(effect for effect in self.effects if isinstance(effect, Send) and effect in pending)


class Times(NamedTuple):
    """How often rules that are right would send a verb in a story: `more` times more than they do today (less: below
    0). `word` is how rules write the verb, or
    the whole advice (`advise "Ask."`)."""

    word: str
    more: int


class Breach(NamedTuple):
    """What a watcher found wrong. Breaches with equal keys are one finding, which keeps the shortest story. `expects`:
    what rules that are right would do at the end of the story, in lines of a test (`expect not hangup`), or how often
    in all of it."""

    code: Code
    location: Location
    message: str
    key: Hashable
    hint: str = ""
    related: tuple[tuple[Location, str], ...] = ()
    expects: tuple[str | Times, ...] = ()


Breaches = tuple[Breach, ...]


class Watcher(Protocol):
    """Looks at every step of every story. Its memory is a hashable value, and part of the state by which worlds are
    compared: two worlds are one only where every watcher remembers the same of them. A moment (`datetime`) in it counts
    by its distance from now; one that does not matter any more belongs out of it."""

    @property
    def reads(self) -> frozenset[str]:
        """The facts that it looks at, by their folded names: worlds in which these differ are kept apart."""
        ...

    @property
    def codes(self) -> frozenset[str]:
        """The ids of the findings that it would have if there were something to find."""
        ...

    @property
    def wants_steps(self) -> bool:
        """Whether it looks at each step that was dealt with (`Ran`), which takes time to tell."""
        ...

    def begin(self, world: World) -> Hashable:
        """Its memory of a call that has just come up, of which nothing has been played."""
        ...

    def watch(self, memory: Hashable, step: Step) -> tuple[Hashable, Breaches]:
        """Its memory after a step, and what is wrong by then."""
        ...

    def end(self, memory: Hashable, step: Step) -> Breaches:
        """The call is closed and nothing more comes of it: `memory` is that after the last step, `step`."""
        ...

    def due(self, memory: Hashable) -> datetime | None:
        """When it wants to look again though nothing happens. Time passes until then as one of the moves."""
        ...

    def parts(self, memory: Hashable) -> tuple[Hashable, ...]:
        """The parts of its memory that have nothing to do with one another: what becomes of one, and what is found by
        it, does not depend on the others."""
        ...

    def conclude(self, coverage: Coverage) -> Breaches:
        """What only all stories together show, such as a rule that none of them reaches. Asked once, at the end; such a
        breach has no story."""
        ...


class Quiet:
    """A watcher that sees nothing: what others need not say."""

    reads: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()

    @property
    def wants_steps(self) -> bool:
        return False

    def begin(self, world: World) -> Hashable:
        return None

    def watch(self, memory: Hashable, step: Step) -> tuple[Hashable, Breaches]:
        return memory, ()

    def end(self, memory: Hashable, step: Step) -> Breaches:
        return ()

    def due(self, memory: Hashable) -> datetime | None:
        return None

    def parts(self, memory: Hashable) -> tuple[Hashable, ...]:
        return (memory,)

    def conclude(self, coverage: Coverage) -> Breaches:
        return ()
