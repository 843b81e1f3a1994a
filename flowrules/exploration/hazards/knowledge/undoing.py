"""Steps that undo something, such as `monitor_stop`, and what rules ask before they send one."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.compiled_steps import CompiledDo, CompiledIf, CompiledStep, CompiledVerb
from flowrules.compiler.guards.conditions import CompiledCondition, facts_asked
from flowrules.compiler.guards.guard_codegen import Facts
from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.times.moment import Moment
from flowrules.exploration.hazards.asked import every
from flowrules.verbs import BY_NAME, Effect

_UNDOING = frozenset(
    spec.closed_by
    for spec in BY_NAME.values()
    if spec.closed_by and BY_NAME[spec.closed_by].effect is Effect.LIVE
)


class Asks(NamedTuple):
    """A rule that sends a verb only where a condition says yes."""

    rule: CompiledRule
    condition: CompiledCondition
    facts: frozenset[str]

    def lets_pass(self, facts: Facts, moment: Moment) -> bool:
        return self.condition.test(facts, moment) is True


def undoes(verb: str) -> bool:
    """Whether a verb ends what another one has begun."""
    return verb in _UNDOING


def asks_before_undoing(ruleset: RuleSet) -> dict[str, list[Asks]]:
    """By the verb that undoes something: who asks for what before it is sent."""
    found: dict[str, list[Asks]] = {}
    for rule in ruleset.rules:
        for condition, steps in _conditional(rule):
            facts = frozenset(facts_asked(condition))
            for step in every(steps):
                if isinstance(step, CompiledVerb) and undoes(step.verb):
                    found.setdefault(step.verb, []).append(Asks(rule, condition, facts))
    return found


def _conditional(rule: CompiledRule) -> Iterator[tuple[CompiledCondition, Sequence[CompiledStep]]]:
    if rule.guard is not None:
        yield rule.guard, rule.steps.steps
    for one in (rule.steps, rule.otherwise):
        if one is not None:
            for step in _ifs(one.steps):
                yield step.condition, step.steps


def _ifs(steps: Sequence[CompiledStep]) -> Iterator[CompiledIf]:
    for step in steps:
        if isinstance(step, CompiledIf):
            yield step
            yield from _ifs((*step.steps, *step.otherwise))
        elif isinstance(step, CompiledDo):
            yield from _ifs(step.steps.steps)
