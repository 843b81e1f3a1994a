"""Brackets, signs of other languages, what stands at the end of a sentence, and what pasting brings along."""

import unicodedata

import regex

from flowrules.diagnostics.codes import syntax as codes
from flowrules.diagnostics.guess import closest
from flowrules.language.cut import LIST_MARK
from flowrules.language.mistakes.stumble import Stumble
from flowrules.language.problem import Problem
from flowrules.language.reserved import STEP_WORDS
from flowrules.source import Span

_SIGNS = {
    "&&": "and",
    "&": "and",
    "||": "or",
    "|": "or",
    "==": "=",
    "===": "=",
    "!==": "!=",
    "<>": "!=",
    "≠": "!=",
    "=<": "<=",
    "≤": "<=",
    "=>": ">=",
    "≥": ">=",
    ":=": "=",
    "!": "not ",
    "¬": "not ",
}
_JOINTS = frozenset({"->", "--", "→", "=>", ">", "–", "—", "-", "»", "➜", "➡", "|", "+", "/"})
_ENDS = frozenset({".", ";", ",", "!", "?", "...", "…", "।", "|", ":"})
_COMMENTS = frozenset({"//", "/*", "*/", "--"})
_EMPHASIS = regex.compile(r"([*_~`]{1,3})(?=\w|$)(?:.*\S([*_~`]{1,3})$)?")
_JOINERS = "\u200c\u200d"
"""Belong to Indic names."""
_INVISIBLE = regex.compile(r"[\p{Cf}\u00ad\ufffc]+")


def invisible(stumble: Stumble) -> Problem | None:
    """A zero-width space, or a mark that turns the direction of writing, between or inside words."""
    found = _INVISIBLE.match(stumble.rest(stumble.piece()))
    if found is None:
        return None
    start = stumble.piece().span.start
    every = (
        each
        for each in _INVISIBLE.finditer(stumble.text, start)
        if stumble.text[each.start()] not in _JOINERS
    )
    return Problem(
        codes.INVISIBLE_SIGN,
        Span(start, start + found.end()),
        f"Here stands a character that can't be seen ({unicodedata.name(found[0][0], 'unnamed').lower()}). "
        "Copying from a chat or a document brings such characters along.",
        "Take it out: delete the place and type it anew.",
        tuple((Span(*each.span()), "") for each in every),
    )


def list_mark(stumble: Stumble) -> Problem | None:
    """`• on intent=sales …`, `1. on …`, as lists are pasted."""
    marks = list(LIST_MARK.finditer(stumble.text))
    first = next((mark for mark in marks if mark.start("mark") == stumble.piece().span.start), None)
    if first is None:
        return None
    mark = first["mark"].strip()
    return Problem(
        codes.LIST_MARK,
        Span(first.start("mark"), first.start("mark") + len(mark)),
        f'"{mark}" stands before the line, as in a list or a chat.',
        "Take it out: a line begins with the first word of the rule.",
        tuple((Span(*each.span("mark")), "") for each in marks if each.start() >= first.start()),
    )


def end_of_sentence(stumble: Stumble) -> Problem | None:
    piece = stumble.piece()
    following = stumble.behind[1:]
    if piece.text not in _ENDS or any(later.text not in _ENDS for later in following):
        return None
    span = Span(piece.span.start, stumble.line_end)
    return Problem(
        codes.END_OF_SENTENCE,
        span,
        f'A line of a rule ends without a "{stumble.text[span.start : span.end]}".',
        "Take it out.",
        ((span, ""),),
    )


def emphasis(stumble: Stumble) -> Problem | None:
    """`*on intent=sales …*`, and a line of three backticks, as chats mark text."""
    found = _EMPHASIS.match(stumble.rest(stumble.piece()))
    if found is None or stumble.before:
        return None
    start = stumble.piece().span.start
    edits = [(Span(start, start + found.end(1)), "")]
    if found[2]:
        edits.append((Span(stumble.line_end - len(found[2]), stumble.line_end), ""))
    elif (closed := stumble.text.find(found[1], edits[0][0].end, stumble.line_end)) >= 0:
        edits.append((Span(closed, closed + len(found[1])), ""))
    return Problem(
        codes.LIST_MARK,
        edits[0][0],
        f'"{found[1]}" is a mark that chats use, and no part of a rule.',
        "Take it out.",
        tuple(edits),
    )


def function_call(stumble: Stumble) -> Problem | None:
    """`ISBLANK(email)`, `AND(a, b)`."""
    for word, opened in ((stumble.piece(), stumble.piece(1)), (stumble.piece(-1), stumble.piece())):
        is_call = word.kind == "word" and opened.text == "(" and word.span.end == opened.span.start
        if is_call and stumble.in_guard and not word.starts_step:
            return Problem(
                codes.FOREIGN_WORD,
                Span(word.span.start, opened.span.end),
                f'"{word.text}(…)" belongs to programs and spreadsheets.',
                "Compare the fact itself: email is unknown, balance is at least 500 and vip is yes.",
            )
    return None


def split_sign(stumble: Stumble) -> Problem | None:
    """`balance > = 500`."""
    first, second = stumble.piece(-1), stumble.piece()
    if second.text != "=" or first.text not in (">", "<", "!"):
        return None
    span = Span(first.span.start, second.span.end)
    better = f"{first.text}="
    return Problem(
        codes.OTHER_WORDING,
        span,
        f'"{better}" is written without a space.',
        f"Write: {better}",
        ((span, better),),
    )


