"""Of a story, what it does without: facts that are told at the beginning, while the same breach stays."""

from collections.abc import Hashable, Mapping, Sequence

from flowrules.call.setup import Setup
from flowrules.exploration.moves import Answers, Begins, GoesOn, Move, Passes
from flowrules.exploration.story import Story
from flowrules.exploration.watch import Step, Watcher
from flowrules.exploration.world import begin, play
from flowrules.language.values import Value


def shrunk(story: Story, key: Hashable, watchers: Sequence[Watcher], setup: Setup) -> Story:
    """The story without those facts of its beginning which a breach of this key does not need. Each is left out by
    itself, in order, so that equal stories shrink alike."""
    first, *rest = story.moves
    assert isinstance(first, Begins)
    for name in first.told:
        shorter = first._replace(told=_without(first.told, name))
        if _shows(story, (shorter, *rest), key, watchers, setup):
            first = shorter
    return Story(story.ruleset, (first, *rest), story.depth)


def _without(facts: Mapping[str, Value], name: str) -> dict[str, Value]:
    return {other: value for other, value in facts.items() if other != name}


def _shows(
    story: Story, moves: tuple[Move, ...], key: Hashable, watchers: Sequence[Watcher], setup: Setup
) -> bool:
    """Whether a call can go this way, and its last move shows the breach."""
    first, *_ = moves
    assert isinstance(first, Begins)
    world = begin(story.ruleset, first, setup)
    memories = [watcher.begin(world) for watcher in watchers]
    found: set[Hashable] = set()
    for move in moves:
        machine = world.machine
        match move:
            case Answers() if not world.pending:
                return False
            case GoesOn() if not world.utterance:
                return False
            case Passes(seconds) if (when := machine.wakes_at) is not None:
                if (when - world.now).total_seconds() < seconds:
                    return False  # Something would come of it before.
        step = Step(move, world, *play(world, move))
        found = set()
        for at, watcher in enumerate(watchers):
            memories[at], breaches = watcher.watch(memories[at], step)
            if step.after.finished:
                breaches += watcher.end(memories[at], step)
            found.update(breach.key for breach in breaches)
        world = step.after
    return key in found
