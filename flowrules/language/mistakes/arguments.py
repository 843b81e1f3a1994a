"""What stands behind a verb: texts and names without quotes, callbacks without a time, keys and caps."""

from itertools import pairwise

import regex

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.parse_failure import Lexeme, ParseFailure
from flowrules.language.mistakes.trailing import NO_NAMES
from flowrules.language.problem import Problem
from flowrules.language.reserved import JOINTS, SPOKEN, verb_words
from flowrules.source import Span


def unquoted_text(failure: ParseFailure) -> Problem | None:
    """`say One moment please`."""
    lexeme, earlier = failure.lexeme(), failure.lexeme(-1)
    if (
        "STRING" not in failure.accepts
        or "NAME" in failure.accepts
        or lexeme.kind not in ("word", "number", "sign")
    ):
        return None
    if lexeme.word in JOINTS or (lexeme.starts_step and not earlier.starts_step):
        return None
    if "THEN" in failure.accepts and not (earlier.starts_step or earlier.word in ("because", "note")):
        return None
    quoted = next((p for p in failure.behind if p.kind == "text"), None)
    if quoted is not None:
        return _words_before_text(failure, quoted)
    last = _end_of_words(failure.behind)
    span = Span(lexeme.span.start, last.span.end)
    text = failure.text[span.start : span.end].replace('"', "")
    if earlier.word in _ADDRESSES and "://" not in text:
        return Problem(
            codes.UNQUOTED_TEXT,
            span,
            f'"{text}" is no web address.',
            f'Write the whole address, in quotes: {earlier.text} "https://…"',
        )
    if (verb := earlier.word) in SPOKEN and regex.fullmatch(r"[\p{L}_]\w*[_.]\w+", text):
        return Problem(
            codes.UNQUOTED_TEXT,
            span,
            f'The text after "{earlier.text}" stands without quotes.',
            f'For the value of a fact write: {verb} "{{{text}}}". For the words themselves: {verb} "{text}"',
        )
    return Problem(
        codes.UNQUOTED_TEXT,
        span,
        f'The text after "{earlier.text}" stands without quotes.',
        f'Write "{text}" between double quotes.',
        ((span, f'"{text}"'),),
    )


_ADDRESSES = verb_words("url") - SPOKEN
"""Words behind which the address of something to be played stands."""


def _words_before_text(failure: ParseFailure, quoted: Lexeme) -> Problem | None:
    """`say in hindi "…"`."""
    start = failure.lexeme().span.start
    kept = next((p for p in failure.behind if p.word in failure.keywords), quoted)
    edits = ((Span(start, kept.span.start), ""),)
    if not failure.mends(edits):
        return None
    between = failure.text[start : kept.span.start].strip()
    return Problem(
        codes.EXTRA_WORD,
        Span(start, start + len(between)),
        f'"{between}" does not belong before the text.',
        "Take it out.",
        edits,
    )


def several_words(failure: ParseFailure) -> Problem | None:
    """`set_disposition not interested`, `agent front desk`: a name of several words."""
    lexeme, first = failure.lexeme(), failure.lexeme(-1)
    if "THEN" not in failure.accepts or failure.step_may_follow or failure.last not in ("NAME", "NUMBER"):
        return None
    if lexeme.kind not in ("word", "number") or lexeme.word in JOINTS or first.starts_step:
        return None
    if lexeme.starts_step and "_" in lexeme.word:
        return None
    if any(later.word in NO_NAMES for later in failure.behind):
        return None
    last = _end_of_words(failure.behind)
    span = Span(first.span.start, last.span.end)
    text = failure.text[span.start : span.end]
    edits = ((span, f'"{text}"'),)
    return Problem(
        codes.UNQUOTED_TEXT,
        span,
        f'"{text}" is more than one word.',
        f'A name of several words stands in quotes: "{text}". If a new step begins there, write "then" before it.',
        edits if '"' not in text and failure.mends(edits) else (),
    )


