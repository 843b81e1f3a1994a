"""Verbs, the joints between steps, and what a verb needs behind it."""

from itertools import pairwise

from flowrules.diagnostics.codes import syntax as codes
from flowrules.diagnostics.guess import closest
from flowrules.language.mistakes.stumble import Piece, Stumble
from flowrules.language.problem import Problem
from flowrules.language.reserved import ENGINE_WORDS, STEP_WORDS
from flowrules.source import Span

_TARGETS = ("agent", "queue", "number", "sip")
_TOO_VAGUE = frozenset({"call", "set", "lead", "send", "start", "add"})
"""Words that are part of several verbs, so that none can be guessed."""
_JOINTS = frozenset({"then", "otherwise", "if", "when", "unless", "end", "instead"})


def fact_in_target(stumble: Stumble) -> Problem | None:
    """`transfer agent {owner}`."""
    piece = stumble.piece()
    kind = stumble.piece(-1).word
    verbs = ("transfer", "to", "conference_add", "now")
    if piece.text not in ("{", "$", "<", "%") or kind not in (*_TARGETS, "supervisor", *verbs):
        return None
    closing = next((p for p in stumble.behind if p.text in ("}", ">")), piece)
    return Problem(
        codes.FACT_IN_TARGET,
        Span(piece.span.start, closing.span.end),
        "Where a call goes can't be made from a fact.",
        'Name the target, or declare a destination with "by" that lists the targets.',
    )


def ambiguous_failure(stumble: Stumble) -> Problem | None:
    """`A if it fails then B then C` on one line."""
    if stumble.piece().word != "then":
        return None
    words = [piece.word for piece in stumble.before]
    for index in range(len(words) - 3, -1, -1):
        if words[index : index + 3] != ["if", "it", "fails"]:
            continue
        if "(" in (piece.text for piece in stumble.before[index:]):
            return None
        return Problem(
            codes.AMBIGUOUS_FAILURE,
            Span(stumble.before[index].span.start, stumble.piece().span.end),
            'It is not clear where the steps after "if it fails" end.',
            "Put the steps of the failure in brackets: if it fails then (A then B). "
            "Or put what follows on a new line.",
        )
    return None


def failure_without_steps(stumble: Stumble) -> Problem | None:
    """`transfer queue a if it fails` and nothing behind it."""
    if [piece.word for piece in stumble.before[-3:]] != ["if", "it", "fails"]:
        return None
    if not (stumble.at_line_end or stumble.piece().word in ("otherwise", "end")):
        return None
    return Problem(
        codes.MISSING_STEPS,
        Span(stumble.before[-3].span.start, stumble.before[-1].span.end),
        'It is not said what to do "if it fails".',
        'Write "if it fails then" and a step.',
    )


def callback_without_time(stumble: Stumble) -> Problem | None:
    """`schedule_callback tomorrow`, `schedule_callback at 18:00`."""
    verbs = [p for p in stumble.before if p.starts_step]
    if not verbs or verbs[-1].word != "schedule_callback":
        return None
    last, piece = stumble.piece(-1), stumble.piece()
    is_clock = piece.kind == "number" and piece.text.replace(":", "").isdigit()
    if last.word == "at" and is_clock and "DATE" in stumble.accepts:
        return Problem(
            codes.MISSING_TIME,
            Span(last.span.start, piece.span.end),
            f'"at {piece.text}" does not say on which day.',
            f'Write "tomorrow at {piece.text}", "next monday at {piece.text}", or a date before the time.',
        )
    ended = stumble.at_line_end or piece.word in _JOINTS
    if (last.word == "tomorrow" or (stumble.piece(-2).word == "next" and "AT" in stumble.accepts)) and ended:
        day = last.text if last.word == "tomorrow" else f"next {last.text}"
        return Problem(
            codes.MISSING_TIME,
            last.span,
            f'"{day}" does not say at what time.',
            f'Write "{day} at 10:00".',
        )
    if last.word == "schedule_callback" and not ended:
        return Problem(
            codes.MISSING_TIME,
            piece.span,
            f"{piece.shown} is no time for a callback.",
            'Write "in 2 hours", "tomorrow at 10:00", "next monday at 10:00", "at" with a date and a time, or "next" '
            "with the name of your hours.",
        )
    if last.word == "schedule_callback":
        return Problem(
            codes.MISSING_TIME,
            verbs[-1].span,
            "The callback's day and time are missing.",
            'Write "in 2 hours", "tomorrow at 10:00", "next monday at 10:00" or "next" with the name of your hours.',
        )
    return None


