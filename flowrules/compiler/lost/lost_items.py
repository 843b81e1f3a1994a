"""What of one item of a rule set is lost in another one: a guard rail, a promise, a declaration, an urgent rule."""

from collections.abc import Iterator
from functools import cached_property
from typing import assert_never

from flowrules.compiler.lost import promise_cover
from flowrules.compiler.lost.rail_cover import Cover, cover_of, does_as_much, is_kept
from flowrules.compiler.rule import plain_id
from flowrules.compiler.ruleset import RuleSet
from flowrules.language.names import fold
from flowrules.language.nodes import (
    Allow,
    AllowKind,
    And,
    Before,
    Block,
    ClosedOn,
    Compare,
    Condition,
    DefaultDisposition,
    Destination,
    DestinationMap,
    Do,
    During,
    EventDef,
    FactDef,
    Holiday,
    Holidays,
    Hours,
    Item,
    ListDef,
    Literal,
    Name,
    Never,
    Not,
    OnlyDeclared,
    OpenDate,
    OpenWeek,
    Or,
    OrderAsWritten,
    Promise,
    Rank,
    Rule,
    Steps,
    Test,
    Timezone,
)
from flowrules.language.printer import print_item, print_literal, print_trigger
from flowrules.language.traverse import all_steps, guards_of, promised

SHARE = 2
"""Where less than one in so many of the rules, or of a list's members, is left, it is a loss."""
_TRUST = ("platform", "host", "model", "caller", None)
"""Who may say a fact: from few to everybody."""
_SHOWN = 70
"""Characters of a guard rail's text that name it."""
_NAMED = 3
"""Members and rows that are named, of those that are lost."""


