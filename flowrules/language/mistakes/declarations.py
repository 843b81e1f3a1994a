"""Slips in declarations: a comma too many, values joined by "and", hours on one line, an event with a value."""

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.stumble import Stumble
from flowrules.language.problem import Problem
from flowrules.source import Span

_WITH_VALUES = frozenset({"list", "fact", "event", "allow", "default"})


def last_comma(stumble: Stumble) -> Problem | None:
    """`list vip is gold, silver,`."""
    if stumble.first.word not in _WITH_VALUES or not stumble.at_line_end:
        return None
    last = next((p for p in reversed(stumble.pieces[: stumble.here]) if p.kind != "newline"), None)
    if last is None or last.text != ",":
        return None
    edits = ((last.span, ""),)
    return Problem(
        codes.EXTRA_WORD,
        last.span,
        "Behind the last comma nothing follows.",
        "Take the comma out, or write what follows.",
        edits if stumble.mends(edits, past=0) else (),
    )


def values_joined(stumble: Stumble) -> Problem | None:
    """`list vip is gold and silver`."""
    piece = stumble.piece()
    if (
        stumble.first.word not in _WITH_VALUES
        or piece.word not in ("and", "or")
        or "COMMA" not in stumble.accepts
    ):
        return None
    later = [p for p in stumble.behind if p.word in ("and", "or")]
    edits = tuple((Span(_end_before(stumble, p.span.start), p.span.end), ",") for p in later)
    if not stumble.mends(edits):
        return None
    return Problem(
        codes.OTHER_WORDING,
        piece.span,
        f'Several values are joined by commas, not by "{piece.text}".',
        f"Write: {stumble.piece(-1).text}, {stumble.piece(1).text}",
        edits,
    )


def _end_before(stumble: Stumble, at: int) -> int:
    return len(stumble.text[:at].rstrip())


def hours_in_line(stumble: Stumble) -> Problem | None:
    """`hours office is mon to fri 09:00 to 18:00`, `hours office 9 to 6`."""
    first = stumble.first
    if first.word != "hours" or not stumble.on_first_line or len(stumble.before) < 2 or stumble.at_line_end:
        return None
    name, piece = stumble.line[1], stumble.line[2]
    if piece.kind == "word" and piece.word not in ("is", "are") and not piece.word.startswith(_DAYS):
        return None
    return Problem(
        codes.LOOSE_LINES,
        Span(piece.span.start, stumble.line_end),
        "The times stand on lines of their own below the name of the hours.",
        f'Write: hours {name.text}, below it "mon to fri 09:00 to 18:00", and below that "end".',
    )


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "daily", "every", "from", "between")


def event_with_value(stumble: Stumble) -> Problem | None:
    """`event payment_done is yes`."""
    piece = stumble.piece()
    if stumble.first.word != "event" or piece.text.lower() not in ("is", "=", "are"):
        return None
    name = stumble.piece(-1).text
    return Problem(
        codes.UNREADABLE,
        Span(piece.span.start, stumble.line_end),
        "An event has a name and no value.",
        f"Write: event {name}. What is yes or no, a number or a text is a fact: fact {name} is yes/no",
    )
