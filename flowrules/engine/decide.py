"""Event, call and rule set to a decision: which rules answer, nothing else. Equal inputs, equal answer."""

from collections.abc import Mapping
from datetime import datetime

from flowrules.compiler.bucket import Entry
from flowrules.compiler.conditions import Facts
from flowrules.compiler.index import Index
from flowrules.compiler.moment import Moment
from flowrules.compiler.ruleset import CompiledRule, RuleSet
from flowrules.engine.decision import Decision, Outcome, Part, Trace, Verdict
from flowrules.engine.event import Event
from flowrules.engine.hear import admitted
from flowrules.engine.limits import held_back
from flowrules.engine.state import CallState
from flowrules.language.values import Value

Considered = list[tuple[CompiledRule, Verdict]]
_NO_NOTES: tuple[str, ...] = ()
_NONE: tuple[Part, ...] = ()
FIRED, OTHERWISE = Outcome.FIRED, Outcome.OTHERWISE
OUTCOMES = {Verdict.FIRED: FIRED, Verdict.OTHERWISE: OTHERWISE}
NEVER = 1 << 62
"""Behind every rule."""

_new = tuple.__new__
"""Makes a named tuple in half the time that its own constructor takes."""


def decide(
    ruleset: RuleSet, event: Event, state: CallState, now: datetime, *, trace: bool = False
) -> Decision:
    """Which rules answer an event.

    `state` is the call after `hear` took this event in. An urgent rule that matches has the event to itself;
    else every `also` rule that matches runs, and the first plain one owns the event. With `trace` the decision
    also keeps what it looked at, for `engine/trace.py` to put in words.
    """
    carried = event.keys
    notes = _NO_NOTES
    if ruleset.fences:
        carried, notes = admitted(ruleset, event)
    facts = state.facts
    if event.passing:
        facts = {**facts, **carried}
    moment = (now, state)
    considered: Considered | None = [] if trace else None
    owner: CompiledRule | None = None
    outcome = FIRED
    # Every event of every call comes through here: nothing is called that can be written out.
    for index in ruleset.owning:
        groups: list[tuple[Entry, ...]] = []
        keys = index.keys
        for key in carried:
            values = keys.get(key)
            if values is not None:
                value = carried[key]
                bucket = values.texts.get(value)
                if bucket is not None and values.plain:
                    groups.append(bucket)  # type: ignore[arg-type]  # a plain index has no split buckets
                else:
                    values.gather(value, facts, groups)
        if index.more:
            index.gather_rest(event.reported, event.timer, facts, groups)
        best = NEVER
        for entries in groups:
            for entry in entries:
                order = entry.order
                if order >= best:
                    break
                if entry.trigger is not None and not entry.trigger(carried, moment):
                    continue
                if entry.gated and (held := held_back(entry.rule, state, now)) is not None:
                    if considered is not None:
                        considered.append((entry.rule, held))
                    continue
                guard = entry.guard
                answer = True if guard is None else guard(facts, moment)
                if considered is not None:
                    considered.append((entry.rule, _verdict(answer, entry.lapses)))
                if answer:
                    best, owner, outcome = order, entry.rule, FIRED
                    break
                if entry.lapses:
                    best, owner, outcome = order, entry.rule, OTHERWISE
                    break
        if owner is not None:
            break
    also = _NONE
    if ruleset.also is not None and (owner is None or index is not ruleset.urgent):
        also = _every(ruleset.also, event, carried, facts, moment, state, considered)
    kept = Trace(ruleset, state, tuple(considered)) if considered is not None else None
    return _new(Decision, (ruleset.revision, event, moment, facts, owner, outcome, also, notes, kept))


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
    verdicts: dict[int, tuple[CompiledRule, Verdict]] = {}
    for entries in index.candidates(carried, event.reported, event.timer, facts):
        for entry in entries:
            if entry.order not in verdicts and (entry.trigger is None or entry.trigger(carried, moment)):
                verdict = held_back(entry.rule, state, moment[0]) if entry.gated else None
                if verdict is None:
                    answer = True if entry.guard is None else entry.guard(facts, moment)
                    verdict = _verdict(answer, entry.lapses)
                verdicts[entry.order] = entry.rule, verdict
    if considered is not None:
        considered.extend(verdicts.values())
    in_order = [verdicts[order] for order in sorted(verdicts)]
    return tuple((rule, OUTCOMES[verdict]) for rule, verdict in in_order if verdict in OUTCOMES)


def _verdict(answer: bool | None, lapses: bool) -> Verdict:
    """What a guard's answer means for a rule; `lapses`: it has an `otherwise`."""
    if answer:
        return Verdict.FIRED
    if lapses:
        return Verdict.OTHERWISE
    return Verdict.GUARD_UNKNOWN if answer is None else Verdict.GUARD_NO
