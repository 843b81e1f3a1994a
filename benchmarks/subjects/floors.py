"""What plain Python needs: the least that any engine written in it could reach."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.subjects import Subject
from benchmarks.workload import Guard, Rule, Workload

Facts = Mapping[str, Any]
Test = Callable[[Facts], bool]


def shape_floor(workload: Workload) -> Subject:
    """A dict by intent, and one closure for each shape of a guard. Rules without an intent are a plain list that
    is walked for each event, as a first attempt would have it."""
    by_intent: dict[str | None, list[tuple[int, Test | None]]] = {}
    for number, rule in enumerate(workload.rules):
        by_intent.setdefault(rule.intent, []).append((number, _all(rule)))
    wild = tuple(by_intent.pop(None, ()))
    buckets = {intent: tuple(rules) for intent, rules in by_intent.items()}

    def decide(facts: Facts) -> int:
        found = -1
        for number, test in get(facts["intent"], ()):
            if test is None or test(facts):
                found = number
                break
        if wild:
            for number, test in wild:
                if number > found >= 0:
                    break
                if test is None or test(facts):
                    return number
        return found

    get = buckets.get
    return each_by(decide)


def lookup_floor(workload: Workload) -> Subject:
    """The look-up by intent alone: it finds the bucket and asks no guard, so its answers are not the rules'."""
    buckets: dict[str | None, tuple[int, ...]] = {}
    for number, rule in enumerate(workload.rules):
        buckets[rule.intent] = (*buckets.get(rule.intent, ()), number)

    get = buckets.get
    return each_by(lambda facts: get(facts["intent"]))


def each_by(decide: Callable[[Facts], Any]) -> Subject:
    """A subject that takes parsed facts."""

    def run(batch: list[Facts]) -> None:
        for facts in batch:
            decide(facts)

    return Subject(
        lambda events: [json.loads(event) for event in events],
        run,
        lambda batch: [decide(facts) for facts in batch],
    )


def _all(rule: Rule) -> Test | None:
    tests = [_test(guard) for guard in rule.guards]
    if rule.word is not None:
        tests.insert(0, _said(rule.word))
    if len(tests) < 2:
        return tests[0] if tests else None
    if len(tests) == 2:
        return _both(*tests)
    return lambda facts: all(test(facts) for test in tests)


def _test(guard: Guard) -> Test:
    match guard.op:
        case "at_least":
            return _at_least(guard.fact, guard.value)
        case "is":
            return _is(guard.fact, guard.value)
        case _:
            return _one_of(guard.fact, frozenset(guard.value))


def _at_least(fact: str, bound: float) -> Test:
    def test(facts: Facts) -> bool:
        value = facts.get(fact)
        return value is not None and value >= bound

    return test


def _is(fact: str, wanted: Any) -> Test:
    def test(facts: Facts) -> bool:
        return bool(facts.get(fact) == wanted)

    return test


def _one_of(fact: str, wanted: frozenset[str]) -> Test:
    def test(facts: Facts) -> bool:
        return facts.get(fact) in wanted

    return test


def _said(word: str) -> Test:
    def test(facts: Facts) -> bool:
        return word in facts["said"].split()

    return test


def _both(first: Test, second: Test) -> Test:
    def test(facts: Facts) -> bool:
        return first(facts) and second(facts)

    return test
