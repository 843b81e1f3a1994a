"""`if`, `if it fails` and `otherwise` where they are ambiguous, incomplete or in the wrong place."""

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.parse_failure import ParseFailure
from flowrules.language.problem import Problem
from flowrules.source import Span


def ambiguous_failure(failure: ParseFailure) -> Problem | None:
    """`A if it fails then B then C` on one line."""
    if failure.lexeme().word != "then":
        return None
    words = [lexeme.word for lexeme in failure.before]
    for index in range(len(words) - 3, -1, -1):
        if words[index : index + 3] != ["if", "it", "fails"]:
            continue
        if "(" in (lexeme.text for lexeme in failure.before[index:]):
            return None
        return Problem(
            codes.AMBIGUOUS_FAILURE,
            Span(failure.before[index].span.start, failure.lexeme().span.end),
            'It is not clear where the steps after "if it fails" end.',
            "Put the steps of the failure in brackets: if it fails then (A then B). "
            "Or put what follows on a new line.",
        )
    return None


def second_failure(failure: ParseFailure) -> Problem | None:
    """`A if it fails because refused then B if it fails then C` on one line."""
    words = ["if", "it", "fails"]
    if [failure.lexeme(at).word for at in range(3)] != words:
        return None
    before = [lexeme.word for lexeme in failure.before]
    if all(before[at : at + 3] != words for at in range(len(before))):
        return None
    return Problem(
        codes.LOOSE_LINES,
        Span(failure.lexeme().span.start, failure.lexeme(2).span.end),
        'One line holds one "if it fails".',
        'Write the rule as a block (rule "…", its lines, end). There each "if it fails" stands on a line of its own, '
        "below the step that may fail.",
    )


def failure_without_steps(failure: ParseFailure) -> Problem | None:
    """`transfer queue a if it fails` and nothing behind it."""
    if [lexeme.word for lexeme in failure.before[-3:]] != ["if", "it", "fails"]:
        return None
    if not (failure.at_line_end or failure.lexeme().word in ("otherwise", "end")):
        return None
    return Problem(
        codes.MISSING_STEPS,
        Span(failure.before[-3].span.start, failure.before[-1].span.end),
        'It is not said what to do "if it fails".',
        'Write "if it fails then" and a step.',
    )


def if_in_line(failure: ParseFailure) -> Problem | None:
    """`on intent=sales if vip=yes then …`: a condition of the whole rule is its guard."""
    lexeme = failure.lexeme()
    if lexeme.word != "if" or not failure.step_may_follow or failure.lexeme(1).word == "it":
        return None
    before = failure.lexeme(-1).word
    if before == "otherwise":
        hint = "A second condition is a rule of its own, below this one."
    elif before == "then":
        hint = 'In a rule block, put "if … then …" on a line of its own.'
    else:
        hint = 'Write "when" for the condition of a rule; "if … then …" is a line of its own in a rule block.'
    edits = () if before in ("otherwise", "then") else ((lexeme.span, "when"),)
    return Problem(
        codes.OTHER_WORDING,
        lexeme.span,
        'An "if" can\'t stand here.',
        hint,
        edits if failure.mends(edits) else (),
    )


def second_otherwise(failure: ParseFailure) -> Problem | None:
    """`… otherwise A otherwise B`, and `else if`."""
    lexeme = failure.lexeme()
    if lexeme.word in ("else", "elif", "elseif") and (
        failure.lexeme(1).word == "if" or lexeme.word != "else"
    ):
        return Problem(
            codes.FOREIGN_WORD,
            lexeme.span
            if failure.lexeme(1).word != "if"
            else Span(lexeme.span.start, failure.lexeme(1).span.end),
            "A rule has one condition and one otherwise.",
            "Write a second rule below this one for the other case: the first rule that fits takes the event.",
        )
    earlier = any(p.word == "otherwise" for p in failure.lexemes[: failure.here])
    if lexeme.word not in ("otherwise", "else") or not earlier or "OTHERWISE" in failure.accepts:
        return None
    return Problem(
        codes.SAID_TWICE,
        lexeme.span,
        f'"{lexeme.text}" stands here a second time.',
        "A rule has one otherwise. Write a second rule below this one for the other case.",
    )
