"""Taking an event in: what a call knows, and counts, once it has happened."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from flowrules.analysis.model.builtin import EVENTS, HEARING
from flowrules.compiler.indexing.index import Index
from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.triggers import CONTENT
from flowrules.engine.event import CALLER_KEYS, MOMENTARY, Event, Source
from flowrules.engine.half_answers import with_other_halves
from flowrules.engine.state import (
    MAX_VALUES,
    VALUE,
    CallState,
    Count,
    break_silence,
    value_counter,
    with_facts,
)
from flowrules.engine.utterance import with_utterance
from flowrules.language.nodes import On
from flowrules.language.values import Value


def apply_event(ruleset: RuleSet, state: CallState, event: Event, now: datetime) -> CallState:
    """The call after an event and before the decision on it.

    What the event carries becomes known, `said`, `hearing` and bare events excepted, which last for the event
    only. It belongs to a turn (`engine/turns.py`). A timer's event marks the timer as fired.
    """
    if event.is_nothing:
        return state
    carried = event.keys
    if ruleset.fact_sources:
        carried, _ = allowed_facts(ruleset, event)
    turn, turns = event.turn, None
    if turn is None:
        if not CALLER_KEYS.isdisjoint(event.keys):
            state = break_silence(state, now)
        if event.reported:
            turns, turn = state.turns.take(event, now)
    kept = carried
    if event.passing:
        kept = {key: value for key, value in carried.items() if key not in event.passing}
    if kept:
        sources = _HOST
        if event.source is not Source.HOST or event.sources:
            sources = {key: source for key in kept if (source := event.source_of(key)) is not Source.HOST}
        if not state.facts.keys().isdisjoint(kept):
            kept, joined = with_other_halves(ruleset, state, event, kept)
            sources = {**sources, **joined}
        state = with_facts(state, kept, now, sources, turn, turns)
    elif turn is not None:
        state = state._replace(place=turn.place, turn=turn.number, turns=turns or state.turns)
    if event.passing and not MOMENTARY.isdisjoint(event.passing):
        state = with_utterance(state, event, now)
    if event.timer:
        state = state._replace(timers_fired=state.timers_fired | {event.timer})
    if ruleset.counting is not None:
        state = _counted(ruleset.counting, state, event, carried, now)
    return state


_HOST: Mapping[str, Source] = {}
"""The sources of facts that the host said."""


def allowed_facts(ruleset: RuleSet, event: Event) -> tuple[Mapping[str, Value], tuple[str, ...]]:
    """What an event carries, without facts that its source is too weak to say; a sentence on each of those."""
    fact_sources = ruleset.fact_sources
    if not fact_sources or fact_sources.keys().isdisjoint(event.keys):
        return event.keys, ()
    refused = {}
    for key in event.keys:
        fact = fact_sources.get(key)
        if fact is not None and event.is_refused(key, fact):
            source = event.source if key in CALLER_KEYS else event.source_of(key)
            refused[key] = (
                f"{key} was not taken from the {source.name.lower()}: only the {fact.source} may say it"
            )
    return {key: event.keys[key] for key in event.keys if key not in refused}, tuple(refused.values())


def happened(ruleset: RuleSet, event: Event) -> bool:
    """Whether something was reported that `on anything` takes. A bare event that is given `no`, and an empty list,
    have not. What is being said is for the rules that name it: a net is for the whole sentence."""
    if not event.reported or not event.keys:
        return False
    bare = _bare_events(ruleset)
    return any(
        event.tells(name) or (value != () and name not in bare)
        for name, value in event.keys.items()
        if name != HEARING
    )


@lru_cache(maxsize=4)
def _bare_events(ruleset: RuleSet) -> frozenset[str]:
    """Names of events, not of facts: those that are declared, known, or waited for without a value. What the caller
    says is never one: "No" is an answer."""
    waited_for = {
        test.name.key
        for rule in ruleset.rules
        if isinstance(trigger := rule.rule.trigger, On)
        for test in trigger.tests
        if test.test is None
    }
    names = frozenset(waited_for | EVENTS | ruleset.checked.events.keys())
    return names - CONTENT - ruleset.checked.facts.keys()


def _counted(
    counting: Index, state: CallState, event: Event, carried: Mapping[str, Value], now: datetime
) -> CallState:
    """Counters of the rules whose trigger this event meets: one up for each turn, however many of its events
    meet it."""
    moment = (now, state)
    met: dict[str, Count] = {}
    for entries in counting.candidates(carried, event.reported, event.timer, state.facts):
        for _, _, _, more, rule in entries:
            if more is None or more.trigger is None or more.trigger(carried, moment):
                trigger = rule.rule.trigger
                if isinstance(trigger, On) and trigger.same:
                    met |= _values_counted(rule.id, trigger, state, carried)
                else:
                    met[rule.id] = _one_more(state.counts.get(rule.id), state.place)
    if not met:
        return state
    counts = {**state.counts, **met}
    if any(VALUE in key for key in met):
        _forget_oldest(counts, met)
    return state._replace(counts=counts)


def _forget_oldest(counts: dict[str, Count], met: Mapping[str, Count]) -> None:
    """Of the values that a rule counts, keep so many."""
    for rule in {key.partition(VALUE)[0] for key in met if VALUE in key}:
        values = [key for key in counts if key.startswith(f"{rule}{VALUE}")]
        values.sort(key=lambda key: counts[key].turn, reverse=True)
        for key in values[MAX_VALUES:]:
            del counts[key]


def _values_counted(
    rule: str, trigger: On, state: CallState, carried: Mapping[str, Value]
) -> dict[str, Count]:
    """The counters of the values that an event carries, and for the rule the one that is furthest."""
    value = carried[trigger.tests[0].name.key]
    keys = {value_counter(rule, one) for one in (value if isinstance(value, tuple) else (value,))}
    met = {key: _one_more(state.counts.get(key), state.place) for key in keys}
    in_a_row = trigger.times is not None and trigger.times.in_a_row
    furthest = max(met.values(), key=lambda one: (one.turn, one.run if in_a_row else one.total))
    return {**met, rule: furthest}


def _one_more(count: Count | None, place: int) -> Count:
    """A counter that the turn in such a place has met. A late report of an earlier turn that may have been counted
    already leaves it as it is."""
    if count is None:
        return Count(1, 1, place)
    if count.turn >= place:
        return count
    return Count(count.total + 1, count.run + 1 if count.turn == place - 1 else 1, place)
