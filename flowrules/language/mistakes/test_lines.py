"""Lines of a test that say something in a form that tests do not have."""

import regex

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.parse_failure import ParseFailure
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


def wait_in_test(failure: ParseFailure) -> Problem | None:
    """`wait 20 seconds` as a line of a test."""
    lexeme = failure.lexeme()
    if failure.first.word != "test" or failure.before or lexeme.word not in ("wait", "pause", "sleep"):
        return None
    return Problem(
        codes.OTHER_WORDING,
        Span(lexeme.span.start, failure.line_end),
        'In a test time goes by with "after".',
        "Write: after 20 seconds of silence. To go to a moment of the call: after 8 minutes",
    )


def several_times(failure: ParseFailure) -> Problem | None:
    """`on intent=sales twice`."""
    lexeme = failure.lexeme()
    found = _AGAIN.match(failure.rest(lexeme))
    line = failure.line
    if failure.first.word != "test" or found is None or not line or line[0].word != "on":
        return None
    event = failure.text[line[0].span.start : lexeme.span.start].strip()
    return Problem(
        codes.UNREADABLE,
        Span(lexeme.span.start, lexeme.span.start + found.end()),
        "A line of a test happens once.",
        f"Write the line as often as it happens: {event}, and below it again {event}",
    )


def several_not_expected(failure: ParseFailure) -> Problem | None:
    """`expect not transfer and not hangup`."""
    line = failure.line
    found = _NOT_BOTH.match(failure.rest(line[0])) if failure.first.word == "test" and line else None
    if found is None or failure.lexeme().word not in ("and", "or", "nor"):
        return None
    start = line[0].span.start
    return Problem(
        codes.OTHER_WORDING,
        Span(start, start + found.end()),
        "Each step that must not come has a line of its own.",
        f"Write: expect not {found['first']}, and below it: expect not {found['second']}",
    )
