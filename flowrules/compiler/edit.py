"""A rule set after an edit: what the edit left as it was is taken over from the rule set before."""

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import NamedTuple

from flowrules.analysis.model.checked import CheckedRules
from flowrules.compiler.compiled_rule import CompiledRule, TimerSpec
from flowrules.compiler.guards.scope import Scope
from flowrules.compiler.indexing.index import Index, Indexes, is_counting, make_index
from flowrules.compiler.indexing.revise import revise_index
from flowrules.compiler.rule import STRIDE, compile_rule, plain_id, timers_of
from flowrules.compiler.ruleset import RuleSet
from flowrules.language.nodes import Block, Rank
from flowrules.language.reuse import out_of_order

_RULE, _ORDER, _ITEM = attrgetter("rule"), attrgetter("order"), attrgetter("item")
_SURROUNDINGS = (
    "zone",
    "lists",
    "hours",
    "destinations",
    "steps",
    "facts",
    "dispositions",
    "as_written",
    "languages",
)
"""What a compiled rule holds of its rule set, besides its own syntax."""


class TakenOver(NamedTuple):
    rules: tuple[CompiledRule, ...]
    indexes: Indexes
    timers: tuple[TimerSpec, ...]


def take_over(previous: RuleSet, checked: CheckedRules, scope: Scope, agent_type: str) -> TakenOver | None:
    """The rules and indexes of checked files, made of those before an edit. None where all are to be made anew: a
    declaration differs that rules may refer to, ids have to be told apart, or no order is left between two rules."""
    same = agent_type == previous.agent_type and all(
        getattr(previous.checked, name) == getattr(checked, name) for name in _SURROUNDINGS
    )
    if not same:
        return None
    stayed = _stayed(previous, checked)
    new = [place for place, rule in enumerate(stayed) if rule is None]
    left = set(map(id, previous.rules)).difference(map(id, stayed))
    gone = tuple([rule for rule in previous.rules if id(rule) in left]) if left else ()
    ids, orders = _ids(previous, gone, [checked.rules[place] for place in new]), _orders(stayed, new)
    if ids is None or orders is None:
        return None
    for place, rule_id, order in zip(new, ids, orders, strict=True):
        stayed[place] = compile_rule(rule_id, order, checked.rules[place], scope, agent_type)
    rules = tuple(rule for rule in stayed if rule is not None)
    changes = _Changes(rules, gone, tuple(rules[place] for place in new), scope)
    timers = timers_of(rules, scope) if timers_of((*changes.gone, *changes.come), scope) else previous.timers
    return TakenOver(rules, changes.indexes(previous), timers)


def _stayed(previous: RuleSet, checked: CheckedRules) -> list[CompiledRule | None]:
    """The rules of the rule set before in their places of now; None where a rule is new, or has moved."""
    known = dict(zip(map(id, map(_RULE, previous.rules)), previous.rules, strict=True))
    found = list(map(known.get, map(id, map(_ITEM, checked.rules))))
    if len(checked.files) > 1:
        for place, (rule, block) in enumerate(zip(found, checked.rules, strict=True)):
            if rule is not None and rule.file != block.source.path:
                found[place] = None
    kept = list(filter(None, found))
    moved = {id(kept[place]) for place in out_of_order(list(map(_ORDER, kept)))}
    return [None if id(rule) in moved else rule for rule in found] if moved else found


def _ids(previous: RuleSet, gone: Iterable[CompiledRule], new: Iterable[Block]) -> list[str] | None:
    """The ids of new rules; None where some rules would have to be told apart by a number."""
    free = {rule.id for rule in gone}
    if any(f"{one}-2" in previous.blocks for one in free):
        return None
    ids = [plain_id(block) for block in new]
    taken = any(one in previous.blocks and one not in free for one in ids)
    return None if taken or len(set(ids)) < len(ids) else ids


def _orders(rules: Sequence[CompiledRule | None], new: Sequence[int]) -> list[int] | None:
    """Orders for the new rules, between those that stand around them; None where there is no room."""
    orders: list[int] = []
    for place in new:
        before = 0
        if place:
            neighbour = rules[place - 1]
            before = orders[-1] if neighbour is None else neighbour.order
        run = 0
        while place + run < len(rules) and rules[place + run] is None:
            run += 1
        follower = rules[place + run] if place + run < len(rules) else None
        behind = before + (run + 1) * STRIDE if follower is None else follower.order
        order = before + (behind - before) // (run + 1)
        if order == before:
            return None
        orders.append(order)
    return orders


def changed_indexes(
    previous: RuleSet,
    rules: tuple[CompiledRule, ...],
    gone: tuple[CompiledRule, ...],
    come: tuple[CompiledRule, ...],
) -> Indexes:
    """The indexes of `rules`, which are those of the rule set before without `gone` and with `come`."""
    return _Changes(rules, gone, come, previous.scope).indexes(previous)


class _Changes(NamedTuple):
    """What an edit makes of the indexes."""

    rules: tuple[CompiledRule, ...]
    gone: tuple[CompiledRule, ...]
    come: tuple[CompiledRule, ...]
    scope: Scope

    def indexes(self, previous: RuleSet) -> Indexes:
        return Indexes.of(
            self._index(previous.urgent, lambda rule: rule.rank is Rank.URGENT),
            self._index(previous.also, lambda rule: rule.rank is Rank.ALSO),
            self._index(previous.plain, lambda rule: rule.rank is Rank.PLAIN),
            self._index(previous.counting, is_counting, guarded=False),
        )

    def _index(
        self, old: Index | None, belongs: Callable[[CompiledRule], bool], *, guarded: bool = True
    ) -> Index | None:
        gone, come = (tuple(filter(belongs, rules)) for rules in (self.gone, self.come))
        if not gone and not come:
            return old
        if old is None:
            return make_index(come, self.scope, guarded=guarded)
        return revise_index(old, gone, come, self.scope, guarded=guarded)
