"""Facts and values of one kind: a number is never a word, and a closed set of values has no others."""

from collections.abc import Iterable, Iterator
from typing import assert_never

from flowrules.analysis.model.builtin import TYPES, VALUES, weekday
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.report import Report, did_you_mean, replaced
from flowrules.analysis.model.scope import Scope
from flowrules.analysis.model.verb_fields import as_written
from flowrules.diagnostics.codes import arguments as codes
from flowrules.language.names import fold
from flowrules.language.nodes import (
    Compare,
    DefaultDisposition,
    DestinationMap,
    FactType,
    Given,
    Kind,
    Literal,
    Name,
    Remember,
    Test,
)
from flowrules.language.operators import BY_OP, ORDERED, Family
from flowrules.language.traverse import played_keys
from flowrules.source import Span

TEXTS = frozenset({Kind.WORD, Kind.TEXT, Kind.PHONE})

_FITS = {
    FactType.NUMBER: frozenset({Kind.NUMBER, Kind.DURATION}),
    FactType.DURATION: frozenset({Kind.NUMBER, Kind.DURATION}),
    FactType.YESNO: frozenset({Kind.YESNO}),
    FactType.TIME: frozenset({Kind.TIME}),
    FactType.DATE: frozenset({Kind.DATE}),
}
"""The values that a fact of each type can be held against; text takes any."""

_CALLED = {
    FactType.NUMBER: "a number",
    FactType.DURATION: "a length of time",
    FactType.YESNO: "yes or no",
    FactType.TIME: "a time of day",
    FactType.DATE: "a date",
    FactType.TEXT: "text",
    FactType.ONE_OF: "one of a few values",
}
_EXAMPLES = {
    FactType.NUMBER: "500",
    FactType.DURATION: "5 minutes",
    FactType.YESNO: "yes",
    FactType.TIME: "09:00",
    FactType.DATE: "2026-01-26",
}


def check_types(scope: Scope, report: Report) -> None:
    for unit in scope.units:
        for atom in unit.asked:
            if isinstance(atom, Compare):
                _check_compare(unit, atom, scope, report)
        for fact, values in _set_or_played(unit):
            _check_values(unit, fact, values, scope, report)


def type_of(key: str, scope: Scope) -> FactType | None:
    """A fact's type: as it is declared, or as the engine knows it."""
    declared = scope.facts.node(key)
    return declared.type if declared is not None else TYPES.get(key)


def values_of(key: str, scope: Scope) -> tuple[str, ...]:
    """The closed set of values that a fact has, as they are spelled; empty where it is open."""
    declared = scope.facts.node(key)
    if declared is not None:
        return tuple(as_written(value) for value in declared.values)
    return VALUES.get(key, ())


def _set_or_played(unit: CheckedBlock) -> Iterator[tuple[Name, tuple[Literal, ...]]]:
    """Facts with values that they are given, away from comparisons. A test may play what is badly typed on purpose,
    in quotes: `given refund_amount is "₹20,000"`."""
    for step in unit.steps:
        if isinstance(step, Remember):
            yield step.name, (step.value,)
    match unit.item:
        case DestinationMap(by=by, rows=rows):
            yield by, tuple(row.key for row in rows)
        case DefaultDisposition(event=Name() as event, value=Literal() as value):
            yield event, (value,)
        case Test(lines=lines):
            for line in lines:
                if isinstance(line, Given):
                    yield line.fact, _unquoted(line.values)
            yield from ((key.name, _unquoted(key.values)) for key in played_keys(unit.item))


def _unquoted(values: Iterable[Literal]) -> tuple[Literal, ...]:
    return tuple(value for value in values if value.kind is not Kind.TEXT)


def _check_compare(unit: CheckedBlock, compare: Compare, scope: Scope, report: Report) -> None:
    fact = compare.fact
    kind = type_of(fact.key, scope)
    operator = BY_OP[compare.op]
    if kind is not None and kind not in operator.types:
        values = compare.values or (Literal(Kind.WORD, "", "", compare.span),)
        span = Span(fact.span.end, values[-1].span.end if compare.values else compare.span.end)
        report.add(
            codes.WRONG_TYPE,
            unit.block,
            _trimmed(span, unit),
            f'"{fact.text}" is {_CALLED[kind]}, so "{operator.words}" can\'t be asked of it.',
            _other_question(kind),
        )
        return
    match operator.family:
        case Family.ORDER | Family.RANGE:
            _check_order(unit, compare, kind, report)
        case Family.AMONG:
            _check_values(unit, fact, compare.values, scope, report)
        case Family.PHRASE | Family.DIGITS | Family.AFFIX | Family.PRESENCE:
            pass
        case _:
            assert_never(operator.family)


