"""An edit checked alone: the findings of the whole rule set from a check of what the edit can touch.

Checked again are the blocks that came, those of which a finding speaks, and those that meet one that came or left at
some place, or mention a name that is now used in another way. Around them stands whom they are held against; what
all the others say comes from the ledger. Whatever does not fit into this is left to a check of everything.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

import regex

from flowrules.analysis.checked import CheckedRules
from flowrules.analysis.contest import Contest
from flowrules.analysis.ledger import NETS, Ledger, Reading, read, read_alone
from flowrules.analysis.lints.look_alike import LATIN
from flowrules.analysis.report import Report
from flowrules.analysis.said import (
    ASKED,
    AWAITED,
    CLOSED,
    EVENT,
    HELD,
    LETS,
    MEMBER,
    PLAYED,
    PLAYS,
    REMEMBERED,
    TESTED,
    Said,
)
from flowrules.analysis.scope import Unit, gather
from flowrules.analysis.sound import sound_rules, with_blocks
from flowrules.language.edit import out_of_order
from flowrules.language.names import fold
from flowrules.language.nodes import Block, Rule, RuleFile, Test

SHARE = 0.5
"""Where more of the rules and tests than this would be checked again, everything is."""

_MOVABLE = frozenset({Rule, Test})
_BY_NAME = frozenset({EVENT, REMEMBERED, MEMBER, ASKED, AWAITED, PLAYS})
"""What is said of a name concerns the blocks that mention it."""
_OF_ALL = frozenset({CLOSED, LETS, TESTED})
"""What is said of the whole rule set."""
_LOOKS_LATIN = regex.compile(f"[{''.join(LATIN)}]")
_START, _ITEM = attrgetter("start"), attrgetter("item")


@dataclass(frozen=True, slots=True)
class Part:
    """What of a rule set an edit can touch. `files` hold the blocks that are looked at, every declaration among them;
    `said` is what all blocks of the rule set say. `again` are the items whose findings may be others now, `gone`
    those that are no longer there, by identity."""

    files: tuple[RuleFile, ...]
    said: Counter[Said]
    again: frozenset[int]
    gone: frozenset[int]

    def concerns(self, block: Block) -> bool:
        """Whether what is found in a block holds for the whole rule set."""
        return not is_movable(block) or id(block.item) in self.again


def touched(files: Sequence[RuleFile], before: Sequence[RuleFile], ledger: Ledger) -> Part | None:
    """The part that an edit touches; None where everything is to be checked. `before` are the files of the ledger,
    which were without an error."""
    edit = _edit(files, before, ledger)
    if edit is None or any(map(_looks_latin, files)):
        return None
    gone, come = edit
    left = [ledger.readings[one] for one in gone]
    said, turned = _said_after(ledger.said, left, come)
    if any(one.kind in _OF_ALL for one in turned):
        return None
    scope = gather(part_of(files, come), said)
    came = {id(unit.item): read_alone(unit, scope) for unit in (*scope.rules, *scope.tests)}
    if any(NETS in reading.places for reading in (*left, *came.values())):
        return None
    concerned = {*_concerned(ledger, turned, files)}
    again = concerned | ledger.spoken_of
    # Whom it concerns what names mean may be found broken now, which is as if it had left.
    for reading in (
        *left,
        *came.values(),
        *(ledger.readings[one] for one in concerned & ledger.readings.keys()),
    ):
        again.update(*map(ledger.touched_at, reading.places))
    again = (again - gone) | came.keys()
    around = set(ledger.at(NETS))
    for one in again:
        if (known := came.get(one) or ledger.readings.get(one)) is not None:
            around.update(*map(ledger.met_at, known.places))
    looked_at = again | (around - gone)
    if len(looked_at) > SHARE * len(ledger.readings):
        return None
    return Part(part_of(files, looked_at), said, frozenset(again), frozenset(gone))


def follow(before: Ledger, part: Part, contest: Contest, report: Report) -> Ledger:
    """The ledger after an edit, from a check of the part that it touches."""
    scope = contest.scope
    contenders = {contender.unit.order: contender for contender in contest.contenders}
    again = [unit for unit in (*scope.rules, *scope.tests) if id(unit.item) in part.again]
    come = [read(unit, contenders.get(unit.order), scope) for unit in again]
    spoken_of = {id(block.item) for block in report.blocks if part.concerns(block)}
    spoken_of |= {id(block.item) for block in report.spoken_of}
    return before.changed(part.said, part.gone, come, frozenset(spoken_of))


def assume_sound(files: Sequence[RuleFile]) -> CheckedRules:
    """The checked rules of files that are known to be without an error: no rule and no test is looked into."""
    return with_blocks(sound_rules(gather(part_of(files)), Report()), files)


def is_movable(block: Block) -> bool:
    """A rule or test, which may come and go without a check of everything."""
    return type(block.item) in _MOVABLE


def part_of(files: Iterable[RuleFile], items: Container[int] = ()) -> tuple[RuleFile, ...]:
    """The files with their declarations, and of rules and tests only these, by their items' identity."""
    return tuple(
        RuleFile(
            file.source,
            tuple([b for b in file.blocks if type(b.item) not in _MOVABLE or id(b.item) in items]),
        )
        for file in files
    )


