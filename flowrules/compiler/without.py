"""A rule set without one of its rules or guard rails, or with one that asks for less: what would happen then is how
tests are tested. All that is not concerned is shared."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.compiled_steps import CompiledSteps
from flowrules.compiler.edit import changed_indexes
from flowrules.compiler.rails import CompiledRail, CompiledRails
from flowrules.compiler.rule import timers_of
from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.steps import compile_steps
from flowrules.language.nodes import EventTest, If, On, Step, Trigger
from flowrules.language.operators import BY_OP, Family


def without_rule(ruleset: RuleSet, rule: CompiledRule) -> RuleSet:
    return _changed(ruleset, rule, None)


def with_rule(ruleset: RuleSet, rule: CompiledRule, instead: CompiledRule) -> RuleSet:
    """The rule set with another rule in the place of one."""
    return _changed(ruleset, rule, instead)


def loosened(ruleset: RuleSet, rule: CompiledRule) -> Iterator[CompiledRule]:
    """The rule where it asks for no condition, has no limit, and does not count. Of what its event carries, a name
    (`intent=sales`) must still be that one; a bound or a word need not be met. Then with what its `if` leads to, and
    with its `otherwise`, where it has such."""
    plain = replace(rule.rule, trigger=_loose(rule.rule.trigger), guards=(), limits=())
    loose = rule._replace(rule=plain, guard=None)
    yield loose
    if any(isinstance(step, If) for step in plain.steps):
        for met in (True, False):
            steps = tuple(_taken(plain.steps, met=met))
            yield loose._replace(steps=_compiled(steps, rule, ruleset))
    if rule.otherwise is not None:
        yield loose._replace(steps=rule.otherwise)


def _taken(steps: Iterable[Step], *, met: bool) -> Iterator[Step]:
    """The steps, those of one side of an `if` in its place."""
    for step in steps:
        if isinstance(step, If):
            yield from step.steps if met else step.otherwise
        else:
            yield step


def _compiled(steps: tuple[Step, ...], rule: CompiledRule, ruleset: RuleSet) -> CompiledSteps:
    return compile_steps(steps, ruleset.scope, file=rule.file, rule=rule.rule, agent_type=ruleset.agent_type)


def without_rail(ruleset: RuleSet, rail: CompiledRail) -> RuleSet:
    never = tuple(one for one in ruleset.rails.never if one is not rail)
    before = tuple(one for one in ruleset.rails.before if one is not rail)
    words = frozenset(word for one in (*never, *before) for word in one.words)
    return replace(ruleset, rails=CompiledRails(never, before, words))


def _changed(ruleset: RuleSet, rule: CompiledRule, instead: CompiledRule | None) -> RuleSet:
    rules = tuple(instead if one is rule else one for one in ruleset.rules)
    left = tuple(one for one in rules if one is not None)
    come = () if instead is None else (instead,)
    indexes = changed_indexes(ruleset, left, (rule,), come)
    timers = timers_of(left, ruleset.scope) if timers_of((rule,), ruleset.scope) else ruleset.timers
    return replace(ruleset, rules=left, timers=timers, **indexes._asdict())


def _loose(trigger: Trigger) -> Trigger:
    if not isinstance(trigger, On):
        return trigger
    return On(tuple(map(_loose_test, trigger.tests)), span=trigger.span)


def _loose_test(test: EventTest) -> EventTest:
    named = test.test is None or BY_OP[test.test.op].family is Family.AMONG
    return test if named else EventTest(test.name, None, test.span)
