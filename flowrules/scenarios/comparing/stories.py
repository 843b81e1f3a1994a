"""Situations made from what a rule asks for: its events and facts, how often and when it runs, and what fails."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.times.instants import at_clock
from flowrules.compiler.times.moment import COMPUTED
from flowrules.engine.event import BadEvent, Source, make_event
from flowrules.language.names import fold
from flowrules.language.nodes import (
    AfterCall,
    AfterFact,
    AtTime,
    Condition,
    DestinationMap,
    Kind,
    LimitKind,
    Literal,
    On,
    OnAnything,
    Rank,
    Step,
    VerbStep,
)
from flowrules.language.traverse import failures_of
from flowrules.language.values import Value
from flowrules.scenarios.comparing.rule_contents import (
    conditions_of,
    moments_of,
    number,
    quoted_facts,
    steps_of,
)
from flowrules.scenarios.comparing.samples import compares_of, samples
from flowrules.scenarios.comparing.story import Happens, Move, Passes, Situation, play
from flowrules.scenarios.givens import DEFAULT_DAY
from flowrules.verbs import BY_NAME, Effect
from flowrules.verbs.reasons import REASONS

MAX_SITUATIONS = 200
"""Of one rule, at most, and as many again of what it does over time and where a step fails."""
OTHER = Happens(("something_else",))
"""An event that no rule names."""
_USUAL_REASONS = ("refused", "timeout", "unavailable")


def stories(
    rule: CompiledRule, ruleset: RuleSet, moments: tuple[datetime, ...], *, together: bool = True
) -> Iterator[Situation]:
    """First each of the rule's events once, in all that its conditions ask for; then, from a situation in which the
    rule runs, what it does again, later, and where steps fail; `together`: with each of the other rules, too."""
    moments = tuple(dict.fromkeys((*moments, *moments_of(rule, ruleset))))
    base = list(islice(_situations(rule, ruleset, moments), MAX_SITUATIONS))
    yield from base
    label = ruleset.ref(rule).label
    leads = (
        one for one in base if any(label in played.rules for move in play(ruleset, one) for played in move)
    )
    lead = next(leads, base[0] if base else None)
    if lead is not None:
        yield from islice(_from(lead, rule, ruleset, moments), MAX_SITUATIONS)
        if together:
            yield from islice(_elsewhere(lead, rule, ruleset), MAX_SITUATIONS)


def _situations(rule: CompiledRule, ruleset: RuleSet, moments: tuple[datetime, ...]) -> Iterator[Situation]:
    guard = rule.guard.node if rule.guard else None
    for moves, beginning in _moves(rule, ruleset):
        carried = {name for move in moves if isinstance(move, Happens) for name in move.event}
        for known in _facts(guard, ruleset):
            usable = {
                name: value for name, value in known.items() if name not in carried and name not in COMPUTED
            }
            for now in (beginning,) if beginning is not None else moments:
                yield Situation(moves, {**_began(rule), **usable}, now)


def _moves(rule: CompiledRule, ruleset: RuleSet) -> Iterator[tuple[tuple[Move, ...], datetime | None]]:
    """What sets the rule off, and when the call begins where that matters."""
    trigger = rule.rule.trigger
    match trigger:
        case OnAnything():
            yield (OTHER,), None
        case On(tests):
            for test in tests:
                if test.test is None:
                    yield (Happens((test.name.key,)),), None
                    continue
                for value in samples(test.test, ruleset, meet=True):
                    if value is not None and _is_reportable(test.name.key, value):
                        yield (Happens((), {test.name.key: value}),), None
        case AfterCall(duration) | AfterFact(duration):
            seconds = number(duration)
            yield (Passes(max(seconds - 1, 0)), Passes(2)), None
        case AtTime(time):
            minutes = int(number(time))
            yield (Passes(59), Passes(2)), at_clock(DEFAULT_DAY, minutes, ruleset.zone) - timedelta(minutes=1)


def _began(rule: CompiledRule) -> Mapping[str, Value]:
    """The fact that a timer waits for, as it is from the call's start on."""
    trigger = rule.rule.trigger
    if isinstance(trigger, AfterFact) and trigger.fact.key != "silence":
        return {trigger.fact.key: True}
    return {}


def _is_reportable(name: str, value: Value) -> bool:
    try:
        make_event(facts={name: value})
    except BadEvent:
        return False
    return True


def _facts(guard: Condition | None, ruleset: RuleSet) -> Iterator[Mapping[str, Value]]:
    """Facts that meet every comparison of a guard, then with one missed or unknown at a time, then none."""
    compares = list(compares_of(guard))
    met: dict[str, Value] = {}
    for compare in compares:
        value = next(samples(compare, ruleset, meet=True), None)
        if value is not None:
            met.setdefault(compare.fact.key, value)
    yield met
    for compare in compares:
        others = {name: value for name, value in met.items() if name != compare.fact.key}
        for value in samples(compare, ruleset, meet=False):
            yield {**others, compare.fact.key: value} if value is not None else others
        for value in samples(compare, ruleset, meet=True):
            if value is not None:
                yield {**others, compare.fact.key: value}
        yield others
    if compares:
        yield {}


# --- from one in which the rule runs ------------------------------------------------------------------------