def _trimmed(span: Span, unit: CheckedBlock) -> Span:
    text = unit.block.text[span.start : span.end]
    return Span(span.start + len(text) - len(text.lstrip()), span.end)


def _other_question(kind: FactType) -> str:
    if kind in ORDERED:
        return f'Ask with "is", "is at least" or "is less than", such as: is at least {_EXAMPLES[kind]}'
    if kind is FactType.YESNO:
        return "Ask: is yes, or is no."
    return 'Ask with "is", "is one of" or "contains".'


def _check_order(unit: CheckedBlock, compare: Compare, kind: FactType | None, report: Report) -> None:
    """More and less: each bound must have an order, the same as the fact's, and two bounds the same."""
    for value in compare.values:
        if not _has_order(value):
            hint = "Write a number, a length of time, a time such as 09:00, or a date."
            if value.kind is Kind.WORD:
                hint += " The right side is always a value, never another fact."
            message = f'"{value.raw.strip(_QUOTES)}" has no order, so nothing is more or less than it.'
            report.add(codes.NO_ORDER, unit.block, value.span, message, hint)
            return
        if kind is not None and not _fits(kind, value):
            _wrong_type(unit, compare.fact, kind, value, report)
            return
    if len({_order(value) for value in compare.values}) > 1:
        low, high = compare.values
        message = f'"{low.raw}" and "{high.raw}" are of different kinds, so nothing lies between them.'
        report.add(
            codes.NO_ORDER,
            unit.block,
            Span(low.span.start, high.span.end),
            message,
            "Use two numbers, two times or two dates.",
        )


_QUOTES = '"“”„'


def _has_order(value: Literal) -> bool:
    return value.kind is not Kind.YESNO and (value.kind not in TEXTS or _is_number(value))


def _is_number(value: Literal) -> bool:
    """A quoted number counts as one."""
    text = str(value.value)
    return (
        value.kind is Kind.TEXT
        and text.removeprefix("-").replace(".", "", 1).isdecimal()
        and not (text.removeprefix("-")[:1] == "0" and text.removeprefix("-")[1:2].isdecimal())
    )


def _order(value: Literal) -> str:
    return value.kind if value.kind in (Kind.TIME, Kind.DATE) else Kind.NUMBER


def _fits(kind: FactType, value: Literal) -> bool:
    """Whether a fact of this type can be held against this value with an answer."""
    fitting = _FITS.get(kind)
    if fitting is None or value.kind in fitting:
        return True
    if value.kind is not Kind.TEXT:
        return False
    if kind in (FactType.NUMBER, FactType.DURATION):
        return _is_number(value)
    if kind is FactType.YESNO:
        return fold(str(value.value)) in ("yes", "no", "true", "false")
    return False


def _check_values(
    unit: CheckedBlock, fact: Name, values: Iterable[Literal], scope: Scope, report: Report
) -> None:
    kind = type_of(fact.key, scope)
    if kind is None:
        return
    closed = values_of(fact.key, scope)
    known = {fold(value) for value in closed}
    for value in values:
        if not _fits(kind, value):
            _wrong_type(unit, fact, kind, value, report)
        elif closed and not _is_among(fact.key, value, known):
            written = as_written(value)
            guess = scope.guess(written, closed)
            report.add(
                codes.UNDECLARED_VALUE,
                unit.block,
                value.span,
                f'"{fact.text}" is never "{written}".',
                did_you_mean(guess, f"It is one of {', '.join(closed)}."),
                replaced(value.span, guess, quoted=" " in (guess.fix or "")),
            )


def _is_among(key: str, value: Literal, known: set[str]) -> bool:
    written = as_written(value)
    return fold(written) in known or (key == "today" and weekday(written) is not None)


def _wrong_type(unit: CheckedBlock, fact: Name, kind: FactType, value: Literal, report: Report) -> None:
    written = value.raw.strip(_QUOTES)
    report.add(
        codes.WRONG_TYPE,
        unit.block,
        value.span,
        f'"{fact.text}" is {_CALLED[kind]}, and "{written}" is not.',
        f"Write a value such as {_EXAMPLES[kind]}." if kind in _EXAMPLES else "",
    )
