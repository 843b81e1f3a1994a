"""What has been played already, or something that is alike to it."""

from collections.abc import Callable, Mapping

from flowrules.exploration.concerns import NOTHING, Concern, Concerns
from flowrules.exploration.keys import Key, Sight
from flowrules.exploration.moves import Closes, GoesOn, Happens, Move, Passes
from typing import NamedTuple


class Origin(NamedTuple):
    """Where what is under way began: plans of equal numbers are alike. `concern`: the rules that are at work in it, or
    may yet be."""

    number: int
    concern: Concern = NOTHING


class Known:
    """What was met, by digests, each with what watchers remembered then and the depth. Watchers have nothing to do with
    one another, nor have parts of what one remembers: where each part was met before, their sum is nothing new. That
    digests of two of a million are equal by chance is one in thirty million."""

    def __init__(self) -> None:
        self._met: dict[int, list[tuple[int, Key]]] = {}

    def __len__(self) -> int:
        return len(self._met)

    def has(self, digest: int, parts: Key, depth: int) -> bool:
        """Whether it was met at no more than this depth."""
        met = self._met.get(digest)
        if met is None:
            return False
        if len(met) == 1:
            known, others = met[0]
            return known <= depth and (others is parts or others == parts)
        return all(
            [
                any([known <= depth and others[at] == part for known, others in met])
                for at, part in enumerate(parts)
            ]
        )

    def add(self, digest: int, parts: Key, depth: int) -> None:
        self._met.setdefault(digest, []).append((depth, parts))


class Prospect:
    """What may be played from one world. `numbers` tell moves apart, by their identity."""

    def __init__(
        self,
        sight: Sight,
        origin: Origin,
        *,
        busy: bool,
        concerns: Concerns,
        numbers: Mapping[int, int],
        fresh: Callable[[Concern], Origin],
    ) -> None:
        self._sight = sight
        self._busy = busy
        self._begun = origin if busy else Origin(origin.number)
        self._concerns = concerns
        self._numbers = numbers
        self._fresh = fresh
        self._digests: dict[Concern, int] = {}
        self._groups: dict[Concern, bool] = {}

    def origin(self, move: Move) -> Origin:
        """Where that began which is under way once a move is made."""
        if not isinstance(move, Happens | GoesOn):
            return self._begun if self._busy else self._fresh(NOTHING)
        concern = self._concern(move.event.keys)
        if self._busy:
            return Origin(self._begun.number, concern)
        if isinstance(move, GoesOn):
            return self._fresh(concern)
        return Origin(hash((self._numbers[id(move)], self._digest(concern))), concern)

    def known(self, move: Move, depth: int, played: Known) -> bool:
        """Whether a move, as the last thing that happens in a story, leads to nothing new. If not, it is known from now
        on. Events that may set the same rules off are played together."""
        if isinstance(move, Passes):
            return False
        if not isinstance(move, Happens):
            number = 0 if isinstance(move, Closes) else self._numbers[id(move)]
            return self._is_met((number, self._digest(self._begun.concern)), depth, played)
        concern = self._concern(move.event.keys)
        known = self._groups.get(concern)
        if known is None:
            known = self._groups[concern] = self._is_met(("event", self._digest(concern)), depth, played)
        return known

    def _is_met(self, key: Key, depth: int, played: Known) -> bool:
        digest, parts = hash(key), self._sight.parts
        if played.has(digest, parts, depth):
            return True
        played.add(digest, parts, depth)
        return False

    def _concern(self, names: Mapping[str, object]) -> Concern:
        concern = self._concerns.of(names)
        return self._begun.concern | concern if self._busy else concern

    def _digest(self, concern: Concern) -> int:
        known = self._digests.get(concern)
        if known is None:
            projected = self._concerns.project(self._sight, concern)
            known = self._digests[concern] = hash((concern, projected))
        return known
