"""What to say where no known mistake fits: what stands there, and what could."""

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.parse_failure import ParseFailure, quoted
from flowrules.language.mistakes.trailing import example_of
from flowrules.language.problem import Problem
from flowrules.language.reserved import STEP_WORDS
from flowrules.source import Span
from flowrules.verbs import WORDS

_EXPECTED: tuple[tuple[str, str], ...] = (
    ("TRANSFER", "a step, such as transfer or say"),
    ("STRING", "a text in quotes"),
    ("NAME", "a name"),
    ("NUMBER", "a number"),
    ("TIME", "a time, such as 09:00"),
    ("DATE", "a date, such as 2026-01-26"),
    ("DURATION", "a length of time, such as 30 seconds"),
    ("DAY", "a day, such as mon"),
    ("PHONE", "a telephone number, such as +919812345678"),
    ("COUNT", "a count, such as 2 times"),
    ("CONTAINS", "a comparison, such as is or is at least"),
    ("_NL", "the end of the line"),
)
"""The parser's names for what is no fixed word, in the words of people."""
_IMPLIED = STEP_WORDS | {"contains", "starts", "between"}
_ANY_VERB = next(iter(WORDS))
"""A verb for an example."""
_MOST = 5
"""Things that are named as possible, at most."""


def unreadable(failure: ParseFailure) -> Problem:
    lexeme = failure.lexeme()
    span = failure.span_here()
    words = sorted(failure.keywords - _IMPLIED) if len(failure.keywords - _IMPLIED) <= _MOST else []
    could = [f'"{word}"' for word in words]
    could += [said for name, said in _EXPECTED if name in failure.accepts and not (name == "_NL" and could)]
    hint = f"Here could stand {_joined(could[:_MOST])}." if could else ""
    if failure.at_line_end:
        last = failure.text[span.start : span.end]
        whole = _whole(failure)
        return Problem(
            codes.INCOMPLETE_LINE,
            span,
            f"After {quoted(last)} something is missing.",
            f"Write it as in: {whole}" if whole else hint,
        )
    if could == ["the end of the line"]:
        rest = failure.text[lexeme.span.start : failure.line_end]
        span = Span(lexeme.span.start, failure.line_end)
        message = f"{quoted(rest)} has no place here."
        return Problem(codes.UNREADABLE, span, message, "Take it out: what stands before it is whole.")
    return Problem(codes.UNREADABLE, span, f"{lexeme.shown} can't be understood in this place.", hint)


def _whole(failure: ParseFailure) -> str:
    """How a line of this kind is written, where its end is missing."""
    step = next((p for p in reversed(failure.before) if p.starts_step), None)
    if failure.first.word in ("never", "before"):
        verb = step.word if step else _ANY_VERB
        return f"{failure.first.word} {verb} when vip is no" + (
            "" if failure.first.word == "never" else ' then log "…"'
        )
    if step is not None and failure.first.word != "promise":
        return example_of(step.word)
    first = failure.line[0].word if failure.line else ""
    return _LINES.get(first, "")


_LINES = {
    "on": "on intent=sales transfer queue sales_q",
    "given": "given vip is yes",
    "expect": "expect transfer queue sales_q",
    "list": "list vip_campaigns is gold, silver",
    "fact": "fact balance is number",
    "event": "event payment_done",
    "destination": "destination sales is queue sales_q",
    "timezone": "timezone Asia/Kolkata",
    "after": "after 8 minutes transfer queue sales_q",
    "at": "at 18:00 hangup",
}


def _joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
