"""What an edit can touch of what was played before: which rules it changed, and which tests may go otherwise."""

from collections.abc import Iterable
from dataclasses import dataclass

from flowrules.analysis.model.builtin import EVENTS
from flowrules.compiler.ruleset import RuleSet
from flowrules.exploration.short import changed_rules
from flowrules.language.nodes import Item, On, Promise, Rule, RuleFile, Test
from flowrules.language.traverse import played_keys


@dataclass(frozen=True, slots=True)
class Reach:
    """`rules`: the ids of rules that came or changed. `events`: the names of events that may be answered otherwise;
    None: any may. `promises`: a promise changed."""

    rules: frozenset[str]
    events: frozenset[str] | None
    promises: bool

    @property
    def nothing(self) -> bool:
        """Every call goes on as before, and is held to the same promises."""
        return self.events is not None and not self.events and not self.promises

    def touches(self, test: Test) -> bool:
        """Whether a test may go otherwise."""
        if self.events is None:
            return True
        return any(key.name.key in self.events for key in played_keys(test))


EVERYTHING = Reach(frozenset(), None, promises=True)


def reach_of(before: RuleSet, after: RuleSet) -> Reach:
    """What an edit can touch. Rules that wait for events by name, and for none that the engine raises, concern the
    tests that play such an event; whatever else changes may concern all."""
    old, new = before.checked.read, after.checked.read
    rules = changed_rules(before, after)
    promises = _differ(_items(old, Promise), _items(new, Promise))
    changed = _changed(_items(old), _items(new))
    if changed is None:
        return Reach(rules, None, promises)
    events = set[str]()
    for item in changed:
        names = _waits_for(item)
        if not names or not names.isdisjoint(EVENTS):
            return Reach(rules, None, promises)
        events |= names
    return Reach(rules, frozenset(events), promises)


def _waits_for(item: Item) -> frozenset[str]:
    """The events that a rule waits for; none where it is no such rule."""
    if isinstance(item, Rule) and isinstance(item.trigger, On):
        return frozenset(test.name.key for test in item.trigger.tests)
    return frozenset()


def _items(files: Iterable[RuleFile], *kinds: type) -> tuple[Item, ...]:
    """The blocks that make a call go as it does, in order, or those of some kinds. Equal blocks are the same object."""
    items = (block.item for file in files for block in file.blocks if block.item is not None)
    if kinds:
        return tuple(item for item in items if isinstance(item, kinds))
    return tuple(item for item in items if not isinstance(item, Test | Promise))


def _changed(old: tuple[Item, ...], new: tuple[Item, ...]) -> tuple[Item, ...] | None:
    """The blocks that are only in one of them; None where others stand in another order."""
    before, after = set(map(id, old)), set(map(id, new))
    stayed = [id(item) for item in old if id(item) in after]
    if stayed != [id(item) for item in new if id(item) in before]:
        return None
    return (
        *(item for item in old if id(item) not in after),
        *(item for item in new if id(item) not in before),
    )


def _differ(old: tuple[Item, ...], new: tuple[Item, ...]) -> bool:
    return list(map(id, old)) != list(map(id, new))