def braces(stumble: Stumble) -> Problem | None:
    piece = stumble.piece()
    if piece.text not in ("{", "}", "[", "]"):
        return None
    closed = next((later for later in stumble.behind if later.text == "]"), None)
    if piece.text == "[" and closed:
        round_ones = ((piece.span, "("), (closed.span, ")"))
        if stumble.mends(round_ones):
            return Problem(
                codes.FOREIGN_WORD,
                piece.span,
                "Rules have round brackets only.",
                "Write ( and ).",
                round_ones,
            )
    closing = stumble.pieces[-2] if len(stumble.pieces) > 1 else piece
    if piece.text == "{" and closing.text == "}":
        is_block = stumble.first.word in ("rule", "steps", "test", "hours", "destination")
        ends = "end" if is_block and stumble.text.rstrip().endswith("}") else ""
        edits = ((piece.span, ""), (closing.span, ends))
        if stumble.mends(edits[:1]):
            return Problem(
                codes.FOREIGN_WORD,
                piece.span,
                "Rules have no braces.",
                'A rule of several lines begins with rule "name" and ends with "end".',
                edits,
            )
    return Problem(
        codes.FOREIGN_WORD,
        piece.span,
        f'"{piece.text}" is not part of a rule.',
        'Steps are joined by "then"; a rule of several lines begins with rule "name" and ends with "end".',
    )


def foreign_comment(stumble: Stumble) -> Problem | None:
    piece = stumble.piece()
    if piece.text not in _COMMENTS or stumble.piece(1).starts_step:
        return None
    return Problem(
        codes.FOREIGN_WORD,
        piece.span,
        f'"{piece.text}" does not begin a comment.',
        'A comment begins with "#".',
        ((piece.span, "# "),),
    )


def joint(stumble: Stumble) -> Problem | None:
    """`transfer queue a -> hangup`, `on intent=sales, say "hi"`: a sign where steps begin or are joined."""
    piece = stumble.piece()
    sign = piece.text if piece.kind == "sign" else ""
    following = stumble.piece(1)
    if "THEN" not in stumble.accepts or not (sign in _JOINTS or sign in (",", ";", "&", "&&")):
        return None
    if not following.starts_step and closest(following.text, STEP_WORDS) is None:
        return None
    number = stumble.piece(-1)
    if sign == "+" and number.kind == "number" and number.span.end == piece.span.start:
        asked = stumble.piece(-2)
        span = Span(asked.span.start, piece.span.end)
        better = f"is at least {number.text}"
        return Problem(
            codes.OTHER_WORDING,
            span,
            f'The language has another spelling for "{number.text}+".',
            f"Write: {better}",
            ((span, better),) if asked.word == "is" or asked.text == "=" else (),
        )
    if stumble.step_may_follow:
        return Problem(
            codes.STEPS_JOINED_BY_AND,
            piece.span,
            f'Before the first step no "{piece.text}" is needed.',
            "Take it out.",
            ((piece.span, "" if sign in (",", ";") else "then"),),
        )
    better = " then" if sign in (",", ";") else "then"
    return Problem(
        codes.STEPS_JOINED_BY_AND,
        piece.span,
        f'Steps are joined by "then", not by "{piece.text}".',
        f'Write "then {following.text}".',
        ((piece.span, better),),
    )


def program_sign(stumble: Stumble) -> Problem | None:
    piece = stumble.piece()
    if piece.kind != "sign" or piece.text not in _SIGNS:
        return None
    word = _SIGNS[piece.text]
    return Problem(
        codes.FOREIGN_WORD,
        piece.span,
        f'"{piece.text}" belongs to programs; here one writes "{word.strip()}".',
        f'Write "{word.strip()}" instead of "{piece.text}".',
        ((piece.span, word),),
    )


def equals_for(stumble: Stumble) -> Problem | None:
    """`on intent: sales`, `on intent -> sales`: another sign where `=` is meant."""
    for sign, value in ((stumble.piece(), stumble.piece(1)), (stumble.piece(-1), stumble.piece())):
        edits = ((sign.span, "="),)
        is_sign = sign.text in (":", "->", "=>", "-", "–") and value.kind in ("word", "text", "number")
        if is_sign and not stumble.in_guard and stumble.mends(edits, past=2):
            return Problem(
                codes.FOREIGN_WORD,
                sign.span,
                f'A fact and its value are joined by "=", not by "{sign.text}".',
                'Write "=" instead.',
                edits,
            )
    return None


def brackets_of_call(stumble: Stumble) -> Problem | None:
    """`say("hello")`, `hangup()`, `(transfer queue a)`: no brackets around steps and what they take."""
    piece = stumble.piece()
    opened = stumble.piece(-1)
    if piece.text == ")" and opened.text == "(":
        piece, closing = opened, piece
    elif piece.text != "(":
        return None
    else:
        closings = [later for later in stumble.behind if later.text == ")"]
        if not closings:
            return None
        closing = closings[-1]
    earlier = next((p for p in reversed(stumble.before) if p.span.end <= piece.span.start), piece)
    edits = ((piece.span, " "), (closing.span, ""))
    mended = stumble.mends(edits)
    if not mended and not earlier.starts_step:
        return None
    what = f'After "{earlier.text}"' if earlier.starts_step else "Around this"
    return Problem(
        codes.EXTRA_WORD,
        Span(piece.span.start, closing.span.end),
        f"{what} no brackets are needed.",
        "Take them out.",
        edits if mended else (),
    )


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
        here = Span(piece.span.start, piece.span.start)
        edits = ((here, ")" if stumble.at_line_end else ") "),)
        return Problem(
            codes.MISSING_BRACKET,
            next(p for p in reversed(opened) if p.text == "(").span,
            'This "(" is not closed.',
            'Put a ")" where the bracket ends.',
            edits if stumble.mends(edits) else (),
        )
    return None
