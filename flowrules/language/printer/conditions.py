"""Triggers, guards and limits in words."""

from typing import assert_never

from flowrules.language.nodes import (
    AfterCall,
    AfterFact,
    And,
    AtTime,
    Compare,
    Condition,
    During,
    EventTest,
    Guard,
    GuardWord,
    Holiday,
    Limit,
    LimitKind,
    Not,
    On,
    OnAnything,
    Op,
    Or,
    Times,
    Trigger,
)
from flowrules.language.operators import BY_OP, Operand
from flowrules.language.printer.words import duration, in_zone, literal, literals


def condition(node: Condition) -> str:
    match node:
        case Compare():
            return f"{node.fact.text} {_asked(node)}"
        case During():
            return f"{'during' if node.inside else 'outside'} {node.hours.text}"
        case Holiday(hours=hours, is_one=is_one):
            return f"today is {'' if is_one else 'not '}a holiday{f' of {hours.text}' if hours else ''}"
        case Not():
            return f"not {bracketed(node.part)}"
        case And():
            return " and ".join(bracketed(part) for part in node.parts)
        case Or():
            return " or ".join(bracketed(part) for part in node.parts)


def bracketed(node: Condition) -> str:
    """A condition as it stands where other words follow or lead."""
    return f"({condition(node)})" if isinstance(node, And | Or) else condition(node)


def _asked(node: Compare) -> str:
    """What stands behind the fact's name."""
    return f"{BY_OP[node.op].words} {operand(node)}".rstrip()


def operand(node: Compare) -> str:
    """What stands behind a comparison's words; empty where nothing does."""
    kind = BY_OP[node.op].operand
    match kind:
        case Operand.NONE:
            return ""
        case Operand.LIST:
            return node.list.text if node.list else ""
        case Operand.RANGE:
            return " and ".join(literal(value) for value in node.values)
        case Operand.DIGITS:
            return f"{literals(node.values)} digits"
        case Operand.ONE | Operand.MANY:
            return literals(node.values)
        case _:
            assert_never(kind)


def trigger(node: Trigger) -> str:
    match node:
        case On():
            return f"on {occurrence(node)}"
        case OnAnything():
            return "on anything"
        case AfterCall():
            return f"after {literal(node.duration)}"
        case AfterFact():
            in_all = " in all" if node.in_all else ""
            return f"after {literal(node.duration)} of {node.fact.text}{in_all}"
        case AtTime():
            return f"at {literal(node.time)}{in_zone(node.zone)}"


def occurrence(node: On) -> str:
    """What happens, and how often, without the `on`."""
    if node.same and node.times:
        return f"the same {node.tests[0].name.text} {times(node.times)}"
    tests = " or ".join(event_test(test) for test in node.tests)
    return f"{tests} {times(node.times)}" if node.times else tests


def event_test(node: EventTest) -> str:
    if node.test is None:
        return node.name.text
    if node.test.op is Op.EQ:
        return f"{node.name.text}={literals(node.test.values)}"
    return f"{node.name.text} {_asked(node.test)}"


def times(node: Times) -> str:
    return f"{node.count} {'time' if node.count == 1 else 'times'}{' in a row' if node.in_a_row else ''}"


def guard(node: Guard) -> str:
    if node.word in (GuardWord.DURING, GuardWord.OUTSIDE):
        return condition(node.condition)
    return f"{node.word} {condition(node.condition)}"


def limit(node: Limit) -> str:
    if node.kind is LimitKind.COOLDOWN:
        return f"not again for {duration(node.amount, node.raw)}"
    if node.amount == 1:
        return "once per call"
    return f"at most {node.amount} times per call"
