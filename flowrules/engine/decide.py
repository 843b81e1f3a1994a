"""Event, call and rule set to a decision: which rules answer, nothing else. Equal inputs, equal answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.guards.guard_codegen import Facts
from flowrules.compiler.indexing.bucket import BESIDES, GUARD, OPERANDS, ORDER, RULE, Entry, Group
from flowrules.compiler.indexing.index import Index
from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.times.moment import Moment
from flowrules.engine.apply_event import allowed_facts, happened
from flowrules.engine.decision import Decision, Outcome, Part, Told, Trace, Verdict
from flowrules.engine.event import Event
from flowrules.engine.foretold import facts_with, foretold
from flowrules.engine.limits import held_back
from flowrules.engine.state import CallState
from flowrules.engine.utterance import NONE, by_words, set_off_before
from flowrules.language.values import Value

Looked = list[tuple[CompiledRule, Verdict]]
_NO_NOTES: tuple[str, ...] = ()
_NO_PARTS: tuple[Part, ...] = ()
_NO_GROUPS: tuple[Group, ...] = ()
_NOTHING_TOLD: Mapping[str, Told] = {}
FIRED, OTHERWISE = Outcome.FIRED, Outcome.OTHERWISE
OUTCOMES = {Verdict.FIRED: FIRED, Verdict.OTHERWISE: OTHERWISE}
LAST = 1 << 62
"""Behind every rule."""


def decide(ruleset: RuleSet, event: Event, state: CallState, now: datetime, trace: bool = False) -> Decision:
    """Which rules answer an event.

    `state` is the call after `hear` took this event in. An urgent rule that matches has the event to itself;
    else every `also` rule that matches runs, and the first plain one owns the event. What the `also` rules remember
    and forget for certain is known to the plain ones. With `trace` the decision also keeps what it looked at, for
    `engine/trace.py` to put in words.
    """
    carried = event.keys
    facts = state.facts
    notes = _NO_NOTES
    if ruleset.fact_sources:
        carried, notes = allowed_facts(ruleset, event)
    if event.passing:
        facts = {**facts, **carried}
    moment = now, state
    found: Entry | None = None
    outcome = FIRED
    index: Index | None = None
    # Every event of every call comes through here: what most events meet is written out, and nothing but guards is
    # called for it.
    for index in ruleset.owning:
        groups: Sequence[Group] = _NO_GROUPS
        keys = index.keys
        for key in carried:
            values = keys.get(key)
            if values is not None:
                value = carried[key]
                bucket = values.plain.get(value)
                if type(bucket) is tuple:
                    groups = (*groups, bucket) if groups else (bucket,)
                else:
                    values.gather(value, facts, groups := [*groups])
        if index.more:
            index.gather_rest(happened(ruleset, event), event.timer, facts, groups := [*groups])
        for entries in groups:
            for entry in entries:
                if found is not None and entry[ORDER] >= found[ORDER]:
                    break
                if entry[BESIDES] is None:
                    guard = entry[GUARD]
                    if guard is None or guard(entry[OPERANDS], facts, moment):
                        found, outcome = entry, FIRED
                        break
                elif (verdict := _verdict(entry, carried, facts, moment, state)) in OUTCOMES:
                    found, outcome = entry, OUTCOMES[verdict]
                    break
        if found is not None:
            break
    also = _NO_PARTS
    beside: Looked = []
    if ruleset.also is not None and (found is None or index is not ruleset.urgent):
        beside = _look(ruleset.also, event, happened(ruleset, event), carried, facts, moment, state)
        also = tuple((rule, OUTCOMES[verdict]) for rule, verdict in beside if verdict in OUTCOMES)
        # The plain rules were asked before, since most events set no `also` rule off that tells them anything.
        if also and ruleset.telling and ruleset.plain is not None and (told := foretold(also, event, state)):
            index, reported, known_then = ruleset.plain, happened(ruleset, event), facts_with(facts, told)
            found, outcome = _taker(index, event, reported, carried, known_then, moment, state)
    before = NONE
    if event.passing and (known := set_off_before(event, state)):
        taking = also if found is None else (*also, (found[RULE], outcome))
        before = frozenset(rule.id for rule, _ in taking if rule.id in known and by_words(rule, event))
        also = tuple(part for part in also if part[0].id not in before)
    decision = Decision()
    decision._revision = ruleset.revision
    decision._event = event
    decision._moment = moment
    decision._facts = facts
    decision._found = found
    decision._outcome = outcome
    decision._also = also
    decision._before = before
    decision._notes = notes
    decision._trace = None
    if trace:
        told = foretold(also, event, state) if also else _NOTHING_TOLD
        owning = facts_with(facts, told) if told else facts
        looked: Looked = []
        last = LAST if found is None else found[ORDER]
        for asked in ruleset.owning:
            looked += _look(
                asked,
                event,
                happened(ruleset, event),
                carried,
                owning if asked is ruleset.plain else facts,
                moment,
                state,
                last if asked is index else LAST,
            )
            if asked is index:
                break
        looked += beside
        if before:
            looked = [
                (rule, Verdict.SAID_BEFORE if rule.id in before else verdict) for rule, verdict in looked
            ]
        decision._trace = Trace(ruleset, state, tuple(looked), owning, told)
    return decision


def _taker(
    index: Index,
    event: Event,
    reported: bool,
    carried: Mapping[str, Value],
    facts: Facts,
    moment: Moment,
    state: CallState,
) -> tuple[Entry | None, Outcome]:
    """The first rule that takes the event, if any does, and which of its sequences runs."""
    found: Entry | None = None
    outcome = FIRED
    for entries in index.candidates(carried, reported, event.timer, facts):
        for entry in entries:
            if found is not None and entry[ORDER] >= found[ORDER]:
                break
            verdict = _verdict(entry, carried, facts, moment, state)
            if verdict is not None and verdict in OUTCOMES:
                found, outcome = entry, OUTCOMES[verdict]
                break
    return found, outcome


def _look(
    index: Index,
    event: Event,
    reported: bool,
    carried: Mapping[str, Value],
    facts: Facts,
    moment: Moment,
    state: CallState,
    last: int = LAST,
) -> Looked:
    """All rules that take the event, up to the place `last`, and what becomes of each, in written order."""
    verdicts: dict[int, tuple[CompiledRule, Verdict]] = {}
    for entries in index.candidates(carried, reported, event.timer, facts):
        for entry in entries:
            if (order := entry[ORDER]) > last:
                break
            if (
                order not in verdicts
                and (verdict := _verdict(entry, carried, facts, moment, state)) is not None
            ):
                verdicts[order] = entry[RULE], verdict
    return [verdicts[order] for order in sorted(verdicts)]


def _verdict(
    entry: Entry, carried: Mapping[str, Value], facts: Facts, moment: Moment, state: CallState
) -> Verdict | None:
    """What becomes of a rule that an event may concern; None where its trigger is not met."""
    _, guard, operands, besides, rule = entry
    if besides is not None:
        if besides.trigger is not None and not besides.trigger(carried, moment):
            return None
        if besides.gated and (held := held_back(rule, state, moment[0])) is not None:
            return held
    answer = guard is None or guard(operands, facts, moment)
    if answer:
        return Verdict.FIRED
    if besides is not None and besides.lapses:
        return Verdict.OTHERWISE
    return Verdict.GUARD_UNKNOWN if answer is None else Verdict.GUARD_NO
