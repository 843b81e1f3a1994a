"""How a rule or a declaration begins, and words of other languages."""

import re

from flowrules.diagnostics.codes import syntax as codes
from flowrules.diagnostics.guess import closest
from flowrules.language.cut import ITEM_WORDS
from flowrules.language.mistakes.stumble import Stumble
from flowrules.language.problem import Problem
from flowrules.source import Span

_FOREIGN = {
    "else": "otherwise",
    "elif": "otherwise",
    "elseif": "otherwise",
    "endif": "end",
    "endrule": "end",
    "fi": "end",
    "done": "end",
    "next": "then",
    "after_that": "then",
    "afterwards": "then",
}
_DAY = "(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*"
_WORDING: tuple[tuple[str, str, str], ...] = (
    (rf"({_DAY})\s*(?:-|–|till|until|through|thru)\s*({_DAY})", r"\1 to \2", "days are joined by"),
    (r"(?:every\s*day|daily|all\s+days|all\s+week|7\s+days)\b", "mon to sun", ""),
    (r"weekdays?\b", "mon to fri", ""),
    (r"weekends?\b", "sat, sun", ""),
    (r"(?:24x7|24/7|always|round\s+the\s+clock)\b", "mon to sun 00:00 to 24:00", ""),
    (r"only\s+once\b|once(?!\s+per)\b(?:\s+(?:a|in\s+a|every|each)\s+call)?", "once per call", ""),
    (r"twice\b(?:\s+per\s+call)?", "2 times", ""),
    (r"thrice\b(?:\s+per\s+call)?", "3 times", ""),
    (r"(?:otherwise\s*,|or\s+else\b)", "otherwise", ""),
    (
        r"if\s+(?:that|this|it)?\s*(?:fails|doesn['’]?t\s+work|does\s+not\s+work|is\s+busy)\b",
        "if it fails",
        "",
    ),
    (r"on\s+(?:fail|failure|error)\b", "if it fails", ""),
    (r"after\s+that\b|and\s+then\b", "then", ""),
    (r"(?:during|in|within)\s+(?:business|working|opening)\s+hours\b", "during office", ""),
)
_PATTERNS = tuple((re.compile(p, re.IGNORECASE), better) for p, better, _ in _WORDING)


def missing_on(stumble: Stumble) -> Problem | None:
    first = stumble.first
    if first.word in ("when", "if", "unless", "whenever", "while", "where") and stumble.on_first_line:
        return Problem(
            codes.MISSING_ON,
            first.span,
            f'A rule begins with "on", not with "{first.text}".',
            'Begin with what happened, "on intent=sales"; conditions come behind it with "when".',
            ((first.span, "on"),) if first.word != "unless" else (),
        )
    if first.word == "rule" and not stumble.on_first_line and {"ON", "AFTER"} <= stumble.accepts:
        piece = stumble.piece()
        return Problem(
            codes.MISSING_ON,
            piece.span,
            'Below the name of a rule stands what starts it, with "on".',
            'Write a line such as "on intent=sales" first.',
        )
    return None


def unknown_item(stumble: Stumble) -> Problem | None:
    first = stumble.first
    if stumble.piece() is not first or first.word in ITEM_WORDS:
        return None
    if first.word in ("otherwise", "else", "then", "and", "or", "instead"):
        return Problem(
            codes.UNKNOWN_ITEM,
            first.span,
            f'"{first.text}" begins a line here, but there is no rule above it that it could belong to.',
            "Put it on the rule's own line, or right below it.",
        )
    if first.word in ("given", "expect"):
        return Problem(
            codes.UNKNOWN_ITEM,
            first.span,
            f'"{first.text}" belongs inside a test.',
            'Begin a test above it: test "what should happen".',
        )
    if first.starts_step:
        return Problem(
            codes.MISSING_ON,
            first.span,
            f'The step "{first.text}" stands outside of a rule.',
            'A rule begins with "on"; perhaps an "end" above it comes too early.',
        )
    guess = closest(first.text, ITEM_WORDS) if first.kind == "word" else None
    return Problem(
        codes.UNKNOWN_ITEM,
        first.span,
        f'A line can\'t begin with "{first.text}".',
        f'Did you mean "{guess}"?' if guess else "A rule begins with on, rule, never or before.",
        ((first.span, guess),) if guess else (),
    )


def unquoted_label(stumble: Stumble) -> Problem | None:
    first = stumble.first
    if first.word not in ("rule", "test") or not stumble.on_first_line or len(stumble.line) < 2:
        return None
    words = [piece for piece in stumble.line[1:] if piece.text != ":"]
    if not words:
        return Problem(
            codes.UNQUOTED_TEXT,
            first.span,
            f"The {first.word} has no name.",
            f'Write {first.word} "what it is for".',
        )
    if stumble.here < 2 or any(piece.word == "on" for piece in words):
        return None
    span = Span(words[0].span.start, words[-1].span.end)
    text = stumble.text[span.start : span.end]
    return Problem(
        codes.UNQUOTED_TEXT,
        span,
        f"The name of the {first.word} is more than one word.",
        f'Put it in quotes: {first.word} "{text}".',
        ((span, f'"{text}"'),),
    )


def wording(stumble: Stumble) -> Problem | None:
    """Natural phrases that the language has another spelling for."""
    if not stumble.line:
        return None
    end = stumble.line[-1].span.end
    for back in (0, 1):
        piece = stumble.piece(-back)
        if piece.kind not in ("word", "number"):
            continue
        rest = stumble.text[piece.span.start : end]
        for pattern, better in _PATTERNS:
            found = pattern.match(rest)
            if found and piece.span.start + found.end() > stumble.piece().span.start:
                span = Span(piece.span.start, piece.span.start + found.end())
                written = found.expand(better) if "\\" in better else better
                return Problem(
                    codes.OTHER_WORDING,
                    span,
                    f'The language has another spelling for "{found[0]}".',
                    f'Write "{written}".',
                    ((span, written),),
                )
    if stumble.first.word in ("list", "destination", "default", "event", "fact") and stumble.piece().text in (
        "=",
        ":",
    ):
        return Problem(
            codes.OTHER_WORDING,
            stumble.piece().span,
            f'A {stumble.first.word} is declared with "is".',
            'Write "is" instead.',
            ((stumble.piece().span, " is" if stumble.piece().text == ":" else "is"),),
        )
    if stumble.piece().text == "=" and "TO" in stumble.accepts:
        return Problem(
            codes.OTHER_WORDING,
            stumble.piece().span,
            'The value of a lead\'s field comes behind "to".',
            'Write "to" instead of "=".',
            ((stumble.piece().span, "to"),),
        )
    return None


def foreign_word(stumble: Stumble) -> Problem | None:
    piece = stumble.piece()
    if piece.word not in _FOREIGN:
        return None
    better = _FOREIGN[piece.word]
    return Problem(
        codes.FOREIGN_WORD,
        piece.span,
        f'"{piece.text}" is not a word of the rule language.',
        f'Write "{better}".',
        ((piece.span, better),),
    )
