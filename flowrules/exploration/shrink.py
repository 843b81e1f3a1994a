"""Of a story, what it does without: facts that are told at the beginning, and time that passes, while the same breach
stays. And what a story shows where the rules have changed since."""

from collections.abc import Hashable, Mapping, Sequence

from flowrules.call.setup import Setup
from flowrules.compiler.ruleset import RuleSet
from flowrules.exploration.playing.moves import Answers, Begins, GoesOn, Happens, Learns, Move, Passes
from flowrules.exploration.playing.world import begin, play
from flowrules.exploration.story import Story
from flowrules.exploration.watching.watch import Breaches, Step, Watcher
from flowrules.language.values import Value


def shrunk(story: Story, key: Hashable, watchers: Sequence[Watcher], setup: Setup) -> Story:
    """The story without those facts of its beginning, and without the time passing in it, which a breach of this key
    does not need. Each is left out by itself, in order, so that equal stories shrink alike."""
    first, *rest = story.moves
    assert isinstance(first, Begins)
    for name in first.told:
        shorter = first._replace(told=_without(first.told, name))
        if _shows(story, (shorter, *rest), key, watchers, setup):
            first = shorter
    for at in reversed(range(len(rest) - 1)):
        sooner = [*rest[:at], *rest[at + 1 :]]
        if isinstance(rest[at], Passes) and _shows(story, (first, *sooner), key, watchers, setup):
            rest = sooner
    return Story(story.ruleset, (first, *rest), story.depth)


def _without(facts: Mapping[str, Value], name: str) -> dict[str, Value]:
    return {other: value for other, value in facts.items() if other != name}


def _shows(
    story: Story, moves: tuple[Move, ...], key: Hashable, watchers: Sequence[Watcher], setup: Setup
) -> bool:
    """Whether a call can go this way, and its last move shows the breach."""
    return any(breach.key == key for breach in shown_by(story.ruleset, moves, watchers, setup))


def shown_by(
    ruleset: RuleSet, moves: tuple[Move, ...], watchers: Sequence[Watcher], setup: Setup
) -> Breaches:
    """What the last move of a call shows; nothing where no call can go this way."""
    first, *_ = moves
    assert isinstance(first, Begins)
    world = begin(ruleset, first, setup)
    memories = [watcher.begin(world) for watcher in watchers]
    found: Breaches = ()
    for move in moves:
        if world.finished:
            return ()
        machine = world.machine
        match move:
            case Answers() if not world.pending:
                return ()
            case GoesOn() if not world.utterance:
                return ()
            case Happens() | Learns() if not machine.busy and machine.speech.said_until is not None:
                return ()  # Nobody speaks into a sentence of the rules.
            case Passes(seconds) if (when := machine.wakes_at) is not None:
                if (when - world.now).total_seconds() < seconds:
                    return ()  # Something would come of it before.
        step = Step(move, world, *play(world, move))
        found = ()
        for at, watcher in enumerate(watchers):
            memories[at], breaches = watcher.watch(memories[at], step)
            if step.after.finished:
                breaches += watcher.end(memories[at], step)
            found += breaches
        world = step.after
    return found
