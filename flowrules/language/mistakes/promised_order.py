"""The parts of a promise in another order, and what promises can't ask: how often a step is done, and one step before
another."""

import regex

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.stumble import Edits, Stumble
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


def counted(stumble: Stumble) -> Problem | None:
    """`after transfer 2 times …`."""
    piece = stumble.piece()
    found = _COUNT.match(stumble.rest(piece))
    after = next((p for p in stumble.before if p.word == "after"), None)
    if (
        stumble.first.word != "promise"
        or found is None
        or after is None
        or "WITHIN_TIME" not in stumble.accepts
    ):
        return None
    step = next((p for p in stumble.before if p.span.start >= after.span.end), None)
    if step is None or not step.starts_step:
        return None
    return Problem(
        codes.UNREADABLE,
        Span(piece.span.start, piece.span.start + found.end()),
        "A promise counts how often something is reported, not how often a step is done.",
        f"Name what is reported before the step: after intent=human 2 times. A rule may also remember the step: "
        f"{step.text} … then remember done is yes",
    )


def time_behind_verb(stumble: Stumble) -> Problem | None:
    """`after intent=human transfer within 10 seconds`, `after intent=human then transfer within 10 seconds`."""
    piece = stumble.piece()
    if stumble.first.word != "promise" or "WITHIN_TIME" not in stumble.accepts:
        return None
    if not any(p.word == "after" for p in stumble.before) or not (piece.starts_step or piece.word == "then"):
        return None
    rest = stumble.rest(piece)
    found = next(_TIME.finditer(rest), None)
    if found is None:
        if piece.word != "then":
            return None
        return Problem(
            codes.MISSING_WORD,
            piece.span,
            "This promise does not say until when.",
            'Write in place of "then": within 1 minute. If any time in the call will do: before the call ends',
        )
    at, start = piece.span.start, piece.span.start + found.start()
    edits: Edits = ((Span(at, at), f"{found[1]} "), (Span(start, at + found.end()), ""))
    if piece.word == "then":
        edits = ((piece.span, found[1]), edits[1])
    if not stumble.mends(edits, past=0):
        return None
    return Problem(
        codes.OTHER_WORDING,
        Span(start, at + found.end()),
        "How long there is for an answer stands before the answer.",
        f"Write: {found[1]} {rest[: found.start()].removeprefix('then').strip()}",
        edits,
    )


def answer_first(stumble: Stumble) -> Problem | None:
    """`transfer after intent=human`, `call.disposition is known at the end`."""
    piece = stumble.piece()
    if stumble.first.word != "promise" or not {"AT", "NEVER", "WHILE", "AFTER"} <= stumble.accepts:
        return None
    words = [p.word for p in stumble.behind]
    if piece.starts_step and "after" in words:
        after = stumble.behind[words.index("after")]
        answer = stumble.text[piece.span.start : after.span.start].strip()
        happened = stumble.text[after.span.start : stumble.line_end].strip()
        return Problem(
            codes.OTHER_WORDING,
            Span(piece.span.start, stumble.line_end),
            "What happened stands first, then the time that there is, then the answer.",
            f"Write: {happened} within 1 minute {answer}",
        )
    if words[-3:] == ["at", "the", "end"] and len(words) > 3:
        stop = stumble.behind[-3].span.start
        condition = stumble.text[piece.span.start : stop].rstrip()
        edits: Edits = ((Span(piece.span.start, stumble.line_end), f"at the end {condition}"),)
        if stumble.mends(edits, past=0):
            message = '"at the end" stands before what must be true then.'
            return Problem(codes.OTHER_WORDING, edits[0][0], message, f"Write: {edits[0][1]}", edits)
    return None


def step_before_step(stumble: Stumble) -> Problem | None:
    """`before hangup say`."""
    piece, last = stumble.piece(), stumble.piece(-1)
    if stumble.first.word != "promise" or not last.starts_step or not piece.starts_step:
        return None
    if not any(p.word == "before" for p in stumble.before) or "WITHIN_TIME" in stumble.accepts:
        return None
    told = (
        [f"{one.fact} is known" for one in WORDS[piece.word].tells if isinstance(one, Copies)]
        if piece.word in WORDS
        else []
    )
    remembered = f"Let the rules remember the step: {piece.text} … then remember done is yes. Then promise: "
    return Problem(
        codes.UNREADABLE,
        piece.span,
        f'Behind "before {last.text}" stands what must be true then, not another step.',
        f"Write: before {last.text} {told[0]}" if told else f"{remembered}before {last.text} done is yes",
    )
