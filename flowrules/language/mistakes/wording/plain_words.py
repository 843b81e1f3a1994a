"""Things said in several words where the language takes one name, or a text in quotes."""

import regex

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.parse_failure import Edits, Lexeme, ParseFailure
from flowrules.language.operators import FIRST_WORDS, OPERATORS, SYMBOLS, Family
from flowrules.language.problem import Problem
from flowrules.language.reserved import GRAMMAR_WORDS, STEP_WORDS
from flowrules.source import Span

ARTICLES = frozenset({"a", "an", "the"})
_BEFORE_NAMES = ARTICLES | {"that", "this", "every", "each", "any", "my", "our", "their", "his", "her"}
"""Words that stand before a name in English, and are no part of it."""
_PEOPLE = frozenset("caller customer client user person lead".split())
_COMPARES = (
    FIRST_WORDS
    | frozenset(SYMBOLS)
    | frozenset("above below over under exceeds equals greater less more".split())
)
_NO_FACT = GRAMMAR_WORDS | STEP_WORDS | {"during", "outside", "given", "expect", "in", "of", "at", "once"}
_ENDS = STEP_WORDS | {"then", "when", "unless", "otherwise", "and", "or", "end", "during", "outside", "once"}
_VALUE = r"""(?:["“”„](?:[^"“”„\n]|"")*["“”„]|[\p{L}\p{N}_+][\p{L}\p{M}\p{N}_.+\-]*)"""
_AFFIXES = "|".join(r"\s+".join(row.words.split()) for row in OPERATORS if row.family is Family.AFFIX)
_SEVERAL_AFFIXES = regex.compile(
    rf"(?P<fact>[\p{{L}}_][\p{{L}}\p{{M}}\p{{N}}_.]*)\s+(?P<asked>{_AFFIXES})\s+(?:(?:any|one|either)\s+of\s+)?"
    rf"(?P<values>{_VALUE}(?:\s*(?:,\s*or\b|,|\bor\b)\s*{_VALUE})+)",
    regex.IGNORECASE,
)


def spaced_name(failure: ParseFailure) -> Problem | None:
    """`when order value is above 5000`, `given order value is 7000`: a name is one word."""
    if failure.last != "NAME" or "IS" not in failure.accepts or failure.lexeme().kind != "word":
        return None
    words = _words_around(failure)
    named = [word for word in words if word.word not in _BEFORE_NAMES]
    if not named or len(words) < 2:
        return None
    span = Span(words[0].span.start, words[-1].span.end)
    better = "_".join(word.text for word in named)
    edits = ((span, better),)
    if not failure.mends(edits):
        return None
    written = failure.text[span.start : span.end]
    if len(named) == 1:
        return _one_name(failure, span, words, better, edits)
    return Problem(
        codes.UNQUOTED_TEXT,
        span,
        f'The name "{written}" is more than one word.',
        f"Join the words: {better}. Write it as the agent's program reports it.",
        edits,
    )


def _one_name(
    failure: ParseFailure, span: Span, words: tuple[Lexeme, ...], better: str, edits: Edits
) -> Problem:
    """`when the balance is …`, `remember that vip is …`, `when the caller is vip`."""
    index = failure.line.index(words[-1])
    asked = failure.line[index + 1 : index + 3]
    if words[-1].word in _PEOPLE and [p.kind for p in asked] == ["word", "word"] and asked[0].word == "is":
        said = Span(span.start, asked[1].span.end)
        return Problem(
            codes.OTHER_WORDING,
            said,
            f'"{better}" is not what is asked here: a condition names a fact of the call.',
            f"If {asked[1].text} is a fact that is yes or no, write: {asked[1].text} is yes",
        )
    written = failure.text[span.start : span.end]
    taken = " ".join(word.text for word in words if word.word in _BEFORE_NAMES)
    if {word.word for word in words[:-1]} <= ARTICLES:
        message = "A fact stands without an article."
        return Problem(codes.EXTRA_WORD, span, message, f"Take the article out: {better}", edits)
    message = f'In "{written}" the word "{taken}" is one too many.'
    return Problem(codes.EXTRA_WORD, span, message, f"Take it out: {better}", edits)


def possessive(failure: ParseFailure) -> Problem | None:
    """`caller's balance`."""
    lexeme, following = failure.lexeme(), failure.lexeme(1)
    owned = lexeme.word.endswith(("'s", "’s")) and failure.last == "NAME"
    if not owned or following.kind != "word":
        return None
    return Problem(
        codes.OTHER_WORDING,
        Span(lexeme.span.start, following.span.end),
        f'A fact has one name, without "{lexeme.text}".',
        f"Write the name by which the agent's program reports it, such as {following.text} or lead.{following.text}.",
    )


def _words_around(failure: ParseFailure) -> tuple[Lexeme, ...]:
    """The words from behind the last word of the grammar up to a comparison; none where none follows."""
    line, at = failure.line, len(failure.before)
    first = at
    while first > 0 and line[first - 1].kind == "word" and line[first - 1].word not in _NO_FACT:
        first -= 1
    last = at
    while last < len(line) and line[last].kind == "word" and line[last].word not in _COMPARES | _NO_FACT:
        last += 1
    compared = last > at and last < len(line) and line[last].text.lower() in _COMPARES
    if compared and line[first - 1].word == "on" and line[first].word in ARTICLES:
        return ()
    return line[first:last] if compared else ()


def several_affixes(failure: ParseFailure) -> Problem | None:
    """`caller starts with "+9144" or "+9180"`."""
    if failure.is_long or not failure.line:
        return None
    start, at = failure.line[0].span.start, failure.lexeme()
    for found in _SEVERAL_AFFIXES.finditer(failure.text[start : failure.line_end]):
        span = Span(start + found.start(), start + found.end())
        if not span.start <= at.span.start <= span.end:
            continue
        values = [
            value for value in regex.findall(_VALUE, found["values"]) if value.lower() not in ("or", "of")
        ]
        asked = " ".join(found["asked"].lower().split())
        better = " or ".join(f"{found['fact']} {asked} {value}" for value in values)
        if failure.in_guard:
            better = f"({better})"
        return Problem(
            codes.IS_A_OR_B,
            span,
            f'"{asked}" takes one text.',
            f"Write: {better}",
            ((span, better),),
        )
    return None


def unquoted_words(failure: ParseFailure) -> Problem | None:
    """`said contains smell of gas`."""
    before = [lexeme.word for lexeme in failure.before]
    index = max((i for i, word in enumerate(before) if word == "contains"), default=-1)
    words = failure.line[index + 1 :]
    count = next(
        (
            i
            for i, lexeme in enumerate(words)
            if lexeme.kind not in ("word", "number") or lexeme.word in _ENDS
        ),
        len(words),
    )
    if index < 0 or not 0 < len(before) - index - 1 < count or before[index + 1] in ("any", "all", "at"):
        return None
    span = Span(words[0].span.start, words[count - 1].span.end)
    text = failure.text[span.start : span.end]
    edits = ((span, f'"{text}"'),)
    if not failure.mends(edits):
        return None
    return Problem(
        codes.UNQUOTED_TEXT,
        span,
        f'"{text}" is more than one word.',
        f'Several words stand in quotes: contains "{text}".',
        edits,
    )
