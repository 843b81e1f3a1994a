"""What a rule set wants to be told: the facts and events that a language model may report, and their meaning.

The model reports what it has heard. Which verb follows, and where a caller goes, is for the rules alone: verbs,
destinations, dispositions and ids of calls are not in a vocabulary. Nor are facts that only the host or the platform
may supply, what the engine works out by itself, and the caller's own words and keys, which need no model.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from flowrules.analysis.bodies import as_written
from flowrules.analysis.builtin import COMPUTED, ENGINE_EVENTS, EVENTS
from flowrules.analysis.scope import Scope, Unit, gather
from flowrules.analysis.texts import open_texts, quoted_facts
from flowrules.analysis.vocabulary import bare_events_in
from flowrules.analysis.walk import event_tests
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import CALLER_KEYS
from flowrules.engine.preview import PLATFORM_FACTS
from flowrules.language.names import fold
from flowrules.language.nodes import (
    CallbackTime,
    Compare,
    DestinationMap,
    EventTest,
    FactDef,
    FactType,
    Kind,
    ListDef,
    Literal,
    Name,
    Op,
    Test,
    VerbStep,
)
from flowrules.language.operators import BY_OP, ORDERED

MAX_DESCRIPTION = 300
"""Characters of a comment that a model is shown."""

_HOSTS = frozenset({"host", "platform"})
_CLOSED = frozenset({Op.EQ, Op.ONE_OF, Op.IN_LIST, Op.KNOWN, Op.UNKNOWN})
"""Questions for which only the named values matter."""
_WHOLE = frozenset({Op.EQ, Op.NE, Op.ONE_OF, Op.NOT_ONE_OF, Op.IN_LIST, Op.NOT_IN_LIST})
"""Questions whose values are whole values, no parts of one."""
_ORDER_TYPES = {Kind.TIME: FactType.TIME, Kind.DATE: FactType.DATE, Kind.DURATION: FactType.DURATION}


class Shape(StrEnum):
    """What a value looks like."""

    TEXT = "text"
    NUMBER = "number"
    YESNO = "yes/no"
    SECONDS = "seconds"
    TIME = "time"
    DATE = "date"
    MOMENT = "date and time"


@dataclass(frozen=True, slots=True)
class Reportable:
    """One thing that may be reported. `values` are those that rules ask for, each with what it means ('' where
    nobody wrote it down); where it is `closed` there are no others. `several`: it may hold more than one at once.
    `event`: it just happens, without a value."""

    name: str
    shape: Shape = Shape.TEXT
    values: Mapping[str, str] = field(default_factory=dict)
    closed: bool = False
    several: bool = False
    about: str = ""
    event: bool = False

    @property
    def key(self) -> str:
        return fold(self.name)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What may be reported under one revision of the rules: facts first, then events, each by name."""

    revision: str
    items: tuple[Reportable, ...]


def vocabulary(ruleset: RuleSet, *, hide: Collection[str] = ()) -> Vocabulary:
    """The vocabulary of a rule set. `hide` names what the host reports itself, beyond what the rules declare as
    `from host`."""
    scope = gather(ruleset.checked.files)
    hidden = {fold(name) for name in hide} | _call_ids(scope)
    hidden |= {key for key, source in ruleset.fences.items() if source in _HOSTS}
    facts = {item.key: item for item in _facts(scope) if not _is_kept(item.key, hidden)}
    events = {item.key: item for item in _events(scope) if item.key not in hidden | EVENTS | facts.keys()}
    ordered = (*sorted(facts.values(), key=_rank), *sorted(events.values(), key=_rank))
    return Vocabulary(ruleset.revision, ordered)


def _rank(item: Reportable) -> tuple[bool, str]:
    """What the caller wants comes first."""
    return item.key != "intent", item.key


def _is_kept(key: str, hidden: Collection[str]) -> bool:
    """Whether a fact is nothing for the model."""
    return (
        key in hidden
        or key in COMPUTED
        or key in CALLER_KEYS
        or key in ENGINE_EVENTS
        or key == "silence"
        or key.startswith(PLATFORM_FACTS)
    )


def _call_ids(scope: Scope) -> set[str]:
    """Facts that hold ids of calls: a model that could name one could listen in anywhere."""
    return {
        argument.value.key
        for unit in scope.units
        for step in unit.steps
        if isinstance(step, VerbStep)
        for argument in step.arguments
        if argument.name == "target_call_id" and isinstance(argument.value, Name)
    }


# --- facts --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Use:
    """How rules use a fact that they may not have declared."""

    name: str
    asked: list[Compare]
    chosen: list[Literal]
    """Values that a destination map has a row for."""
    moment: bool = False
    """It holds the time of a callback."""


def _facts(scope: Scope) -> Iterator[Reportable]:
    uses = _uses(scope)
    lists = scope.lists.nodes()
    for key, use in uses.items():
        if key not in scope.facts and key not in scope.remembered:
            yield _guessed(use, lists, _meanings(scope, key))
    for key, declared in scope.facts.found.items():
        yield _declared(declared.node, declared.unit.block.comment, uses.get(key), _meanings(scope, key))


