"""evalidate and rule-engine: libraries for expressions. They hold no rule set, so a host loops over its rules in
written order until one says yes."""

from collections.abc import Callable
from typing import Any

from benchmarks.subjects import Subject
from benchmarks.subjects.floors import each_by
from benchmarks.workload import Guard, Rule, Workload


def evalidate_loop(workload: Workload) -> Subject:
    from evalidate import Expr, base_eval_model

    model = base_eval_model.clone()
    model.nodes += ["Tuple"]
    codes = [Expr(_expression(rule, _python), model=model).code for rule in workload.rules]
    ask = eval

    def decide(facts: Any) -> int:
        """`Expr.eval` does the same one call deeper."""
        for number, code in enumerate(codes):
            if ask(code, NO_BUILTINS, facts):
                return number
        return -1

    return each_by(decide)


NO_BUILTINS: dict[str, Any] = {"__builtins__": {}}


def rule_engine_loop(workload: Workload) -> Subject:
    import rule_engine

    rules = [rule_engine.Rule(_expression(rule, _rule_engine)) for rule in workload.rules]

    def decide(facts: Any) -> int:
        for number, rule in enumerate(rules):
            if rule.matches(facts):
                return number
        return -1

    return each_by(decide)


def _expression(rule: Rule, words: Callable[[Guard], str]) -> str:
    return " and ".join([f'intent == "{rule.intent}"', *map(words, rule.guards)])


def _python(guard: Guard) -> str:
    match guard.op:
        case "at_least":
            return f"{guard.fact} >= {guard.value}"
        case "is":
            return f"{guard.fact} == {guard.value!r}"
        case _:
            return f"{guard.fact} in {guard.value!r}"


def _rule_engine(guard: Guard) -> str:
    match guard.op:
        case "at_least":
            return f"{guard.fact} >= {guard.value}"
        case "is":
            value = str(guard.value).lower() if isinstance(guard.value, bool) else f'"{guard.value}"'
            return f"{guard.fact} == {value}"
        case _:
            values = ", ".join(f'"{value}"' for value in guard.value)
            return f"{guard.fact} in [{values}]"
