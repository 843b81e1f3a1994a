"""One rule, compiled: a function of its own text, the file it stands in, and what the rule set declares."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from flowrules.compiler.compiled_rule import CompiledRule, TimerSpec
from flowrules.compiler.foretold import foretell
from flowrules.compiler.guards.conditions import compile_guards
from flowrules.compiler.guards.scope import Scope
from flowrules.compiler.steps import compile_steps
from flowrules.compiler.triggers import timer_of
from flowrules.language.names import fold
from flowrules.language.nodes import Block, Rank, Rule
from flowrules.language.printer import print_item

ID_LENGTH = 12
"""Digits of the digest that a rule without a name goes by."""
STRIDE = 1 << 10
"""Between the orders of two neighbours: room for rules that an edit puts there."""


def plain_id(block: Block) -> str:
    """By what a rule is known across reloads: its folded name, or a digest of its canonical text."""
    rule = block.item
    assert isinstance(rule, Rule)
    if rule.label is not None:
        return fold(str(rule.label.value))
    return hashlib.sha256(print_item(rule).casefold().encode()).hexdigest()[:ID_LENGTH]


def compile_rule(rule_id: str, order: int, block: Block, scope: Scope, agent_type: str) -> CompiledRule:
    rule = block.item
    assert isinstance(rule, Rule)
    file = block.source.path
    steps = compile_steps(rule.steps, scope, file=file, rule=rule, agent_type=agent_type)
    otherwise = None
    if rule.otherwise is not None:
        otherwise = compile_steps(rule.otherwise, scope, file=file, rule=rule, agent_type=agent_type)
    if rule.rank is Rank.ALSO:
        steps = replace(steps, foretold=foretell(steps))
        otherwise = otherwise and replace(otherwise, foretold=foretell(otherwise))
    return CompiledRule(rule_id, file, order, rule, compile_guards(rule.guards, scope), steps, otherwise)


def timers_of(rules: Iterable[CompiledRule], scope: Scope) -> tuple[TimerSpec, ...]:
    """The timers that set rules off, in written order."""
    found = (timer_of(rule, scope) for rule in rules)
    return tuple(timer for timer in found if timer is not None)
