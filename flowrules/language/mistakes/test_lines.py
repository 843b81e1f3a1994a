"""Lines of a test that say something in a form that tests do not have."""

import regex

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.stumble import Stumble
from flowrules.language.problem import Problem
from flowrules.language.reserved import STEP_WORDS
from flowrules.source import Span

_NOT_BOTH = regex.compile(
    rf"expect\s+not\s+(?P<first>{'|'.join(sorted(STEP_WORDS))})\b.*?\s(?:and|or|nor)\s+(?:not\s+)?"
    rf"(?P<second>{'|'.join(sorted(STEP_WORDS))})\b",
    regex.IGNORECASE,
)
_AGAIN = regex.compile(
    r"(?:once|twice|thrice|(?:\d+|two|three|four|five)\s*(?:times?|x))\b", regex.IGNORECASE
)


def wait_in_test(stumble: Stumble) -> Problem | None:
    """`wait 20 seconds` as a line of a test."""
    piece = stumble.piece()
    if stumble.first.word != "test" or stumble.before or piece.word not in ("wait", "pause", "sleep"):
        return None
    return Problem(
        codes.OTHER_WORDING,
        Span(piece.span.start, stumble.line_end),
        'In a test time goes by with "after".',
        "Write: after 20 seconds of silence. To go to a moment of the call: after 8 minutes",
    )


def several_times(stumble: Stumble) -> Problem | None:
    """`on intent=sales twice`."""
    piece = stumble.piece()
    found = _AGAIN.match(stumble.rest(piece))
    line = stumble.line
    if stumble.first.word != "test" or found is None or not line or line[0].word != "on":
        return None
    event = stumble.text[line[0].span.start : piece.span.start].strip()
    return Problem(
        codes.UNREADABLE,
        Span(piece.span.start, piece.span.start + found.end()),
        "A line of a test happens once.",
        f"Write the line as often as it happens: {event}, and below it again {event}",
    )


def several_not_expected(stumble: Stumble) -> Problem | None:
    """`expect not transfer and not hangup`."""
    line = stumble.line
    found = _NOT_BOTH.match(stumble.rest(line[0])) if stumble.first.word == "test" and line else None
    if found is None or stumble.piece().word not in ("and", "or", "nor"):
        return None
    start = line[0].span.start
    return Problem(
        codes.OTHER_WORDING,
        Span(start, start + found.end()),
        "Each step that must not come has a line of its own.",
        f"Write: expect not {found['first']}, and below it: expect not {found['second']}",
    )
