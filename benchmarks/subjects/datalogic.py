"""datalogic-py: one `switch` on the intent with a chain of `if` a case, compiled once, run in a session on data
that is parsed already. A session's arena and ready data handles are its fastest way."""

from typing import Any

import datalogic_py

from benchmarks.subjects import Subject
from benchmarks.workload import Guard, Rule, Workload


def datalogic(workload: Workload) -> Subject:
    cases: dict[str, list[tuple[int, Rule]]] = {}
    wild: list[tuple[int, Rule]] = []
    for number, rule in enumerate(workload.rules):
        (cases.setdefault(rule.intent, []) if rule.intent is not None else wild).append((number, rule))
    logic: Any = {"switch": [{"var": "intent"}, [[key, _chain(rules)] for key, rules in cases.items()], NONE]}
    if wild:
        logic = {"min": [logic, _chain(wild)]}
    engine = datalogic_py.Engine()
    compiled = engine.compile(logic)
    session = engine.session()

    evaluate = session.evaluate_data

    def run(batch: list[Any]) -> None:
        for event in batch:
            evaluate(compiled, event)

    def answers(batch: list[Any]) -> list[int]:
        results = [int(evaluate(compiled, event)) for event in batch]
        return [-1 if result == NONE else result for result in results]

    return Subject(lambda events: [datalogic_py.DataHandle(event) for event in events], run, answers)


NONE = 1 << 40
"""No rule: behind all of them."""


def _chain(rules: list[tuple[int, Rule]]) -> Any:
    branches: list[Any] = []
    for number, rule in rules:
        conditions = [_condition(guard) for guard in rule.guards]
        if rule.word is not None:
            conditions.insert(0, {"in": [f" {rule.word} ", {"cat": [" ", {"var": "said"}, " "]}]})
        if not conditions:
            return {"if": [*branches, number]} if branches else number
        branches += [conditions[0] if len(conditions) == 1 else {"and": conditions}, number]
    return {"if": [*branches, NONE]}


def _condition(guard: Guard) -> Any:
    fact = {"var": guard.fact}
    match guard.op:
        case "at_least":
            return {">=": [fact, guard.value]}
        case "is":
            return {"===": [fact, guard.value]}
        case _:
            return {"in": [fact, list(guard.value)]}