def _from(
    lead: Situation, rule: CompiledRule, ruleset: RuleSet, moments: Iterable[datetime]
) -> Iterator[Situation]:
    steps = list(steps_of(rule.rule, ruleset))
    for move in lead.moves:
        if isinstance(move, Happens) and move.event:
            yield replace(lead, moves=(replace(move, source=Source.MODEL),))
            yield replace(lead, moves=(replace(move, source=Source.CALLER),))
    yield from _again(lead, rule)
    # What ends the call can run again where it was refused.
    ending = {step.verb: "refused" for step in steps if isinstance(step, VerbStep) and _ends(step)}
    if ending:
        yield from _again(replace(lead, fails=ending), rule)
    yield from _later(lead, steps)
    yield from _known(lead, rule, steps, ruleset)
    yield from (replace(lead, now=now) for now in moments)
    yield from _failing(lead, steps)


def _again(lead: Situation, rule: CompiledRule) -> Iterator[Situation]:
    """The same once more, for counters and limits."""
    trigger = rule.rule.trigger
    times = trigger.times if isinstance(trigger, On) else None
    count = max([2, *(limit.amount for limit in rule.rule.limits if limit.kind is LimitKind.PER_CALL)])
    if times is not None:
        count += times.count
        before = lead.moves * (times.count - 1)
        yield replace(lead, moves=(*before, OTHER, *lead.moves * times.count))
    yield replace(lead, moves=lead.moves * (min(count, 20) + 1))
    for limit in rule.rule.limits:
        if limit.kind is LimitKind.COOLDOWN:
            waits = Passes(max(limit.amount - 1, 0)), Passes(2)
            yield replace(lead, moves=(*lead.moves, waits[0], *lead.moves, waits[1], *lead.moves))
            yield replace(lead, moves=(*lead.moves, waits[0], waits[1], *lead.moves))
            yield replace(lead, moves=(*lead.moves, Passes(limit.amount)) * (min(count, 20) + 1))


def _later(lead: Situation, steps: Iterable[Step]) -> Iterator[Situation]:
    """Time passes, up to the end of what was opened for so long, and a little over it."""
    caps = {
        int(number(argument.value))
        for step in steps
        if isinstance(step, VerbStep)
        for argument in step.arguments
        if isinstance(argument.value, Literal) and argument.value.kind is Kind.DURATION
    }
    for seconds in sorted(caps):
        yield replace(lead, moves=(*lead.moves, Passes(max(seconds - 1, 0)), Passes(2)))
    yield replace(lead, moves=(*lead.moves, Passes(3_600)))


def _known(
    lead: Situation, rule: CompiledRule, steps: Iterable[Step], ruleset: RuleSet
) -> Iterator[Situation]:
    """More is known: what texts quote, where a callback, a destination or a party comes from a fact, and what the
    steps and the guard rails ask."""
    quoted: dict[str, Value] = {}
    for step in steps:
        for name, value in quoted_facts(step):
            quoted.setdefault(name, value)
    usable = {
        name: value for name, value in quoted.items() if name not in COMPUTED and name not in lead.event
    }
    filled = replace(lead, known={**usable, **lead.known})
    yield filled
    for condition in conditions_of(rule, ruleset):
        for compare in compares_of(condition):
            if compare.fact.key in COMPUTED or compare.fact.key in lead.event:
                continue
            for meet in (True, False):
                for sample in samples(compare, ruleset, meet=meet):
                    if sample is not None:
                        yield replace(filled, known={**filled.known, compare.fact.key: sample})
    for destination in ruleset.checked.destinations.values():
        if isinstance(destination, DestinationMap):
            for row in destination.rows:
                yield replace(filled, known={**filled.known, destination.by.key: str(row.key.value)})
            yield replace(filled, known={**filled.known, destination.by.key: "somebody_else"})


def _elsewhere(lead: Situation, rule: CompiledRule, ruleset: RuleSet) -> Iterator[Situation]:
    """The same with another rule's event at once, and with another rule's event while it waits."""
    happens = next((move for move in lead.moves if isinstance(move, Happens)), None)
    if happens is None:
        return
    for other in ruleset.rules:
        found = next(_moves(other, ruleset), None)
        move = found[0][0] if found else None
        if other is rule or not isinstance(move, Happens):
            continue
        if move.event.keys().isdisjoint(happens.event) and other.rank is rule.rank:
            both = Happens((*happens.bare, *move.bare), {**move.event, **happens.event})
            yield replace(lead, moves=(both,))
        if Rank.URGENT in (rule.rank, other.rank):
            yield replace(lead, moves=(replace(happens, meanwhile=move),))


def _failing(lead: Situation, steps: Iterable[Step]) -> Iterator[Situation]:
    """Each verb fails, for each reason that is named and some usual ones; then all of them for one reason."""
    verbs: dict[str, None] = {}
    named: dict[str, None] = dict.fromkeys(_USUAL_REASONS)
    for step in steps:
        if isinstance(step, VerbStep):
            verbs[step.verb] = None
        for failure in failures_of(step):
            named.update(dict.fromkeys(fold(reason.text) for reason in failure.reasons))
    reasons = [reason for reason in REASONS if reason in named] + [one for one in REASONS if one not in named]
    for reason in reasons:
        for verb in verbs:
            yield replace(lead, moves=(*lead.moves, Passes(61)), fails={verb: reason})
        if len(verbs) > 1:
            yield replace(lead, moves=lead.moves, fails=dict.fromkeys(verbs, reason))


def _ends(step: VerbStep) -> bool:
    return BY_NAME[step.verb].effect is Effect.ENDING
