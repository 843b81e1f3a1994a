"""`if`, `if it fails` and `otherwise` where they are ambiguous, incomplete or in the wrong place."""

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.stumble import Stumble
from flowrules.language.problem import Problem
from flowrules.source import Span


def ambiguous_failure(stumble: Stumble) -> Problem | None:
    """`A if it fails then B then C` on one line."""
    if stumble.piece().word != "then":
        return None
    words = [piece.word for piece in stumble.before]
    for index in range(len(words) - 3, -1, -1):
        if words[index : index + 3] != ["if", "it", "fails"]:
            continue
        if "(" in (piece.text for piece in stumble.before[index:]):
            return None
        return Problem(
            codes.AMBIGUOUS_FAILURE,
            Span(stumble.before[index].span.start, stumble.piece().span.end),
            'It is not clear where the steps after "if it fails" end.',
            "Put the steps of the failure in brackets: if it fails then (A then B). "
            "Or put what follows on a new line.",
        )
    return None


def failure_without_steps(stumble: Stumble) -> Problem | None:
    """`transfer queue a if it fails` and nothing behind it."""
    if [piece.word for piece in stumble.before[-3:]] != ["if", "it", "fails"]:
        return None
    if not (stumble.at_line_end or stumble.piece().word in ("otherwise", "end")):
        return None
    return Problem(
        codes.MISSING_STEPS,
        Span(stumble.before[-3].span.start, stumble.before[-1].span.end),
        'It is not said what to do "if it fails".',
        'Write "if it fails then" and a step.',
    )


def if_in_line(stumble: Stumble) -> Problem | None:
    """`on intent=sales if vip=yes then …`: a condition of the whole rule is its guard."""
    piece = stumble.piece()
    if piece.word != "if" or not stumble.step_may_follow or stumble.piece(1).word == "it":
        return None
    before = stumble.piece(-1).word
    if before == "otherwise":
        hint = "A second condition is a rule of its own, below this one."
    elif before == "then":
        hint = 'In a rule block, put "if … then …" on a line of its own.'
    else:
        hint = 'Write "when" for the condition of a rule; "if … then …" is a line of its own in a rule block.'
    edits = () if before in ("otherwise", "then") else ((piece.span, "when"),)
    return Problem(
        codes.OTHER_WORDING,
        piece.span,
        'An "if" can\'t stand here.',
        hint,
        edits if stumble.mends(edits) else (),
    )


def second_otherwise(stumble: Stumble) -> Problem | None:
    """`… otherwise A otherwise B`, and `else if`."""
    piece = stumble.piece()
    if piece.word in ("else", "elif", "elseif") and (stumble.piece(1).word == "if" or piece.word != "else"):
        return Problem(
            codes.FOREIGN_WORD,
            piece.span
            if stumble.piece(1).word != "if"
            else Span(piece.span.start, stumble.piece(1).span.end),
            "A rule has one condition and one otherwise.",
            "Write a second rule below this one for the other case: the first rule that fits takes the event.",
        )
    earlier = any(p.word == "otherwise" for p in stumble.pieces[: stumble.here])
    if piece.word not in ("otherwise", "else") or not earlier or "OTHERWISE" in stumble.accepts:
        return None
    return Problem(
        codes.SAID_TWICE,
        piece.span,
        f'"{piece.text}" stands here a second time.',
        "A rule has one otherwise. Write a second rule below this one for the other case.",
    )
