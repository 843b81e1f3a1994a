"""A comparison as a test of what is known.

Each answers True, False, or None for unknown: nobody supplied the fact, or its type can't be compared. A fact
with several values answers yes where any of them does; asked for more or less, only where all of them can be compared.
"""

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from typing import assert_never
from zoneinfo import ZoneInfo

from flowrules.compiler.guards import coerce
from flowrules.compiler.guards.coerce import Comparable, Reader
from flowrules.compiler.guards.guard_codegen import Facts, Operands, Template, Test, from_template, not_
from flowrules.compiler.guards.spoken_digits import Languages, only_digits, some_digits
from flowrules.compiler.times.moment import COMPUTED, DAYS, Moment
from flowrules.language import texts
from flowrules.language.names import fold
from flowrules.language.nodes import Compare, Kind, Literal, Op
from flowrules.language.operators import AFFIXES, BY_OP, Family, Operator, positive
from flowrules.language.values import Scalar, Value

Judge = Callable[[Scalar], bool | None]
"""What a comparison says of one value."""

Domain = tuple[Reader, frozenset[Comparable]]
"""Values of one type that are looked for, and how a fact's value is read as that type."""

Holds = Callable[[Comparable, Comparable], bool]
_ORDER: Mapping[Op, tuple[str, Holds]] = {
    Op.LT: ("<", operator.lt),
    Op.LE: ("<=", operator.le),
    Op.GT: (">", operator.gt),
    Op.GE: (">=", operator.ge),
}
_DIGITS = re.compile(r"-?[0-9.]+")
"""How a number may begin or end."""
_TEXTUAL = frozenset({Kind.WORD, Kind.TEXT, Kind.PHONE})


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
    if row.family is Family.AMONG and all(value.kind in _TEXTUAL for value in values):
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
    return Test(ask, (key, _judge(row, values, languages)))


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
    return None if value is None else _ask(_among(_text_domains(words)), value)


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
        for op, (sign, holds) in _ORDER.items()
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


# --- judges: what is said of one value ----------------------------------------------------------------------


def _judge(row: Operator, values: tuple[Literal, ...], languages: Languages = ()) -> Judge:
    """What a comparison without a "not" in it says of one value that was supplied."""
    match row.family:
        case Family.AMONG:
            return _among(domains(values))
        case Family.PHRASE:
            return _contains(tuple(phrase(value) for value in values))
        case Family.DIGITS:
            return _digits(row.op, values[0], languages)
        case Family.AFFIX:
            return _affix(AFFIXES[row.op], fold(_spoken(values[0])))
        case Family.RANGE:
            return _between(order_bound(values[0]), order_bound(values[1]))
        case Family.ORDER:
            bound = order_bound(values[0])
            return _incomparable if bound is None else _ordered(bound[0], _ORDER[row.op][1], bound[1])
        case Family.PRESENCE:
            return _supplied
        case _:
            assert_never(row.family)


def domains(values: Iterable[Literal]) -> tuple[Domain, ...]:
    """The values that are looked for, by type."""
    found: dict[Reader, set[Comparable]] = {}
    folded: list[str] = []
    for literal in values:
        if literal.kind in _TEXTUAL:
            folded.append(fold(str(literal.value)))
        else:
            found.setdefault(_READERS[literal.kind], set()).add(literal.value)
    others = tuple((read, frozenset(bounds)) for read, bounds in found.items())
    return _text_domains(folded) + others if folded else others


def plain_text(literal: Literal) -> str | None:
    """The folded text of a literal that only a text can equal."""
    if literal.kind not in _TEXTUAL:
        return None
    text = str(literal.value)
    word = fold(text)
    if coerce.number(word) is not None or coerce.yesno(word) is not None:
        return None
    return text if text == word else word  # the syntax keeps its own copy already


def _text_domains(words: Iterable[str]) -> tuple[Domain, ...]:
    """A text that is exactly a number also equals a fact that came as that number, and one that is yes or no one
    that came as that."""
    words = frozenset(words)
    numbers = frozenset(number for word in words if (number := coerce.number(word)) is not None)
    yesno = frozenset(yes for word in words if (yes := coerce.yesno(word)) is not None)
    found: tuple[Domain, ...] = (
        (coerce.text, words),
        (coerce.plain_number, numbers),
        (coerce.plain_yesno, yesno),
    )
    return tuple(domain for domain in found if domain[1])


_READERS: Mapping[Kind, Reader] = {
    Kind.NUMBER: coerce.number,
    Kind.DURATION: coerce.duration,
    Kind.YESNO: coerce.yesno,
    Kind.TIME: coerce.clock,
    Kind.DATE: coerce.day,
}


