"""Event, call and rule set to a decision: which rules answer, nothing else. Equal inputs, equal answer."""

from collections.abc import Mapping
from datetime import datetime

from flowrules.compiler.conditions import Facts
from flowrules.compiler.index import Index
from flowrules.compiler.moment import Moment
from flowrules.compiler.ruleset import CompiledRule, RuleSet
from flowrules.engine.decision import Decision, Outcome, Trace, Verdict
from flowrules.engine.event import Event
from flowrules.engine.hear import admitted
from flowrules.engine.limits import held_back
from flowrules.engine.state import CallState
from flowrules.language.values import Value

Considered = list[tuple[CompiledRule, Verdict]]
Part = tuple[CompiledRule, Outcome]

FIRED, OTHERWISE = Outcome.FIRED, Outcome.OTHERWISE
NEVER = 1 << 62
"""Behind every rule."""


def decide(
    ruleset: RuleSet, event: Event, state: CallState, now: datetime, *, trace: bool = False
) -> Decision:
    """Which rules answer an event.

    `state` is the call after `hear` took this event in. An urgent rule that matches has the event to itself;
    else every `also` rule that matches runs, and the first plain one owns the event. With `trace` the decision
    also keeps what it looked at, for `engine/trace.py` to put in words.
    """
    carried, notes = admitted(ruleset, event)
    facts = known(state, event, carried)
    moment = Moment(now, state.started_at, state.turn)
    considered: Considered | None = [] if trace else None
    urgent, also, plain = ruleset.ranks
    parts: tuple[Part, ...] = ()
    owner = None
    if urgent is not None:
        owner = _first(urgent, event, carried, facts, moment, state, considered)
    if owner is None:
        if also is not None:
            parts = _every(also, event, carried, facts, moment, state, considered)
        if plain is not None:
            owner = _first(plain, event, carried, facts, moment, state, considered)
    if owner is not None:
        parts = (*parts, owner) if parts else (owner,)
    kept = None if considered is None else Trace(ruleset, state, tuple(considered))
    return Decision(ruleset.revision, event, moment, facts, parts, notes, kept)


def known(state: CallState, event: Event, carried: Mapping[str, Value]) -> Facts:
    """Every fact while this event is looked at: the call's, and what lasts for this event only."""
    if event.bare or "said" in carried or "hearing" in carried:
        return {**state.facts, **carried}
    return state.facts


def _first(
    index: Index,
    event: Event,
    carried: Mapping[str, Value],
    facts: Facts,
    moment: Moment,
    state: CallState,
    considered: Considered | None,
) -> Part | None:
    """The first rule in written order that takes the event."""
    best, found, outcome = NEVER, None, FIRED
    for entries in index.candidates(carried, event.reported, event.timer, facts, moment):
        for order, trigger, gated, guard, lapses, rule in entries:
            if order >= best:
                break
            if trigger is not None and not trigger(carried, moment):
                continue
            if gated and (held := held_back(rule, state, moment.now)) is not None:
                if considered is not None:
                    considered.append((rule, held))
                continue
            answer = True if guard is None else guard(facts, moment)
            if considered is not None:
                considered.append((rule, _verdict(answer, lapses)))
            if answer:
                best, found, outcome = order, rule, FIRED
                break
            if lapses:
                best, found, outcome = order, rule, OTHERWISE
                break
    return None if found is None else (found, outcome)


def _every(
    index: Index,
    event: Event,
    carried: Mapping[str, Value],
    facts: Facts,
    moment: Moment,
    state: CallState,
    considered: Considered | None,
) -> tuple[Part, ...]:
    """All rules that take the event, in written order."""
    found: dict[int, Part] = {}
    for entries in index.candidates(carried, event.reported, event.timer, facts, moment):
        for order, trigger, gated, guard, lapses, rule in entries:
            if order in found or (trigger is not None and not trigger(carried, moment)):
                continue
            if gated and (held := held_back(rule, state, moment.now)) is not None:
                if considered is not None:
                    considered.append((rule, held))
                continue
            answer = True if guard is None else guard(facts, moment)
            if considered is not None:
                considered.append((rule, _verdict(answer, lapses)))
            if answer:
                found[order] = (rule, FIRED)
            elif lapses:
                found[order] = (rule, OTHERWISE)
    return tuple(found[order] for order in sorted(found))


def _verdict(answer: bool | None, lapses: bool) -> Verdict:
    if answer:
        return Verdict.FIRED
    if lapses:
        return Verdict.OTHERWISE
    return Verdict.GUARD_UNKNOWN if answer is None else Verdict.GUARD_NO
