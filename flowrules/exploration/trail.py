"""What an exploration has found, and the way on which it came to each place."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import NamedTuple

from flowrules.exploration.alike import Origin
from flowrules.exploration.coverage import Coverage
from flowrules.exploration.keys import Sight
from flowrules.exploration.playing.moves import Move
from flowrules.exploration.playing.world import World
from flowrules.exploration.story import Story
from flowrules.exploration.watching.watch import Breach


class Found(NamedTuple):
    """A breach, and the shortest story in which it was seen; None where only all stories together show it."""

    breach: Breach
    story: Story | None


@dataclass(frozen=True, slots=True)
class Exploration:
    """What was found, the shortest stories first, and how far was looked."""

    breaches: tuple[Found, ...]
    coverage: Coverage
    looked_for: frozenset[str] = frozenset()
    """The ids of the findings that would be among the breaches if there were something to find."""

    @property
    def complete(self) -> bool:
        return self.coverage.complete


class Trail(NamedTuple):
    """A move and those before it."""

    before: "Trail | None"
    move: Move
    length: int
    abrupt: bool
    """The call was closed while something was under way."""
    facts: int
    """How much was told on the way."""
    meanwhile: int
    """How much happened while the platform had not answered yet."""

    def moves(self) -> tuple[Move, ...]:
        found: list[Move] = []
        trail: Trail | None = self
        while trail is not None:
            found.append(trail.move)
            trail = trail.before
        return tuple(reversed(found))


class Node(NamedTuple):
    """`origin`: the moment in which what is under way began."""

    world: World
    memories: tuple[Hashable, ...]
    trail: Trail
    origin: Origin
    sight: Sight
    digest: int
    depth: int
