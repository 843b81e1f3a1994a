"""What a move can come to ask of a call, where nothing else happens behind it: worlds in which only other things differ
are alike to it."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from flowrules.analysis.model.builtin import FAILURE_FACTS
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.guards.guard_codegen import Test
from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.triggers import timer_key, trigger_test
from flowrules.engine.event import Event
from flowrules.engine.raised import RAISED
from flowrules.engine.state import start_call
from flowrules.exploration.keys import Key, Keys, Sight, in_order
from flowrules.exploration.playing.asked import Asked, facts_in
from flowrules.language.nodes import Block, EventTest, On

Concern = frozenset[str]
"""The ids of rules that may be set off, beside those that may be at any time."""
NOTHING: Concern = frozenset()
ANY_MOMENT = datetime(2026, 1, 1, tzinfo=UTC), start_call("", datetime(2026, 1, 1, tzinfo=UTC))
"""What an event carries is compared alike at any time."""
_RAISED = RAISED | FAILURE_FACTS


class Concerns:
    """Knows which rules an event may set off, and what these ask. What the close of the call sets off is always among
    them, and so are guard rails, tables, named steps and what watchers read."""

    def __init__(self, ruleset: RuleSet, asked: Asked, reads: Iterable[str], keys: Keys) -> None:
        self._triggers: dict[str, list[tuple[str, Test]]] = {}
        """By the names of what events carry: the rules that wait for it, and for which value."""
        self._timers: dict[str, str] = {}
        self._facts: dict[str, frozenset[str]] = {}
        """By the ids of rules that not every event may set off, nor the close."""
        unforeseen, raised = set(), set()
        for rule in ruleset.rules:
            timer, names = timer_key(rule), _waits_for(rule)
            keys_of = {test.name.key for test in names}
            if (timer is None and not names) or "call_ended" in keys_of:
                continue
            self._facts[rule.id] = frozenset(_facts(ruleset.blocks[rule.id]))
            for test in names:
                one = rule.id, trigger_test(test, ruleset.scope)
                self._triggers.setdefault(test.name.key, []).append(one)
            if timer is not None:
                self._timers[timer] = rule.id
            if not _RAISED.isdisjoint(keys_of):
                raised.add(rule.id)
            if timer is not None or not _RAISED.isdisjoint(keys_of):
                unforeseen.add(rule.id)
        self.unforeseen: Concern = frozenset(unforeseen)
        """What time or a failure may set off."""
        self.raised: Concern = frozenset(raised)
        self._at_any_time = frozenset(rule.id for rule in ruleset.rules) - self._facts.keys()
        mine = {id(ruleset.blocks[rule]) for rule in self._facts}
        others = [block for file in ruleset.checked.files for block in file.blocks if id(block) not in mine]
        always = {name for block in others for name in _facts(block)}
        always.update(spec.fact for spec in ruleset.timers if spec.fact is not None)
        self._always = frozenset({*always, *reads, "call.on_hold"})
        self._asked = asked
        self._keys = keys
        self._of: dict[Key, Concern] = {}
        self._picks: dict[Concern, _Pick] = {}

    def of(self, event: Event) -> Concern:
        """The rules that may be set off by what an event carries."""
        carried = event.keys
        key = tuple([(name, type(value), value) for name, value in carried.items()])
        known = self._of.get(key)
        if known is None:
            known = self._of[key] = frozenset(
                rule
                for name in carried
                for rule, test in self._triggers.get(name, ())
                if test(carried, ANY_MOMENT)
            )
        return known

    def decided(self, event: Event) -> Concern:
        """The rules that were looked at when an event was decided."""
        if event.timer:
            return frozenset({self._timers[event.timer]})
        return self.of(event)

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
        facts = self._always.union(*(self._facts[rule] for rule in concern))
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


def _waits_for(rule: CompiledRule) -> tuple[EventTest, ...]:
    """What an event carries that sets a rule off; nothing where any event may, or time does."""
    trigger = rule.rule.trigger
    return trigger.tests if isinstance(trigger, On) else ()


def _facts(block: Block) -> Iterable[str]:
    """The facts that a block asks for."""
    return () if block.item is None else facts_in(CheckedBlock(block, block.item, 0))


def _getter(places: Iterable[int]) -> Callable[[Key], Any]:
    found = tuple(places)
    return itemgetter(*found) if found else _nothing


def _nothing(key: Key) -> None:
    return None
