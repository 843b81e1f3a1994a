"""A comparison as a test of what is known.

Each answers True, False, or None for unknown: nobody supplied the fact, or its type can't be compared. A fact
with several values answers yes where any of them does; asked for more or less, only where all of them can be compared.
"""

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from flowrules.compiler.guards import coerce
from flowrules.compiler.guards.coerce import Comparable, Reader
from flowrules.compiler.guards.guard_codegen import Facts, Operands, Template, Test, from_template, not_
from flowrules.compiler.guards.judges import (
    ORDER,
    TEXTUAL,
    Holds,
    Judge,
    _among,
    _ordered,
    judge_of,
    order_bound,
    text_domains,
)
from flowrules.compiler.guards.spoken_digits import Languages
from flowrules.compiler.times.moment import COMPUTED, DAYS, Moment
from flowrules.language.names import fold
from flowrules.language.nodes import Compare, Kind, Literal, Op
from flowrules.language.operators import BY_OP, Family, Operator, positive
from flowrules.language.values import Value


def compile_compare(
    node: Compare, values: tuple[Literal, ...], zone: ZoneInfo, languages: Languages = ()
) -> Test:
    """A comparison as a test. `values` are its own literals, or those of the list that it names; `languages` those
    whose words for digits count as digits."""
    row = BY_OP[node.op]
    asked = _positive(node.fact.key, positive(row), values, zone, languages)
    return not_(asked) if row.negative else asked


def _positive(
    key: str, row: Operator, values: tuple[Literal, ...], zone: ZoneInfo, languages: Languages
) -> Test:
    if row.family is Family.PRESENCE:
        return Test(_always, ()) if key in COMPUTED else Test(_known, (key,))
    if key in COMPUTED:
        return _computed_test(key, row, values, zone)
    if row.family is Family.AMONG and all(value.kind in TEXTUAL for value in values):
        folded = frozenset(fold(str(value.value)) for value in values)
        return (
            from_template(key, _TEXT_IS, next(iter(folded)))
            if len(folded) == 1
            else from_template(key, _TEXT_AMONG, folded)
        )
    if row.family is Family.ORDER and (bound := order_bound(values[0])) and bound[0] in _HOLDS:
        return from_template(key, _HOLDS[bound[0]][row.op], bound[1])
    if row.op is Op.EQ and values[0].kind is Kind.YESNO:
        return from_template(key, _YES_IS, bool(values[0].value))
    ask = _measured if row.family in (Family.ORDER, Family.RANGE) else _fact
    return Test(ask, (key, judge_of(row, values, languages)))


# --- facts --------------------------------------------------------------------------------------------------
#
# The usual comparisons answer by themselves where the fact has the usual type, and make a judge only where it has
# not.


def _always(operands: Operands, facts: Facts, moment: Moment) -> bool | None:
    return True


def _known(operands: Operands, facts: Facts, moment: Moment) -> bool | None:
    (key,) = operands
    return key in facts and facts[key] != ()


def _fact(operands: Operands, facts: Facts, moment: Moment) -> bool | None:
    key, judge = operands
    return _ask(judge, facts.get(key))


def _measured(operands: Operands, facts: Facts, moment: Moment) -> bool | None:
    key, judge = operands
    return _ask_all(judge, facts.get(key))


def _ask_texts(words: Iterable[str], value: Value | None) -> bool | None:
    return None if value is None else _ask(_among(text_domains(words)), value)


def _ask_number(read: Reader, holds: Holds, bound: Comparable, value: Value | None) -> bool | None:
    return None if value is None else _ask_all(_ordered(read, holds, bound), value)


def _ask_yes(wanted: bool, value: Value | None) -> bool | None:
    return None if value is None else _ask(_among(((coerce.yesno, frozenset({wanted})),)), value)


_ASK_TEXTS = (("fold", fold), ("ask_texts", _ask_texts))
_TEXT_IS = Template(
    "value == bound",
    "fold(value) == bound if type(value) is str else ask_texts((bound,), value)",
    _ASK_TEXTS,
)
_TEXT_AMONG = Template(
    "value in bound",
    "fold(value) in bound if type(value) is str else ask_texts(bound, value)",
    _ASK_TEXTS,
)
_YES_IS = Template(
    "value is bound",
    "value is bound if type(value) is bool else ask_yes(bound, value)",
    (("ask_yes", _ask_yes),),
)


def _holds(read: Reader) -> Mapping[Op, Template]:
    """More and less of what is read so: numbers, or lengths of time."""
    return {
        op: Template(
            f"type(value) is int and value {sign} bound",
            f"value {sign} bound if type(value) is int or type(value) is float "
            f"else ask_number({read.__name__}, {holds.__name__}, bound, value)",
            (("ask_number", _ask_number), (read.__name__, read), (holds.__name__, holds)),
        )
        for op, (sign, holds) in ORDER.items()
    }


_HOLDS: Mapping[Reader, Mapping[Op, Template]] = {
    read: _holds(read) for read in (coerce.number, coerce.duration)
}


def _ask(judge: Judge, value: Value | None) -> bool | None:
    """What a judge says of a fact: unknown where there is none, any of several values."""
    if value is None:
        return None
    if not isinstance(value, tuple):
        return judge(value)
    answers = [judge(one) for one in value]
    return True if True in answers else None if None in answers or not answers else False


def _ask_all(judge: Judge, value: Value | None) -> bool | None:
    """The same of more and less. One of several values that can't be compared leaves the answer open: of 100 and "about
    800" nobody knows whether that is less than 200."""
    if isinstance(value, tuple) and None in map(judge, value):
        return None
    return _ask(judge, value)


# --- facts that follow from the moment ----------------------------------------------------------------------


def _computed_test(key: str, row: Operator, values: tuple[Literal, ...], zone: ZoneInfo) -> Test:
    if key == "today":
        values = tuple(_full_day(value) for value in values)
    return Test(_computed, (judge_of(row, values), COMPUTED[key], zone))


def _computed(operands: Operands, facts: Facts, moment: Moment) -> bool | None:
    judge, value_of, zone = operands
    answer: bool | None = judge(value_of(moment, zone))
    return answer


def _full_day(literal: Literal) -> Literal:
    """`mon` as `monday`."""
    word = fold(str(literal.value))
    full = next((name for name in DAYS if len(word) >= 3 and name.startswith(word)), word)
    return Literal(literal.kind, full, literal.raw, literal.span)
