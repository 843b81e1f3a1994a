"""Values of a fact that meet a comparison, miss it, or stand at its edge."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import assert_never

from flowrules.analysis.model.verb_fields import scalar
from flowrules.compiler.guards.conditions import operands
from flowrules.compiler.ruleset import RuleSet
from flowrules.language.nodes import And, Compare, Condition, FactType, Kind, Literal, Name, Not, Op, Or
from flowrules.language.operators import BY_OP, Family
from flowrules.language.values import Value


def compares_of(node: Condition | None) -> Iterator[Compare]:
    match node:
        case Compare():
            yield node
        case Not(part=part):
            yield from compares_of(part)
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from compares_of(part)


def some(fact: Name, ruleset: RuleSet) -> Value:
    """A value that a fact may have, of which nothing is asked but that it is known."""
    declared = ruleset.checked.facts.get(fact.key)
    match declared.type if declared is not None else FactType.TEXT:
        case FactType.NUMBER | FactType.DURATION:
            return 1
        case FactType.YESNO:
            return True
        case FactType.ONE_OF:
            assert declared is not None
            return scalar(declared.values[0])
        case FactType.TIME:
            return "10:00"
        case FactType.DATE:
            return "2026-03-09"
        case FactType.TEXT:
            return f"some {fact.text}"


def samples(compare: Compare, ruleset: RuleSet, *, meet: bool) -> Iterator[Value | None]:
    """Values of a fact that meet a comparison, or that miss it; None: unknown."""
    values = operands(compare, ruleset.scope)
    row = BY_OP[compare.op]
    yes = meet is not row.negative
    match row.family:
        case Family.PRESENCE:
            yield some(compare.fact, ruleset) if yes else None
        case Family.AMONG | Family.PHRASE | Family.AFFIX:
            yield from (map(_plain, values) if yes else _others(values))
        case Family.DIGITS:
            assert isinstance(values[0].value, int)
            yield "1" * (values[0].value if yes else values[0].value - 1 or values[0].value + 1)
        case Family.RANGE:
            low, high = values
            yield from ((_plain(low), _plain(high)) if yes else (_moved(low, -1), _moved(high, 1)))
        case Family.ORDER:
            step = 1 if row.op in (Op.GE, Op.GT) else -1
            at = _plain(values[0])
            beyond, short = _moved(values[0], step), _moved(values[0], -step)
            inclusive = row.op in (Op.GE, Op.LE)
            if meet:
                yield from ((at, beyond) if inclusive else (beyond,))
            else:
                yield from ((short,) if inclusive else (at, short))
        case _:
            assert_never(row.family)


def _plain(literal: Literal) -> Value:
    return scalar(literal)


def _others(values: tuple[Literal, ...]) -> Iterator[Value]:
    first = values[0]
    if isinstance(first.value, bool):
        yield not first.value
    elif first.kind in (Kind.NUMBER, Kind.DURATION):
        yield max(one.value for one in values if isinstance(one.value, int | float)) + 1
    else:
        yield "something_else"


def _moved(literal: Literal, step: int) -> Value:
    value = literal.value
    if isinstance(value, date):
        return (value + timedelta(days=step)).isoformat()
    if literal.kind is Kind.TIME and isinstance(value, int):
        minutes = (value + step) % (24 * 60)
        return f"{minutes // 60:02}:{minutes % 60:02}"
    return value + step if isinstance(value, int | float) else f"{value}_"
