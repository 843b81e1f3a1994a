"""Findings of an earlier check that an edit leaves true as far as can be told: those of blocks that are as before."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from operator import attrgetter

from flowrules.diagnostics.diagnostic import Diagnostic, Edit
from flowrules.language.nodes import Block, RuleFile
from flowrules.source import Location

_START = attrgetter("start")


def block_at(file: RuleFile, offset: int) -> Block | None:
    """The block in which a place stands, its end included."""
    index = bisect_right(file.blocks, offset, key=_START) - 1
    return file.blocks[index] if index >= 0 and offset <= file.blocks[index].end else None


class Moves:
    """Where places of files stand after an edit."""

    def __init__(self, before: Sequence[RuleFile], after: Sequence[RuleFile]) -> None:
        self._before = {file.source.path: file for file in before}
        self._after = {file.source.path: file for file in after}
        self._places: dict[str, dict[int, Block]] = {}

    def findings(self, found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
        """What still holds of findings that came from a check of the files before."""
        for one in found:
            location = self._moved(one.location)
            if location is None:
                continue
            fix = [self._moved(edit.location) for edit in one.fix]
            related = [(self._moved(where), words) for where, words in one.related]
            yield replace(
                one,
                location=location,
                fix=tuple(
                    Edit(where, edit.text)
                    for where, edit in zip(fix, one.fix, strict=True)
                    if where is not None
                )
                if all(fix)
                else (),
                related=tuple((where, words) for where, words in related if where is not None),
            )

    def _moved(self, where: Location) -> Location | None:
        path = where.source.path
        before, after = self._before.get(path), self._after.get(path)
        if before is None or after is None or before.source is not where.source:
            return None
        if before.source == after.source:
            return Location(after.source, where.start, where.end)
        block = block_at(before, where.start)
        if block is None or block.item is None:
            return None
        if path not in self._places:
            self._places[path] = {id(one.item): one for one in after.blocks if one.item is not None}
        now = self._places[path].get(id(block.item))
        if now is None or where.end > block.end:
            return None
        shift = now.start - block.start
        return Location(after.source, where.start + shift, where.end + shift)
