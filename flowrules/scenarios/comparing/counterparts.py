"""Which rule of one rule set is which of another: by what it says, its name, what it waits for, or most of its text."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from difflib import SequenceMatcher
from typing import Any, cast

from flowrules.language.names import fold
from flowrules.language.nodes import (
    AfterFact,
    Before,
    Block,
    CallZone,
    ClosedOn,
    Compare,
    Do,
    During,
    EventTest,
    FactDef,
    Guard,
    GuardWord,
    Holiday,
    Hours,
    Item,
    ListDef,
    Never,
    Rule,
    Steps,
    VerbStep,
)
from flowrules.language.printer import print_item

ALIKE = 0.5
"""How much of two rules must be the same for one to be the other's edit, where neither name nor trigger tells."""


def paired(was: Sequence[Block], now: Sequence[Block]) -> dict[int, Block]:
    """For each new block, by identity, the old one that it was: the same text first, then the same name, then the same
    trigger, then the one most like it."""
    pairs: dict[int, Block] = {}
    left_old, left_new = list(was), list(now)
    for same in (_meaning, name_of, _waits_for):
        by_key: dict[Hashable, list[Block]] = {}
        for block in left_old:
            by_key.setdefault(same(block), []).append(block)
        for block in [*left_new]:
            key = same(block)
            if key is not None and (found := by_key.get(key)):
                before = found.pop(0)
                pairs[id(block)] = before
                left_old = [one for one in left_old if one is not before]
                left_new = [one for one in left_new if one is not block]
    for block in left_new:
        ratios = [(SequenceMatcher(None, said(one), said(block)).ratio(), one) for one in left_old]
        ratio, before = max(ratios, key=lambda pair: pair[0], default=(0.0, block))
        if ratio >= ALIKE:
            pairs[id(block)] = before
            left_old = [one for one in left_old if one is not before]
    return pairs


def _meaning(block: Block) -> Hashable:
    return plain(block.item)


def name_of(block: Block) -> Hashable:
    item = block.item
    if isinstance(item, Rule | Never | Before) and item.label is not None:
        return str(item.label.value).casefold()
    return None


def _waits_for(block: Block) -> Hashable:
    item = block.item
    if isinstance(item, Rule):
        return item.trigger
    if isinstance(item, Never | Before):
        return type(item).__name__, tuple(verb.key for verb in item.verbs)
    return None


def in_order(kept: list[tuple[int, Block]]) -> list[Block]:
    """The longest run of blocks that stand in the order in which they stood."""
    best: list[list[int]] = []
    for place, (was, _) in enumerate(kept):
        before = max((one for one in best if kept[one[-1]][0] < was), key=len, default=[])
        best.append([*before, place])
    return [kept[place][1] for place in max(best, key=len, default=[])]


def plain(item: Item | None) -> Item | None:
    """An item without what tells no call: a rule's name and shape, the two spellings of `when during`, the case of
    names that are only looked up, and the order of a list's members."""
    if isinstance(item, Rule):
        item = replace(item, label=None, block=True)
    elif isinstance(item, Never | Before):
        item = replace(item, label=None)
    return cast("Item | None", _same_spelling(item))


_LOOKED_UP: Mapping[type, tuple[str, ...]] = {
    Compare: ("fact", "list"),
    EventTest: ("name",),
    During: ("hours",),
    Holiday: ("hours",),
    CallZone: ("fact",),
    AfterFact: ("fact",),
    Do: ("name",),
    ListDef: ("name",),
    FactDef: ("name",),
    Hours: ("name",),
    Steps: ("name",),
}
"""Where a name stands that nothing sends."""


def _same_spelling(node: Any) -> Any:
    if isinstance(node, tuple):
        return tuple(map(_same_spelling, node))
    if not is_dataclass(node) or isinstance(node, type):
        return node
    if isinstance(node, Guard) and node.word in (GuardWord.DURING, GuardWord.OUTSIDE):
        node = replace(node, word=GuardWord.WHEN)
    if isinstance(node, VerbStep):
        node = replace(node, word=node.word.lower())
    if isinstance(node, ListDef | FactDef):
        node = replace(node, values=tuple(sorted(node.values, key=lambda value: fold(str(value.value)))))
    if isinstance(node, ClosedOn):
        node = replace(node, lists=tuple(replace(name, text=name.key) for name in node.lists))
    looked_up: dict[str, Any] = {
        one: replace(name, text=name.key)
        for kind, names in _LOOKED_UP.items()
        if isinstance(node, kind)
        for one in names
        if (name := getattr(node, one)) is not None
    }
    node = replace(node, **looked_up) if looked_up else node
    changed = {
        one.name: same
        for one in fields(node)
        if one.compare and (same := _same_spelling(value := getattr(node, one.name))) is not value
    }
    return replace(node, **changed) if changed else node


def said(block: Block) -> str:
    assert block.item is not None
    return print_item(block.item)


def label_of(block: Block) -> str:
    """As the rule set names a rule: its name, or its first line."""
    item = block.item
    if isinstance(item, Rule | Never | Before):
        place = block.locate(item.span)
        return str(item.label.value) if item.label else place.source.line(place.first.line).strip()
    return block.text.strip().splitlines()[0]