def _end_of_words(lexemes: tuple[Lexeme, ...]) -> Lexeme:
    """The last lexeme of what may be one text or name: before the next step, or a text in quotes."""
    last = lexemes[0]
    for lexeme, following in pairwise((*lexemes[1:], lexemes[-1])):
        starts_next = lexeme.starts_step and "_" in lexeme.word
        joins_next = lexeme.text == "," and last is not lexemes[0] and following.starts_step
        if lexeme.word in ("then", "otherwise", "note") or lexeme.kind == "text" or starts_next or joins_next:
            break
        if lexeme.text == ")":
            break
        last = lexeme
    return last


_TIMES_OF_DAY = frozenset("morning noon afternoon evening night".split())
_CALLBACKS = verb_words("callback_time")


def callback_without_time(failure: ParseFailure) -> Problem | None:
    """`schedule_callback tomorrow`, `schedule_callback at 18:00`."""
    verbs = [p for p in failure.before if p.starts_step]
    if not verbs or verbs[-1].word not in _CALLBACKS:
        return None
    last, lexeme = failure.lexeme(-1), failure.lexeme()
    is_clock = lexeme.kind == "number" and lexeme.text.replace(":", "").isdigit()
    if last.word == "at" and is_clock and "DATE" in failure.accepts:
        return Problem(
            codes.MISSING_TIME,
            Span(last.span.start, lexeme.span.end),
            f'"at {lexeme.text}" does not say on which day.',
            f'Write "today at {lexeme.text}", "tomorrow at {lexeme.text}", "next monday at {lexeme.text}", '
            "or a date before the time.",
        )
    ended = failure.at_line_end or lexeme.word in JOINTS | _TIMES_OF_DAY
    if (
        last.word in ("today", "tomorrow") or (failure.lexeme(-2).word == "next" and "AT" in failure.accepts)
    ) and ended:
        day = last.text if last.word in ("today", "tomorrow") else f"next {last.text}"
        return Problem(
            codes.MISSING_TIME,
            last.span,
            f'"{day}" does not say at what time.',
            f'Write "{day} at 10:00".',
        )
    if last.word in _CALLBACKS and not ended:
        return Problem(
            codes.MISSING_TIME,
            lexeme.span,
            f"{lexeme.shown} is no time for a callback.",
            'Write "in 2 hours", "tomorrow at 10:00", "next monday at 10:00", "at" with a date and a time, or "next" '
            "with the name of your hours.",
        )
    if last.word in _CALLBACKS:
        return Problem(
            codes.MISSING_TIME,
            verbs[-1].span,
            "The callback's day and time are missing.",
            'Write "in 2 hours", "tomorrow at 10:00", "next monday at 10:00" or "next" with the name of your hours.',
        )
    return None


def missing_at_most(failure: ParseFailure) -> Problem | None:
    """`hold for 2 min`: two slips in one place."""
    lexeme = failure.lexeme()
    if failure.lexeme(-1).word != "for" or lexeme.kind != "number" or "AT" not in failure.accepts:
        return None
    at = Span(lexeme.span.start, lexeme.span.start)
    return Problem(
        codes.MISSING_WORD,
        lexeme.span,
        f'An "at most" is missing before "{lexeme.text}".',
        "Write: for at most 45 seconds",
        ((at, "at most "),),
    )


def several_keys(failure: ParseFailure) -> Problem | None:
    """`with summary "x" and priority 1`."""
    lexeme = failure.lexeme()
    if (
        lexeme.word != "and"
        or "COMMA" not in failure.accepts
        or not any(p.word == "with" for p in failure.before)
    ):
        return None
    return Problem(
        codes.OTHER_WORDING,
        lexeme.span,
        'What stands behind "with" is joined by commas.',
        'Write "," instead of "and".',
        ((Span(failure.lexeme(-1).span.end, lexeme.span.end), ","),),
    )


def added_texts(failure: ParseFailure) -> Problem | None:
    """`say "Hello" + lead.name`."""
    lexeme = failure.lexeme()
    if (
        lexeme.text not in ("+", "&", ".")
        or failure.lexeme(-1).kind != "text"
        or failure.lexeme(1).starts_step
    ):
        return None
    return Problem(
        codes.OTHER_WORDING,
        lexeme.span,
        "Texts are not added to each other.",
        'Put the fact inside the text, in braces: "Hello {lead.name}".',
    )
