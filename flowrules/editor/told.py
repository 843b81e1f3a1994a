"""What a name is, in a line: for lists of names, and for the head of a hover."""

from flowrules.analysis.model.builtin import EVENTS, FACTS, TYPES, VALUES, is_reserved
from flowrules.editor.index import Index
from flowrules.editor.names import Kind
from flowrules.language.nodes import (
    Destination,
    DestinationMap,
    EventDef,
    FactDef,
    FactType,
    Hours,
    ListDef,
    Rule,
    Steps,
)
from flowrules.language.printer import print_item
from flowrules.language.printer.words import literals

_LONGEST = 60
"""Characters of what a name stands for, in a list."""


def told(index: Index, kind: Kind, key: str) -> str:
    """What a name is: `fact: one of hi, en, ta, from host`."""
    declared = index.declared.get((kind, key))
    item = None if declared is None else declared.block.item
    match item:
        case FactDef():
            return f"fact: {fact_type(item)}"
        case EventDef():
            return "event"
        case ListDef(values=values):
            return _short(f"list: {literals(values)}")
        case Destination():
            return _short(print_item(item).partition(" is ")[2])
        case DestinationMap(by=by):
            return f"destination by {by.text}"
        case Hours():
            return _short(f"hours: {'; '.join(line.strip() for line in print_item(item).splitlines()[1:-1])}")
        case Steps(steps=steps):
            return f"{len(steps)} step{'' if len(steps) == 1 else 's'}"
        case Rule() if declared is not None:
            line = declared.block.source.position(declared.block.start).line
            return f"rule in line {line}"
    if kind is Kind.FACT:
        return _undeclared(index, key)
    uses = index.uses(kind, key)
    return f"{kind}, named {uses} time{'' if uses == 1 else 's'}" if uses else kind


def fact_type(fact: FactDef) -> str:
    """The type and the source of a declared fact."""
    type_ = f"one of {literals(fact.values)}" if fact.type is FactType.ONE_OF else fact.type
    only = "only " if fact.only else ""
    return _short(f"{type_}{f', {only}from {fact.source}' if fact.source else ''}")


def _undeclared(index: Index, key: str) -> str:
    if key in EVENTS and key not in FACTS:
        return "event that the engine knows"
    if is_reserved(key) or key in FACTS:
        type_ = TYPES.get(key)
        values = VALUES.get(key)
        known = f"one of {', '.join(values)}" if values else type_ or "text"
        return _short(f"fact that the engine knows: {known}")
    return "fact or event that is not declared"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"
