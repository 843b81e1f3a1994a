"""Gathers the declarations of rule files into a scope."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

import regex

from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.references import Reference
from flowrules.analysis.model.scope import Declared, Scope, Table
from flowrules.language.names import fold
from flowrules.language.nodes import (
    Allow,
    Before,
    Block,
    DefaultDisposition,
    Destination,
    DestinationMap,
    EventDef,
    FactDef,
    Hours,
    ListDef,
    Never,
    OnlyDeclared,
    OrderAsWritten,
    Promise,
    Rule,
    RuleFile,
    Steps,
    Test,
    Timezone,
)
from flowrules.language.nodes import Name as NameNode
from flowrules.language.reserved import GRAMMAR_WORDS, STEP_WORDS
from flowrules.verbs import BY_NAME

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}_.\-\u200c\u200d]+")
_DECLARES = regex.compile(r"\s*(list|hours|destination|steps|fact|event|rule)\s+(.*)", regex.IGNORECASE)
_COMMON = GRAMMAR_WORDS | STEP_WORDS - {spec.closed_by for spec in BY_NAME.values()}
"""Words that can't be a name; what closes a pair is looked for in blocks that are not understood as well."""


def gather(files: Iterable[RuleFile], said: Mapping[Reference, int] | None = None) -> Scope:
    """Every item and declared name of a rule set, in order: files as given, blocks as written.

    Where the files hold only a part of the rule set's blocks, `said` is what all of them say.
    """
    scope = Scope(tuple(files))
    order = 0
    for file in scope.files:
        for block in file.blocks:
            order += 1
            if block.item is None:
                _note_unread(block, scope)
            else:
                unit = CheckedBlock(block, block.item, order)
                scope.units.append(unit)
                _declare(unit, scope)
    scope.said = (
        dict(Counter(one for unit in scope.units for one in unit.references)) if said is None else said
    )
    return scope


def _declare(unit: CheckedBlock, scope: Scope) -> None:
    match unit.item:
        case Rule() as rule:
            scope.rules.append(unit)
            if rule.label is not None:
                scope.labels.declare(NameNode(str(rule.label.value), rule.label.span), rule, unit)
        case Never() | Before() as rail:
            scope.rails.append(unit)
            if rail.label is not None:
                name = NameNode(str(rail.label.value), rail.label.span)
                scope.labels.declare(name, replace(rail, label=None), unit)
        case Promise(label=label) as promise:
            scope.promises.append(unit)
            scope.promise_labels.declare(NameNode(str(label.value), label.span), promise, unit)
        case Test() as test:
            scope.tests.append(unit)
            scope.test_labels.setdefault(unit.block.source.path, Table()).declare(
                NameNode(str(test.label.value), test.label.span), test, unit
            )
        case ListDef() as node:
            scope.lists.declare(node.name, node, unit)
        case Hours() as node:
            scope.hours.declare(node.name, node, unit)
        case Destination() | DestinationMap() as node:
            scope.destinations.declare(node.name, node, unit)
        case Steps() as node:
            scope.steps.declare(node.name, node, unit)
        case FactDef() as node:
            scope.facts.declare(node.name, node, unit)
        case EventDef() as node:
            for name in node.names:
                scope.events.found.setdefault(name.key, Declared(name, node, unit))
        case Timezone() as node:
            scope.zones.append((node, unit))
        case Allow() as node:
            scope.allows.append((node, unit))
        case DefaultDisposition() as node:
            scope.defaults.append((node, unit))
        case OnlyDeclared() as node:
            scope.only_declared.append((node, unit))
        case OrderAsWritten():
            scope.as_written.add(unit.block.source.path)


def words_without_item(files: Iterable[RuleFile]) -> frozenset[str]:
    """What the blocks that could not be understood may name, folded."""
    scope = Scope(())
    for file in files:
        for block in file.blocks:
            if block.item is None:
                _note_unread(block, scope)
    return frozenset(scope.mentioned | scope.labels.lost) - _COMMON


def _note_unread(block: Block, scope: Scope) -> None:
    """What a block that could not be understood may still declare or use."""
    words = [fold(word) for word in _WORD.findall(block.text)]
    scope.mentioned.update(words)
    scope.unread.update(words[:1])
    found = _DECLARES.match(block.text)
    if found is None:
        return
    kind, rest = found[1].lower(), found[2].split("\n", 1)[0]
    tables: dict[str, Table[ListDef] | Table[Hours] | Table[Destination | DestinationMap] | Table[Steps]] = {
        "list": scope.lists,
        "hours": scope.hours,
        "destination": scope.destinations,
        "steps": scope.steps,
    }
    names = [fold(word) for word in _WORD.findall(rest)]
    if kind in tables:
        tables[kind].lost.update(names[:1])
    elif kind == "fact":
        scope.facts.lost.update(names[:1])
    elif kind == "event":
        scope.events.lost.update(names)
    elif kind == "rule":
        scope.labels.lost.add(fold(rest.strip().rstrip(":").strip().strip('"“”„')))
