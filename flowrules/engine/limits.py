"""Whether a rule may run again in this call, and whether its counter has come far enough."""

from datetime import datetime, timedelta

from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.engine.decision import Verdict
from flowrules.engine.state import CallState
from flowrules.language.nodes import LimitKind, On


def held_back(rule: CompiledRule, state: CallState, now: datetime) -> Verdict | None:
    """Why a rule whose event matched is as if absent: still counting, used up, or cooling down; else None."""
    syntax = rule.rule
    if isinstance(syntax.trigger, On) and (times := syntax.trigger.times) is not None:
        count = state.counts.get(rule.id)
        if count is None or count.turn != state.place:
            return Verdict.COUNTING
        if (count.run if times.in_a_row else count.total) < times.count:
            return Verdict.COUNTING
    use = state.uses.get(rule.id)
    if use is not None:
        for limit in syntax.limits:
            if limit.kind is LimitKind.PER_CALL:
                if use.times >= limit.amount:
                    return Verdict.USED_UP
            elif now < use.last + timedelta(seconds=limit.amount):
                return Verdict.COOLING
    return None
