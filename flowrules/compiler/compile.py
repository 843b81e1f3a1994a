"""CheckedRules → RuleSet: conditions to closures, steps to bodies, rules into their index."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

from flowrules.analysis.model.checked import CheckedRules
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.edit import take_over
from flowrules.compiler.guards.scope import BodyKey, Scope, make_scope
from flowrules.compiler.indexing.index import index_all
from flowrules.compiler.rails import compile_rails
from flowrules.compiler.rule import STRIDE, compile_rule, plain_id, timers_of
from flowrules.compiler.ruleset import RuleSet
from flowrules.source import SourceFile

REVISION_LENGTH = 12
_ID = attrgetter("id")


def compile_rules(
    checked: CheckedRules,
    *,
    agent_type: str = "agent",
    previous: RuleSet | None = None,
    ids: Sequence[str] | None = None,
    bodies: Mapping[BodyKey, Mapping[str, Any]] | None = None,
) -> RuleSet:
    """The rule set of checked files. It can't fail: what has errors is not among the checked rules.

    `agent_type` is what the platform calls a target `agent`: `agent_queue` for tenants whose platform refuses
    `agent`. From a `previous` rule set everything is taken over that is as it was; the result decides the same with
    and without it. `ids` are those of the rules, and `bodies` their requests, where a compilation of the same
    files has told them: working them out takes more than half of the time.
    """
    scope = make_scope(checked, bodies)
    kept = None if previous is None else take_over(previous, checked, scope, agent_type)
    if kept is None:
        rules = tuple(_compiled(checked, scope, agent_type, ids or _ids(checked)))
        indexes, timers = index_all(rules, scope), timers_of(rules, scope)
    else:
        rules, indexes, timers = kept
    return RuleSet(
        revision_of(file.source for file in checked.files),
        agent_type,
        checked,
        scope,
        rules,
        dict(zip(map(_ID, rules), checked.rules, strict=True)),
        *indexes,
        timers,
        {key: fact for key, fact in checked.facts.items() if fact.source is not None},
        compile_rails(scope, agent_type=agent_type),
        telling=indexes.also is not None and any(map(_tells, rules)),
    )


def _tells(rule: CompiledRule) -> bool:
    sequences = (rule.steps, rule.otherwise)
    return any(steps is not None and steps.foretold is not None for steps in sequences)


def revision_of(sources: Iterable[SourceFile]) -> str:
    """A digest of texts in their order: the same texts have the same revision wherever they are loaded from."""
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.digest.encode())
    return digest.hexdigest()[:REVISION_LENGTH]


def _compiled(
    checked: CheckedRules, scope: Scope, agent_type: str, ids: Iterable[str]
) -> Iterator[CompiledRule]:
    for number, (block, rule_id) in enumerate(zip(checked.rules, ids, strict=True), start=1):
        yield compile_rule(rule_id, number * STRIDE, block, scope, agent_type)


def _ids(checked: CheckedRules) -> Iterator[str]:
    """Rules that would be known by the same id are told apart by `-2`, `-3` in written order."""
    seen: dict[str, int] = {}
    for block in checked.rules:
        plain = plain_id(block)
        count = seen[plain] = seen.get(plain, 0) + 1
        yield plain if count == 1 else f"{plain}-{count}"
