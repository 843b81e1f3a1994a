"""CheckedRules → RuleSet: conditions to closures, steps to bodies, rules into their index."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping

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

Kept = Mapping[int, CompiledRule]
"""Rules by the identity of their syntax: an unchanged block is parsed to the same object."""


def compile_rules(
    checked: CheckedRules, *, agent_type: str = "agent", previous: RuleSet | None = None
) -> RuleSet:
    """The rule set of checked files. It can't fail: what has errors is not among the checked rules.

    `agent_type` is what the platform calls a target `agent`: `agent_queue` for tenants whose platform refuses
    `agent`. From a `previous` rule set the rules whose syntax and surroundings are the same are taken over; the
    result is the same with and without it.
    """
    scope = make_scope(checked)
    kept = _kept(previous, checked, agent_type) if previous else {}
    rules = tuple(
        _moved(rule_id, block, kept) or _compile_rule(rule_id, block, scope, agent_type)
        for rule_id, block in _rule_ids(checked.rules, kept)
    )
    ranks: dict[Rank, list[CompiledRule]] = {rank: [] for rank in Rank}
    counting = []
    for rule in rules:
        syntax = rule.rule
        ranks[syntax.rank].append(rule)
        if isinstance(syntax.trigger, On) and syntax.trigger.times:
            counting.append(rule)
    urgent, plain = make_index(ranks[Rank.URGENT], scope), make_index(ranks[Rank.PLAIN], scope)
    return RuleSet(
        revision_of(file.source for file in checked.files),
        agent_type,
        checked,
        scope,
        rules,
        tuple(index for index in (urgent, plain) if index is not None),
        urgent,
        make_index(ranks[Rank.ALSO], scope),
        plain,
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


def _rule_ids(blocks: Iterable[Block], kept: Kept) -> Iterator[tuple[str, Block]]:
    """By what each rule is known across reloads: its folded name, or a digest of its canonical text. Rules that
    would be known by the same id are told apart by `-2`, `-3` in written order."""
    seen: dict[str, int] = {}
    for block in blocks:
        rule = block.item
        assert isinstance(rule, Rule)
        plain = fold(str(rule.label.value)) if rule.label else _digest(rule, kept)
        count = seen[plain] = seen.get(plain, 0) + 1
        yield (plain if count == 1 else f"{plain}-{count}"), block


def _digest(rule: Rule, kept: Kept) -> str:
    if (old := kept.get(id(rule))) is not None:
        return old.id[:DIGEST_LENGTH]
    return hashlib.sha256(print_item(rule).casefold().encode()).hexdigest()[:DIGEST_LENGTH]


# --- what is taken over from the rule set before ------------------------------------------------------------


def _kept(previous: RuleSet, checked: CheckedRules, agent_type: str) -> Kept:
    """The rules of a rule set, none of them where a declaration differs that a rule may refer to."""
    same = agent_type == previous.agent_type and all(
        getattr(previous.checked, name) == getattr(checked, name) for name in _SURROUNDINGS
    )
    return {id(rule.block.item): rule for rule in previous.rules} if same else {}


_SURROUNDINGS = ("zone", "lists", "hours", "destinations", "steps", "dispositions", "as_written")
"""What a compiled rule holds of its rule set, besides its own syntax."""


def _moved(rule_id: str, block: Block, kept: Kept) -> CompiledRule | None:
    """A kept rule in its place of now."""
    old = kept.get(id(block.item))
    if old is None or old.block.source.path != block.source.path:
        return None
    return CompiledRule(rule_id, block, old.guard, old.steps, old.otherwise)


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
