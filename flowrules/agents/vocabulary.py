"""What a rule set wants to be told: the facts and events that a language model may report, and their meaning.

The model reports what it has heard. Which verb follows, and where a caller goes, is for the rules alone: verbs,
destinations, dispositions and ids of calls are not in a vocabulary. Nor are facts that only the host or the platform
may supply, what the engine works out by itself, and the caller's own words and keys, which need no model.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import assert_never

from flowrules.agents.fact_usage import FactUsage, fact_usages, meanings, short, value_key
from flowrules.analysis.gather import gather
from flowrules.analysis.model.builtin import COMPUTED, ENGINE_EVENTS, EVENTS
from flowrules.analysis.model.scope import Scope
from flowrules.analysis.model.verb_fields import as_written
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import CALLER_KEYS
from flowrules.engine.preview import PLATFORM_FACTS
from flowrules.language.names import fold
from flowrules.language.nodes import (
    Compare,
    FactDef,
    FactType,
    Kind,
    ListDef,
    Literal,
    Name,
    Op,
    VerbStep,
)
from flowrules.language.operators import BY_OP, Family
from flowrules.language.traverse import bare_events
from flowrules.verbs import BY_NAME

_HOSTS = frozenset({"host", "platform"})
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

    @property
    def digest(self) -> str:
        """Equal for vocabularies that hold the same, whatever else the rules say."""
        told = [
            (item.name, item.shape, [*item.values.items()], item.closed, item.several, item.about, item.event)
            for item in self.items
        ]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def vocabulary(ruleset: RuleSet, *, hide: Collection[str] = ()) -> Vocabulary:
    """The vocabulary of a rule set. `hide` names what the host reports itself, beyond what the rules declare as
    `from host`."""
    scope = gather(ruleset.checked.files)
    hidden = {fold(name) for name in hide} | _call_ids(scope)
    hidden |= {key for key, fact in ruleset.fact_sources.items() if not _may_model_say(fact)}
    facts = {item.key: item for item in _facts(scope) if not _is_kept(item.key, hidden)}
    events = {item.key: item for item in _events(scope) if item.key not in hidden | EVENTS | facts.keys()}
    ordered = (*sorted(facts.values(), key=_rank), *sorted(events.values(), key=_rank))
    return Vocabulary(ruleset.revision, ordered)


def _may_model_say(fact: FactDef) -> bool:
    return fact.source == "model" if fact.only else fact.source not in _HOSTS


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
        if argument.name in BY_NAME[step.verb].slots_of("call_fact") and isinstance(argument.value, Name)
    }


# --- facts --------------------------------------------------------------------------------------------------


def _facts(scope: Scope) -> Iterator[Reportable]:
    uses = fact_usages(scope)
    lists = scope.lists.nodes()
    meant = meanings(scope)
    for key, use in uses.items():
        if key not in scope.facts and key not in scope.remembered:
            yield _guessed(use, lists, meant.get(key, {}))
    for key, declared in scope.facts.found.items():
        yield _declared(declared.node, declared.unit.block.comment, uses.get(key), meant.get(key, {}))


def _declared(fact: FactDef, comment: str, use: FactUsage | None, meanings: Mapping[str, str]) -> Reportable:
    name = fact.name.text
    about = short(comment)
    if fact.type is FactType.ONE_OF:
        values = {as_written(value): meanings.get(value_key(value), "") for value in fact.values}
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


def _guessed(use: FactUsage, lists: Mapping[str, ListDef], meanings: Mapping[str, str]) -> Reportable:
    """A fact as its uses show it: what it is held against tells what it is."""
    name = use.name
    if use.moment:
        return Reportable(name, Shape.MOMENT)
    literals = [*use.chosen, *_values((compare for compare, _ in use.asked), lists)]
    kinds = {literal.kind for literal in literals}
    if any(_is_measured(compare) for compare, _ in use.asked):
        found = next((_ORDER_TYPES[kind] for kind in _ORDER_TYPES if kind in kinds), FactType.NUMBER)
        return Reportable(name, _SHAPES[found])
    if kinds == {Kind.YESNO}:
        return Reportable(name, Shape.YESNO)
    if kinds == {Kind.NUMBER}:
        return Reportable(name, Shape.NUMBER)
    values: dict[str, str] = {}
    for literal in literals:
        values.setdefault(value_key(literal), as_written(literal))
    shown = {written: meanings.get(key, "") for key, written in values.items()}
    closed = bool(literals) and all(op is not None and _is_closed(op) for _, op in use.asked)
    return Reportable(name, values=shown, closed=closed, several=closed and _several(name))


def _values(asked: Iterable[Compare], lists: Mapping[str, ListDef]) -> Iterator[Literal]:
    for compare in asked:
        if BY_OP[compare.op].family is Family.AMONG or _is_measured(compare):
            yield from compare.values
            if compare.list is not None and compare.list.key in lists:
                yield from lists[compare.list.key].values


def _is_measured(compare: Compare) -> bool:
    return BY_OP[compare.op].family in (Family.ORDER, Family.RANGE)


def _is_closed(op: Op) -> bool:
    """Whether only the named values matter to a question."""
    row = BY_OP[op]
    match row.family:
        case Family.AMONG:
            return not row.negative
        case Family.PRESENCE:
            return True
        case Family.ORDER | Family.RANGE | Family.PHRASE | Family.DIGITS | Family.AFFIX:
            return False
        case _:
            assert_never(row.family)


def _several(name: str) -> bool:
    """People want more than one thing in a sentence."""
    return fold(name) == "intent"


# --- events -------------------------------------------------------------------------------------------------


def _events(scope: Scope) -> Iterator[Reportable]:
    """Declared events, then those that rules wait for."""
    waiting: dict[str, tuple[str, str]] = {}
    for unit in scope.rules:
        for name in bare_events(unit.item):
            waiting.setdefault(name.key, (name.text, unit.block.comment))
    for key, declared in scope.events.found.items():
        comment = declared.unit.block.comment or waiting.pop(key, ("", ""))[1]
        waiting.pop(key, None)
        yield Reportable(declared.name.text, about=short(comment), event=True)
    for text, comment in waiting.values():
        yield Reportable(text, about=short(comment), event=True)
