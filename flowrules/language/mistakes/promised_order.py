"""The parts of a promise in another order, and what promises can't ask: how often a step is done, and one step before
another."""

import regex

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.parse_failure import Edits, ParseFailure
from flowrules.language.problem import Problem
from flowrules.source import Span
from flowrules.verbs import WORDS
from flowrules.verbs.spec import Copies

_TIME = regex.compile(
    r"\s*(within\s+\d+\s*(?:second|minute|hour|day)s?|before\s+the\s+call\s+ends)\b", regex.IGNORECASE
)
_COUNT = regex.compile(
    r"(?:(?:for\s+)?the\s+)?(?:once|twice|thrice|(?:second|third|2nd|3rd)\s+time|(?:\d+|two|three|four|five)\s*(?:times?|x))"
    r"(?:\s+in\s+a\s+row)?\b",
    regex.IGNORECASE,
)


def counted(failure: ParseFailure) -> Problem | None:
    """`after transfer 2 times …`."""
    lexeme = failure.lexeme()
    found = _COUNT.match(failure.rest(lexeme))
    after = next((p for p in failure.before if p.word == "after"), None)
    if (
        failure.first.word != "promise"
        or found is None
        or after is None
        or "WITHIN_TIME" not in failure.accepts
    ):
        return None
    step = next((p for p in failure.before if p.span.start >= after.span.end), None)
    if step is None or not step.starts_step:
        return None
    return Problem(
        codes.UNREADABLE,
        Span(lexeme.span.start, lexeme.span.start + found.end()),
        "A promise counts how often something is reported, not how often a step is done.",
        f"Name what is reported before the step: after intent=human 2 times. A rule may also remember the step: "
        f"{step.text} … then remember done is yes",
    )


def time_behind_verb(failure: ParseFailure) -> Problem | None:
    """`after intent=human transfer within 10 seconds`, `after intent=human then transfer within 10 seconds`."""
    lexeme = failure.lexeme()
    if failure.first.word != "promise" or "WITHIN_TIME" not in failure.accepts:
        return None
    if not any(p.word == "after" for p in failure.before) or not (
        lexeme.starts_step or lexeme.word == "then"
    ):
        return None
    rest = failure.rest(lexeme)
    found = next(_TIME.finditer(rest), None)
    if found is None:
        if lexeme.word != "then":
            return None
        return Problem(
            codes.MISSING_WORD,
            lexeme.span,
            "This promise does not say until when.",
            'Write in place of "then": within 1 minute. If any time in the call will do: before the call ends',
        )
    at, start = lexeme.span.start, lexeme.span.start + found.start()
    edits: Edits = ((Span(at, at), f"{found[1]} "), (Span(start, at + found.end()), ""))
    if lexeme.word == "then":
        edits = ((lexeme.span, found[1]), edits[1])
    if not failure.mends(edits, past=0):
        return None
    return Problem(
        codes.OTHER_WORDING,
        Span(start, at + found.end()),
        "How long there is for an answer stands before the answer.",
        f"Write: {found[1]} {rest[: found.start()].removeprefix('then').strip()}",
        edits,
    )


def answer_first(failure: ParseFailure) -> Problem | None:
    """`transfer after intent=human`, `call.disposition is known at the end`."""
    lexeme = failure.lexeme()
    if failure.first.word != "promise" or not {"AT", "NEVER", "WHILE", "AFTER"} <= failure.accepts:
        return None
    words = [p.word for p in failure.behind]
    if lexeme.starts_step and "after" in words:
        after = failure.behind[words.index("after")]
        answer = failure.text[lexeme.span.start : after.span.start].strip()
        happened = failure.text[after.span.start : failure.line_end].strip()
        return Problem(
            codes.OTHER_WORDING,
            Span(lexeme.span.start, failure.line_end),
            "What happened stands first, then the time that there is, then the answer.",
            f"Write: {happened} within 1 minute {answer}",
        )
    if words[-3:] == ["at", "the", "end"] and len(words) > 3:
        stop = failure.behind[-3].span.start
        condition = failure.text[lexeme.span.start : stop].rstrip()
        edits: Edits = ((Span(lexeme.span.start, failure.line_end), f"at the end {condition}"),)
        if failure.mends(edits, past=0):
            message = '"at the end" stands before what must be true then.'
            return Problem(codes.OTHER_WORDING, edits[0][0], message, f"Write: {edits[0][1]}", edits)
    return None


def step_before_step(failure: ParseFailure) -> Problem | None:
    """`before hangup say`."""
    lexeme, last = failure.lexeme(), failure.lexeme(-1)
    if failure.first.word != "promise" or not last.starts_step or not lexeme.starts_step:
        return None
    if not any(p.word == "before" for p in failure.before) or "WITHIN_TIME" in failure.accepts:
        return None
    told = (
        [f"{one.fact} is known" for one in WORDS[lexeme.word].tells if isinstance(one, Copies)]
        if lexeme.word in WORDS
        else []
    )
    remembered = f"Let the rules remember the step: {lexeme.text} … then remember done is yes. Then promise: "
    return Problem(
        codes.UNREADABLE,
        lexeme.span,
        f'Behind "before {last.text}" stands what must be true then, not another step.',
        f"Write: before {last.text} {told[0]}" if told else f"{remembered}before {last.text} done is yes",
    )