def several_targets(stumble: Stumble) -> Problem | None:
    """`transfer queue a or queue b`."""
    joint, kind = stumble.piece(), stumble.piece(1)
    if joint.text.lower() not in ("or", ",", "and", "/") or stumble.last not in (
        "NAME",
        "STRING",
        "NUMBER",
        "PHONE",
    ):
        return None
    verbs = [p for p in stumble.before if p.starts_step]
    if not verbs or verbs[-1].word != "transfer":
        return None
    named = kind.word in (*_TARGETS, "to")
    put = " if it fails then transfer " if named else f" if it fails then transfer {verbs_kind(stumble)} "
    span = Span(stumble.piece(-1).span.end, kind.span.start)
    edits = ((span, put),)
    if not stumble.mends(edits):
        return None
    return Problem(
        codes.SEVERAL_TARGETS,
        joint.span,
        "A transfer goes to one target.",
        f'For a second try write "{put.strip()} {kind.text} …".',
        edits,
    )


def verbs_kind(stumble: Stumble) -> str:
    """The kind of target that the transfer before the stumble names."""
    return next((p.word for p in reversed(stumble.before) if p.word in (*_TARGETS, "to")), "queue")


def if_in_line(stumble: Stumble) -> Problem | None:
    """`on intent=sales if vip=yes then …`: a condition of the whole rule is its guard."""
    piece = stumble.piece()
    if piece.word != "if" or not stumble.step_may_follow or stumble.piece(1).word == "it":
        return None
    before = stumble.piece(-1).word
    if before == "otherwise":
        hint = "A second condition is a rule of its own, below this one."
    elif before == "then":
        hint = 'In a rule block, put "if … then …" on a line of its own.'
    else:
        hint = 'Write "when" for the condition of a rule; "if … then …" is a line of its own in a rule block.'
    edits = () if before in ("otherwise", "then") else ((piece.span, "when"),)
    return Problem(
        codes.OTHER_WORDING,
        piece.span,
        'An "if" can\'t stand here.',
        hint,
        edits if stumble.mends(edits) else (),
    )


