"""Verbs, the joints between steps, and what a verb needs behind it."""

import re

from flowrules.diagnostics.codes import syntax as codes
from flowrules.diagnostics.guess import closest
from flowrules.language.mistakes.stumble import Piece, Stumble
from flowrules.language.problem import Problem
from flowrules.language.reserved import ENGINE_WORDS, STEP_WORDS
from flowrules.source import Span
from flowrules.verbs import WORDS

_TARGETS = ("agent", "queue", "number", "sip")
_WORDING: tuple[tuple[str, str], ...] = (
    (r"(?:hang\s+up|end\s+(?:the\s+)?call|disconnect|goodbye|end_call|finish)\b", "hangup"),
    (r"(?:forward|connect|route|redirect|send|hand\s*over|handoff|escalate)(?:\s+(?:it|them|caller|call))?\s+to\b",
     "transfer"),
    (r"(?:forward|connect|route|redirect|handoff|escalate)\b", "transfer"),
    (r"(?:speak|tell|announce|reply|respond|greet|apologi[sz]e)\b", "say"),
    (r"play\b", "play_audio"),
    (r"(?:press|dial)\b", "send_dtmf"),
    (r"(?:call\s*back|callback|call_back|book\s+(?:a\s+)?callback|call\s+(?:them\s+|him\s+|her\s+)?again)\b",
     "schedule_callback"),
    (r"(?:pause|stop)[\s_]+(?:the\s+)?recording\b", "recording_pause"),
    (r"(?:resume|start|continue)[\s_]+(?:the\s+)?recording\b", "recording_resume"),
    (r"(?:disposition|dispose|mark(?:\s+as)?|tag(?:\s+as)?|wrapup|wrap_up)\b", "set_disposition"),
    (r"(?:set\s+status|status|lead_status)\b", "set_lead_status"),
    (r"(?:pause|sleep|delay)\b", "wait"),
    (r"(?:note|write|record)\b", "log"),
    (r"(?:run|perform|execute)\b", "do"),
    (r"(?:set|save|store|let)\b", "remember"),
)  # fmt: skip
_PATTERNS = tuple((re.compile(pattern, re.IGNORECASE), better) for pattern, better in _WORDING)


def fact_in_target(stumble: Stumble) -> Problem | None:
    piece = stumble.piece()
    kind = stumble.piece(-1).word
    is_target = kind in (*_TARGETS, "supervisor") or (kind == "to" and stumble.piece(-2).word == "transfer")
    if piece.text not in ("{", "$") or not is_target:
        return None
    closing = next((p for p in stumble.behind if p.text == "}"), piece)
    return Problem(
        codes.FACT_IN_TARGET,
        Span(piece.span.start, closing.span.end),
        "Where a call goes can't be made from a fact.",
        'Name the target, or declare a destination with "by" that lists the targets.',
    )


def ambiguous_failure(stumble: Stumble) -> Problem | None:
    if stumble.piece().word != "then":
        return None
    words = [piece.word for piece in stumble.before]
    for index in range(len(words) - 2):
        if words[index : index + 3] == ["if", "it", "fails"] and "(" not in [
            p.text for p in stumble.before[index:]
        ]:
            return Problem(
                codes.AMBIGUOUS_FAILURE,
                Span(stumble.before[index].span.start, stumble.piece().span.end),
                'It is not clear where the steps after "if it fails" end.',
                "Put the steps of the failure in brackets: if it fails then (A then B). "
                "Or put what follows on a new line.",
            )
    return None


def callback_without_time(stumble: Stumble) -> Problem | None:
    verbs = [p for p in stumble.before if p.starts_step]
    if not verbs or verbs[-1].word != "schedule_callback":
        return None
    last = stumble.piece(-1)
    piece = stumble.piece()
    asked = Span(verbs[-1].span.start, stumble.span_here().end)
    if last.word == "at" and piece.kind == "number" and "DATE" in stumble.accepts:
        return Problem(
            codes.MISSING_TIME,
            Span(last.span.start, piece.span.end),
            f'"at {piece.text}" does not say on which day.',
            f'Write "tomorrow at {piece.text}", "next monday at {piece.text}", or a date before the time.',
        )
    if last.word == "tomorrow" or (stumble.piece(-2).word == "next" and "AT" in stumble.accepts):
        return Problem(
            codes.MISSING_TIME,
            last.span,
            f'"{last.text}" does not say at what time.',
            f'Write "{last.text} at 10:00".',
        )
    if last.word == "schedule_callback":
        return Problem(
            codes.MISSING_TIME,
            verbs[-1].span if stumble.at_line_end else asked,
            "The callback's day and time are missing.",
            'Write "in 2 hours", "tomorrow at 10:00", "next monday at 10:00" or "next" with the name of your hours.',
        )
    return None


