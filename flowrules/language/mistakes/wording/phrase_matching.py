"""What was said in words that the language has another spelling for."""

from collections.abc import Iterator

import regex

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.literals import twelve_hour
from flowrules.language.mistakes.parse_failure import Lexeme, ParseFailure
from flowrules.language.mistakes.wording import declaration_phrases as declared
from flowrules.language.mistakes.wording import phrases
from flowrules.language.problem import Problem
from flowrules.language.reserved import STEP_WORDS
from flowrules.source import Span
from flowrules.verbs import WORDS, Effect

_REACH_BACK = 8
"""Words before the failure in which a phrase may begin."""
_Compiled = tuple[tuple[regex.Pattern[str], str], ...]


def _compiled(*tables: phrases.Phrases) -> _Compiled:
    return tuple(
        (regex.compile(rf"(?:{pattern})(?:(?<!\w)|(?!\w))", regex.IGNORECASE), better)
        for table in tables
        for pattern, better in table
    )


_HEADS = _compiled(phrases.HEADS)
_RULE = _compiled(
    phrases.OTHER_WAY_ROUND,
    phrases.COMPARISONS,
    phrases.CLAUSES,
    phrases.STEPS,
    phrases.END,
    declared.BEGINNINGS,
)
_DECLARED = _compiled(declared.DECLARED, declared.BEGINNINGS)
_RAILS = (*_compiled(declared.RAILS), *_RULE)
_BY_ITEM = {
    "promise": (*_compiled(declared.PROMISES), *_RULE),
    "hours": _compiled(declared.HOURS, phrases.END),
    "destination": _compiled(declared.DESTINATION, phrases.END),
    "test": _compiled(declared.TEST, phrases.STEPS, phrases.END),
    "never": _RAILS,
    "before": _RAILS,
    **dict.fromkeys(("list", "fact", "event", "default", "allow", "timezone", "order"), _DECLARED),
}
"""The phrases that are looked for, by the first word of the block; in all others those of a rule."""
_NUMBERS = {
    "once": "1", "one": "1", "twice": "2", "two": "2", "second": "2", "2nd": "2", "thrice": "3", "three": "3",
    "third": "3", "3rd": "3", "four": "4", "fourth": "4", "4th": "4", "five": "5", "fifth": "5", "5th": "5",
}  # fmt: skip
_TWELVE = regex.compile(r"\b\d{1,2}(?:[:.]\d\d)?\s*[ap]\.?m\b\.?", regex.IGNORECASE)
_COUNT_WORD = regex.compile(rf"\b({'|'.join(_NUMBERS)})(?=\s+times\b)", regex.IGNORECASE)


def head(failure: ParseFailure) -> Problem | None:
    """What happened, in other words: `when the caller says "human"`, `on call start`."""
    return _said_in_other_words(failure, _HEADS)


_TARGETS = frozenset({"agent", "queue"})
"""Kinds of targets: where the writer named none, it may be either."""


def phrase(failure: ParseFailure) -> Problem | None:
    """Anything else in other words: `is greater than`, `hang up`."""
    return _said_in_other_words(failure, _BY_ITEM.get(failure.first.word, _RULE))


def roughly(failure: ParseFailure) -> Problem | None:
    """A phrase behind which something else is wrong: `mon-fri 9am`."""
    return _said_in_other_words(failure, _BY_ITEM.get(failure.first.word, _RULE), past=0)


def _said_in_other_words(failure: ParseFailure, table: _Compiled, past: int = 1) -> Problem | None:
    """The first phrase, from the left, that touches the failure and can be said in the language's words."""
    if failure.is_long:
        return None
    touching = failure.lexeme(-1).span.end
    for lexeme in _starts(failure):
        rest = failure.rest(lexeme)
        for pattern, better in table:
            found = pattern.match(rest)
            if found is None or lexeme.span.start + found.end() < touching:
                continue
            span = Span(lexeme.span.start, lexeme.span.start + found.end())
            said = _TWELVE.sub(_by_24_hours, _COUNT_WORD.sub(_in_digits, found.expand(better)))
            if said.split() != found[0].lower().split() and failure.mends(((span, said),), past):
                if said.strip() == "go on" and _behind_ending(failure):
                    continue
                return _said_otherwise(failure, span, said, is_sure=not isinstance(better, phrases.Unsure))
    return None


def _behind_ending(failure: ParseFailure) -> bool:
    """Whether the step that may fail ends the call, so that nothing is left to go on with."""
    step = next((p for p in reversed(failure.before) if p.word in WORDS), None)
    return step is not None and WORDS[step.word].effect is Effect.ENDING


def _in_digits(word: regex.Match[str]) -> str:
    return _NUMBERS[word[1].lower()]


def _by_24_hours(clock: regex.Match[str]) -> str:
    return twelve_hour(clock[0]) or clock[0]


def _starts(failure: ParseFailure) -> Iterator[Lexeme]:
    """The lexemes of the line in which a phrase may begin."""
    near = failure.before[-_REACH_BACK:]
    if len(failure.before) > _REACH_BACK:
        yield failure.before[0]
    yield from near
    yield failure.lexeme()


def _next_word(failure: ParseFailure, at: int) -> str:
    lexeme = next((lexeme for lexeme in failure.line if lexeme.span.end > at), None)
    if lexeme is None or lexeme.kind == "text":
        return lexeme.text if lexeme else ""
    return failure.text[at : failure.line_end].split(maxsplit=1)[0].rstrip(",;")


def _said_otherwise(failure: ParseFailure, span: Span, said: str, *, is_sure: bool) -> Problem:
    written, shown = failure.text[span.start : span.end].strip(), said.strip()
    begins = written.split(None, 1)[0].lower() if written else ""
    if begins not in STEP_WORDS and shown.split(None, 1)[0] in STEP_WORDS:
        code, message = codes.UNKNOWN_VERB, f'There is no verb "{written}".'
    else:
        code, message = codes.OTHER_WORDING, f'The language has another spelling for "{written}".'
    if said != shown:
        shown = f"{shown} {_next_word(failure, span.end)}".rstrip()
    trimmed = Span(span.start, span.start + len(written)) if span.end - span.start > len(written) else span
    named = set(said.split()) & _TARGETS
    meant = "Write" if is_sure else "If this is meant, write"
    is_sure = is_sure and named <= set(regex.findall(r"\w+", failure.text[span.start : span.end].lower()))
    return Problem(code, trimmed, message, f"{meant}: {shown}", ((span, said),) if is_sure else ())
