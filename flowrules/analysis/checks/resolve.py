"""Conditions whose meaning follows from what the rule set declares, in their plain form.

A block is read without looking at any other, so `office is closed` is read as a comparison of a fact. Where `office`
are opening hours, and nobody tells a fact of that name, it is `outside office`. `today is in LIST` is asked of the
date where the list holds dates. `today is a holiday` is asked of the only hours that name a country.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

import msgspec

from flowrules.analysis.incremental.split import mentioning
from flowrules.language.names import fold
from flowrules.language.nodes import (
    Block,
    Compare,
    Condition,
    During,
    EventDef,
    EventTest,
    FactDef,
    Holiday,
    Holidays,
    Hours,
    Item,
    Kind,
    ListDef,
    Name,
    Remember,
    RuleFile,
)
from flowrules.language.operators import BY_OP, Family, Operand
from flowrules.language.traverse import all_steps, event_tests, played_keys, sequences
from flowrules.record import Node

OPEN = {"open": True, "closed": False, "shut": False}
"""The words for opening hours, and whether they are open then."""
_ASKS = re.compile(
    r"\bis\s+(?:not\s+)?(?:open|closed|shut)\b|\btoday\b|[!=]=?\s*(?:open|closed|shut)\b", re.IGNORECASE
)
_START = attrgetter("start")


def resolved(
    files: Sequence[RuleFile], before: Sequence[tuple[RuleFile, RuleFile]] = ()
) -> tuple[RuleFile, ...]:
    """The files of a rule set with such conditions in their plain form.

    `before` are pairs of a file as it was read and as this function left it. What is as it was is the very same
    object, so that an edit can be told from the rest.
    """
    asking = [list(_asking(file)) for file in files]
    if not any(asking):
        return tuple(files)
    declared = _Declared(files)
    known = {
        id(raw.item): plain.item
        for was, became in before
        if was is not became
        for raw, plain in zip(was.blocks, became.blocks, strict=True)
        if raw.item is not plain.item and plain.item is not None
    }
    return tuple(
        _file(file, places, declared, known) if places else file
        for file, places in zip(files, asking, strict=True)
    )


def _asking(file: RuleFile) -> Iterator[int]:
    """The places of the blocks whose text may hold such a condition."""
    text, last = file.source.text, -1
    for at in _words_at(text):
        place = bisect_right(file.blocks, at, key=_START) - 1
        if place > last and (block := file.blocks[place]).item is not None:
            last = place
            if _ASKS.search(text, block.start, block.end):
                yield place


def _words_at(text: str) -> list[int]:
    """Where one of the words begins with which such a condition is written. Each edit looks through all of the text, so
    that it is done by `find`, which takes a hundredth of the pattern's time."""
    low = text.lower()
    if (
        len(low) != len(text) or "ſ" in text
    ):  # Letters that are others in lower case, or the same to the pattern.
        return [found.start() for found in _ASKS.finditer(text)]
    found = []
    for word in (*OPEN, "today"):
        at = low.find(word)
        while at >= 0:
            found.append(at)
            at = low.find(word, at + 1)
    return sorted(found)


def _file(
    file: RuleFile, places: Iterable[int], declared: "_Declared", known: Mapping[int, Item]
) -> RuleFile:
    changed: dict[int, Block] = {}
    for place in places:
        block = file.blocks[place]
        assert block.item is not None
        item = _plain(block.item, declared)
        if item is not block.item:
            earlier = known.get(id(block.item))
            changed[place] = block._replace(item=earlier if earlier == item else item)
    if not changed:
        return file
    return RuleFile(file.source, tuple(changed.get(place, block) for place, block in enumerate(file.blocks)))


def _plain(node: Any, declared: "_Declared") -> Any:
    """A node with every condition in it in its plain form; the same node where there is nothing to change."""
    if isinstance(node, Compare | Holiday):
        return declared.meant(node)
    if isinstance(node, tuple):
        parts = tuple([_plain(part, declared) for part in node])
        return node if all(map(_same, parts, node)) else parts
    if not isinstance(node, Node) or isinstance(
        node, EventTest
    ):  # What an event carries is no question to the clock.
        return node
    values = {name: getattr(node, name) for name in node.__struct_fields__}
    plain = {name: _plain(value, declared) for name, value in values.items()}
    changed = {name: value for name, value in plain.items() if value is not values[name]}
    return msgspec.structs.replace(node, **changed) if changed else node


def _same(one: object, other: object) -> bool:
    return one is other


class _Declared:
    """What the files declare, as far as the meaning of a condition follows from it."""

    def __init__(self, files: Sequence[RuleFile]) -> None:
        self._files = files
        self._lists: dict[str, ListDef] = {}
        self._hours: dict[str, Hours] = {}
        self._facts: set[str] = set()
        self._told: dict[str, bool] = {}
        for file in files:
            for block in file.blocks:
                match block.item:
                    case ListDef(name=name) as found:
                        self._lists.setdefault(name.key, found)
                    case Hours(name=name) as found:
                        self._hours.setdefault(name.key, found)
                    case FactDef(name=name):
                        self._facts.add(name.key)
                    case EventDef(names=names):
                        self._facts.update(name.key for name in names)
        with_holidays = [
            hours for hours in self._hours.values() if any(isinstance(line, Holidays) for line in hours.lines)
        ]
        self._holidays = with_holidays[0].name if len(with_holidays) == 1 else None

    def meant(self, asked: Compare | Holiday) -> Condition:
        if isinstance(asked, Holiday):
            if asked.hours is not None or self._holidays is None:
                return asked
            return Holiday(self._holidays, asked.is_one, asked.span)
        if asked.fact.key == "today" and self._are_dates(asked):
            return msgspec.structs.replace(asked, fact=Name("date", asked.fact.span))
        row = BY_OP[asked.op]
        if row.family is Family.AMONG and row.operand is Operand.ONE and asked.values[0].kind is Kind.WORD:
            is_open = OPEN.get(fold(str(asked.values[0].value)))
            if is_open is not None and self._are_hours(asked.fact.key):
                return During(asked.fact, is_open is not row.negative, asked.span)
        return asked

    def _are_dates(self, asked: Compare) -> bool:
        listed = None if asked.list is None else self._lists.get(asked.list.key)
        values = asked.values if listed is None else listed.values
        return bool(values) and all(value.kind is Kind.DATE for value in values)

    def _are_hours(self, key: str) -> bool:
        if key not in self._hours or key in self._facts:
            return False
        if key not in self._told:
            mentioned = (block.item for file in self._files for block in mentioning(file, (key,)))
            self._told[key] = any(_tells(item, key) for item in mentioned if item is not None)
        return not self._told[key]


def _tells(item: Item, key: str) -> bool:
    """Whether some step, event or test tells a fact of this name."""
    names = [test.name for test in event_tests(item)]
    names += [key.name for key in played_keys(item)]
    names += [
        step.name for steps in sequences(item) for step in all_steps(steps) if isinstance(step, Remember)
    ]
    return any(name.key == key for name in names)
