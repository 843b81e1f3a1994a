"""Which events and facts matter to a rule set: each trigger with a value that fits and one beside it, alone and with
what the rule's guards ask; two in one turn; what nobody asks for; the same from those who may not say it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from flowrules.analysis.model.builtin import COMPUTED, FAILURE_FACTS, SPOKEN_FACTS
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import BadEvent, Event, Source, make_event
from flowrules.engine.preview import PLATFORM_FACTS
from flowrules.engine.raised import RAISED
from flowrules.exploration.hazards.questions import USABLE_TIME, wanted
from flowrules.exploration.playing.asked import Asked
from flowrules.exploration.playing.moves import Happens, Learns
from flowrules.exploration.playing.zones import zones_of_calls
from flowrules.language.nodes import CallbackKind, CallbackTime, EventTest, FactType, Name, On, Rank, VerbStep
from flowrules.language.operators import BY_OP, Family
from flowrules.language.traverse import all_steps, event_tests
from flowrules.language.values import Value
from flowrules.scenarios.comparing.samples import compares_of, samples
from flowrules.verbs import BY_NAME

OTHER = make_event("something_else")
"""An event that no rule names."""
MOST_BESIDE = 3
"""So many plain rules are played together with each urgent or `also` rule."""
WORDS = "wait a moment please"
"""What a caller says into a goodbye."""
_UNUSABLE_TIME = "whenever it suits"


@dataclass(frozen=True, slots=True)
class Events:
    """`ordinary`: what may happen while nothing is under way; `urgent`: of these, what an urgent rule waits for;
    `spoken`: what the caller says or presses."""

    ordinary: tuple[Happens, ...]
    urgent: tuple[Happens, ...]
    spoken: tuple[Happens, ...]


def events_of(ruleset: RuleSet, asked: Asked, first: Collection[str] = ()) -> Events:
    """In written order, those of the rules `first` (ids) before others."""
    found: dict[object, Happens] = {}
    urgent: dict[object, Happens] = {}
    for rule in sorted(ruleset.rules, key=lambda rule: rule.id not in first):
        for happens in _of_rule(rule, ruleset, asked):
            found.setdefault(_identity(happens), happens)
            if rule.rank is Rank.URGENT:
                urgent.setdefault(_identity(happens), happens)
    for happens in (*_promised(ruleset), *_answers(ruleset), *_pairs(ruleset), Happens(OTHER)):
        found.setdefault(_identity(happens), happens)
    spoken = [
        one for one in found.values() if not SPOKEN_FACTS.isdisjoint(one.event.keys) and not one.speaking
    ]
    said = Happens(make_event(facts={"said": WORDS}, source=Source.CALLER))
    return Events(tuple(found.values()), tuple(urgent.values()), (said, *spoken))


def facts_of(ruleset: RuleSet, asked: Asked) -> tuple[Learns, ...]:
    """Facts that the host may supply without an event, each by itself: those that conditions ask for, those that steps
    need. What only rules remember, only they say; what the platform tells, it tells when the call comes up."""
    found: dict[tuple[str, Value], Learns] = {}
    for name, value in _values(ruleset, asked):
        if _is_hosts(name, ruleset, asked):
            found.setdefault((name, value), Learns({name: value}))
    return tuple(found.values())


def _values(ruleset: RuleSet, asked: Asked) -> Iterator[tuple[str, Value]]:
    """What is asked of a copy is asked of what it is made of, too."""
    for name, value in _own_values(ruleset, asked):
        yield name, value
        for source in asked.sources(name):
            yield source, value


def _own_values(ruleset: RuleSet, asked: Asked) -> Iterator[tuple[str, Value]]:
    compared = set()
    for compare in asked.compares:
        compared.add(compare.fact.key)
        for meet in (True, False):
            for value in samples(compare, ruleset, meet=meet):
                if value is not None:
                    yield compare.fact.key, value
    for name in _times(ruleset):
        yield from ((name, USABLE_TIME), (name, _UNUSABLE_TIME))
    yield from zones_of_calls(ruleset)
    for destination in ruleset.checked.destinations.values():
        by = getattr(destination, "by", None)
        if by is not None:
            yield from ((by.key, str(row.key.value)) for row in destination.rows)  # type: ignore[union-attr]
            yield by.key, "somebody_else"
    for spec in ruleset.timers:
        if spec.fact is not None:
            yield from ((spec.fact, True), (spec.fact, False))
    for name in asked.facts:
        if name not in compared:
            yield name, f"some {name}"


def _is_hosts(name: str, ruleset: RuleSet, asked: Asked) -> bool:
    """Whether the host supplies a fact."""
    if name in COMPUTED or name in SPOKEN_FACTS or name in FAILURE_FACTS or name in ("silence", "intent"):
        return False
    if name.startswith(PLATFORM_FACTS):
        return False
    return name not in asked.remembered or name in ruleset.checked.facts


# --- of one rule --------------------------------------------------------------------------------------------


def _of_rule(rule: CompiledRule, ruleset: RuleSet, asked: Asked) -> Iterator[Happens]:
    trigger = rule.rule.trigger
    if not isinstance(trigger, On):
        return
    for test in trigger.tests:
        if test.name.key in RAISED or test.name.key in FAILURE_FACTS:
            continue
        for value in _met(test, ruleset):
            first = _happens(test, {}, value)
            if first is None:
                continue
            yield first
            for facts in _with(rule, ruleset, asked):
                if (more := _happens(test, facts, value)) is not None:
                    yield more
            yield from _from_others(first, ruleset)
            if _hangs_up(rule):
                yield first._replace(speaking=True)
        for value in _missed(test, ruleset):
            if (beside := _happens(test, {}, value)) is not None:
                yield beside


def _met(test: EventTest, ruleset: RuleSet) -> Iterator[Value]:
    if test.test is None:
        fact = ruleset.checked.facts.get(test.name.key)
        if test.name.key in SPOKEN_FACTS:
            yield {"dtmf": "1", "keys": "1234"}.get(test.name.key, WORDS)
        elif fact is None or fact.type is FactType.YESNO:
            yield True
        elif fact.values:
            yield from (str(one.value) for one in fact.values)
        else:
            yield 1 if fact.type in (FactType.NUMBER, FactType.DURATION) else f"some {test.name.key}"
    else:
        yield from (value for value in samples(test.test, ruleset, meet=True) if value is not None)


def _missed(test: EventTest, ruleset: RuleSet) -> Iterator[Value]:
    if test.test is None:
        yield False
    else:
        yield from (value for value in samples(test.test, ruleset, meet=False) if value is not None)


def _happens(test: EventTest, facts: Mapping[str, Value], value: Value) -> Happens | None:
    """None for what no host may report."""
    key = test.name.key
    try:
        if value is True and test.test is None:
            return Happens(make_event(key, facts=facts))
        event = make_event(facts={**facts, key: value})
    except BadEvent:
        return None
    if key == "hearing" and isinstance(value, str):
        grown = f"{value} {WORDS}"
        rest = ({"hearing": grown}, {"said": grown}, {"said": grown})
        return Happens(event, tuple(make_event(facts={**facts, **one}) for one in rest))
    return Happens(event, (event,)) if key == "said" else Happens(event)


def _with(rule: CompiledRule, ruleset: RuleSet, asked: Asked) -> Iterator[Mapping[str, Value]]:
    """What a host may report together with a rule's event: facts that meet all of its guards, then with one that misses
    its question; and what its steps need."""
    met: dict[str, Value] = {}
    compares = compares_of(rule.guard.node if rule.guard else None)
    usable = [one for one in compares if _is_hosts(one.fact.key, ruleset, asked)]
    for compare in usable:
        value = next(samples(compare, ruleset, meet=True), None)
        if value is not None:
            met.setdefault(compare.fact.key, value)
    times = (name for time in _times_in(rule) for name in (time, *asked.sources(time)))
    needed = {name: USABLE_TIME for name in times if _is_hosts(name, ruleset, asked)}
    if met or needed:
        yield {**met, **needed}
    for compare in usable:
        if compare.fact.key in asked.present and BY_OP[compare.op].family is Family.ORDER:
            yield {**met, **needed, compare.fact.key: f"some {compare.fact.text}"}  # No number, no time.
    for compare in usable:
        for meet in (True, False):
            for value in samples(compare, ruleset, meet=meet):
                if value is not None and met.get(compare.fact.key) != value:
                    yield {**met, **needed, compare.fact.key: value}
    for name in needed:
        yield {**met, **needed, name: _UNUSABLE_TIME}


def _from_others(happens: Happens, ruleset: RuleSet) -> Iterator[Happens]:
    """The same from the model and from the caller, where the rules ask who says it."""
    if ruleset.fact_sources.keys().isdisjoint(happens.event.keys):
        return
    for source in (Source.MODEL, Source.CALLER):
        yield happens._replace(event=happens.event._replace(source=source, sources=None))


def _hangs_up(rule: CompiledRule) -> bool:
    """Whether a rule hangs up once the bot has finished speaking."""
    return any(
        isinstance(step, VerbStep)
        and BY_NAME[step.verb].hangs_up
        and not any(argument.name == "now" for argument in step.arguments)
        for step in all_steps((*rule.rule.steps, *(rule.rule.otherwise or ())))
    )


def _times(ruleset: RuleSet) -> Iterator[str]:
    for rule in ruleset.rules:
        yield from _times_in(rule)


def _times_in(rule: CompiledRule) -> Iterator[str]:
    """Facts that a callback's time comes from."""
    for step in all_steps((*rule.rule.steps, *(rule.rule.otherwise or ()))):
        if isinstance(step, VerbStep):
            for argument in step.arguments:
                match argument.value:
                    case CallbackTime(kind=CallbackKind.AT_FACT, name=Name() as name):
                        yield name.key


