"""Slips in declarations: a comma too many, values joined by "and", hours on one line, an event with a value."""

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.parse_failure import ParseFailure
from flowrules.language.problem import Problem
from flowrules.source import Span

_WITH_VALUES = frozenset({"list", "fact", "event", "allow", "default"})


def last_comma(failure: ParseFailure) -> Problem | None:
    """`list vip is gold, silver,`."""
    if failure.first.word not in _WITH_VALUES or not failure.at_line_end:
        return None
    last = next((p for p in reversed(failure.lexemes[: failure.here]) if p.kind != "newline"), None)
    if last is None or last.text != ",":
        return None
    edits = ((last.span, ""),)
    return Problem(
        codes.EXTRA_WORD,
        last.span,
        "Behind the last comma nothing follows.",
        "Take the comma out, or write what follows.",
        edits if failure.mends(edits, past=0) else (),
    )


def values_joined(failure: ParseFailure) -> Problem | None:
    """`list vip is gold and silver`."""
    lexeme = failure.lexeme()
    if (
        failure.first.word not in _WITH_VALUES
        or lexeme.word not in ("and", "or")
        or "COMMA" not in failure.accepts
    ):
        return None
    later = [p for p in failure.behind if p.word in ("and", "or")]
    edits = tuple((Span(_end_before(failure, p.span.start), p.span.end), ",") for p in later)
    if not failure.mends(edits):
        return None
    return Problem(
        codes.OTHER_WORDING,
        lexeme.span,
        f'Several values are joined by commas, not by "{lexeme.text}".',
        f"Write: {failure.lexeme(-1).text}, {failure.lexeme(1).text}",
        edits,
    )


def _end_before(failure: ParseFailure, at: int) -> int:
    return len(failure.text[:at].rstrip())


def hours_in_line(failure: ParseFailure) -> Problem | None:
    """`hours office is mon to fri 09:00 to 18:00`, `hours office 9 to 6`."""
    first = failure.first
    if first.word != "hours" or not failure.on_first_line or len(failure.before) < 2 or failure.at_line_end:
        return None
    name, lexeme = failure.line[1], failure.line[2]
    if lexeme.kind == "word" and lexeme.word not in ("is", "are") and not lexeme.word.startswith(_DAYS):
        return None
    return Problem(
        codes.LOOSE_LINES,
        Span(lexeme.span.start, failure.line_end),
        "The times stand on lines of their own below the name of the hours.",
        f'Write: hours {name.text}, below it "mon to fri 09:00 to 18:00", and below that "end".',
    )


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "daily", "every", "from", "between")


def event_with_value(failure: ParseFailure) -> Problem | None:
    """`event payment_done is yes`."""
    lexeme = failure.lexeme()
    if failure.first.word != "event" or lexeme.text.lower() not in ("is", "=", "are"):
        return None
    name = failure.lexeme(-1).text
    return Problem(
        codes.UNREADABLE,
        Span(lexeme.span.start, failure.line_end),
        "An event has a name and no value.",
        f"Write: event {name}. What is yes or no, a number or a text is a fact: fact {name} is yes/no",
    )