def _declared(fact: FactDef, comment: str, use: _Use | None, meanings: Mapping[str, str]) -> Reportable:
    name = fact.name.text
    about = _short(comment)
    if fact.type is FactType.ONE_OF:
        values = {as_written(value): meanings.get(_key(value), "") for value in fact.values}
        return Reportable(name, values=values, closed=True, several=_several(name), about=about)
    shape = _SHAPES[fact.type]
    if shape is Shape.TEXT and use is not None and use.moment:
        shape = Shape.MOMENT
    return Reportable(name, shape, about=about)


_SHAPES = {
    FactType.TEXT: Shape.TEXT,
    FactType.NUMBER: Shape.NUMBER,
    FactType.YESNO: Shape.YESNO,
    FactType.DURATION: Shape.SECONDS,
    FactType.TIME: Shape.TIME,
    FactType.DATE: Shape.DATE,
}


def _guessed(use: _Use, lists: Mapping[str, ListDef], meanings: Mapping[str, str]) -> Reportable:
    """A fact as its uses show it: what it is held against tells what it is."""
    name = use.name
    if use.moment:
        return Reportable(name, Shape.MOMENT)
    literals = [*use.chosen, *_values(use.asked, lists)]
    kinds = {literal.kind for literal in literals}
    if any(BY_OP[compare.op].types is ORDERED for compare in use.asked):
        found = next((_ORDER_TYPES[kind] for kind in _ORDER_TYPES if kind in kinds), FactType.NUMBER)
        return Reportable(name, _SHAPES[found])
    if kinds == {Kind.YESNO}:
        return Reportable(name, Shape.YESNO)
    if kinds == {Kind.NUMBER}:
        return Reportable(name, Shape.NUMBER)
    values: dict[str, str] = {}
    for literal in literals:
        values.setdefault(_key(literal), as_written(literal))
    shown = {written: meanings.get(key, "") for key, written in values.items()}
    closed = bool(literals) and all(compare.op in _CLOSED for compare in use.asked)
    return Reportable(name, values=shown, closed=closed, several=closed and _several(name))


def _values(asked: Iterable[Compare], lists: Mapping[str, ListDef]) -> Iterator[Literal]:
    for compare in asked:
        if compare.op in _WHOLE or BY_OP[compare.op].types is ORDERED:
            yield from compare.values
            if compare.list is not None and compare.list.key in lists:
                yield from lists[compare.list.key].values


def _several(name: str) -> bool:
    """People want more than one thing in a sentence."""
    return fold(name) == "intent"


def _uses(scope: Scope) -> dict[str, _Use]:
    """Every fact that rules, rails and declarations read, in the order in which they come; tests do not count."""
    uses: dict[str, _Use] = {}

    def use(name: Name) -> _Use:
        return uses.setdefault(name.key, _Use(name.text, [], []))

    for unit in scope.units:
        if isinstance(unit.item, Test):
            continue
        for atom in unit.asked:
            if isinstance(atom, Compare):
                use(atom.fact).asked.append(atom)
        for text in open_texts(unit.steps):
            for name in quoted_facts(text):
                use(name)
        if isinstance(unit.item, DestinationMap):
            use(unit.item.by).chosen.extend(row.key for row in unit.item.rows)
        for name in _callback_facts(unit):
            use(name).moment = True
    return uses


def _callback_facts(unit: Unit) -> Iterator[Name]:
    for step in unit.steps:
        for argument in step.arguments if isinstance(step, VerbStep) else ():
            if isinstance(argument.value, CallbackTime) and argument.value.kind == "at fact":
                assert argument.value.name is not None
                yield argument.value.name


def _meanings(scope: Scope, key: str) -> dict[str, str]:
    """What the values of a fact mean: the comment above the rule that waits for each, of several the one that waits
    for the fewest."""
    found: dict[str, tuple[int, str]] = {}
    for unit in scope.rules:
        if unit.block.comment:
            values = [value for test in event_tests(unit.item) for value in _waited_for(test, key)]
            for value in values:
                known = found.get(value)
                if known is None or len(values) < known[0]:
                    found[value] = (len(values), _short(unit.block.comment))
    return {value: comment for value, (_, comment) in found.items()}


def _waited_for(test: EventTest, key: str) -> Iterator[str]:
    if test.name.key == key and test.test is not None:
        yield from map(_key, test.test.values)


# --- events -------------------------------------------------------------------------------------------------


def _events(scope: Scope) -> Iterator[Reportable]:
    """Declared events, then those that rules wait for."""
    waiting: dict[str, tuple[str, str]] = {}
    for unit in scope.rules:
        for name in bare_events_in(unit):
            waiting.setdefault(name.key, (name.text, unit.block.comment))
    for key, declared in scope.events.found.items():
        comment = declared.unit.block.comment or waiting.pop(key, ("", ""))[1]
        waiting.pop(key, None)
        yield Reportable(declared.name.text, about=_short(comment), event=True)
    for text, comment in waiting.values():
        yield Reportable(text, about=_short(comment), event=True)


# --- words --------------------------------------------------------------------------------------------------


def _key(value: Literal) -> str:
    return fold(as_written(value))


def _short(comment: str) -> str:
    return comment if len(comment) <= MAX_DESCRIPTION else f"{comment[: MAX_DESCRIPTION - 1]}…"
