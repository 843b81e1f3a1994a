"""Quotes, brackets and signs that the language does not have."""

import re

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.stumble import Stumble
from flowrules.language.problem import Problem

_SIGNS = {
    "&&": "and",
    "&": "and",
    "||": "or",
    "|": "or",
    "==": "=",
    "===": "=",
    "!==": "!=",
    "<>": "!=",
    "=<": "<=",
    "=>": ">=",
    "!": "not",
}
_JOINTS = frozenset({"->", "--", "→", "=>", ">"})


def missing_quote(stumble: Stumble) -> Problem | None:
    for piece in stumble.line:
        if piece.kind == "open":
            quoted = piece.text.rstrip()
            return Problem(
                codes.MISSING_QUOTE,
                piece.span._replace(end=piece.span.start + len(quoted)),
                f"The text that begins with {quoted[:24]} has no closing quote.",
                'Text stands between two double quotes on one line: "like this".',
            )
    return None


def single_quotes(stumble: Stumble) -> Problem | None:
    piece = stumble.piece()
    if piece.text not in ("'", "‘", "’", "`"):
        return None
    line_end = stumble.line[-1].span.end
    rest = stumble.text[piece.span.start : line_end]
    quoted = re.match(r"['‘`]([^'’`\n]*)['’`]", rest)
    span = piece.span if quoted is None else piece.span._replace(end=piece.span.start + quoted.end())
    return Problem(
        codes.FOREIGN_WORD,
        span,
        "Text stands between double quotes, not single ones.",
        'Write "…" around it.',
        ((span, f'"{quoted[1]}"'),) if quoted else (),
    )


def end_of_sentence(stumble: Stumble) -> Problem | None:
    piece = stumble.piece()
    if piece.text not in (".", ";", ",", "!", "?", "...", "।") or stumble.piece(1).kind not in (
        "newline",
        "nothing",
    ):
        return None
    return Problem(
        codes.END_OF_SENTENCE,
        piece.span,
        f'A line of a rule ends without a "{piece.text}".',
        "Take it out.",
        ((piece.span, ""),),
    )


def foreign_sign(stumble: Stumble) -> Problem | None:
    piece = stumble.piece()
    if piece.kind != "sign":
        return None
    if piece.text in ("{", "}", "[", "]"):
        return Problem(
            codes.FOREIGN_WORD,
            piece.span,
            f'"{piece.text}" is not part of a rule.',
            'Steps are joined by "then"; a rule of several lines begins with rule "name" and ends with "end".',
        )
    if piece.text in ("//", "/*", "*/", "--") and stumble.piece(-1).kind in (
        "nothing",
        "newline",
        "word",
        "text",
    ):
        return Problem(
            codes.FOREIGN_WORD,
            piece.span,
            f'"{piece.text}" does not begin a comment.',
            'A comment begins with "#".',
        )
    if piece.text in _JOINTS and ("THEN" in stumble.accepts or stumble.step_may_follow):
        return Problem(
            codes.FOREIGN_WORD,
            piece.span,
            f'"{piece.text}" is not part of a rule.',
            'Steps are joined by "then".',
            ((piece.span, "then"),),
        )
    if piece.text == ";":
        return Problem(
            codes.STEPS_JOINED_BY_AND,
            piece.span,
            'Steps are joined by "then", not by ";".',
            'Write "then" instead.',
            ((piece.span, " then"),),
        )
    if piece.text in _SIGNS:
        word = _SIGNS[piece.text]
        return Problem(
            codes.FOREIGN_WORD,
            piece.span,
            f'"{piece.text}" belongs to programs; here one writes "{word}".',
            f'Write "{word}" instead of "{piece.text}".',
            ((piece.span, word),),
        )
    return None


def unbalanced_bracket(stumble: Stumble) -> Problem | None:
    piece = stumble.piece()
    opened = [p for p in stumble.pieces[: stumble.here] if p.text in ("(", ")") and p.kind == "sign"]
    depth = sum(1 if p.text == "(" else -1 for p in opened)
    if piece.text == ")" and depth <= 0:
        return Problem(
            codes.MISSING_BRACKET,
            piece.span,
            'This ")" closes nothing.',
            'Take it out, or put its "(" where it belongs.',
        )
    closes_later = any(p.text == ")" for p in stumble.behind)
    if depth > 0 and not closes_later and "RPAR" in stumble.accepts:
        return Problem(
            codes.MISSING_BRACKET,
            next(p for p in reversed(opened) if p.text == "(").span,
            'This "(" is not closed.',
            'Put a ")" where the bracket ends.',
        )
    return None
