"""The names and values that stand in a block, as they are written: what somebody has to type twice the same."""

from collections.abc import Iterator

from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.verb_fields import SLOT_KINDS
from flowrules.analysis.model.vocabulary import facts_in
from flowrules.language.nodes import (
    Before,
    Compare,
    DefaultDisposition,
    Destination,
    DestinationMap,
    Do,
    EventDef,
    FactDef,
    Hours,
    Kind,
    ListDef,
    Literal,
    Name,
    Never,
    Remember,
    Rule,
    Step,
    Steps,
    Target,
    Test,
    VerbStep,
)
from flowrules.language.traverse import event_tests


def written_in(unit: CheckedBlock) -> Iterator[Name]:
    """Names, and values that are compared or sent as names; not texts that are spoken or noted."""
    yield from facts_in(unit)
    yield from (test.name for test in event_tests(unit.item) if test.test is None)
    for atom in unit.asked:
        if isinstance(atom, Compare):
            if atom.list is not None:
                yield atom.list
            yield from _texts(atom.values)
        elif atom.hours is not None:
            yield atom.hours
    for step in unit.steps:
        yield from _in_step(step)
    match unit.item:
        case ListDef(name, values):
            yield from (name, *_texts(values))
        case FactDef(name=name, values=values):
            yield from (name, *_texts(values))
        case EventDef(names):
            yield from names
        case Hours(name=name) | Steps(name=name):
            yield name
        case Destination(name, target):
            yield from (name, *_texts((target.value,)))
        case DestinationMap(name=name, rows=rows):
            yield name
            for row in rows:
                yield from _texts((row.key, row.target.value))
        case DefaultDisposition(label=label, value=value):
            yield from _texts((label, value) if value else (label,))
        case (
            Rule(label=Literal() as label)
            | Never(label=Literal() as label)
            | Before(label=Literal() as label)
        ):
            yield from _texts((label,))
        case Test(label=label):
            yield from _texts((label,))


def _in_step(step: Step) -> Iterator[Name]:
    match step:
        case Do(name):
            yield name
        case Remember(name, value):
            yield from (name, *_texts((value,)))
        case VerbStep(verb=verb, arguments=arguments):
            for argument in arguments:
                match SLOT_KINDS.get((verb, argument.name)), argument.value:
                    case "name" | "member", Name() as name:
                        yield name
                    case "label", Literal() as label:
                        yield from _texts((label,))
                    case _, Target(value=value):
                        yield from _texts((value,))


def _texts(values: tuple[Literal, ...]) -> Iterator[Name]:
    return (Name(str(value.value), value.span) for value in values if value.kind in (Kind.WORD, Kind.TEXT))
