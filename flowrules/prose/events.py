"""What may happen, and the rules that wait for it, in the order in which they are asked."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from flowrules.analysis.model.verb_fields import as_written, scalar
from flowrules.compiler.guards.scope import Scope
from flowrules.compiler.triggers import trigger_test
from flowrules.engine.state import start_call
from flowrules.language.names import fold
from flowrules.language.nodes import EventTest, Literal, On, Rule
from flowrules.prose.page import EventText
from flowrules.prose.triggers import event_test, names_values, trigger, value_event
from flowrules.prose.values import compared

_THEN = datetime(2000, 1, 1, tzinfo=UTC)
_MOMENT = (_THEN, start_call("explain", _THEN))
"""No trigger looks at it: it asks only what an event carries."""


class Numbered(NamedTuple):
    number: str
    rule: Rule


class _Event(NamedTuple):
    """One thing that may happen. `value` None: told by `words` alone."""

    words: str
    key: str = ""
    value: Literal | None = None


def events(rules: Iterable[Numbered], scope: Scope) -> Iterator[EventText]:
    """The events of numbered rules, given in the order in which they are asked. Values of one fact for which the same
    rules wait stand together."""
    waiting = _Waiting(rules, scope)
    together: dict[tuple[str, tuple[str, ...]], list[_Event]] = {}
    for event in waiting.events:
        apart = event.key or event.words
        together.setdefault((apart, waiting.numbers(event)), []).append(event)
    told: set[str] = set()
    for (_, numbers), some in together.items():
        words = some[0].words
        if some[0].value is not None:
            words = f"When {value_event(some[0].key, [compared(one.value) for one in some if one.value])}"
        yield EventText(words, numbers, tuple(number for number in numbers if number in told))
        told.update(numbers)


class _Waiting:
    """Which rules wait for what."""

    def __init__(self, rules: Iterable[Numbered], scope: Scope) -> None:
        self.scope = scope
        self.order: dict[str, int] = {}
        self.events: dict[_Event, None] = {}
        self.by_words: dict[str, dict[str, None]] = defaultdict(dict)
        self.by_value: dict[tuple[str, str], list[tuple[str, EventTest]]] = defaultdict(list)
        self.others: dict[str, list[tuple[str, EventTest]]] = defaultdict(list)
        for number, rule in rules:
            self.order[number] = len(self.order)
            if isinstance(rule.trigger, On):
                for test in rule.trigger.tests:
                    self._add(number, test)
            else:
                self._add_words(number, trigger(rule.trigger))

    def numbers(self, event: _Event) -> tuple[str, ...]:
        """The rules that an event can set off, in the order in which they are asked."""
        if event.value is None:
            found = set(self.by_words[event.words])
        else:
            carried = {event.key: scalar(event.value)}
            asked = (*self.by_value[event.key, _same(event.value)], *self.others[event.key])
            found = {
                number for number, test in asked if trigger_test(test, self.scope)(carried, _MOMENT) is True
            }
        return tuple(sorted(found, key=self.order.__getitem__))

    def _add(self, number: str, test: EventTest) -> None:
        key = test.name.key
        if test.test is not None and names_values(test.test):
            for value in test.test.values:
                self.events[_Event(value_event(key, [compared(value)]), key, value)] = None
                self.by_value[key, _same(value)].append((number, test))
        else:
            self.others[key].append((number, test))
            self._add_words(number, f"When {event_test(test)}")

    def _add_words(self, number: str, words: str) -> None:
        self.events[_Event(words)] = None
        self.by_words[words][number] = None


def _same(value: Literal) -> str:
    return fold(as_written(value))
