"""Files of a rule set in parts: what an edit took and brought, and files with some of their blocks."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import partial
from operator import attrgetter

from flowrules.language.names import fold
from flowrules.language.nodes import Block, Rule, RuleFile, Test
from flowrules.language.reuse import out_of_order

_MOVABLE = frozenset({Rule, Test})
_START, _ITEM = attrgetter("start"), attrgetter("item")


def is_movable(block: Block) -> bool:
    """A rule or test, which may come and go without a check of everything."""
    return type(block.item) in _MOVABLE


def edit_of(
    files: Sequence[RuleFile], before: Sequence[RuleFile]
) -> tuple[set[int], dict[int, Block]] | None:
    """The items that are gone, and those that have come with their blocks, by identity; one that has moved is both.
    None where more has changed than rules and tests that came and went, or the same stands somewhere twice."""
    if [file.source.path for file in files] != [file.source.path for file in before]:
        return None
    gone: set[int] = set()
    come: dict[int, Block] = {}
    for old, new in zip(before, files, strict=True):
        if old is new:
            continue
        was, now = _identities(old), _identities(new)
        places = dict(zip(was, range(len(was)), strict=True))
        stayed = [place for place in map(places.get, now) if place is not None]
        moved = {was[stayed[number]] for number in out_of_order(stayed)}
        lost, found = set(was).difference(now) | moved, set(now).difference(was) | moved
        came = {id(block.item): block for block in new.blocks if id(block.item) in found}
        told_apart = len(set(now)) == len(now) and not came.keys() & come.keys()
        if not told_apart or not all(map(is_movable, came.values())):
            return None
        gone |= lost
        come |= came
    return gone, come


class Parts:
    """Files, of which parts can be had: their declarations, and of rules and tests only some."""

    def __init__(self, files: Iterable[RuleFile]) -> None:
        self._files = tuple(files)
        self._declared = [[b for b in file.blocks if type(b.item) not in _MOVABLE] for file in self._files]
        self._by_item = [
            dict(zip(map(id, map(_ITEM, file.blocks)), file.blocks, strict=True)) for file in self._files
        ]

    def of(self, items: Set[int] = frozenset()) -> tuple[RuleFile, ...]:
        """The part with these rules and tests, by their items' identity."""
        return tuple(map(partial(_part, items), self._files, self._declared, self._by_item))


def mentioning(file: RuleFile, names: Iterable[str]) -> Iterator[Block]:
    """The blocks whose text holds one of these names, folded as they are; one may come more than once."""
    if not file.blocks:
        return
    text = file.source.text
    if not text.isascii():
        for block in file.blocks:
            folded = fold.__wrapped__(block.text)
            if any(name in folded for name in names):
                yield block
        return
    lowered = text.lower()
    for name in names:
        if not name:  # A name of spaces alone: every text holds it, and at its end without end.
            yield from file.blocks
            continue
        word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        found = word.search(lowered)
        while found is not None:
            block = file.blocks[bisect_right(file.blocks, found.start(), key=_START) - 1]
            yield block
            found = word.search(lowered, max(found.end(), block.end))


def _part(items: Set[int], file: RuleFile, declared: list[Block], by_item: Mapping[int, Block]) -> RuleFile:
    chosen = [block for block in map(by_item.__getitem__, by_item.keys() & items) if is_movable(block)]
    return RuleFile(file.source, tuple(sorted((*declared, *chosen), key=_START)))


def _identities(file: RuleFile) -> list[int]:
    """Of a file's items; a block that was not understood has none."""
    return [id(item) for item in map(_ITEM, file.blocks) if item is not None]
