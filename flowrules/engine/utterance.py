"""One utterance sets a rule off once: a recogniser reports it again and again while it grows, and once more at its end.

The rule that took an utterance keeps it. It is not run again for it, and no rule behind it takes its place.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.engine.event import MOMENTARY, Event
from flowrules.engine.state import CallState, Utterance
from flowrules.language.nodes import AfterCall, AfterFact, AtTime, On, OnAnything

PAUSE = timedelta(seconds=5)
"""Words after a pause of so long are another utterance, unless the host's turn id says that they go on."""

NONE: frozenset[str] = frozenset()


def with_utterance(state: CallState, event: Event, now: datetime) -> CallState:
    """The call after words were heard: an utterance goes on, or another begins. Their turn is known already."""
    said, final = state.utterance, "said" in event.keys
    if said is None or not _goes_on(said, state.place, event, now):
        return state._replace(utterance=Utterance(state.place, now, final=final))
    return state._replace(utterance=said._replace(place=state.place, last=now, final=said.final or final))


def _goes_on(said: Utterance, place: int, event: Event, now: datetime) -> bool:
    if event.turn_id:
        return said.place == place
    # A key that was pressed meanwhile has begun a turn, but ended no sentence.
    return now - said.last < PAUSE and (said.place == place or not said.final)


def set_off_before(event: Event, state: CallState) -> frozenset[str]:
    """The ids of rules that an event's utterance has set off already. `state` is the call after it was heard."""
    if state.utterance is None or MOMENTARY.isdisjoint(event.passing):
        return NONE
    return state.utterance.set_off


def note_set_off(state: CallState, event: Event, rules: Iterable[CompiledRule]) -> CallState:
    """The call after an event has set off these rules."""
    said = state.utterance
    if said is None or MOMENTARY.isdisjoint(event.passing):
        return state
    ids = frozenset(rule.id for rule in rules if by_words(rule, event))
    return state._replace(utterance=said._replace(set_off=said.set_off | ids)) if ids else state


def by_words(rule: CompiledRule, event: Event) -> bool:
    """Whether it is what the caller said that sets a rule off, not what else the event carries."""
    match rule.rule.trigger:
        case On(tests):
            return any(test.name.key in MOMENTARY for test in tests)
        case OnAnything():
            return event.keys.keys() <= MOMENTARY
        case AfterCall() | AfterFact() | AtTime():
            return False
