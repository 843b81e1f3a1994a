"""Triggers as tests of what an event carries, and the timers that rules ask for."""

from flowrules.compiler import reading
from flowrules.compiler.comparisons import compile_compare
from flowrules.compiler.compiled_rule import CompiledRule, TimerSpec
from flowrules.compiler.conditions import operands
from flowrules.compiler.moment import Moment
from flowrules.compiler.scope import Scope
from flowrules.compiler.shapes import Facts, Operands, Test
from flowrules.language.nodes import AfterCall, AfterFact, AtTime, EventTest, On, OnAnything, Rule
from flowrules.language.operators import BY_OP, Family


def trigger_test(node: EventTest, scope: Scope) -> Test:
    """Whether an event's keys, given as facts, pass one test of an `on`. A key must be carried to pass any."""
    if node.test is None:
        return Test(_carried, (node.name.key,))
    row = BY_OP[node.test.op]
    if row.family is Family.PRESENCE and row.negative:
        return Test(_never, ())
    return compile_compare(node.test, operands(node.test, scope), scope.zone)


def _carried(operands: Operands, facts: Facts, moment: Moment) -> bool | None:
    (key,) = operands
    value = facts.get(key)
    values = value if isinstance(value, tuple) else () if value is None else (value,)
    return any(reading.yesno(one) is not False for one in values)


def _never(operands: Operands, facts: Facts, moment: Moment) -> bool | None:
    return False


def matches(
    rule: CompiledRule,
    scope: Scope,
    carried: Facts,
    reported: bool,
    timer: str,
    moment: Moment,
) -> bool:
    """Whether an event meets a rule's trigger, counter apart: the answer that the index gives by look-up."""
    trigger = rule.rule.trigger
    match trigger:
        case On(tests):
            return any(trigger_test(test, scope)(carried, moment) for test in tests)
        case OnAnything():
            return reported
        case AfterCall() | AfterFact() | AtTime():
            return timer_key(rule) == timer


def timer_of(rule_id: str, rule: Rule) -> TimerSpec | None:
    """The timer that sets a rule off; None where an event does."""
    match rule.trigger:
        case AfterCall(duration):
            return TimerSpec(f"@call/{rule_id}", after=_whole(duration.value))
        case AfterFact(duration, fact):
            return TimerSpec(f"{fact.key}/{rule_id}", fact=fact.key, after=_whole(duration.value))
        case AtTime(time):
            return TimerSpec(f"@clock/{rule_id}", at=_whole(time.value))
        case On() | OnAnything():
            return None


def timer_key(rule: CompiledRule) -> str | None:
    timer = timer_of(rule.id, rule.rule)
    return timer.key if timer else None


def _whole(value: object) -> int:
    assert isinstance(value, int)
    return value
