"""The names and values of a rule set by the places in which they may stand, from its declarations and its blocks."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from flowrules.analysis.model.builtin import CALL_FACTS, COMPUTED, EVENTS, FACTS, TYPES, VALUES, is_reserved
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.scope import Scope
from flowrules.analysis.model.vocabulary import facts_in
from flowrules.language.names import fold
from flowrules.language.nodes import (
    AnyStep,
    AtTime,
    Before,
    CallZone,
    Compare,
    DefaultDisposition,
    Destination,
    DestinationMap,
    Expect,
    ExpectExactly,
    ExpectNot,
    FactType,
    Given,
    Holidays,
    Kind,
    Literal,
    Name,
    Never,
    OtherVerb,
    Pair,
    Remember,
    Rule,
    Step,
    Target,
    TargetKind,
    Test,
    VerbStep,
    Zone,
)
from flowrules.language.operators import BY_OP, Family
from flowrules.language.printer import print_literal
from flowrules.language.traverse import atoms, bare_events, event_tests, played_keys, zone_fact
from flowrules.verbs import BY_NAME, CATALOGUE

_BY_KIND = {
    Kind.NUMBER: FactType.NUMBER,
    Kind.YESNO: FactType.YESNO,
    Kind.DURATION: FactType.DURATION,
    Kind.TIME: FactType.TIME,
    Kind.DATE: FactType.DATE,
}


class Place(StrEnum):
    """Where the names of a rule set stand."""

    LIST = "lists"
    HOURS = "hours"
    HOLIDAYS = "hours with holidays"
    STEPS = "steps"
    EVENT = "events"
    REMEMBERED = "facts that rules may set"
    OTHER_VERB = "verbs of another version of the API"
    PAIR = "keys of pairs"
    ZONE = "time zones"
    ZONE_FACT = "facts that name a time zone"
    RULE = "labels of rules"


@dataclass(slots=True)
class Fact:
    """What is known of a fact: its type (None: nobody says), the values that rules ask for and set, those that tests
    play, all as they are printed."""

    type: FactType | None = None
    declared: bool = False
    asked: dict[str, Kind] = field(default_factory=dict)
    played: dict[str, Kind] = field(default_factory=dict)


@dataclass(slots=True)
class Names:
    """`slots` holds what stands in a verb's places, by the verb and the place; `targets` by the kind of target."""

    facts: dict[str, Fact] = field(default_factory=dict)
    at: dict[Place, set[str]] = field(default_factory=lambda: defaultdict(set))
    slots: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    targets: dict[TargetKind, set[str]] = field(default_factory=lambda: defaultdict(set))
    destinations: dict[str, set[TargetKind]] = field(default_factory=lambda: defaultdict(set))
    """Declared destinations, with the kinds of targets to which each leads."""

    def event_facts(self) -> Iterator[str]:
        """Facts that an event can carry."""
        return (name for name in self.facts if not is_reserved(fold(name)))

    def given_facts(self) -> Iterator[str]:
        """Facts that a test can give a call."""
        return (name for name in self.facts if fold(name) not in COMPUTED)


def names_of(scope: Scope) -> Names:
    names = Names()
    for known in (*FACTS, *CALL_FACTS, *EVENTS):
        _fact(names, known)
    names.at[Place.EVENT] |= EVENTS
    _declared(scope, names)
    for unit in scope.units:
        for name in facts_in(unit):
            _fact(names, name.text)
        names.at[Place.EVENT].update(name.text for name in bare_events(unit.item))
        _values(unit, names)
        for step in (*unit.steps, *_expected(unit.item)):
            _said_by(step, names)
    names.at[Place.EVENT].update(names.event_facts())
    names.at[Place.REMEMBERED].update(names.event_facts())
    names.at[Place.PAIR].update(name for name in names.facts if "." not in name)
    _settle_types(names)
    return names


def _fact(names: Names, text: str) -> Fact:
    return names.facts.setdefault(text, Fact())


def _declared(scope: Scope, names: Names) -> None:
    for place, table in (
        (Place.LIST, scope.lists), (Place.HOURS, scope.hours), (Place.STEPS, scope.steps), (Place.EVENT, scope.events)
    ):  # fmt: skip
        names.at[place].update(table.spelled())
    for found in scope.facts.found.values():
        fact = _fact(names, found.name.text)
        fact.type, fact.declared = found.node.type, True
        fact.asked |= {print_literal(value): value.kind for value in found.node.values}
    for hours in scope.hours.found.values():
        _zone(hours.node.zone, names)
        if any(isinstance(line, Holidays) for line in hours.node.lines):
            names.at[Place.HOLIDAYS].add(hours.name.text)
    for zone, _ in scope.zones:
        _zone(zone.zone, names)
    for unit in (*scope.rules, *scope.rails):
        if isinstance(unit.item, Rule | Never | Before) and unit.item.label is not None:
            names.at[Place.RULE].add(print_literal(unit.item.label))
    for default, _ in scope.defaults:
        _default(default, names)
    for made in scope.destinations.found.values():
        for target in _led_to(made.node):
            _target(target, names)
            names.destinations[made.name.text].add(target.kind)


