"""What two rule sets say differently, part by part, whether or not a story shows it.

Items are held against their counterparts: declarations by their names, rules by what they say, their names, or what
they wait for. A part is the smallest piece that differs. Comments, layout and synonyms are no parts: they are gone once
a file is read.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from flowrules.compiler.ruleset import RuleSet
from flowrules.language.nodes import (
    NOWHERE,
    Allow,
    Before,
    Block,
    CallbackTime,
    Compare,
    DefaultDisposition,
    Destination,
    DestinationMap,
    EventDef,
    FactDef,
    Hours,
    Item,
    Limit,
    ListDef,
    Literal,
    Name,
    Never,
    OnlyDeclared,
    OrderAsWritten,
    Promise,
    Rule,
    Steps,
    Target,
    Test,
    Timezone,
    VerbStep,
)
from flowrules.scenarios.comparing.counterparts import in_order, label_of, name_of, paired, plain, said
from flowrules.scenarios.comparing.file_settings import changed_settings
from flowrules.source import Span


@dataclass(frozen=True, slots=True)
class ChangedPart:
    """`what` names it: `rule "Sales": how often`. `was` and `now` are as they stand in the files, '' where nothing did.
    `rules` are the labels of the rules that it belongs to, none for a declaration or a rail. `acts` is False where
    no call can tell: tests, and the names of rules.

    `block` is where it stands: in the new files, or in the old ones where it is gone. `reverted` is the new item with
    this part as it was; None where a whole item is new, gone or moved.
    """

    what: str
    was: str
    now: str
    rules: frozenset[str] = frozenset()
    acts: bool = True
    block: Block | None = None
    reverted: Item | None = None


def changed_parts(old: RuleSet, new: RuleSet) -> tuple[ChangedPart, ...]:
    """In the order of the new files; what is gone comes last."""
    return (
        *_declarations(old, new),
        *_ranked("guard rail", old.checked.rails, new.checked.rails, old, new),
        *_ranked("rule", old.checked.rules, new.checked.rules, old, new),
        *_unacting("promises", old.checked.promises, new.checked.promises),
        *_unacting("tests", old.checked.tests, new.checked.tests),
    )


# --- counterparts -------------------------------------------------------------------------------------------


def _declarations(old: RuleSet, new: RuleSet) -> Iterator[ChangedPart]:
    was, now = _named(old), _named(new)
    for key, block in now.items():
        before = was.get(key)
        if before is None:
            yield ChangedPart(_title(block), "", said(block), block=block)
        else:
            yield from _parts(_title(block), before, block, frozenset())
    for key, block in was.items():
        if key not in now:
            yield ChangedPart(_title(block), said(block), "", block=block)


def _named(ruleset: RuleSet) -> dict[Hashable, Block]:
    """Declarations by what they declare; several lines of one kind that have no name by their number."""
    found: dict[Hashable, Block] = {}
    for file in ruleset.checked.files:
        for block in file.blocks:
            if block.item is None or isinstance(block.item, Rule | Never | Before | Promise | Test):
                continue
            key: Hashable = _key(block.item)
            number = 0
            while (key, number) in found:
                number += 1
            found[key, number] = block
    return found


def _key(item: Item) -> tuple[str, ...]:
    kind = type(item).__name__
    match item:
        case ListDef(name) | FactDef(name) | Hours(name) | Steps(name):
            return kind, name.key
        case Destination(name) | DestinationMap(name):
            return "destination", name.key
        case DefaultDisposition(event=event, value=value):
            return kind, event.key if event else "", str(value.value) if value else ""
        case Allow(what=what):
            return kind, what
        case (
            Rule()
            | Never()
            | Before()
            | Promise()
            | Test()
            | EventDef()
            | Timezone()
            | OrderAsWritten()
            | OnlyDeclared()
        ):
            return (kind,)


def _title(block: Block) -> str:
    match block.item:
        case ListDef(name):
            return f"list {name.text}"
        case FactDef(name):
            return f"fact {name.text}"
        case Hours(name):
            return f"hours {name.text}"
        case Steps(name):
            return f"steps {name.text}"
        case Destination(name) | DestinationMap(name):
            return f"destination {name.text}"
        case DefaultDisposition():
            return "default disposition"
        case Allow(what=what):
            return f"allow {what}"
        case EventDef():
            return "declared events"
        case Timezone():
            return "timezone"
        case OrderAsWritten():
            return "order as written"
        case OnlyDeclared():
            return "only declared names"
        case Rule() | Never() | Before() | Promise() | Test() | None:
            return "text"


def _ranked(
    kind: str, was: Sequence[Block], now: Sequence[Block], old: RuleSet, new: RuleSet
) -> Iterator[ChangedPart]:
    """Rules or guard rails, whose order counts."""
    pairs = paired(was, now)
    old_places = {id(block): place for place, block in enumerate(was)}
    kept = [(old_places[id(pairs[id(block)])], block) for block in now if id(block) in pairs]
    moved = {id(block) for _, block in kept} - {id(block) for block in in_order(kept)}
    for block in now:
        before = pairs.get(id(block))
        title = f"{kind} {label_of(block)}"
        if before is None:
            yield ChangedPart(title, "", said(block), _rules(block), block=block)
            continue
        labels = _rules(block, before)
        yield from _parts(title, before, block, labels)
        for what, was_set, is_set in changed_settings(before, old.checked, block, new.checked):
            yield ChangedPart(f"{title}: {what}", was_set, is_set, labels)
        if id(block) in moved:
            yield ChangedPart(f"{title}: its place", f"line {_line(before)}", f"line {_line(block)}", labels)
    taken = {id(block) for block in pairs.values()}
    for block in was:
        if id(block) not in taken:
            title = f"{kind} {label_of(block)}"
            yield ChangedPart(title, said(block), "", _rules(block), block=block)


def _unacting(title: str, was: Sequence[Block], now: Sequence[Block]) -> Iterator[ChangedPart]:
    """Blocks that change nothing in a call."""
    if [*map(said, was)] != [*map(said, now)]:
        yield ChangedPart(title, "", "", acts=False)


# --- parts --------------------------------------------------------------------------------------------------


def _parts(title: str, before: Block, block: Block, labels: frozenset[str]) -> Iterator[ChangedPart]:
    old, new = plain(before.item), plain(block.item)
    assert old is not None
    assert new is not None
    if type(old) is not type(new):
        yield ChangedPart(title, said(before), said(block), labels)
        return
    if name_of(before) != name_of(block):
        yield ChangedPart(f"{title}: its name", label_of(before), label_of(block), labels, acts=False)
    for path, was in _leaves(old, new):
        yield ChangedPart(
            f"{title}{_where(path)}",
            _text(before, old, path),
            _text(block, new, path),
            labels,
            block=block,
            reverted=_named_as(block.item, _with(new, path, was)),
        )


Path = tuple[str | int, ...]
_WHOLE = (Name, Literal, Limit)
"""Nodes that are printed as they were written: a part of one could not be put back by itself."""
_TOLD_BY: dict[type, tuple[str, ...]] = {
    VerbStep: ("verb", "word"),
    Compare: ("op",),
    CallbackTime: ("kind",),
    Target: ("kind",),
}
"""What says how the rest of a node is written: where it differs, the rest can't be put back by itself, nor it alone."""


