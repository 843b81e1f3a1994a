"""Whether one guard rail holds wherever another one held: what an edit may put in its place without taking anything
away."""

from collections.abc import Iterable
from typing import NamedTuple

from flowrules.compiler.lost.guard_cover import GuardCover, cover_of_guards
from flowrules.language.names import fold
from flowrules.language.nodes import Before, Never, Step, VerbStep
from flowrules.language.printer import print_step
from flowrules.verbs import verb_named


class Cover(NamedTuple):
    """Over which verbs a rail stands, and when it binds. `steps` are what it does, without the words that are said."""

    kind: type[Never | Before]
    verbs: frozenset[str]
    guards: GuardCover
    steps: tuple[str, ...]

    def holds_for(self, verb: str, other: "Cover") -> bool:
        """Whether over this verb the rail binds wherever the other one did, and does what it did."""
        return (
            self.kind is other.kind
            and verb in self.verbs
            and self.guards.binds_wherever(other.guards)
            and _in_order(other.steps, self.steps)
        )


def cover_of(rail: Never | Before) -> Cover:
    steps = (rail.instead or ()) if isinstance(rail, Never) else rail.steps
    verbs = frozenset(verb_named(verb.key) for verb in rail.verbs)
    return Cover(type(rail), verbs, cover_of_guards(rail.guards), tuple(map(_done, steps)))


def is_kept(rail: Never | Before, rails: Iterable[Cover]) -> bool:
    """Whether for each verb that it stands over, one of these rails holds wherever it held."""
    old, others = cover_of(rail), tuple(rails)
    return all(any(other.holds_for(verb, old) for other in others) for verb in old.verbs)


def does_as_much(steps: Iterable[Step], as_before: Iterable[Step]) -> bool:
    """Whether steps do in this order what others did, and perhaps more; what is said in it does not count."""
    return _in_order(map(_done, as_before), map(_done, steps))


def _done(step: Step) -> str:
    return step.verb if isinstance(step, VerbStep) else fold(print_step(step))


def _in_order(some: Iterable[str], among: Iterable[str]) -> bool:
    rest = iter(among)
    return all(one in rest for one in some)
