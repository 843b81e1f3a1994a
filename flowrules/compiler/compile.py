"""CheckedRules → RuleSet: conditions to closures, steps to bodies, rules into their index."""

import hashlib
from collections.abc import Iterable, Iterator

from flowrules.analysis.checked import CheckedRules
from flowrules.compiler.conditions import compile_guards
from flowrules.compiler.index import make_index
from flowrules.compiler.rails import compile_rails
from flowrules.compiler.ruleset import CompiledRule, RuleSet, TimerSpec
from flowrules.compiler.scope import Scope, make_scope
from flowrules.compiler.steps import compile_steps
from flowrules.compiler.triggers import timer_of
from flowrules.language.names import fold
from flowrules.language.nodes import Block, On, Rank, Rule
from flowrules.language.printer import print_item
from flowrules.source import SourceFile

DIGEST_LENGTH = 12


def compile_rules(checked: CheckedRules, *, agent_type: str = "agent") -> RuleSet:
    """The rule set of checked files. It can't fail: what has errors is not among the checked rules.

    `agent_type` is what the platform calls a target `agent`: `agent_queue` for tenants whose platform refuses
    `agent`.
    """
    scope = make_scope(checked)
    rules = tuple(
        _compile_rule(rule_id, block, scope, agent_type) for rule_id, block in rule_ids(checked.rules)
    )
    counting = [rule for rule in rules if isinstance(rule.rule.trigger, On) and rule.rule.trigger.times]
    return RuleSet(
        revision_of(file.source for file in checked.files),
        checked,
        scope,
        rules,
        make_index([rule for rule in rules if rule.rank is Rank.URGENT], scope),
        make_index([rule for rule in rules if rule.rank is Rank.ALSO], scope),
        make_index([rule for rule in rules if rule.rank is Rank.PLAIN], scope),
        make_index(counting, scope, guarded=False),
        tuple(_timers(rules)),
        {key: fact.source for key, fact in checked.facts.items() if fact.source is not None},
        compile_rails(scope, agent_type=agent_type),
    )


def revision_of(sources: Iterable[SourceFile]) -> str:
    """A digest of texts in their order: the same texts have the same revision wherever they are loaded from."""
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.digest.encode())
    return digest.hexdigest()[:DIGEST_LENGTH]


def rule_ids(blocks: Iterable[Block]) -> Iterator[tuple[str, Block]]:
    """By what each rule is known across reloads: its folded name, or a digest of its canonical text. Rules that
    would be known by the same id are told apart by `-2`, `-3` in written order."""
    seen: dict[str, int] = {}
    for block in blocks:
        rule = block.item
        assert isinstance(rule, Rule)
        plain = fold(str(rule.label.value)) if rule.label else _digest(rule)
        count = seen[plain] = seen.get(plain, 0) + 1
        yield (plain if count == 1 else f"{plain}-{count}"), block


def _digest(rule: Rule) -> str:
    return hashlib.sha256(print_item(rule).casefold().encode()).hexdigest()[:DIGEST_LENGTH]


def _compile_rule(rule_id: str, block: Block, scope: Scope, agent_type: str) -> CompiledRule:
    rule = block.item
    assert isinstance(rule, Rule)
    file = block.source.path
    steps = compile_steps(rule.steps, scope, file=file, rule=rule, agent_type=agent_type)
    otherwise = None
    if rule.otherwise is not None:
        otherwise = compile_steps(rule.otherwise, scope, file=file, rule=rule, agent_type=agent_type)
    return CompiledRule(rule_id, block, compile_guards(rule.guards, scope), steps, otherwise)


def _timers(rules: Iterable[CompiledRule]) -> Iterator[TimerSpec]:
    for rule in rules:
        timer = timer_of(rule.id, rule.rule)
        if timer is not None:
            yield timer
