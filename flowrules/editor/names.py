"""Every name that stands in a block: what it names, where, and what is done with it there."""

from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from flowrules.analysis.model.texts import open_texts, quoted_facts
from flowrules.analysis.model.verb_fields import SLOT_KINDS
from flowrules.language.names import fold
from flowrules.language.nodes import (
    Absence,
    Advise,
    AfterFact,
    AnyStep,
    Argument,
    Before,
    CallbackKind,
    CallbackTime,
    CallZone,
    ClosedOn,
    Compare,
    DefaultDisposition,
    Destination,
    DestinationMap,
    Do,
    During,
    EventDef,
    EventKey,
    EventTest,
    ExpectNoRule,
    ExpectRule,
    FactDef,
    Failure,
    Forget,
    Given,
    GivenFails,
    Holiday,
    Hours,
    Item,
    ListDef,
    Literal,
    Name,
    Never,
    OtherVerb,
    PlayAfter,
    Precedence,
    Promise,
    Remember,
    Response,
    Rule,
    Steps,
    Target,
    TargetKind,
    Test,
    VerbStep,
)
from flowrules.language.nodes import Kind as LiteralKind
from flowrules.record import Node
from flowrules.source import Span
from flowrules.verbs import BY_NAME


class Kind(StrEnum):
    """What a name names. Facts and events share their names; a conference's member is a fact too."""

    FACT = "fact"
    LIST = "list"
    HOURS = "hours"
    DESTINATION = "destination"
    STEPS = "steps"
    RULE = "rule"
    TEST = "test"
    PROMISE = "promise"
    QUEUE = "queue"
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    DISPOSITION = "disposition"
    REASON = "reason"
    VALUE = "value"
    """A value of a fact."""
    VERB = "verb"


class Role(StrEnum):
    """What is done with a name in a place."""

    DECLARES = "declares"
    SETS = "sets"
    ASKS = "asks"
    USES = "uses"


class Named(NamedTuple):
    """One place of a name. `span` counts from the block's start, quotes included; `of` is a value's fact, folded."""

    kind: Kind
    key: str
    text: str
    span: Span
    role: Role
    of: str = ""


_FIELDS: dict[tuple[type[Node], str], tuple[Kind, Role]] = {
    (EventDef, "names"): (Kind.FACT, Role.DECLARES),
    (FactDef, "name"): (Kind.FACT, Role.DECLARES),
    (ListDef, "name"): (Kind.LIST, Role.DECLARES),
    (Hours, "name"): (Kind.HOURS, Role.DECLARES),
    (Destination, "name"): (Kind.DESTINATION, Role.DECLARES),
    (DestinationMap, "name"): (Kind.DESTINATION, Role.DECLARES),
    (DestinationMap, "by"): (Kind.FACT, Role.ASKS),
    (Steps, "name"): (Kind.STEPS, Role.DECLARES),
    (Rule, "label"): (Kind.RULE, Role.DECLARES),
    (Never, "label"): (Kind.RULE, Role.DECLARES),
    (Before, "label"): (Kind.RULE, Role.DECLARES),
    (Test, "label"): (Kind.TEST, Role.DECLARES),
    (Promise, "label"): (Kind.PROMISE, Role.DECLARES),
    (DefaultDisposition, "event"): (Kind.FACT, Role.ASKS),
    (DefaultDisposition, "label"): (Kind.DISPOSITION, Role.USES),
    (CallZone, "fact"): (Kind.FACT, Role.ASKS),
    (ClosedOn, "lists"): (Kind.LIST, Role.USES),
    (EventTest, "name"): (Kind.FACT, Role.USES),
    (AfterFact, "fact"): (Kind.FACT, Role.ASKS),
    (Compare, "fact"): (Kind.FACT, Role.ASKS),
    (Compare, "list"): (Kind.LIST, Role.USES),
    (During, "hours"): (Kind.HOURS, Role.USES),
    (Holiday, "hours"): (Kind.HOURS, Role.USES),
    (Do, "name"): (Kind.STEPS, Role.USES),
    (Remember, "name"): (Kind.FACT, Role.SETS),
    (Forget, "name"): (Kind.FACT, Role.SETS),
    (Failure, "reasons"): (Kind.REASON, Role.USES),
    (GivenFails, "reasons"): (Kind.REASON, Role.USES),
    (Given, "fact"): (Kind.FACT, Role.SETS),
    (EventKey, "name"): (Kind.FACT, Role.SETS),
    (AnyStep, "fact"): (Kind.FACT, Role.USES),
    (PlayAfter, "fact"): (Kind.FACT, Role.ASKS),
    (ExpectRule, "label"): (Kind.RULE, Role.USES),
    (ExpectNoRule, "label"): (Kind.RULE, Role.USES),
    (Never, "verbs"): (Kind.VERB, Role.USES),
    (Before, "verbs"): (Kind.VERB, Role.USES),
    (Absence, "verbs"): (Kind.VERB, Role.USES),
    (Precedence, "verbs"): (Kind.VERB, Role.USES),
    (Response, "verbs"): (Kind.VERB, Role.USES),
    (Response, "answers"): (Kind.VERB, Role.USES),
    (GivenFails, "verb"): (Kind.VERB, Role.USES),
}
_TARGETS = {
    TargetKind.TO: Kind.DESTINATION,
    TargetKind.QUEUE: Kind.QUEUE,
    TargetKind.AGENT: Kind.AGENT,
    TargetKind.SUPERVISOR: Kind.SUPERVISOR,
}
_ARGUMENTS = {
    "member": (Kind.FACT, Role.USES),
    "call_fact": (Kind.FACT, Role.USES),
    "name": (Kind.FACT, Role.SETS),
}
"""What the name in a verb's place of a kind is."""
_VALUES = (LiteralKind.WORD, LiteralKind.TEXT)


