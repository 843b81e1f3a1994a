"""A decision in words: for every rule one line that says what became of it, and why.

The lines are made of what the decision recorded. A rule that the decision did not look at is
evaluated now, with the same trigger, limits and guard.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from operator import attrgetter
from typing import Any

from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.explain import Explanation, because, explain, read_fact
from flowrules.compiler.guards.conditions import facts_asked
from flowrules.compiler.refs import RuleRef
from flowrules.compiler.triggers import matches
from flowrules.engine.apply_event import allowed_facts, happened
from flowrules.engine.decision import Decision, Outcome, Trace, Verdict
from flowrules.engine.limits import held_back
from flowrules.language.nodes import LimitKind, On, Rank
from flowrules.language.printer import print_trigger
from flowrules.language.values import Value


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule's line. `condition` explains its guard and all parts of it; None if the decision did not reach the
    guard."""

    rule: RuleRef
    verdict: Verdict
    reason: str
    condition: Explanation | None = None


def trace_lines(decision: Decision, *, everything: bool = True) -> tuple[RuleLine, ...]:
    """The lines of a traced decision, in written order; with `everything` False only of rules that the decision
    looked at. Raises ValueError for a decision without a trace."""
    if decision.trace is None:
        raise ValueError("the decision was made without a trace")
    trace = decision.trace
    rules = trace.ruleset.rules if everything else _in_written_order(trace)
    return tuple(
        RuleLine(trace.ruleset.ref(rule), verdict, reason, condition)
        for rule, verdict, reason, condition in _told(decision, trace, rules)
    )


def reasons(decision: Decision) -> list[tuple[str, str, str]]:
    """Id, verdict and reason of every rule that a decision looked at, in written order; empty for a decision without a
    trace. Every live call asks for these, so they are made from what the decision found: no rule is evaluated again."""
    trace = decision.trace
    if trace is None or not trace.considered:
        return []
    looked_at = trace.considered
    if len(looked_at) > 1:
        looked_at = tuple(sorted(looked_at, key=_order))
    owner = decision.taker
    return [
        (
            rule.id,
            str(verdict),
            _reason(rule, verdict, decision, trace, owner, _asked(rule, verdict, decision, trace)),
        )
        for rule, verdict in looked_at
    ]


def otherwise_because(decision: Decision, rule: str) -> str:
    """For which of its conditions the `otherwise` of the rule with this id runs."""
    why = next((why for one, _, why in reasons(decision) if one == rule), "")
    return why.partition(_OTHERWISE)[2]


def _order(looked_at: tuple[CompiledRule, Verdict]) -> int:
    return looked_at[0].order


def _asked(rule: CompiledRule, verdict: Verdict, decision: Decision, trace: Trace) -> Explanation | None:
    """The explanation of a rule's guard and all parts of it; None if the decision did not reach the guard."""
    if rule.guard is None or verdict not in _GUARDED:
        return None
    return explain(
        rule.guard, trace.facts_of(rule, decision), decision.moment, fact_sources=trace.ruleset.fact_sources
    )


_Told = tuple[CompiledRule, Verdict, str, Explanation | None]


def _told(decision: Decision, trace: Trace, rules: Iterable[CompiledRule]) -> Iterator[_Told]:
    outcomes = {
        rule.id: Verdict.FIRED if outcome is Outcome.FIRED else Verdict.OTHERWISE
        for rule, outcome in decision.parts
    }
    looked_at = {rule.id: verdict for rule, verdict in trace.considered}
    owner = decision.taker
    behind = False
    for rule in rules:
        verdict = outcomes.get(rule.id) or _passed_over(rule, decision, trace, owner, behind, looked_at)
        condition = _asked(rule, verdict, decision, trace)
        yield rule, verdict, _reason(rule, verdict, decision, trace, owner, condition), condition
        behind = behind or rule is owner


def _in_written_order(trace: Trace) -> list[CompiledRule]:
    """The rules that the decision looked at, without a walk through all the others."""
    looked_at = {rule.id: rule for rule, _ in trace.considered}
    return sorted(looked_at.values(), key=attrgetter("order"))


def _passed_over(
    rule: CompiledRule,
    decision: Decision,
    trace: Trace,
    owner: CompiledRule | None,
    behind: bool,
    looked_at: dict[str, Verdict],
) -> Verdict:
    """Why a rule does not run. `behind` says that it stands after the owner."""
    if rule.id in decision.set_off_before:
        return Verdict.SAID_BEFORE
    event = decision.event
    carried, _ = allowed_facts(trace.ruleset, event)
    if not matches(
        rule, trace.ruleset.scope, carried, happened(trace.ruleset, event), event.timer, decision.moment
    ):
        return Verdict.NO_MATCH
    if owner is not None:
        same = rule.rank is owner.rank
        if behind if same else owner.rank is Rank.URGENT:
            return Verdict.EARLIER
    verdict = looked_at.get(rule.id) or held_back(rule, trace.state, decision.now)
    if verdict is None:
        facts = trace.facts_of(rule, decision)
        answer = rule.guard.test(facts, decision.moment) if rule.guard else True
        verdict = Verdict.GUARD_UNKNOWN if answer is None else Verdict.GUARD_NO
        assert answer is not True, f"the decision passed over {rule.id}, which takes the event"
    return verdict


