"""What has been played already, or something that is alike to it."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from flowrules.exploration.concerns import NOTHING, Concern, Concerns
from flowrules.exploration.keys import Key, Sight
from flowrules.exploration.playing.moves import Closes, GoesOn, Happens, Move


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
        enough = [others for known, others in met if known <= depth]
        return all(any(others[at] == part for others in enough) for at, part in enumerate(parts))

    def add(self, digest: int, parts: Key, depth: int) -> None:
        self._met.setdefault(digest, []).append((depth, parts))


class Played:
    """What was played as the last thing that happens in a story. `concerns`: by the number of a move the rules that
    were looked at then, and behind it."""

    def __init__(self) -> None:
        self.known = Known()
        self.concerns: dict[int, list[Concern]] = {}


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

    @property
    def concern(self) -> Concern:
        """The rules at work in what is under way."""
        return self._begun.concern

    def origin(self, move: Move) -> Origin:
        """Where that began which is under way once a move is made."""
        if not isinstance(move, Happens | GoesOn):
            return self._begun if self._busy else self._fresh(NOTHING)
        concern = self._begun.concern | self._concerns.of(move.event)
        if self._busy:
            return Origin(self._begun.number, concern)
        if isinstance(move, GoesOn):
            return self._fresh(concern)
        wide = concern | self._concerns.unforeseen
        return Origin(hash((self._numbers[id(move)], self._digest(wide))), concern)

    def known(self, move: Move, depth: int, played: Played) -> Concern | None:
        """The rules that were looked at when this was played before, or something alike, as the last thing that
        happens; None where it was not."""
        number, parts = self._number(move), self._sight.parts
        for concern in played.concerns.get(number, ()):
            if played.known.has(hash((number, self._digest(concern))), parts, depth):
                return concern
        return None

    def note(self, move: Move, concern: Concern, depth: int, played: Played) -> None:
        """A move was played, and all that follows without anything else happening; these rules were looked at."""
        number = self._number(move)
        concerns = played.concerns.setdefault(number, [])
        if concern not in concerns:
            concerns.append(concern)
        played.known.add(hash((number, self._digest(concern))), self._sight.parts, depth)

    def closes_alike(self, depth: int, played: Played) -> bool:
        """Whether the close of a call was played in a world that is alike to it, whatever happens behind it. If not, it
        counts as played from now on."""
        digest = hash(("close", self._digest(self._begun.concern | self._concerns.unforeseen)))
        if played.known.has(digest, self._sight.parts, depth):
            return True
        played.known.add(digest, self._sight.parts, depth)
        return False

    def _number(self, move: Move) -> int:
        return 0 if isinstance(move, Closes) else self._numbers[id(move)]

    def _digest(self, concern: Concern) -> int:
        known = self._digests.get(concern)
        if known is None:
            projected = self._concerns.project(self._sight, concern)
            known = self._digests[concern] = hash((concern, projected))
        return known