def names_in(item: Item) -> tuple[Named, ...]:
    """The names of an item, each place once, in the order in which they stand."""
    found: dict[tuple[Span, Kind], Named] = {}
    for one in _walk(item):
        found.setdefault((one.span, one.kind), one)
    return tuple(sorted(found.values(), key=lambda one: one.span))


def _walk(node: Node) -> Iterator[Named]:
    kind = type(node)
    for field in _children(kind):
        value = getattr(node, field)
        if (known := _FIELDS.get((kind, field))) is not None:
            for one in value if isinstance(value, tuple) else (value,):
                if one is not None:
                    yield _named(one, *known)
        elif isinstance(value, Node):
            yield from _walk(value)
        elif isinstance(value, tuple):
            for one in value:
                if isinstance(one, Node):
                    yield from _walk(one)
    yield from _own(node)


def _own(node: Node) -> Iterator[Named]:
    """The names that a node's fields alone do not tell."""
    match node:
        case Target(kind=kind, value=value) if kind in _TARGETS:
            yield _named(value, _TARGETS[kind], Role.USES)
        case CallbackTime(kind=CallbackKind.NEXT_HOURS, name=Name() as name):
            yield _named(name, Kind.HOURS, Role.USES)
        case CallbackTime(name=Name() as name):
            yield _named(name, Kind.FACT, Role.ASKS)
        case VerbStep(verb=verb, word=word, word_span=span, arguments=arguments):
            yield Named(Kind.VERB, word.lower(), word, span, Role.USES)
            for argument in arguments:
                yield from _argument(verb, argument)
        case (
            Compare(fact=name, values=values)
            | EventKey(name=name, values=values)
            | Given(fact=name, values=values)
        ):
            yield from _values(values, name)
        case Remember(name=name, value=value):
            yield from _values((value,), name)
        case FactDef(name=name, values=values):
            yield from _values(values, name, Role.DECLARES)
        case DestinationMap(by=name, rows=rows):
            yield from _values(tuple(row.key for row in rows), name)
    if isinstance(node, Advise | OtherVerb | Remember | VerbStep):
        for text in open_texts((node,)):
            yield from (_named(name, Kind.FACT, Role.ASKS) for name in quoted_facts(text))


def _argument(verb: str, argument: Argument) -> Iterator[Named]:
    kind, value = SLOT_KINDS.get((verb, argument.name)), argument.value
    if isinstance(value, Name):
        if argument.name == "within":
            yield _named(value, Kind.HOURS, Role.USES)
        elif kind in _ARGUMENTS:
            yield _named(value, *_ARGUMENTS[kind])
    elif isinstance(value, Literal) and BY_NAME[verb].copied_to("call.disposition") == argument.name:
        yield _named(value, Kind.DISPOSITION, Role.USES)


def _values(values: tuple[Literal, ...], fact: Name, role: Role = Role.USES) -> Iterator[Named]:
    for value in values:
        if value.kind in _VALUES:
            text = str(value.value)
            yield Named(Kind.VALUE, fold(text), text, value.span, role, fact.key)


def _named(node: Name | Literal, kind: Kind, role: Role) -> Named:
    text = node.text if isinstance(node, Name) else str(node.value)
    return Named(kind, fold(text), text, node.span, role)


@cache
def _children(kind: type[Node]) -> tuple[str, ...]:
    """The fields of a node that may hold others."""
    return tuple(name for name in kind.__struct_fields__ if not name.endswith("span"))