class LostItems:
    """Asks of each item of the rule set before what is lost of it in the one after."""

    def __init__(self, before: RuleSet, after: RuleSet) -> None:
        self._before, self._after = before.checked, after.checked
        self._ids = after.blocks.keys()

    def is_lost_rule(self, block: Block) -> bool:
        return isinstance(block.item, Rule) and plain_id(block) not in self._ids

    def lost_of(self, item: Item) -> Iterator[str]:
        """What is lost of an item, rules aside that are not urgent."""
        after = self._after
        match item:
            case Rule():
                if item.rank is Rank.URGENT and id(item) not in self._urgent_items:
                    yield from self._of_urgent(item)
            case Never() | Before():
                if id(item) not in self._rail_items and not is_kept(item, self._rails):
                    text = " ".join(print_item(item).split())
                    yield text if len(text) <= _SHOWN else f"{text[:_SHOWN].rstrip()} …"
            case ListDef():
                yield from self._of_list(item)
            case Hours():
                yield from self._of_hours(item)
            case Destination() | DestinationMap():
                yield from self._of_destination(item)
            case Steps():
                yield from self._of_steps(item)
            case FactDef():
                yield from self._of_fact(item)
            case EventDef():
                yield from (f"event {name.text}" for name in item.names if name.key not in after.events)
            case Allow():
                for value in item.values:
                    if (item.what, _key(value)) not in self._allowed:
                        yield f"allow {item.what} {print_literal(value)}"
            case DefaultDisposition():
                if _situation(item) not in self._situations:
                    yield print_item(item)
            case Timezone():
                if after.zone is None:
                    yield print_item(item)
            case OrderAsWritten():
                if len(after.as_written) < len(self._before.as_written):
                    yield "order as written"
            case Promise():
                if id(item) not in self._promise_items and not promise_cover.is_kept(item, self._promises):
                    yield from self._of_promise(item)
            case Test() | OnlyDeclared():
                pass
            case _:
                assert_never(item)

    def _of_urgent(self, rule: Rule) -> Iterator[str]:
        """Another one for the same event is an edit of it, and so is one of its name."""
        if rule.label is not None and fold(str(rule.label.value)) in self._ids:
            return
        trigger = fold(print_trigger(rule.trigger))
        if trigger not in self._urgent_triggers:
            yield f"urgent {trigger}"

    def _of_promise(self, item: Promise) -> Iterator[str]:
        label = _key(item.label)
        items = (block.item for block in self._after.promises)
        left = any(isinstance(one, Promise) and _key(one.label) == label for one in items)
        yield f"{'a part of the ' if left else ''}promise {print_literal(item.label)}"

    def _of_list(self, item: ListDef) -> Iterator[str]:
        name = item.name
        left = self._after.lists.get(name.key)
        if left is None:
            yield f"list {name.text}"
        elif left is not item:
            members = set(map(_key, left.values))
            gone = [print_literal(value) for value in item.values if _key(value) not in members]
            few = len(members) * SHARE < len(item.values)
            if gone and (few or name.key in self._asked):
                yield f"{_few(gone)} of the list {name.text}"

    def _of_hours(self, item: Hours) -> Iterator[str]:
        left = self._after.hours.get(item.name.key)
        if left is None:
            yield f"hours {item.name.text}"
        elif left is not item:
            now = set(_days_off(left))
            gone = [day for day in _days_off(item) if day not in now]
            if gone:
                yield f"{_few(gone)} of the hours {item.name.text}"

    def _of_destination(self, item: Destination | DestinationMap) -> Iterator[str]:
        left = self._after.destinations.get(item.name.key)
        if left is None:
            yield f"destination {item.name.text}"
        elif isinstance(item, DestinationMap) and isinstance(left, DestinationMap) and left is not item:
            rows = {_key(row.key) for row in left.rows}
            gone = [print_literal(row.key) for row in item.rows if _key(row.key) not in rows]
            if item.otherwise is not None and left.otherwise is None:
                gone.append("otherwise")
            if gone:
                yield f"{_few(gone)} of the destination {item.name.text}"

    def _of_steps(self, item: Steps) -> Iterator[str]:
        """What a rail does in these words is a part of the rail."""
        left = self._after.steps.get(item.name.key)
        if left is None:
            yield f"steps {item.name.text}"
        elif (
            left is not item
            and item.name.key in self._done_by_rails
            and not does_as_much(left.steps, item.steps)
        ):
            yield f"a part of the steps {item.name.text}"

    def _of_fact(self, item: FactDef) -> Iterator[str]:
        left = self._after.facts.get(item.name.key)
        if left is None:
            yield f"fact {item.name.text}"
        elif item.only and not left.only:
            yield f"only from {item.source} of the fact {item.name.text}"
        elif item.source is not None and _TRUST.index(left.source) > _TRUST.index(item.source):
            yield f"from {item.source} of the fact {item.name.text}"

    @cached_property
    def _rail_items(self) -> set[int]:
        return {id(block.item) for block in self._after.rails}

    @cached_property
    def _rails(self) -> tuple[Cover, ...]:
        return tuple(
            cover_of(block.item) for block in self._after.rails if isinstance(block.item, Never | Before)
        )

    @cached_property
    def _promise_items(self) -> set[int]:
        return {id(block.item) for block in self._after.promises}

    @cached_property
    def _promises(self) -> tuple[promise_cover.PromiseCover, ...]:
        items = (block.item for block in self._after.promises)
        return tuple(promise_cover.cover_of(item) for item in items if isinstance(item, Promise))

    @cached_property
    def _urgent_items(self) -> set[int]:
        return set(map(id, self._urgent))

    @cached_property
    def _urgent_triggers(self) -> set[str]:
        return {fold(print_trigger(rule.trigger)) for rule in self._urgent}

    @cached_property
    def _urgent(self) -> tuple[Rule, ...]:
        items = (block.item for block in self._after.rules)
        return tuple(item for item in items if isinstance(item, Rule) and item.rank is Rank.URGENT)

    @cached_property
    def _allowed(self) -> set[tuple[AllowKind, str]]:
        items = (block.item for file in self._after.files for block in file.blocks)
        return {
            (item.what, _key(value)) for item in items if isinstance(item, Allow) for value in item.values
        }

    @cached_property
    def _situations(self) -> set[tuple[str, str]]:
        return {_situation(one) for some in self._after.dispositions.values() for one in some}

    @cached_property
    def _done_by_rails(self) -> set[str]:
        """The steps that the rails do, and those that these do, folded."""
        rails = (block.item for block in self._before.rails)
        waiting = [
            step
            for rail in rails
            if isinstance(rail, Never | Before)
            for step in ((rail.instead or ()) if isinstance(rail, Never) else rail.steps)
        ]
        found: set[str] = set()
        while waiting:
            for step in all_steps((waiting.pop(),)):
                if isinstance(step, Do) and step.name.key not in found:
                    found.add(step.name.key)
                    if (steps := self._before.steps.get(step.name.key)) is not None:
                        waiting += steps.steps
        return found

    @cached_property
    def _asked(self) -> set[str]:
        """The lists that the rails and promises asked, folded."""
        items = [block.item for block in (*self._before.rails, *self._before.promises) if block.item]
        conditions = [guard.condition for item in items for guard in guards_of(item)]
        conditions += [condition for item in items for condition in promised(item)]
        return {name.key for condition in conditions for name in _lists(condition)}


def _lists(condition: Condition) -> Iterator[Name]:
    match condition:
        case Compare():
            if condition.list is not None:
                yield condition.list
        case And() | Or():
            for part in condition.parts:
                yield from _lists(part)
        case Not():
            yield from _lists(condition.part)
        case During() | Holiday():
            pass
        case _:
            assert_never(condition)


def _days_off(hours: Hours) -> Iterator[str]:
    for line in hours.lines:
        match line:
            case ClosedOn():
                yield from (f"closed {print_literal(day)}" for day in line.dates)
                yield from (f"closed on {name.text}" for name in line.lists)
            case Holidays():
                yield f"holidays {line.calendar.text}"
            case OpenWeek() | OpenDate():
                pass
            case _:
                assert_never(line)


def _situation(node: DefaultDisposition) -> tuple[str, str]:
    return ("" if node.event is None else node.event.key, "" if node.value is None else _key(node.value))


def _key(value: Literal) -> str:
    return fold(str(value.value))


def _few(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")
