"""What a rule set asks of a call: whatever it does not ask makes no difference."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from flowrules.analysis.model.builtin import CLOCK_FACTS, COMPUTED
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.texts import open_texts, quoted_facts
from flowrules.compiler.guards.conditions import CompiledCondition, compile_condition
from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.times.calendar import Calendar
from flowrules.engine.state import SILENCE
from flowrules.language.nodes import (
    Advise,
    Argument,
    CallbackKind,
    CallbackTime,
    Compare,
    DefaultDisposition,
    DestinationMap,
    Kind,
    Literal,
    Name,
    Remember,
    VerbStep,
)
from flowrules.language.operators import BY_OP, Family
from flowrules.language.template import split_template
from flowrules.language.traverse import atoms, zone_fact


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """`facts`: names of facts that can make a difference, but those that follow from the moment. `computed`: of these,
    the ones that are asked. `clock`: questions to the clock, each a comparison; `calendars`: opening hours that are
    asked. `remembered`: facts that rules keep in memory. `compares`: every comparison of a fact in a condition."""

    facts: tuple[str, ...]
    computed: frozenset[str]
    clock: tuple[CompiledCondition, ...]
    calendars: tuple[Calendar, ...]
    remembered: frozenset[str]
    compares: tuple[Compare, ...]
    elapsed: tuple[float, ...]
    """Lengths of the call, in seconds, that a condition asks for."""
    silence: bool
    """Whether a rule waits for the caller's silence."""
    questions: Mapping[str, tuple[CompiledCondition, ...]]
    """Of facts that are nothing but compared: with what. Values that meet the same of these are alike."""
    quoted: Mapping[str, tuple[CompiledCondition, ...]]
    """Of facts that are quoted in texts of verbs and for the model, and are nothing else but compared: with what."""
    copied: Mapping[str, tuple[str, ...]]
    """By a fact that rules remember as nothing but another (`remember at is "{callback_time}"`): those others. What is
    asked of the copy is asked of them."""

    @property
    def present(self) -> frozenset[str]:
        """The facts of which it is asked whether they are known."""
        return frozenset(one.fact.key for one in self.compares if BY_OP[one.op].family is Family.PRESENCE)

    def sources(self, fact: str) -> tuple[str, ...]:
        """The facts that this one may be a copy of, at any number of steps."""
        found: dict[str, None] = {}
        left = [fact]
        while left:
            for source in self.copied.get(left.pop(), ()):
                if source not in found and source != fact:
                    found[source] = None
                    left.append(source)
        return tuple(found)


def asked_of(ruleset: RuleSet, also: Iterable[str] = ()) -> Asked:
    """What the rules ask, and what others do (`also`)."""
    units = [
        CheckedBlock(block, block.item, order)
        for order, block in enumerate(block for file in ruleset.checked.files for block in file.blocks)
        if block.item is not None
    ]
    also = tuple(also)
    names = dict.fromkeys(name for unit in units for name in facts_in(unit))
    names.update(dict.fromkeys(also))
    told = {name for unit in units for name in _told(unit)} | set(also)
    timers = [spec.fact for spec in ruleset.timers if spec.fact is not None]
    names.update(dict.fromkeys(name for name in timers if name != SILENCE))
    told.update(timers)
    silence = SILENCE in timers
    if silence:
        names["call.on_hold"] = None
    compares = tuple(
        dict.fromkeys(
            atom
            for unit in units
            for one in unit.conditions
            for atom in atoms(one)
            if isinstance(atom, Compare)
        )
    )
    return Asked(
        tuple(name for name in names if name not in COMPUTED),
        frozenset(names.keys() & COMPUTED),
        tuple(
            compile_condition(compare, ruleset.scope)
            for compare in compares
            if compare.fact.key in CLOCK_FACTS
        ),
        tuple(ruleset.calendars.values()),
        frozenset(step.name.key for unit in units for step in unit.steps if isinstance(step, Remember)),
        compares,
        tuple(
            dict.fromkeys(
                float(value.value)
                for compare in compares
                if compare.fact.key == "call.elapsed"
                for value in compare.values
                if isinstance(value.value, int | float)
            )
        ),
        silence,
        {
            name: tuple(
                compile_condition(compare, ruleset.scope) for compare in compares if compare.fact.key == name
            )
            for name in names
            if name not in told and name not in COMPUTED
        },
        {
            name: tuple(
                compile_condition(compare, ruleset.scope) for compare in compares if compare.fact.key == name
            )
            for name in _only_quoted(units)
            if name not in COMPUTED and name not in timers and name not in also
        },
        _copied(units),
    )


def _only_quoted(units: Iterable[CheckedBlock]) -> set[str]:
    """Facts whose values are told in texts, and lead to nothing else."""
    in_texts: set[str] = set()
    otherwise: set[str] = set()
    for unit in units:
        sent = [step for step in unit.steps if isinstance(step, Advise | VerbStep)]
        kept = [step for step in unit.steps if not isinstance(step, Advise | VerbStep)]
        in_texts |= {name.key for text in open_texts(sent) for name in quoted_facts(text)}
        otherwise |= {name.key for text in open_texts(kept) for name in quoted_facts(text)}
        otherwise.update(_told_beside_texts(unit))
    return in_texts - otherwise


def _copied(units: Iterable[CheckedBlock]) -> dict[str, tuple[str, ...]]:
    copied: dict[str, tuple[str, ...]] = {}
    for unit in units:
        for step in unit.steps:
            match step:
                case Remember(name=name, value=Literal(kind=Kind.TEXT) as text) if "{" in text.raw:
                    parts = split_template(str(text.value))
                    if len(parts) == 1 and isinstance(part := parts[0], Name):
                        copied[name.key] = (*copied.get(name.key, ()), part.key)
    return copied


def facts_in(unit: CheckedBlock) -> Iterator[str]:
    """Facts that a block asks for or quotes, what an event must carry to set it off aside."""
    for condition in unit.conditions:
        for atom in atoms(condition):
            if isinstance(atom, Compare):
                yield atom.fact.key
    yield from _told(unit)


def _told(unit: CheckedBlock) -> Iterator[str]:
    """Facts of which a block looks at the very value: those that it quotes or sends, or looks up in a table."""
    for text in open_texts(unit.steps):
        yield from (name.key for name in quoted_facts(text))
    yield from _told_beside_texts(unit)


def _told_beside_texts(unit: CheckedBlock) -> Iterator[str]:
    for step in unit.steps:
        if isinstance(step, VerbStep):
            yield from (name.key for argument in step.arguments for name in _named(argument))
    if (zone := zone_fact(unit.item)) is not None:
        yield zone.key
    match unit.item:
        case DestinationMap(by=fact):
            yield fact.key
        case DefaultDisposition(event=Name() as event):
            yield event.key


def _named(argument: Argument) -> Iterator[Name]:
    match argument.value:
        case Name() as name:
            yield name
        case CallbackTime(kind=CallbackKind.AT_FACT, name=Name() as name):
            yield name
