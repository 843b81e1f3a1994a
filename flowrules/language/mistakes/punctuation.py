"""Brackets, signs of other languages, what stands at the end of a sentence, and what pasting brings along."""

import unicodedata

import regex

from flowrules.diagnostics.codes import syntax as codes
from flowrules.diagnostics.guess import closest
from flowrules.language.mistakes.parse_failure import ParseFailure
from flowrules.language.problem import Problem
from flowrules.language.reserved import STEP_WORDS
from flowrules.language.split_blocks import LIST_MARK
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


def invisible(failure: ParseFailure) -> Problem | None:
    """A zero-width space, or a mark that turns the direction of writing, between or inside words."""
    found = _INVISIBLE.match(failure.rest(failure.lexeme()))
    if found is None:
        return None
    start = failure.lexeme().span.start
    every = (
        each
        for each in _INVISIBLE.finditer(failure.text, start)
        if failure.text[each.start()] not in _JOINERS
    )
    return Problem(
        codes.INVISIBLE_SIGN,
        Span(start, start + found.end()),
        f"Here stands a character that can't be seen ({unicodedata.name(found[0][0], 'unnamed').lower()}). "
        "Copying from a chat or a document brings such characters along.",
        "Take it out: delete the place and type it anew.",
        tuple((Span(*each.span()), "") for each in every),
    )


def list_mark(failure: ParseFailure) -> Problem | None:
    """`• on intent=sales …`, `1. on …`, as lists are pasted."""
    marks = list(LIST_MARK.finditer(failure.text))
    first = next((mark for mark in marks if mark.start("mark") == failure.lexeme().span.start), None)
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


def end_of_sentence(failure: ParseFailure) -> Problem | None:
    lexeme = failure.lexeme()
    following = failure.behind[1:]
    if lexeme.text not in _ENDS or any(later.text not in _ENDS for later in following):
        return None
    span = Span(lexeme.span.start, failure.line_end)
    return Problem(
        codes.END_OF_SENTENCE,
        span,
        f'A line of a rule ends without a "{failure.text[span.start : span.end]}".',
        "Take it out.",
        ((span, ""),),
    )


def emphasis(failure: ParseFailure) -> Problem | None:
    """`*on intent=sales …*`, and a line of three backticks, as chats mark text."""
    found = _EMPHASIS.match(failure.rest(failure.lexeme()))
    if found is None or failure.before:
        return None
    start = failure.lexeme().span.start
    edits = [(Span(start, start + found.end(1)), "")]
    if found[2]:
        edits.append((Span(failure.line_end - len(found[2]), failure.line_end), ""))
    elif (closed := failure.text.find(found[1], edits[0][0].end, failure.line_end)) >= 0:
        edits.append((Span(closed, closed + len(found[1])), ""))
    return Problem(
        codes.LIST_MARK,
        edits[0][0],
        f'"{found[1]}" is a mark that chats use, and no part of a rule.',
        "Take it out.",
        tuple(edits),
    )


def function_call(failure: ParseFailure) -> Problem | None:
    """`ISBLANK(email)`, `AND(a, b)`."""
    for word, opened in ((failure.lexeme(), failure.lexeme(1)), (failure.lexeme(-1), failure.lexeme())):
        is_call = word.kind == "word" and opened.text == "(" and word.span.end == opened.span.start
        if is_call and failure.in_guard and not word.starts_step:
            return Problem(
                codes.FOREIGN_WORD,
                Span(word.span.start, opened.span.end),
                f'"{word.text}(…)" belongs to programs and spreadsheets.',
                "Compare the fact itself: email is unknown, balance is at least 500 and vip is yes.",
            )
    return None


def split_sign(failure: ParseFailure) -> Problem | None:
    """`balance > = 500`."""
    first, second = failure.lexeme(-1), failure.lexeme()
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


def braces(failure: ParseFailure) -> Problem | None:
    lexeme = failure.lexeme()
    if lexeme.text not in ("{", "}", "[", "]"):
        return None
    closed = next((later for later in failure.behind if later.text == "]"), None)
    if lexeme.text == "[" and closed:
        round_ones = ((lexeme.span, "("), (closed.span, ")"))
        if failure.mends(round_ones):
            return Problem(
                codes.FOREIGN_WORD,
                lexeme.span,
                "Rules have round brackets only.",
                "Write ( and ).",
                round_ones,
            )
    closing = failure.lexemes[-2] if len(failure.lexemes) > 1 else lexeme
    if lexeme.text == "{" and closing.text == "}":
        is_block = failure.first.word in ("rule", "steps", "test", "hours", "destination")
        ends = "end" if is_block and failure.text.rstrip().endswith("}") else ""
        edits = ((lexeme.span, ""), (closing.span, ends))
        if failure.mends(edits[:1]):
            return Problem(
                codes.FOREIGN_WORD,
                lexeme.span,
                "Rules have no braces.",
                'A rule of several lines begins with rule "name" and ends with "end".',
                edits,
            )
    return Problem(
        codes.FOREIGN_WORD,
        lexeme.span,
        f'"{lexeme.text}" is not part of a rule.',
        'Steps are joined by "then"; a rule of several lines begins with rule "name" and ends with "end".',
    )