def _edit(
    files: Sequence[RuleFile], before: Sequence[RuleFile], ledger: Ledger
) -> tuple[set[int], dict[int, Block]] | None:
    """The items that are gone, and those that have come with their blocks; None where more has changed than rules and
    tests that came and went."""
    if [file.source.path for file in files] != [file.source.path for file in before]:
        return None
    gone: set[int] = set()
    come: dict[int, Block] = {}
    for old, new in zip(before, files, strict=True):
        if old is new:
            continue
        old_items, new_items = _identities(old), _identities(new)
        lost, found = set(old_items).difference(new_items), set(new_items).difference(old_items)
        place = dict(zip(old_items, range(len(old_items)), strict=True))
        stayed = [one for one in map(place.get, new_items) if one is not None]
        moved = {old_items[stayed[number]] for number in out_of_order(stayed)}
        lost, found = lost | moved, found | moved
        if found & come.keys():
            return None
        gone |= lost
        come |= {id(block.item): block for block in new.blocks if id(block.item) in found}
    known = ledger.readings.keys()
    is_small = gone <= known and all(map(is_movable, come.values())) and not come.keys() & (known - gone)
    return (gone, come) if is_small else None


def _identities(file: RuleFile) -> list[int]:
    """Of a file's items."""
    return list(map(id, map(_ITEM, file.blocks)))


def _looks_latin(file: RuleFile) -> bool:
    """Some letter in it can be taken for a Latin one: what words all others write is not in the ledger."""
    return not file.source.text.isascii() and _LOOKS_LATIN.search(file.source.text) is not None


def _said_after(
    said: Counter[Said], left: Iterable[Reading], come: Mapping[int, Block]
) -> tuple[Counter[Said], list[Said]]:
    """What is said after an edit, and of what it says that nobody said before, or nobody says any more."""
    after = said.copy()
    changed = Counter[Said]()
    for reading in left:
        changed.subtract(reading.says)
    for block in come.values():
        assert block.item is not None
        changed.update(Unit(block, block.item, 0).says)
    turned = []
    for one, count in changed.items():
        after[one] += count
        if after[one] == 0:
            del after[one]
        if (one in said) is not (one in after):
            turned.append(one)
    return after, turned


def _concerned(ledger: Ledger, turned: Iterable[Said], files: Iterable[RuleFile]) -> Iterator[int]:
    """Whom it concerns that this is said now, or is said no longer."""
    names = set()
    for kind, name, more in turned:
        if kind == HELD:
            yield from ledger.at((f"listed {name}", more))
        elif kind == PLAYED:
            yield from ledger.at((f"on {name}", more))
        elif kind in _BY_NAME:
            names.add(name)
    for file in files:
        yield from _mentioning(file, names)


def _mentioning(file: RuleFile, names: Iterable[str]) -> Iterator[int]:
    """The items whose text holds one of these names, folded as they are."""
    text = file.source.text
    if not text.isascii():
        for block in file.blocks:
            folded = fold.__wrapped__(block.text)
            if any(name in folded for name in names):
                yield id(block.item)
        return
    lowered = text.lower()
    for name in names:
        at = lowered.find(name)
        while at >= 0:
            block = file.blocks[bisect_right(file.blocks, at, key=_START) - 1]
            yield id(block.item)
            at = lowered.find(name, max(at + 1, block.end))