def second_otherwise(stumble: Stumble) -> Problem | None:
    """`… otherwise A otherwise B`, and `else if`."""
    piece = stumble.piece()
    if piece.word in ("else", "elif", "elseif") and (stumble.piece(1).word == "if" or piece.word != "else"):
        return Problem(
            codes.FOREIGN_WORD,
            piece.span
            if stumble.piece(1).word != "if"
            else Span(piece.span.start, stumble.piece(1).span.end),
            "A rule has one condition and one otherwise.",
            "Write a second rule below this one for the other case: the first rule that fits takes the event.",
        )
    earlier = any(p.word == "otherwise" for p in stumble.pieces[: stumble.here])
    if piece.word not in ("otherwise", "else") or not earlier or "OTHERWISE" in stumble.accepts:
        return None
    return Problem(
        codes.SAID_TWICE,
        piece.span,
        f'"{piece.text}" stands here a second time.',
        "A rule has one otherwise. Write a second rule below this one for the other case.",
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


def missing_kind(stumble: Stumble) -> Problem | None:
    """`transfer sales_q`, `transfer +919812345678`."""
    piece, earlier = stumble.piece(), stumble.piece(-1)
    if not {"AGENT", "QUEUE"} <= stumble.accepts:
        if earlier.word == "to" and stumble.piece(-2).word == "transfer" and piece.kind in ("number", "text"):
            return _no_kind(stumble, piece, earlier.span)
        return None
    if earlier.word not in ("transfer", "now", "conference_add", "is"):
        return None
    if piece.is_nothing or piece.word in _JOINTS:
        return Problem(
            codes.MISSING_KIND,
            earlier.span,
            f'"{earlier.text}" does not say to whom.',
            'Write "agent", "queue", "number", "sip" or "to" and a name.',
        )
    return _no_kind(stumble, piece, Span(piece.span.start, piece.span.start))


def _no_kind(stumble: Stumble, piece: Piece, at: Span) -> Problem | None:
    if piece.kind not in ("word", "number", "text") or piece.starts_step:
        return None
    if piece.text.startswith("+"):
        kinds = ["number"]
    elif piece.kind == "text" and piece.text[1:].lower().startswith(("sip:", "sips:")):
        kinds = ["sip"]
    else:
        kinds = ["agent", "queue"]
    could = " or ".join(
        f'"{kind} {piece.text}"' if piece.kind != "text" else f"{kind} {piece.text}" for kind in kinds
    )
    edits = ((at, f"{kinds[0]} " if at.start == at.end else kinds[0]),) if len(kinds) == 1 else ()
    hint = f"Write {could}."
    if piece.kind == "word":
        hint = f'Write {could}, or "to {piece.text}" for a declared destination.'
    return Problem(
        codes.MISSING_KIND,
        piece.span,
        f"It is not said what {piece.text} is: an agent, a queue, a number or a destination.",
        hint,
        edits if stumble.mends(edits) else (),
    )


def unquoted_text(stumble: Stumble) -> Problem | None:
    """`say One moment please`."""
    piece, earlier = stumble.piece(), stumble.piece(-1)
    if (
        "STRING" not in stumble.accepts
        or "NAME" in stumble.accepts
        or piece.kind not in ("word", "number", "sign")
    ):
        return None
    if piece.word in _JOINTS or (piece.starts_step and not earlier.starts_step):
        return None
    if "THEN" in stumble.accepts and not (earlier.starts_step or earlier.word in ("because", "note")):
        return None
    quoted = next((p for p in stumble.behind if p.kind == "text"), None)
    if quoted is not None:
        return _words_before_text(stumble, quoted)
    last = _end_of_words(stumble.behind)
    span = Span(piece.span.start, last.span.end)
    text = stumble.text[span.start : span.end].replace('"', "")
    return Problem(
        codes.UNQUOTED_TEXT,
        span,
        f'The text after "{earlier.text}" stands without quotes.',
        f'Write "{text}" between double quotes.',
        ((span, f'"{text}"'),),
    )


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


def joined_steps(stumble: Stumble) -> Problem | None:
    """`hold and say …`, `transfer queue a, hangup`."""
    piece, following = stumble.piece(), stumble.piece(1)
    if piece.text.lower() not in ("and", ",", "&", "+", "or") or "THEN" not in stumble.accepts:
        return None
    if not (following.starts_step or closest(following.text, STEP_WORDS)) or stumble.step_may_follow:
        return None
    return Problem(
        codes.STEPS_JOINED_BY_AND,
        piece.span,
        f'Steps are joined by "then", not by "{piece.text}".',
        f'Write "then {following.text}".',
        ((piece.span, "then" if piece.text != "," else " then"),),
    )


def missing_then(stumble: Stumble) -> Problem | None:
    """`transfer agent sales_q set_disposition SALES`."""
    piece = stumble.piece()
    if "THEN" not in stumble.accepts or stumble.step_may_follow or piece.word in ("then", "otherwise"):
        return None
    after_failure = [p.word for p in stumble.before[-3:]] == ["if", "it", "fails"]
    if not (piece.starts_step or after_failure) or piece.is_nothing:
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
    piece, first = stumble.piece(), stumble.piece(-1)
    if "THEN" not in stumble.accepts or stumble.step_may_follow or stumble.last not in ("NAME", "NUMBER"):
        return None
    if piece.kind not in ("word", "number") or piece.word in _JOINTS or first.starts_step:
        return None
    if piece.starts_step and "_" in piece.word:
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


def nothing_to_do(stumble: Stumble) -> Problem | None:
    """`on intent=sales`, `transfer queue a then`, `then then`."""
    piece, last = stumble.piece(), stumble.piece(-1)
    if not stumble.step_may_follow:
        return None
    if piece.word == "then" and last.word == "then":
        return Problem(
            codes.MISSING_STEPS, piece.span, '"then" stands here twice.', "Take one out.", ((piece.span, ""),)
        )
    if last.word == "then" and (stumble.at_line_end or piece.word in _JOINTS):
        return Problem(
            codes.MISSING_STEPS,
            last.span,
            'After this "then" a step is missing.',
            'Say what to do, or take the "then" out.',
        )
    if stumble.at_line_end or piece.word in ("end", "otherwise"):
        span = stumble.span_here() if stumble.at_line_end or not stumble.before else piece.span
        return Problem(
            codes.MISSING_STEPS,
            span,
            "Here nothing is said to be done.",
            'Say what to do, such as transfer queue sales_q, or "stop" to do nothing.',
        )
    return None


def assignment(stumble: Stumble) -> Problem | None:
    """`… then vip = yes`: a fact is set by `remember`."""
    piece = stumble.piece()
    begins = not stumble.before or stumble.piece(-1).word == "then"
    if piece.kind != "word" or piece.starts_step or stumble.piece(1).text not in ("=", "is") or not begins:
        return None
    edits = ((Span(piece.span.start, piece.span.start), "remember "),)
    if not stumble.mends(edits):
        return None
    return Problem(
        codes.MISSING_WORD,
        piece.span,
        f'To set "{piece.text}" the word "remember" is missing before it.',
        f"Write: remember {piece.text} is …",
        edits,
    )


def needless_do(stumble: Stumble) -> Problem | None:
    """`do transfer queue sales`."""
    do, verb = stumble.piece(-2), stumble.piece(-1)
    if do.word != "do" or not verb.starts_step:
        return None
    edits = ((Span(do.span.start, verb.span.start), ""),)
    return Problem(
        codes.EXTRA_WORD,
        do.span,
        '"do" runs a sequence that "steps" declares; before a verb it is one word too many.',
        "Take it out.",
        edits,
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


def unknown_verb(stumble: Stumble) -> Problem | None:
    """`please_transfer queue a`: nothing that comes near a verb."""
    piece = stumble.piece()
    if piece.kind != "word" or piece.starts_step or piece.word in _JOINTS or not stumble.step_may_follow:
        return None
    return Problem(
        codes.UNKNOWN_VERB,
        piece.span,
        f'There is no verb "{piece.text}".',
        "Verbs are transfer, hangup, say, set_disposition, schedule_callback and more; flowrules verbs shows all of "
        "them.",
    )


def misspelt_verb(stumble: Stumble) -> Problem | None:
    """`tranfer agent sales_q`."""
    piece = stumble.piece()
    if piece.kind != "word" or piece.starts_step or piece.word in _JOINTS | _TOO_VAGUE:
        return None
    guess = closest(piece.text, STEP_WORDS)
    if guess is None:
        return None
    if not stumble.step_may_follow:
        return _misspelt_without_then(stumble, guess)
    what = "step" if guess in ENGINE_WORDS else "verb"
    return Problem(
        codes.UNKNOWN_VERB,
        piece.span,
        f'There is no verb "{piece.text}".',
        f'Did you mean the {what} "{guess}"?',
        ((piece.span, guess),),
    )


def _misspelt_without_then(stumble: Stumble, guess: str) -> Problem | None:
    """Two slips in one place: `transfer queue a set_dispositon SALES`."""
    piece = stumble.piece()
    edits = ((piece.span, f"then {guess}"),)
    if "THEN" not in stumble.accepts or not stumble.mends(edits):
        return None
    return Problem(
        codes.MISSING_THEN,
        piece.span,
        f'Before "{piece.text}" a "then" is missing, and there is no verb "{piece.text}".',
        f'Write "then {guess}".',
        edits,
    )