def wording(stumble: Stumble) -> Problem | None:
    """Natural words for a verb, in place of the verb."""
    piece = stumble.piece()
    if not stumble.step_may_follow or piece.kind != "word" or piece.starts_step:
        return None
    end = stumble.line[-1].span.end
    rest = stumble.text[piece.span.start : end]
    joined = re.match(r"(\w+)[\s-]+(\w+)(?:[\s-]+(\w+))?", rest)
    if joined:
        for count in (3, 2):
            words = [word for word in joined.groups()[:count] if word]
            verb = "_".join(words).lower()
            if verb in WORDS and len(words) == count:
                length = joined.end(count)
                span = Span(piece.span.start, piece.span.start + length)
                return Problem(
                    codes.UNKNOWN_VERB,
                    span,
                    f'"{rest[:length]}" is written in one word.',
                    f'Write "{verb}".',
                    ((span, verb),),
                )
    if closest(piece.text, STEP_WORDS) is not None and piece.word not in ("play", "dial"):
        return None
    for pattern, better in _PATTERNS:
        if found := pattern.match(rest):
            return Problem(
                codes.UNKNOWN_VERB,
                Span(piece.span.start, piece.span.start + found.end()),
                f'There is no verb "{found[0]}".',
                f'Write "{better}".',
            )
    return None


def if_in_line(stumble: Stumble) -> Problem | None:
    """`on intent=sales if vip=yes then …`: a condition of the whole rule is its guard."""
    piece = stumble.piece()
    if piece.word != "if" or not stumble.step_may_follow or stumble.piece(1).word == "it":
        return None
    after_then = stumble.piece(-1).word == "then"
    return Problem(
        codes.OTHER_WORDING,
        piece.span,
        'An "if" can\'t stand here.',
        'In a rule block, put "if … then …" on a line of its own.'
        if after_then
        else 'Write "when" for the condition of a rule; "if … then …" is a line of its own in a rule block.',
        () if after_then else ((piece.span, "when"),),
    )


_MISSING_WORDS: tuple[tuple[str, str, str], ...] = (
    ("hold", "music", "with music"),
    ("mute", "customer", "caller"),
    ("unmute", "customer", "caller"),
)


def small_words(stumble: Stumble) -> Problem | None:
    piece = stumble.piece()
    if piece.text == "+" and stumble.piece(-1).kind == "text":
        return Problem(
            codes.OTHER_WORDING,
            piece.span,
            "Texts are not added to each other.",
            'Put the fact inside the text, in braces: "Hello {lead.name}".',
        )
    for verb, word, better in _MISSING_WORDS:
        if stumble.piece(-1).word == verb and piece.word == word:
            return Problem(
                codes.OTHER_WORDING,
                piece.span,
                f'After "{verb}" the language says "{better}".',
                f'Write "{verb} {better}".',
                ((piece.span, better),),
            )
    return None


def missing_kind(stumble: Stumble) -> Problem | None:
    piece = stumble.piece()
    earlier = stumble.piece(-1)
    if earlier.word in _TARGETS and stumble.piece(-2).word == "to":
        to = stumble.piece(-2)
        return Problem(
            codes.OTHER_WORDING,
            Span(to.span.start, earlier.span.end),
            f'"to {earlier.text}" is one word too many.',
            f'Write "{earlier.text}" without "to"; "to" is for a declared destination.',
            ((Span(to.span.start, earlier.span.start), ""),),
        )
    if not {"AGENT", "QUEUE"} <= stumble.accepts or earlier.word not in (
        "transfer",
        "now",
        "conference_add",
        "is",
    ):
        if earlier.word == "to" and piece.kind in ("number", "text") and stumble.piece(-2).word == "transfer":
            return _no_kind(piece)
        return None
    if piece.kind in ("newline", "nothing") or piece.word == "then":
        return Problem(
            codes.MISSING_KIND,
            earlier.span,
            f'"{earlier.text}" does not say to whom.',
            'Write "agent", "queue", "number", "sip" or "to" and a name.',
        )
    return _no_kind(piece)


def _no_kind(piece: Piece) -> Problem:
    if piece.text.startswith("+"):
        kind = "number"
    elif piece.kind == "text" and piece.text[1:].lower().startswith(("sip:", "sips:")):
        kind = "sip"
    else:
        kind = "queue"
    return Problem(
        codes.MISSING_KIND,
        piece.span,
        f'It is not said what {piece.text} is: an agent, a queue, a number or a destination.',
        f'Write "{kind} {piece.text}".' if kind != "queue" else
        f'Write "agent {piece.text}", "queue {piece.text}", or "to {piece.text}" for a declared destination.',
    )  # fmt: skip