def order_bound(literal: Literal) -> tuple[Reader, Comparable] | None:
    """What a comparison of more and less is held against; None for a text, which has no order."""
    if literal.kind in _TEXTUAL:
        as_number = coerce.number(str(literal.value))
        return None if as_number is None else (coerce.number, as_number)
    if literal.kind is Kind.YESNO:
        return None
    return _READERS[literal.kind], literal.value


def _among(looked_for: tuple[Domain, ...]) -> Judge:
    """Unknown only where the value can be compared with none of those that are looked for."""

    def among(value: Scalar) -> bool | None:
        answer = None
        for read, bounds in looked_for:
            if (seen := read(value)) is not None:
                if seen in bounds:
                    return True
                answer = False
        return answer

    return among


def _ordered(read: Reader, holds: Holds, limit: Comparable) -> Judge:
    def ordered(value: Scalar) -> bool | None:
        seen = read(value)
        return None if seen is None else holds(seen, limit)

    return ordered


def _between(low: tuple[Reader, Comparable] | None, high: tuple[Reader, Comparable] | None) -> Judge:
    """Both ends belong to it. A stretch of the day may run over midnight (22:00 and 06:00)."""
    if low is None or high is None:
        return _incomparable
    readers = {low[0], high[0]}
    if len(readers) > 1 and not readers <= {coerce.number, coerce.duration}:
        return _incomparable
    read = low[0] if len(readers) == 1 else coerce.duration
    inside = _range(low[1], high[1], round_the_clock=low[0] is coerce.clock)

    def between(value: Scalar) -> bool | None:
        seen = read(value)
        return None if seen is None else inside(seen)

    return between


def _range(low: Comparable, high: Comparable, round_the_clock: bool) -> Callable[[Comparable], bool]:
    if round_the_clock and operator.gt(low, high):
        return lambda seen: operator.ge(seen, low) or operator.le(seen, high)
    return lambda seen: operator.ge(seen, low) and operator.le(seen, high)


def _contains(phrases: tuple[str, ...]) -> Judge:
    plain = tuple(filter(texts.is_plain, phrases))
    others = tuple(wanted for wanted in phrases if not texts.is_plain(wanted))

    def contains(value: Scalar) -> bool | None:
        if type(value) is not str:
            return None
        said = texts.words(value)
        return any(wanted in said for wanted in plain) or any(texts.holds(said, wanted) for wanted in others)

    return contains


def phrase(literal: Literal) -> str:
    """What `contains` looks for."""
    return texts.phrase(_spoken(literal))


def _spoken(literal: Literal) -> str:
    return str(literal.value) if literal.kind in _TEXTUAL else literal.raw


def _digits(op: Op, literal: Literal, languages: Languages) -> Judge:
    wanted = literal.value
    assert isinstance(wanted, int)

    def enough(value: Scalar) -> bool | None:
        count = some_digits(value, languages)
        return None if count is None else count >= wanted

    def exactly(value: Scalar) -> bool | None:
        return None if some_digits(value) is None else only_digits(value, languages) == wanted

    return exactly if op is Op.IS_DIGITS else enough


def _affix(has: Callable[[str, str], bool], affix: str) -> Judge:
    is_number = _DIGITS.fullmatch(affix) is not None

    def judge(value: Scalar) -> bool | None:
        if type(value) is str:
            return has(fold(value), affix)
        number = coerce.plain_number(value) if is_number else None
        return None if number is None else has(coerce.in_digits(number), affix)

    return judge


def _supplied(value: Scalar) -> bool | None:
    return True


def _incomparable(value: Scalar) -> bool | None:
    return None


# --- facts that follow from the moment ----------------------------------------------------------------------


def _computed_test(key: str, row: Operator, values: tuple[Literal, ...], zone: ZoneInfo) -> Test:
    if key == "today":
        values = tuple(_full_day(value) for value in values)
    return Test(_computed, (_judge(row, values), COMPUTED[key], zone))


def _computed(operands: Operands, facts: Facts, moment: Moment) -> bool | None:
    judge, value_of, zone = operands
    answer: bool | None = judge(value_of(moment, zone))
    return answer


def _full_day(literal: Literal) -> Literal:
    """`mon` as `monday`."""
    word = fold(str(literal.value))
    full = next((name for name in DAYS if len(word) >= 3 and name.startswith(word)), word)
    return Literal(literal.kind, full, literal.raw, literal.span)
