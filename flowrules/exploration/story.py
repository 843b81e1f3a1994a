"""A story: what happened in a call, move by move."""

from collections.abc import Iterator
from dataclasses import dataclass

from flowrules.call.setup import Setup
from flowrules.compiler.ruleset import RuleSet
from flowrules.exploration.playing.moves import Answers, Begins, Hears, Move, Passes, Voice
from flowrules.exploration.playing.world import SETUP, begin, play
from flowrules.exploration.watching.watch import Step

MOST_BEHIND = 100
"""Moves that are added to a story at most, so that it comes to rest."""


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

    def at_rest(self) -> "Story":
        """The story with what follows if all goes well, until nothing is under way any more."""
        world = None
        for step in self.steps():
            world = step.after
        moves = self.moves
        while world is not None and world.machine.busy and len(moves) < len(self.moves) + MOST_BEHIND:
            when = world.machine.wakes_at
            if world.pending:
                move: Move = Answers()
            elif when is not None and when > world.now:
                move = Passes((when - world.now).total_seconds())
            elif world.machine.speech.speaking:
                move = Hears(Voice.BOT_FINISHES)
            else:
                break
            moves, world = (*moves, move), play(world, move).after
        return Story(self.ruleset, moves, self.depth)
