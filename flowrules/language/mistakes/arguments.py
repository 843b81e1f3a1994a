"""What stands behind a verb: texts and names without quotes, callbacks without a time, keys and caps."""

from itertools import pairwise

import regex

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.stumble import Piece, Stumble
from flowrules.language.mistakes.trailing import NO_NAMES
from flowrules.language.problem import Problem
from flowrules.language.reserved import JOINTS, SPOKEN, verb_words
from flowrules.source import Span


def unquoted_text(stumble: Stumble) -> Problem | None:
    """`say One moment please`."""
    piece, earlier = stumble.piece(), stumble.piece(-1)
    if (
        "STRING" not in stumble.accepts
        or "NAME" in stumble.accepts
        or piece.kind not in ("word", "number", "sign")
    ):
        return None
    if piece.word in JOINTS or (piece.starts_step and not earlier.starts_step):
        return None
    if "THEN" in stumble.accepts and not (earlier.starts_step or earlier.word in ("because", "note")):
        return None
    quoted = next((p for p in stumble.behind if p.kind == "text"), None)
    if quoted is not None:
        return _words_before_text(stumble, quoted)
    last = _end_of_words(stumble.behind)
    span = Span(piece.span.start, last.span.end)
    text = stumble.text[span.start : span.end].replace('"', "")
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


def _words_before_text(stumble: Stumble, quoted: Piece) -> Problem | None:
    """`say in hindi "…"`."""
    start = stumble.piece().span.start
    kept = next((p for p in stumble.behind if p.word in stumble.keywords), quoted)
    edits = ((Span(start, kept.span.start), ""),)
    if not stumble.mends(edits):
        return None
    between = stumble.text[start : kept.span.start].strip()
    return Problem(
        codes.EXTRA_WORD,
        Span(start, start + len(between)),
        f'"{between}" does not belong before the text.',
        "Take it out.",
        edits,
    )


def several_words(stumble: Stumble) -> Problem | None:
    """`set_disposition not interested`, `agent front desk`: a name of several words."""
    piece, first = stumble.piece(), stumble.piece(-1)
    if "THEN" not in stumble.accepts or stumble.step_may_follow or stumble.last not in ("NAME", "NUMBER"):
        return None
    if piece.kind not in ("word", "number") or piece.word in JOINTS or first.starts_step:
        return None
    if piece.starts_step and "_" in piece.word:
        return None
    if any(later.word in NO_NAMES for later in stumble.behind):
        return None
    last = _end_of_words(stumble.behind)
    span = Span(first.span.start, last.span.end)
    text = stumble.text[span.start : span.end]
    edits = ((span, f'"{text}"'),)
    return Problem(
        codes.UNQUOTED_TEXT,
        span,
        f'"{text}" is more than one word.',
        f'A name of several words stands in quotes: "{text}". If a new step begins there, write "then" before it.',
        edits if '"' not in text and stumble.mends(edits) else (),
    )


def _end_of_words(pieces: tuple[Piece, ...]) -> Piece:
    """The last piece of what may be one text or name: before the next step, or a text in quotes."""
    last = pieces[0]
    for piece, following in pairwise((*pieces[1:], pieces[-1])):
        starts_next = piece.starts_step and "_" in piece.word
        joins_next = piece.text == "," and last is not pieces[0] and following.starts_step
        if piece.word in ("then", "otherwise", "note") or piece.kind == "text" or starts_next or joins_next:
            break
        if piece.text == ")":
            break
        last = piece
    return last


_TIMES_OF_DAY = frozenset("morning noon afternoon evening night".split())
_CALLBACKS = verb_words("callback_time")


def callback_without_time(stumble: Stumble) -> Problem | None:
    """`schedule_callback tomorrow`, `schedule_callback at 18:00`."""
    verbs = [p for p in stumble.before if p.starts_step]
    if not verbs or verbs[-1].word not in _CALLBACKS:
        return None
    last, piece = stumble.piece(-1), stumble.piece()
    is_clock = piece.kind == "number" and piece.text.replace(":", "").isdigit()
    if last.word == "at" and is_clock and "DATE" in stumble.accepts:
        return Problem(
            codes.MISSING_TIME,
            Span(last.span.start, piece.span.end),
            f'"at {piece.text}" does not say on which day.',
            f'Write "today at {piece.text}", "tomorrow at {piece.text}", "next monday at {piece.text}", '
            "or a date before the time.",
        )
    ended = stumble.at_line_end or piece.word in JOINTS | _TIMES_OF_DAY
    if (
        last.word in ("today", "tomorrow") or (stumble.piece(-2).word == "next" and "AT" in stumble.accepts)
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
            piece.span,
            f"{piece.shown} is no time for a callback.",
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


def missing_at_most(stumble: Stumble) -> Problem | None:
    """`hold for 2 min`: two slips in one place."""
    piece = stumble.piece()
    if stumble.piece(-1).word != "for" or piece.kind != "number" or "AT" not in stumble.accepts:
        return None
    at = Span(piece.span.start, piece.span.start)
    return Problem(
        codes.MISSING_WORD,
        piece.span,
        f'An "at most" is missing before "{piece.text}".',
        "Write: for at most 45 seconds",
        ((at, "at most "),),
    )


def several_keys(stumble: Stumble) -> Problem | None:
    """`with summary "x" and priority 1`."""
    piece = stumble.piece()
    if (
        piece.word != "and"
        or "COMMA" not in stumble.accepts
        or not any(p.word == "with" for p in stumble.before)
    ):
        return None
    return Problem(
        codes.OTHER_WORDING,
        piece.span,
        'What stands behind "with" is joined by commas.',
        'Write "," instead of "and".',
        ((Span(stumble.piece(-1).span.end, piece.span.end), ","),),
    )


def added_texts(stumble: Stumble) -> Problem | None:
    """`say "Hello" + lead.name`."""
    piece = stumble.piece()
    if piece.text not in ("+", "&", ".") or stumble.piece(-1).kind != "text" or stumble.piece(1).starts_step:
        return None
    return Problem(
        codes.OTHER_WORDING,
        piece.span,
        "Texts are not added to each other.",
        'Put the fact inside the text, in braces: "Hello {lead.name}".',
    )
