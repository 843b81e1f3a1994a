"""An edit checked alone: the findings of the whole rule set from a check of what the edit can touch.

Checked again are the blocks that came, those of which a finding speaks, and those that meet one that came or left at
some place, or mention a name that is now used in another way. Around them stands whom they are held against; what
all the others say comes from the check_index. Whatever does not fit into this is left to a check of everything.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import regex

from flowrules.analysis.gather import gather, words_without_item
from flowrules.analysis.incremental.index import NETS, CheckIndex, Reading, broken_in, read, read_alone
from flowrules.analysis.incremental.split import Parts, edit_of, is_movable, mentioning
from flowrules.analysis.lints.look_alike import LATIN
from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.references import (
    ASKED,
    AWAITED,
    CLOSED,
    CUT,
    EVENT,
    FILLED,
    GIVEN,
    HELD,
    KEPT,
    LETS,
    MEMBER,
    PLAYED,
    PLAYS,
    PRESENCE,
    REMEMBERED,
    RETOLD,
    TESTED,
    VALUED,
    Reference,
)
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope
from flowrules.language.nodes import Block, RuleFile
from flowrules.language.parser.grammar import keywords
from flowrules.verbs import BY_NAME

SHARE = 0.5
"""Where more of the rules and tests than this would be checked again, everything is."""

_BY_NAME = frozenset({
    EVENT, FILLED, REMEMBERED, RETOLD, MEMBER, ASKED, AWAITED, PLAYS, KEPT, GIVEN, VALUED, PRESENCE, CUT,
})  # fmt: skip
"""What is said of a name concerns the blocks that mention it."""
_CLOSERS = frozenset({spec.closed_by for spec in BY_NAME.values()})
_OF_ALL = frozenset({CLOSED, LETS, TESTED})
"""What is said of the whole rule set."""
_LOOKS_LATIN = regex.compile(f"[{''.join(LATIN)}]")


@dataclass(frozen=True, slots=True)
class Part:
    """What of a rule set an edit can touch. `files` hold the blocks that are looked at, every declaration among them;
    `said` is what all blocks of the rule set say. `again` are the items whose findings may be others now, `gone`
    those that are no longer there, by identity."""

    files: tuple[RuleFile, ...]
    said: Mapping[Reference, int]
    again: frozenset[int]
    gone: frozenset[int]

    def concerns(self, block: Block) -> bool:
        """Whether what is found in a block holds for the whole rule set."""
        return not is_movable(block) or id(block.item) in self.again


def touched(files: Sequence[RuleFile], before: Sequence[RuleFile], check_index: CheckIndex) -> Part | None:
    """The part that an edit touches; None where everything is to be checked. `before` are the files of the index."""
    edit = edit_of(files, before)
    if edit is None or any(map(_looks_latin, files)):
        return None
    gone, come = edit
    mentioned = words_without_item(before) ^ words_without_item(files)
    if not mentioned.isdisjoint(_CLOSERS):
        return None
    if not gone <= check_index.readings.keys() or come.keys() & (check_index.readings.keys() - gone):
        return None
    left = [check_index.readings[one] for one in gone]
    said, turned = _said_after(check_index.said, left, come)
    if any(one.kind in _OF_ALL for one in turned):
        return None
    parts = Parts(files)
    scope = gather(parts.of(come.keys() | check_index.broken), said)
    if scope.has_lost:
        return None
    read_again = {id(unit.item): read_alone(unit, scope) for unit in (*scope.rules, *scope.tests)}
    came = {one: reading for one, reading in read_again.items() if one in come}
    if any(NETS in reading.places for reading in (*left, *came.values())):
        return None
    concerned = {*_concerned(check_index, turned, _unaccounted(mentioned, scope), files)}
    again = concerned | check_index.spoken_of
    # Whom it concerns what names mean may be found broken now, which is as if it had left.
    for reading in (
        *left,
        *came.values(),
        *(check_index.readings[one] for one in concerned & check_index.readings.keys()),
        *read_again.values(),  # What had an error may have none any more, which is as if it had come.
    ):
        again.update(*map(check_index.touched_at, reading.places))
    again = (again - gone) | came.keys()
    around = set(check_index.at(NETS))
    for one in again:
        if (known := read_again.get(one) or check_index.readings.get(one)) is not None:
            around.update(*map(check_index.met_at, known.places))
    looked_at = again | (around - gone)
    if len(looked_at) > SHARE * len(check_index.readings):
        return None
    return Part(parts.of(looked_at), said, frozenset(again), frozenset(gone))


def follow(before: CheckIndex, part: Part, coverage: CoverageIndex, report: Report) -> CheckIndex:
    """The check index after an edit, from a check of the part that it touches."""
    scope = coverage.scope
    competitors = {competitor.unit.order: competitor for competitor in coverage.competitors}
    again = [unit for unit in (*scope.rules, *scope.tests) if id(unit.item) in part.again]
    come = [read(unit, competitors.get(unit.order), scope) for unit in again]
    spoken_of = {id(block.item) for block in report.blocks if part.concerns(block)}
    spoken_of |= {id(block.item) for block in report.spoken_of}
    return before.changed(part.said, part.gone, come, frozenset(spoken_of), broken_in(report) & part.again)


def _looks_latin(file: RuleFile) -> bool:
    """Some letter in it can be taken for a Latin one: what words all others write is not in the check_index."""
    return not file.source.text.isascii() and _LOOKS_LATIN.search(file.source.text) is not None


def _said_after(
    said: Mapping[Reference, int], left: Iterable[Reading], come: Mapping[int, Block]
) -> tuple[Mapping[Reference, int], list[Reference]]:
    """What is said after an edit, and of what it says that nobody said before, or nobody says any more."""
    after = dict(said)
    changed = Counter[Reference]()
    for reading in left:
        changed.subtract(reading.says)
    for block in come.values():
        assert block.item is not None
        changed.update(CheckedBlock(block, block.item, 0).references)
    turned = []
    for one, count in changed.items():
        after[one] = said.get(one, 0) + count
        if after[one] == 0:
            del after[one]
        if (one in said) is not (one in after):
            turned.append(one)
    return after, turned


def _concerned(
    check_index: CheckIndex, turned: Iterable[Reference], mentioned: Iterable[str], files: Iterable[RuleFile]
) -> Iterator[int]:
    """Whom it concerns that this is said now, or is said no longer, or that a block which is not understood holds these
    words now, or no longer."""
    names = set(mentioned)
    for kind, name, more in turned:
        if kind == HELD:
            yield from check_index.at((f"listed {name}", more))
        elif kind == PLAYED:
            yield from check_index.at((f"on {name}", more))
        elif kind in _BY_NAME:
            names.add(name)
    for file in files:
        yield from (id(block.item) for block in mentioning(file, names))


def _unaccounted(words: Iterable[str], scope: Scope) -> Iterator[str]:
    """Those that may be a name which nothing but the block that holds them accounts for."""
    words = [word for word in words if not (word.isdigit() or scope.accounts_for(word))]
    of_the_language = {*keywords().values()} if words else set[str]()
    if not of_the_language.isdisjoint(words):
        of_the_language.difference_update(one.name for one in scope.said)
    yield from (word for word in words if word not in of_the_language)