_OTHERWISE = " with its otherwise: "
_GUARDED = (Verdict.FIRED, Verdict.OTHERWISE, Verdict.GUARD_NO, Verdict.GUARD_UNKNOWN)
"""A tuple, because a look-up in a set calls the enum member's `__hash__`, which is slower."""


def _reason(
    rule: CompiledRule,
    verdict: Verdict,
    decision: Decision,
    trace: Trace,
    owner: CompiledRule | None,
    condition: Explanation | None,
) -> str:
    why = f" because {because(condition)}{_told_by(rule, trace)}" if condition else ""
    match verdict:
        case Verdict.FIRED:
            took = "ran in addition" if rule.rank is Rank.ALSO else "took the event"
            return f"{took}{why}"
        case Verdict.OTHERWISE:
            answer = "unknown" if condition is not None and condition.answer is None else "not met"
            return f"took the event{_OTHERWISE}{answer}{why}"
        case Verdict.GUARD_NO:
            return f"not met{why}"
        case Verdict.GUARD_UNKNOWN:
            return f"unknown{why}"
        case Verdict.USED_UP | Verdict.COOLING:
            return _limit(rule, verdict, trace)
        case Verdict.SAID_BEFORE:
            return "this sentence has set it off already"
        case Verdict.COUNTING:
            return _counting(rule, trace)
        case Verdict.EARLIER:
            assert owner is not None
            kind = "an urgent" if owner.rank is Rank.URGENT else "an earlier"
            return f"{kind} rule took it: {trace.ruleset.ref(owner).label}"
        case Verdict.NO_MATCH:
            return f"waits for something else: {print_trigger(rule.rule.trigger)}"


def _told_by(rule: CompiledRule, trace: Trace) -> str:
    """Which `also` rules changed what a rule's guard asks for, on this same event."""
    if not trace.told or rule.rank is not Rank.PLAIN or rule.guard is None:
        return ""
    said = []
    for fact in dict.fromkeys(facts_asked(rule.guard)):
        if (told := trace.told.get(fact)) is not None:
            changed = "forgotten" if told.value is None else "remembered"
            said.append(f"{fact} was {changed} just before by {trace.ruleset.ref(told.by).label}")
    return f" ({'; '.join(said)})" if said else ""


def _limit(rule: CompiledRule, verdict: Verdict, trace: Trace) -> str:
    last = trace.state.uses[rule.id].last
    for limit in rule.rule.limits:
        if limit.kind is LimitKind.PER_CALL and verdict is Verdict.USED_UP:
            return "used up: " + ("once" if limit.amount == 1 else f"{limit.amount} times") + " per call"
        if limit.kind is LimitKind.COOLDOWN and verdict is Verdict.COOLING:
            until = (last + timedelta(seconds=limit.amount)).astimezone(trace.ruleset.zone)
            return f"not again until {until:%H:%M:%S}"
    return verdict.value


def _counting(rule: CompiledRule, trace: Trace) -> str:
    trigger = rule.rule.trigger
    assert isinstance(trigger, On)
    assert trigger.times is not None
    count = trace.state.counts.get(rule.id)
    so_far = 0 if count is None else count.run if trigger.times.in_a_row else count.total
    row = " in a row" if trigger.times.in_a_row else ""
    row += f" of this {trigger.tests[0].name.text}" if trigger.same else ""
    return f"counted {so_far}{row} so far, needs {trigger.times.count}"


# --- as JSON ------------------------------------------------------------------------------------------------


def trace_json(decision: Decision, *, everything: bool = True) -> dict[str, Any]:
    """A traced decision for a journal or a screen: what happened, what was read, and every rule's line."""
    lines = trace_lines(decision, everything=everything)
    return {
        "revision": decision.revision,
        "now": decision.now.isoformat(),
        "turn": decision.moment[1].turn,
        "event": dict(decision.event.keys),
        "facts": facts_read(decision),
        "rules": [_line_json(line) for line in lines],
        "notes": list(decision.notes),
    }


def facts_read(decision: Decision) -> dict[str, Value | None]:
    """The facts that guards asked for, with their values then; None: unknown."""
    if decision.trace is None:
        return {}
    moment = decision.moment
    read: dict[str, Value | None] = {}
    for rule, verdict in decision.trace.considered:
        facts = decision.trace.facts_of(rule, decision)
        if (guard := rule.guard) is not None and verdict in _GUARDED:
            for key in facts_asked(guard):
                if key not in read:
                    read[key] = read_fact(key, facts, moment, guard.zone)
    return read


def _line_json(line: RuleLine) -> dict[str, Any]:
    shown = {
        "rule": line.rule.id,
        "label": line.rule.label,
        "file": line.rule.file,
        "line": line.rule.line,
        "verdict": line.verdict.value,
        "reason": line.reason,
    }
    return shown | {"condition": _condition_json(line.condition)} if line.condition else shown


def _condition_json(condition: Explanation) -> dict[str, Any]:
    answer = "unknown" if condition.answer is None else "yes" if condition.answer else "no"
    shown: dict[str, Any] = {"words": condition.words, "answer": answer}
    if condition.seen:
        shown["seen"] = condition.seen
    if condition.parts:
        shown["parts"] = [_condition_json(part) for part in condition.parts]
    return shown