def unquoted_text(stumble: Stumble) -> Problem | None:
    piece = stumble.piece()
    if (
        "STRING" not in stumble.accepts
        or "NAME" in stumble.accepts
        or piece.kind not in ("word", "number", "sign")
    ):
        return None
    if piece.word in ("then", "otherwise", "if") or (
        piece.starts_step and stumble.piece(-1).starts_step is False
    ):
        return None
    last = _end_of_words(stumble.behind)
    span = Span(piece.span.start, last.span.end)
    text = stumble.text[span.start : span.end]
    return Problem(
        codes.UNQUOTED_TEXT,
        span,
        f'The text after "{stumble.piece(-1).text}" stands without quotes.',
        f'Write "{text}" between double quotes.',
        ((span, f'"{text}"'),),
    )


def _end_of_words(pieces: tuple[Piece, ...]) -> Piece:
    last = pieces[0]
    for piece in pieces[1:]:
        if piece.word in ("then", "otherwise") or piece.text == ")":
            break
        last = piece
    return last


def joined_steps(stumble: Stumble) -> Problem | None:
    piece = stumble.piece()
    following = stumble.piece(1)
    if piece.text.lower() not in ("and", ",", "&", "+") or "THEN" not in stumble.accepts:
        return None
    if not (following.starts_step or closest(following.text, STEP_WORDS)):
        return None
    return Problem(
        codes.STEPS_JOINED_BY_AND,
        piece.span,
        f'Steps are joined by "then", not by "{piece.text}".',
        f'Write "then {following.text}".',
        ((piece.span, "then" if piece.text != "," else " then"),),
    )


def missing_then(stumble: Stumble) -> Problem | None:
    piece = stumble.piece()
    if "THEN" not in stumble.accepts or stumble.step_may_follow:
        return None
    after_failure = [p.word for p in stumble.before[-3:]] == ["if", "it", "fails"]
    guess = (
        piece.word if piece.starts_step else closest(piece.text, STEP_WORDS) if piece.kind == "word" else None
    )
    starts = guess is not None or after_failure or piece.text == "("
    if not starts or piece.word in ("then", "otherwise"):
        return None
    if guess is not None and stumble.piece(-1).starts_step and not piece.starts_step:
        return None
    here = Span(piece.span.start, piece.span.start)
    return Problem(
        codes.MISSING_THEN,
        piece.span,
        f'Before "{piece.text}" a "then" is missing.',
        f'Write "then {piece.text}", or begin a new line in a rule block.',
        ((here, "then "),),
    )


def several_words(stumble: Stumble) -> Problem | None:
    """`set_disposition not interested`, `agent front desk`: a name of several words."""
    piece = stumble.piece()
    first = stumble.piece(-1)
    if (
        "THEN" not in stumble.accepts
        or piece.kind not in ("word", "number")
        or piece.word in ("if", "otherwise")
    ):
        return None
    if first.kind not in ("word", "number") or first.starts_step or stumble.step_may_follow:
        return None
    last = _end_of_words(stumble.behind)
    span = Span(first.span.start, last.span.end)
    text = stumble.text[span.start : span.end]
    return Problem(
        codes.UNQUOTED_TEXT,
        span,
        f'"{text}" is more than one word.',
        f'A name of several words stands in quotes: "{text}". If a new step begins there, write "then" before it.',
    )


def nothing_to_do(stumble: Stumble) -> Problem | None:
    piece = stumble.piece()
    if not stumble.step_may_follow:
        return None
    last = stumble.piece(-1)
    if last.word == "then" and (stumble.at_line_end or piece.word in ("then", "otherwise")):
        return Problem(
            codes.MISSING_STEPS,
            last.span,
            'After this "then" a step is missing.',
            'Say what to do, or take the "then" out.',
        )
    if piece.word == "then" and last.word == "then":
        return Problem(codes.MISSING_STEPS, piece.span, '"then" stands here twice.', "Take one out.")
    if stumble.at_line_end or piece.word in ("end", "otherwise"):
        span = stumble.span_here() if stumble.at_line_end else piece.span
        return Problem(
            codes.MISSING_STEPS,
            span if stumble.at_line_end else stumble.first.span,
            "Here nothing is said to be done.",
            'Say what to do, such as transfer queue sales_q, or "stop" to do nothing.',
        )
    return None


def unknown_verb(stumble: Stumble) -> Problem | None:
    piece = stumble.piece()
    may_follow = stumble.step_may_follow or "TRANSFER" in stumble.accepts
    if not may_follow or piece.kind != "word" or piece.starts_step:
        return None
    guess = closest(piece.text, STEP_WORDS)
    if guess is None:
        known = ", ".join(sorted(set(WORDS) - {"get_call_state"})[:6])
        return Problem(
            codes.UNKNOWN_VERB,
            piece.span,
            f'There is no verb "{piece.text}".',
            f"Verbs are {known} and more; flowrules verbs shows all of them.",
        )
    what = "step" if guess in ENGINE_WORDS else "verb"
    return Problem(
        codes.UNKNOWN_VERB,
        piece.span,
        f'There is no verb "{piece.text}".',
        f'Did you mean the {what} "{guess}"?',
        ((piece.span, guess),),
    )
