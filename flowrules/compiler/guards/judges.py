"""What a comparison says of one value: yes, no, or None where the value can't be compared."""

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from typing import assert_never

from flowrules.compiler.guards import coerce
from flowrules.compiler.guards.coerce import Comparable, Reader
from flowrules.compiler.guards.spoken_digits import Languages, only_digits, some_digits
from flowrules.language import texts
from flowrules.language.names import fold
from flowrules.language.nodes import Kind, Literal, Op
from flowrules.language.operators import AFFIXES, Family, Operator
from flowrules.language.values import Scalar

Judge = Callable[[Scalar], bool | None]
"""What a comparison says of one value."""
Domain = tuple[Reader, frozenset[Comparable]]
"""Values of one type that are looked for, and how a fact's value is read as that type."""
Holds = Callable[[Comparable, Comparable], bool]
ORDER: Mapping[Op, tuple[str, Holds]] = {
    Op.LT: ("<", operator.lt),
    Op.LE: ("<=", operator.le),
    Op.GT: (">", operator.gt),
    Op.GE: (">=", operator.ge),
}

_DIGITS = re.compile(r"-?[0-9.]+")
"""How a number may begin or end."""
TEXTUAL = frozenset({Kind.WORD, Kind.TEXT, Kind.PHONE})


def judge_of(row: Operator, values: tuple[Literal, ...], languages: Languages = ()) -> Judge:
    """What a comparison without a "not" in it says of one value that was supplied."""
    match row.family:
        case Family.AMONG:
            return _among(domains(values))
        case Family.PHRASE:
            return _contains(tuple(phrase(value) for value in values))
        case Family.DIGITS:
            return _digits(row.op, values[0], languages)
        case Family.AFFIX:
            return _affix(AFFIXES[row.op], fold(spoken(values[0])))
        case Family.RANGE:
            return _between(order_bound(values[0]), order_bound(values[1]))
        case Family.ORDER:
            bound = order_bound(values[0])
            return _incomparable if bound is None else _ordered(bound[0], ORDER[row.op][1], bound[1])
        case Family.PRESENCE:
            return _supplied
        case _:
            assert_never(row.family)


def domains(values: Iterable[Literal]) -> tuple[Domain, ...]:
    """The values that are looked for, by type."""
    found: dict[Reader, set[Comparable]] = {}
    folded: list[str] = []
    for literal in values:
        if literal.kind in TEXTUAL:
            folded.append(fold(str(literal.value)))
        else:
            found.setdefault(_READERS[literal.kind], set()).add(literal.value)
    others = tuple((read, frozenset(bounds)) for read, bounds in found.items())
    return text_domains(folded) + others if folded else others


def plain_text(literal: Literal) -> str | None:
    """The folded text of a literal that only a text can equal."""
    if literal.kind not in TEXTUAL:
        return None
    text = str(literal.value)
    word = fold(text)
    if coerce.number(word) is not None or coerce.yesno(word) is not None:
        return None
    return text if text == word else word  # the syntax keeps its own copy already


def text_domains(words: Iterable[str]) -> tuple[Domain, ...]:
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
    if literal.kind in TEXTUAL:
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
    return texts.phrase(spoken(literal))


def spoken(literal: Literal) -> str:
    return str(literal.value) if literal.kind in TEXTUAL else literal.raw


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