def _promised(ruleset: RuleSet) -> Iterator[Happens]:
    """What promises speak of, whether a rule waits for it or not."""
    for block in ruleset.checked.promises:
        for test in event_tests(block.item) if block.item is not None else ():
            if test.name.key not in RAISED and test.name.key not in FAILURE_FACTS:
                made = (_happens(test, {}, value) for value in _met(test, ruleset))
                yield from (one for one in made if one is not None)


def _answers(ruleset: RuleSet) -> Iterator[Happens]:
    """What rules may have asked the caller for, by itself: the answer without the wish for which it was asked."""
    for fact, one in wanted(ruleset).items():
        for value in one.answers:
            yield Happens(make_event(facts={fact: value}))


# --- of several ---------------------------------------------------------------------------------------------


def _pairs(ruleset: RuleSet) -> Iterator[Happens]:
    """The events of two rules in one turn: of neighbours, and of each urgent or `also` rule with plain ones."""
    firsts = [
        (rule.rank, happens)
        for rule in ruleset.rules
        if (happens := _first(rule, ruleset)) is not None and not happens.rest
    ]
    plain = [happens for rank, happens in firsts if rank is Rank.PLAIN][:MOST_BESIDE]
    beside = [(happens, other) for rank, happens in firsts if rank is not Rank.PLAIN for other in plain]
    for one, other in (*pairwise(happens for _, happens in firsts), *beside):
        both = _together(one.event, other.event)
        if both is not None:
            yield Happens(both)


def _first(rule: CompiledRule, ruleset: RuleSet) -> Happens | None:
    trigger = rule.rule.trigger
    if not isinstance(trigger, On):
        return None
    found = (_happens(test, {}, value) for test in trigger.tests for value in _met(test, ruleset))
    return next((one for one in found if one is not None and RAISED.isdisjoint(one.event.keys)), None)


def _together(one: Event, other: Event) -> Event | None:
    """Two events as one report; None where they are the same."""
    keys: dict[str, Value] = {**one.keys}
    for name, value in other.keys.items():
        if name in keys and keys[name] != value:
            mine = keys[name]
            if isinstance(mine, tuple) or isinstance(value, tuple) or isinstance(mine, bool):
                return None
            keys[name] = (mine, value)
        else:
            keys[name] = value
    if keys == one.keys:
        return None
    return one._replace(keys=keys, passing=one.passing | other.passing, sources=one.sources or other.sources)


def _identity(happens: Happens) -> object:
    event = happens.event
    keys = tuple(sorted((name, repr(value)) for name, value in event.keys.items()))
    return keys, event.source, bool(event.sources), happens.speaking
