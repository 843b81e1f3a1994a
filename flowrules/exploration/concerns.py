"""What a move can come to ask of a call, where nothing else happens behind it: worlds in which only other things differ
are alike to it."""

from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Any

from flowrules.analysis.builtin import FAILURE_FACTS
from flowrules.analysis.unit import Unit
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.raised import RAISED
from flowrules.exploration.asked import Asked, facts_in
from flowrules.exploration.keys import Key, Keys, Sight, in_order
from flowrules.language.nodes import Block, On

Concern = frozenset[str]
"""The ids of rules that may be set off by what a host reports, beside those that may be at any time."""
NOTHING: Concern = frozenset()


class Concerns:
    """Knows which rules a report may set off, and what these ask. Rules that time, a failure or the close sets off are
    always among them, and so are guard rails, tables, named steps and what watchers read."""

    def __init__(self, ruleset: RuleSet, asked: Asked, reads: Iterable[str], keys: Keys) -> None:
        self._triggers: dict[str, set[str]] = {}
        self._by_report: dict[str, frozenset[str]] = {}
        for rule in ruleset.rules:
            for name in _reported(rule):
                self._triggers.setdefault(name, set()).add(rule.id)
                self._by_report[rule.id] = frozenset(_facts(ruleset.blocks[rule.id]))
        self._at_any_time = frozenset(rule.id for rule in ruleset.rules) - self._by_report.keys()
        mine = {id(ruleset.blocks[rule]) for rule in self._by_report}
        others = [block for file in ruleset.checked.files for block in file.blocks if id(block) not in mine]
        always = {name for block in others for name in _facts(block)}
        always.update(spec.fact for spec in ruleset.timers if spec.fact is not None)
        self._always = frozenset({*always, *reads, "call.on_hold"})
        self._asked = asked
        self._keys = keys
        self._of: dict[frozenset[str], Concern] = {}
        self._picks: dict[Concern, _Pick] = {}

    def of(self, names: Iterable[str]) -> Concern:
        """The rules that an event may set off which carries facts of these names."""
        key = frozenset(names)
        known = self._of.get(key)
        if known is None:
            empty: set[str] = set()
            known = self._of[key] = frozenset().union(*(self._triggers.get(name, empty) for name in key))
        return known

    def project(self, sight: Sight, concern: Concern) -> Key:
        """What of a world can make a difference to these rules."""
        pick = self._picks.get(concern)
        if pick is None:
            pick = self._picks[concern] = self._pick(concern)
        order = sight.order
        if pick.others and any(what in pick.others for _, what in sight.dues):
            order = in_order([due for due in sight.dues if due[1] not in pick.others], sight.now)
        return (
            pick.facts(sight.facts),
            pick.counts(sight.counts),
            pick.uses(sight.uses),
            order,
            sight.rest,
        )

    def _pick(self, concern: Concern) -> "_Pick":
        facts = self._always.union(*(self._by_report[rule] for rule in concern))
        rules = self._at_any_time | concern
        keys = self._keys
        return _Pick(
            _getter(at for at, name in enumerate(self._asked.facts) if name in facts),
            _getter(at for at, one in enumerate(keys.counters) if one[0] in rules),
            _getter(at for at, one in enumerate(keys.per_call) if one[0] in rules),
            frozenset(rule for rule, _ in keys.cooldowns if rule not in rules),
        )


class _Pick:
    """Of facts, counters and uses those that count; and the ids of rules whose pauses do not."""

    __slots__ = ("counts", "facts", "others", "uses")

    def __init__(
        self,
        facts: Callable[[Key], Any],
        counts: Callable[[Key], Any],
        uses: Callable[[Key], Any],
        others: frozenset[str],
    ) -> None:
        self.facts, self.counts, self.uses, self.others = facts, counts, uses, others


def _reported(rule: CompiledRule) -> tuple[str, ...]:
    """What a rule waits for, where nothing but a report sets it off; else nothing."""
    trigger = rule.rule.trigger
    if not isinstance(trigger, On):
        return ()
    names = tuple(test.name.key for test in trigger.tests)
    return () if any(name in RAISED or name in FAILURE_FACTS for name in names) else names


def _facts(block: Block) -> Iterable[str]:
    """The facts that a block asks for."""
    return () if block.item is None else facts_in(Unit(block, block.item, 0))


def _getter(places: Iterable[int]) -> Callable[[Key], Any]:
    found = tuple(places)
    return itemgetter(*found) if found else _nothing


def _nothing(key: Key) -> None:
    return None