def _led_to(node: Destination | DestinationMap) -> Iterator[Target]:
    match node:
        case Destination(target=target):
            yield target
        case DestinationMap(rows=rows, otherwise=otherwise):
            yield from (row.target for row in rows)
            if otherwise is not None:
                yield otherwise


def _zone(zone: Zone | None, names: Names) -> None:
    match zone:
        case CallZone(fact=fact, otherwise=otherwise):
            names.at[Place.ZONE_FACT].add(fact.text)
            _zone(otherwise, names)
        case Literal():
            names.at[Place.ZONE].add(print_literal(zone))
        case None:
            pass


def _default(default: DefaultDisposition, names: Names) -> None:
    for spec in CATALOGUE:
        if (place := spec.copied_to("call.disposition")) is not None:
            names.slots[spec.name, place].add(print_literal(default.label))


# --- values -------------------------------------------------------------------------------------------------


def _values(unit: CheckedBlock, names: Names) -> None:
    item = unit.item
    asked = [test.test for test in event_tests(item) if test.test is not None]
    asked += [atom for condition in unit.conditions for atom in atoms(condition) if isinstance(atom, Compare)]
    for compare in asked:
        fact = _fact(names, compare.fact.text)
        row = BY_OP[compare.op]
        if row.family is not Family.DIGITS:
            fact.asked |= {print_literal(value): value.kind for value in compare.values}
        if row.family in (Family.PHRASE, Family.DIGITS, Family.AFFIX) and fact.type is None:
            fact.type = FactType.TEXT
    for step in unit.steps:
        if isinstance(step, Remember):
            names.at[Place.REMEMBERED].add(step.name.text)
            _fact(names, step.name.text).asked[print_literal(step.value)] = step.value.kind
    if isinstance(item, Rule) and isinstance(item.trigger, AtTime):
        _zone(item.trigger.zone, names)
    if isinstance(item, Test):
        given = ((line.fact, line.values) for line in item.lines if isinstance(line, Given))
        for name, values in (*((key.name, key.values) for key in played_keys(item)), *given):
            if values:
                _fact(names, name.text).played |= {print_literal(value): value.kind for value in values}
    if (named := zone_fact(item)) is not None:
        names.at[Place.ZONE_FACT].add(named.text)


def _settle_types(names: Names) -> None:
    """Of a fact without a declaration its uses tell the type: values of one kind, or words only."""
    for name, fact in names.facts.items():
        key = fold(name)
        known = TYPES.get(key)
        if known is not None and not fact.declared:
            fact.type = known
            fact.asked |= dict.fromkeys(VALUES.get(key, ()), Kind.WORD)
        kinds = set(fact.asked.values())
        if fact.type is None and len(kinds) == 1:
            (kind,) = kinds
            fact.type = _BY_KIND.get(kind, FactType.ONE_OF)


# --- what steps hold ----------------------------------------------------------------------------------------


def _expected(item: object) -> Iterator[Step | AnyStep]:
    """The steps that a test names, those named by a mere word too."""
    for line in item.lines if isinstance(item, Test) else ():
        match line:
            case Expect(patterns) | ExpectNot(patterns):
                yield from (one.step for one in patterns)
            case ExpectExactly(pattern=pattern):
                yield pattern.step


def _said_by(step: Step | AnyStep, names: Names) -> None:
    match step:
        case VerbStep(verb=verb, arguments=arguments):
            for argument in arguments:
                match argument.value:
                    case Literal() as literal:
                        if argument.name in BY_NAME[verb].slots_of("label", "url", "digits", "value"):
                            names.slots[verb, argument.name].add(print_literal(literal))
                    case Name(text=text):
                        names.slots[verb, argument.name].add(text)
                    case Target() as target:
                        _target(target, names)
                    case tuple() as pairs:
                        _pairs(pairs, names)
        case OtherVerb(name=name, pairs=pairs):
            names.at[Place.OTHER_VERB].add(name.text)
            _pairs(pairs, names)
        case AnyStep(fact=Name(text=text)):
            names.at[Place.REMEMBERED].add(text)


def _pairs(pairs: tuple[Pair, ...], names: Names) -> None:
    names.at[Place.PAIR].update(pair.key.text for pair in pairs)


def _target(target: Target, names: Names) -> None:
    names.targets[target.kind].add(print_literal(target.value))
