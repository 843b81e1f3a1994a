"""Quotes: forgotten, single, foreign, or inside each other."""

import regex

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.parse_failure import ParseFailure
from flowrules.language.problem import Problem
from flowrules.language.template import template_mistakes
from flowrules.source import Span

_FOREIGN = regex.compile(r"(?:['‘’`´‚‹«»″‟＂❝「『]|'')([^\n'’`´‘›»«″‟＂❞」』]*)(?:''|['’`´‘›»«″‟＂❞」』])")
_OPENING = frozenset("'‘’`´‚‹«»″‟＂❝「『")
_WORDS_INSTEAD = regex.compile(
    r"(\{\s*[^\s{}\"“”„]+\s+or)\s*[\"“”„]\s*([^\s{}\"“”„][^\n{}\"“”„]*)[\"“”„]\s*\}", regex.IGNORECASE
)
_THEN = regex.compile(r"\s+(?:then|otherwise|when|unless|note|in\s+voice)\b", regex.IGNORECASE)


def missing_quote(failure: ParseFailure) -> Problem | None:
    """`say "One moment`, `say One moment"`."""
    opened = next((lexeme for lexeme in failure.line if lexeme.kind == "open"), None)
    if opened is None:
        return None
    start = opened.span.start
    before = failure.text[start - 1 : start]
    quoted = opened.text.rstrip()
    if before.isalnum() or before in ("!", "?", "."):
        begun = next((p for p in reversed(failure.line) if p.starts_step and p.span.end < start), None)
        first = next((p for p in failure.line if begun and p.span.start >= begun.span.end), None)
        edits = ((Span(first.span.start, first.span.start), '"'),) if first else ()
        return Problem(
            codes.MISSING_QUOTE,
            Span(start, start + 1),
            "This quote closes a text that none opens.",
            'Put a double quote where the text begins: "like this".',
            edits if failure.mends(edits) else (),
        )
    mixed = regex.match(r".[^\n'’]*[\p{L}.!?]['’](?=\s|$)", quoted)
    first_joint = _THEN.search(quoted)
    if mixed:
        edits = ((Span(start + mixed.end() - 1, start + mixed.end()), '"'),)
    else:
        at = start + (first_joint.start() if first_joint else len(quoted))
        edits = ((Span(at, at), '"'),)
    return Problem(
        codes.MISSING_QUOTE,
        Span(start, edits[0][0].end),
        f"The text that begins with {failure.text[start : edits[0][0].start][:24]} has no closing quote.",
        'Text stands between two double quotes on one line: "like this".',
        edits if failure.mends(edits) else (),
    )


def foreign_quotes(failure: ParseFailure) -> Problem | None:
    """`'hello'`, `«hello»`."""
    lexeme = failure.lexeme()
    if lexeme.text not in _OPENING and not lexeme.text.startswith("''"):
        return None
    quoted = _FOREIGN.match(failure.rest(lexeme))
    span = lexeme.span if quoted is None else Span(lexeme.span.start, lexeme.span.start + quoted.end())
    better = f'"{quoted[1]}"' if quoted else '"…"'
    return Problem(
        codes.FOREIGN_WORD,
        span,
        f"Text stands between double quotes, not between {lexeme.text} and {failure.text[span.end - 1]}.",
        f"Write {better}.",
        ((span, better),) if quoted else (),
    )


def words_instead(failure: ParseFailure) -> Problem | None:
    """`"Hello {lead.name or "there"}."`: the words that stand for a fact need no quotes."""
    at = failure.span_here().start
    begin, end = failure.text.rfind("\n", 0, at) + 1, failure.line_end
    found = tuple(_WORDS_INSTEAD.finditer(failure.text, begin, end))
    first = next((one for one in found if one.start() < at <= one.end()), None)
    if first is None:
        return None
    return Problem(
        codes.QUOTE_INSIDE,
        Span(*first.span()),
        "The quotes around these words end the text in which they stand.",
        f"The words that stand for a fact need no double quotes: {_without_quotes(first)}.",
        tuple((Span(*one.span()), _without_quotes(one)) for one in found),
    )


def _without_quotes(found: regex.Match[str]) -> str:
    words = found[2].strip()
    bare = f"{found[1]} {words}}}"
    return f"{found[1]} '{words}'}}" if template_mistakes(bare) else bare


def quote_inside(failure: ParseFailure) -> Problem | None:
    """`"He said "wait" please"`, with or without backslashes: the first inner quote ended the text."""
    first = next((p for p in reversed(failure.before) if p.kind == "text"), None)
    if first is None:
        return None
    behind = failure.text[first.span.end : first.span.end + 1]
    if not (behind.isalnum() or behind == "\\" or first.text[-2:-1] in ("\\", " ")):
        return None
    rest = failure.text[first.span.start : failure.line_end]
    marks = [found.start() for found in regex.finditer(r"[\"“”„]", rest)]
    if len(marks) < 4 or len(marks) % 2:
        return None
    last = marks[-1]
    inner = regex.sub(r"\\?[\"“”„]", '""', rest[1:last])
    span = Span(first.span.start, first.span.start + last + 1)
    return Problem(
        codes.QUOTE_INSIDE,
        span,
        "There are quotes inside this text, and the first of them ends it.",
        f'Write a quote inside a text twice: "{inner}".',
        ((span, f'"{inner}"'),),
    )


def broken_text(failure: ParseFailure) -> Problem | None:
    """A text that goes on in the next line."""
    opened = next((lexeme for lexeme in failure.line if lexeme.kind == "open"), None)
    if opened is None:
        return None
    start = opened.span.start
    end = start + len(opened.text.rstrip())
    below = regex.match(r'\s*\n\s*([^\n"“”„]*)["“”„]', failure.text[end:])
    if below is None or regex.match(r"(?:on|rule|end|when|list|hours)\b", below[1], flags=regex.IGNORECASE):
        return None
    edits = ((Span(end, end + below.start(1)), " "),)
    if not failure.mends(edits):
        return None
    return Problem(
        codes.MISSING_QUOTE,
        Span(start, end),
        "This text goes on in the next line.",
        "A text stands on one line, from its first quote to its last.",
        edits,
    )
