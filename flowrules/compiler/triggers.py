"""Triggers as tests of what an event carries, and the timers that rules ask for."""

from flowrules.analysis.model.builtin import SPOKEN_FACTS
from flowrules.compiler.compiled_rule import CompiledRule, TimerSpec
from flowrules.compiler.guards import coerce
from flowrules.compiler.guards.comparisons import compile_compare
from flowrules.compiler.guards.conditions import operands
from flowrules.compiler.guards.guard_codegen import Facts, Operands, Test
from flowrules.compiler.guards.scope import Scope
from flowrules.compiler.times.clocks import clock_of
from flowrules.compiler.times.moment import Moment
from flowrules.language.nodes import AfterCall, AfterFact, AtTime, EventTest, FactType, On, OnAnything
from flowrules.language.operators import BY_OP, Family


def trigger_test(node: EventTest, scope: Scope) -> Test:
    """Whether an event's keys, given as facts, pass one test of an `on`. A key must be carried to pass any."""
    if node.test is None:
        return Test(_carried if is_bare(node.name.key, scope) else _supplied, (node.name.key,))
    row = BY_OP[node.test.op]
    if row.family is Family.PRESENCE and row.negative:
        return Test(_never, ())
    return compile_compare(node.test, operands(node.test, scope), scope.zone, scope.checked.languages)


def is_bare(key: str, scope: Scope) -> bool:
    """Whether a name that an `on` waits for without a value is that of an event, which did not happen where it is given
    no. Of what the caller says, and of facts that hold more than yes and no, every value is one: "No" is an answer."""
    if key in CONTENT:
        return False
    fact = scope.checked.facts.get(key)
    return fact is None or fact.type is FactType.YESNO


CONTENT = SPOKEN_FACTS | {"intent"}
"""What needs no declaration, and is no event by itself."""


def _carried(operands: Operands, facts: Facts, moment: Moment) -> bool | None:
    (key,) = operands
    value = facts.get(key)
    values = value if isinstance(value, tuple) else () if value is None else (value,)
    return any(not coerce.denied(one) for one in values)


def _supplied(operands: Operands, facts: Facts, moment: Moment) -> bool | None:
    (key,) = operands
    return facts.get(key, ()) != ()


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


def timer_of(rule: CompiledRule, scope: Scope) -> TimerSpec | None:
    """The timer that sets a rule off; None where an event does."""
    trigger, key = rule.rule.trigger, timer_key(rule)
    if key is None:
        return None
    match trigger:
        case AfterCall(duration):
            return TimerSpec(key, after=_whole(duration.value))
        case AfterFact(duration, fact, in_all):
            return TimerSpec(key, fact=fact.key, after=_whole(duration.value), in_all=in_all)
        case AtTime(time, zone):
            return TimerSpec(key, at=_whole(time.value), clock=clock_of(zone, scope.zone))
        case On() | OnAnything():
            return None


def timer_key(rule: CompiledRule) -> str | None:
    """What the event of a rule's timer carries; None where no timer sets the rule off."""
    match rule.rule.trigger:
        case AfterCall():
            return f"@call/{rule.id}"
        case AfterFact(in_all=True):
            return f"@all/{rule.id}"  # It is not armed again.
        case AfterFact(fact=fact):
            return f"{fact.key}/{rule.id}"
        case AtTime():
            return f"@clock/{rule.id}"
        case On() | OnAnything():
            return None


def _whole(value: object) -> int:
    assert isinstance(value, int)
    return value
