"""What an edit of a file leaves as it was: the blocks above it, and those below it, moved."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import add, attrgetter, lt

from flowrules.language.nodes import Block, RuleFile
from flowrules.source import SourceFile

_END = attrgetter("end")


@dataclass(frozen=True, slots=True)
class ReusedBlocks:
    """`head` are blocks above the edit, in their new file; reading goes on at `line`, counted from 0."""

    source: SourceFile
    head: tuple[Block, ...] = ()
    line: int = 0
    _before: tuple[Block, ...] = ()
    """The blocks of the file before the edit; none where nothing below the edit can be kept."""
    _same_from: int = 0
    """Where, in the new file, the text begins that stands unchanged at the end of both."""
    _shift: int = 0
    """How far that text has moved."""

    @classmethod
    def of(cls, previous: RuleFile | None, source: SourceFile) -> "ReusedBlocks":
        """What can be kept of a file."""
        if previous is None:
            return cls(source)
        blocks, old, new = previous.blocks, previous.source.text, source.text
        same = _common_start(old, new)
        # The last block above the edit may go on below it. The one before that ends where it ended.
        whole = max(0, bisect_left(blocks, same, key=_END) - 1)
        head = moved(blocks[:whole], source, 0)
        line = source.position(head[-1].end).line if head else 0
        at_the_end = _common_end(old, new, min(len(old), len(new)) - same)
        return cls(source, head, line, blocks, len(new) - at_the_end, len(new) - len(old))

    def tail_behind(self, end: int) -> tuple[Block, ...] | None:
        """The blocks behind one that ends at `end`, where from there on everything is as it was; else None."""
        if not self._before or end < self._same_from:
            return None
        at = bisect_left(self._before, end - self._shift, key=_END)
        if at == len(self._before) or self._before[at].end != end - self._shift:
            return None
        return moved(self._before[at + 1 :], self.source, self._shift)


def moved(blocks: Sequence[Block], source: SourceFile, shift: int) -> tuple[Block, ...]:
    """Blocks as they stand in another text of their file."""
    if not blocks:
        return ()
    # There may be thousands, so no step of it is taken in Python.
    _, starts, ends, items, notes = zip(*blocks, strict=True)
    begins, stops = map(add, starts, repeat(shift)), map(add, ends, repeat(shift))
    return tuple(map(tuple.__new__, repeat(Block), zip(repeat(source), begins, stops, items, notes)))


def out_of_order(numbers: Sequence[int]) -> list[int]:
    """The places of the fewest numbers without which the others rise: what was moved where the others stayed."""
    if all(map(lt, numbers, numbers[1:])):
        return []
    # Patience: `ends` holds the smallest number with which a rising row of each length ends, and its place.
    ends: list[int] = []
    places: list[int] = []
    before = [-1] * len(numbers)
    for place, number in enumerate(numbers):
        length = bisect_left(ends, number)
        ends[length : length + 1] = [number]
        places[length : length + 1] = [place]
        before[place] = places[length - 1] if length else -1
    rising: set[int] = set()
    place = places[-1]
    while place >= 0:
        rising.add(place)
        place = before[place]
    return [place for place in range(len(numbers)) if place not in rising]


def _common_start(one: str, other: str) -> int:
    """How many characters two texts begin with in common."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_end(one: str, other: str, most: int) -> int:
    """How many characters two texts end with in common, up to `most`."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if one[len(one) - middle : len(one) - low] == other[len(other) - middle : len(other) - low]:
            low = middle
        else:
            high = middle - 1
    return low