def _leaves(old: Any, new: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The smallest pieces that differ: where, and what stood there."""
    if old == new:
        return
    if is_dataclass(old) and type(old) is type(new) and not isinstance(old, _WHOLE) and _alike(old, new):
        for one in fields(old):
            if one.compare:
                yield from _leaves(getattr(old, one.name), getattr(new, one.name), (*path, one.name))
    elif isinstance(old, tuple) and isinstance(new, tuple) and len(old) == len(new):
        for number, (was, now) in enumerate(zip(old, new, strict=True)):
            yield from _leaves(was, now, (*path, number))
    else:
        yield path, old


def _alike(old: Any, new: Any) -> bool:
    return all(getattr(old, name) == getattr(new, name) for name in _TOLD_BY.get(type(old), ()))


def _with(node: Any, path: Path, value: Any) -> Any:
    """The node with another value at a place."""
    if not path:
        return value
    at, *rest = path
    if isinstance(at, int):
        return (*node[:at], _with(node[at], tuple(rest), value), *node[at + 1 :])
    return replace(node, **{at: _with(getattr(node, at), tuple(rest), value)})


def _named_as(item: Item | None, bare: Item) -> Item:
    """A plain item under the name, and in the shape, of another."""
    if isinstance(item, Rule) and isinstance(bare, Rule):
        return replace(bare, label=item.label, block=item.block)
    if isinstance(item, Never | Before) and isinstance(bare, Never | Before):
        return replace(bare, label=item.label)
    return bare


# --- words --------------------------------------------------------------------------------------------------

_PLACES = {
    "trigger": "what it waits for",
    "times": "how many times",
    "rank": "also or urgent",
    "guards": "its conditions",
    "limits": "how often it may run",
    "failures": "what is done where a step fails",
    "otherwise": "its otherwise",
    "instead": "its instead",
    "steps": "its steps",
    "verbs": "its verbs",
}


def _where(path: Path) -> str:
    """`: its steps: what is done where a step fails`."""
    places: list[str] = []
    for one in path:
        if isinstance(one, str) and (words := _PLACES.get(one)) and words not in places:
            places.append(words)
    return "".join(f": {words}" for words in places)


def _text(block: Block, item: Item, path: Path) -> str:
    """What stands at a place, as it was written; the nearest thing around it that can be shown, where it is no text by
    itself."""
    nodes: list[Any] = [item]
    for at in path:
        nodes.append(nodes[-1][at] if isinstance(at, int) else getattr(nodes[-1], at))
    if nodes[-1] is None or nodes[-1] == ():
        return ""
    for node in reversed(nodes[1:]):
        spans = [span for one in (node if isinstance(node, tuple) else (node,)) if (span := _span(one))]
        if spans:
            return block.text[spans[0].start : spans[-1].end]
    return str(nodes[-1])


def _span(node: object) -> Span | None:
    span = getattr(node, "span", None)
    return span if isinstance(span, Span) and span != NOWHERE else None


def _rules(*blocks: Block) -> frozenset[str]:
    return frozenset(label_of(block) for block in blocks if isinstance(block.item, Rule))


def _line(block: Block) -> int:
    return block.locate(block.item.span).first.line if block.item is not None else 0
