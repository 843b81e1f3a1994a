"""A story: what happened in a call, move by move."""

from collections.abc import Iterator
from dataclasses import dataclass

from flowrules.call.setup import Setup
from flowrules.compiler.ruleset import RuleSet
from flowrules.exploration.moves import Begins, Move
from flowrules.exploration.watch import Step
from flowrules.exploration.world import SETUP, begin, play


@dataclass(frozen=True, slots=True)
class Story:
    """The moves of a call from its start, and the rules that it is played by. It is played again when it is told."""

    ruleset: RuleSet
    moves: tuple[Move, ...]
    depth: int

    def steps(self, setup: Setup = SETUP) -> Iterator[Step]:
        """What each move led to."""
        first, *_ = self.moves
        assert isinstance(first, Begins)
        world = begin(self.ruleset, first, setup)
        for move in self.moves:
            played = play(world, move)
            yield Step(move, world, *played)
            world = played.after