def foreign_comment(failure: ParseFailure) -> Problem | None:
    lexeme = failure.lexeme()
    if lexeme.text not in _COMMENTS or failure.lexeme(1).starts_step:
        return None
    return Problem(
        codes.FOREIGN_WORD,
        lexeme.span,
        f'"{lexeme.text}" does not begin a comment.',
        'A comment begins with "#".',
        ((lexeme.span, "# "),),
    )


def joint(failure: ParseFailure) -> Problem | None:
    """`transfer queue a -> hangup`, `on intent=sales, say "hi"`: a sign where steps begin or are joined."""
    lexeme = failure.lexeme()
    sign = lexeme.text if lexeme.kind == "sign" else ""
    following = failure.lexeme(1)
    if "THEN" not in failure.accepts or not (sign in _JOINTS or sign in (",", ";", "&", "&&")):
        return None
    if not following.starts_step and closest(following.text, STEP_WORDS) is None:
        return None
    number = failure.lexeme(-1)
    if sign == "+" and number.kind == "number" and number.span.end == lexeme.span.start:
        asked = failure.lexeme(-2)
        span = Span(asked.span.start, lexeme.span.end)
        better = f"is at least {number.text}"
        return Problem(
            codes.OTHER_WORDING,
            span,
            f'The language has another spelling for "{number.text}+".',
            f"Write: {better}",
            ((span, better),) if asked.word == "is" or asked.text == "=" else (),
        )
    if failure.step_may_follow:
        return Problem(
            codes.STEPS_JOINED_BY_AND,
            lexeme.span,
            f'Before the first step no "{lexeme.text}" is needed.',
            "Take it out.",
            ((lexeme.span, "" if sign in (",", ";") else "then"),),
        )
    better = " then" if sign in (",", ";") else "then"
    return Problem(
        codes.STEPS_JOINED_BY_AND,
        lexeme.span,
        f'Steps are joined by "then", not by "{lexeme.text}".',
        f'Write "then {following.text}".',
        ((lexeme.span, better),),
    )


def program_sign(failure: ParseFailure) -> Problem | None:
    lexeme = failure.lexeme()
    if lexeme.kind != "sign" or lexeme.text not in _SIGNS:
        return None
    word = _SIGNS[lexeme.text]
    return Problem(
        codes.FOREIGN_WORD,
        lexeme.span,
        f'"{lexeme.text}" belongs to programs; here one writes "{word.strip()}".',
        f'Write "{word.strip()}" instead of "{lexeme.text}".',
        ((lexeme.span, word),),
    )


def equals_for(failure: ParseFailure) -> Problem | None:
    """`on intent: sales`, `on intent -> sales`: another sign where `=` is meant."""
    for sign, value in ((failure.lexeme(), failure.lexeme(1)), (failure.lexeme(-1), failure.lexeme())):
        edits = ((sign.span, "="),)
        is_sign = sign.text in (":", "->", "=>", "-", "–") and value.kind in ("word", "text", "number")
        if is_sign and not failure.in_guard and failure.mends(edits, past=2):
            return Problem(
                codes.FOREIGN_WORD,
                sign.span,
                f'A fact and its value are joined by "=", not by "{sign.text}".',
                'Write "=" instead.',
                edits,
            )
    return None


def brackets_of_call(failure: ParseFailure) -> Problem | None:
    """`say("hello")`, `hangup()`, `(transfer queue a)`: no brackets around steps and what they take."""
    lexeme = failure.lexeme()
    opened = failure.lexeme(-1)
    if lexeme.text == ")" and opened.text == "(":
        lexeme, closing = opened, lexeme
    elif lexeme.text != "(":
        return None
    else:
        closings = [later for later in failure.behind if later.text == ")"]
        if not closings:
            return None
        closing = closings[-1]
    earlier = next((p for p in reversed(failure.before) if p.span.end <= lexeme.span.start), lexeme)
    edits = ((lexeme.span, " "), (closing.span, ""))
    mended = failure.mends(edits)
    if not mended and not earlier.starts_step:
        return None
    what = f'After "{earlier.text}"' if earlier.starts_step else "Around this"
    return Problem(
        codes.EXTRA_WORD,
        Span(lexeme.span.start, closing.span.end),
        f"{what} no brackets are needed.",
        "Take them out.",
        edits if mended else (),
    )


def unbalanced_bracket(failure: ParseFailure) -> Problem | None:
    lexeme = failure.lexeme()
    opened = [p for p in failure.lexemes[: failure.here] if p.text in ("(", ")") and p.kind == "sign"]
    depth = sum(1 if p.text == "(" else -1 for p in opened)
    if lexeme.text == ")" and depth <= 0:
        return Problem(
            codes.MISSING_BRACKET,
            lexeme.span,
            'This ")" closes nothing.',
            'Take it out, or put its "(" where it belongs.',
        )
    closes_later = any(p.text == ")" for p in failure.behind)
    if depth > 0 and not closes_later and "RPAR" in failure.accepts:
        here = Span(lexeme.span.start, lexeme.span.start)
        edits = ((here, ")" if failure.at_line_end else ") "),)
        return Problem(
            codes.MISSING_BRACKET,
            next(p for p in reversed(opened) if p.text == "(").span,
            'This "(" is not closed.',
            'Put a ")" where the bracket ends.',
            edits if failure.mends(edits) else (),
        )
    return None
