"""Verbs, and the joints between steps."""

from flowrules.diagnostics.codes import syntax as codes
from flowrules.diagnostics.guess import NO_GUESS, Guess, closest, nearest
from flowrules.language.mistakes.stumble import Stumble
from flowrules.language.problem import Problem
from flowrules.language.reserved import ENGINE_WORDS, JOINTS, STEP_WORDS
from flowrules.source import Span

_TOO_VAGUE = frozenset({"call", "set", "lead", "send", "start", "add"})
"""Words that are part of several verbs, so that none can be guessed."""


def joined_steps(stumble: Stumble) -> Problem | None:
    """`hold and say …`, `transfer queue a, hangup`."""
    piece, following = stumble.piece(), stumble.piece(1)
    if piece.text.lower() not in ("and", ",", "&", "+", "or") or "THEN" not in stumble.accepts:
        return None
    if not (following.starts_step or closest(following.text, STEP_WORDS)) or stumble.step_may_follow:
        return None
    if piece.word == "or":
        return Problem(
            codes.STEPS_JOINED_BY_AND,
            piece.span,
            'Steps are joined by "then": all of them are done, so "or" can\'t stand between them.',
            f'Write "then {following.step}" for both, or "if it fails then {following.step}" where the first may fail.',
        )
    return Problem(
        codes.STEPS_JOINED_BY_AND,
        piece.span,
        f'Steps are joined by "then", not by "{piece.text}".',
        f'Write "then {following.step}".',
        ((piece.span, "then" if piece.text != "," else " then"),),
    )


def forbidden_step(stumble: Stumble) -> Problem | None:
    """`on intent=a do not transfer`: a step that is not to be done."""
    piece, last = stumble.piece(), stumble.piece(-1)
    if last.word != "not" or stumble.piece(-2).word != "do" or not piece.starts_step:
        return None
    return Problem(
        codes.UNKNOWN_VERB,
        Span(stumble.piece(-2).span.start, piece.span.end),
        "Steps are done; none can say what is not to be done.",
        f'Leave it out. For what must never happen write a guard rail: "never {piece.text} when …".',
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
        f'Write "then {piece.step}", or begin a new line in a rule block.',
        ((here, "then "),),
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
    if last.word == "then" and (stumble.at_line_end or piece.word in JOINTS):
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
    begins = not stumble.before or stumble.piece(-1).word == "then" or _ends_line(stumble)
    if piece.kind != "word" or piece.starts_step or stumble.piece(1).text not in ("=", "is") or not begins:
        return None
    edits = ((Span(piece.span.start, piece.span.start), "remember "),)
    if not stumble.step_may_follow or stumble.first.word == "test" or not stumble.mends(edits):
        return None
    return Problem(
        codes.MISSING_WORD,
        piece.span,
        f'To set "{piece.text}" the word "remember" is missing before it.',
        f"Write: remember {piece.text} is …",
        edits,
    )


def _ends_line(stumble: Stumble) -> bool:
    """Whether this comparison is all that is left of the line, so that it can't be a condition of steps behind it."""
    return len(stumble.behind) == 3 and stumble.first.word != "promise"


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


def unknown_verb(stumble: Stumble) -> Problem | None:
    """`please_transfer queue a`: nothing that comes near a verb."""
    piece = stumble.piece()
    if piece.kind != "word" or piece.starts_step or piece.word in JOINTS or not stumble.step_may_follow:
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
    if piece.kind != "word" or piece.starts_step or piece.word in JOINTS | _TOO_VAGUE:
        return None
    guess = _stem(piece.word) or nearest(piece.text, STEP_WORDS, keywords=True)
    if not guess:
        return None
    if not stumble.step_may_follow:
        return _misspelt_without_then(stumble, guess)
    what = "step" if ENGINE_WORDS.issuperset(guess.names) else "verb"
    return Problem(
        codes.UNKNOWN_VERB,
        piece.span,
        f'There is no verb "{piece.text}".',
        guess.question(what=what),
        ((piece.span, guess.fix),) if guess.fix else (),
    )


_ENDINGS = ("s", "red", "ed", "d", "ring", "ing")


def _stem(word: str) -> Guess:
    """`transferred`, `holds`, `muting`: a verb in another form."""
    for ending in _ENDINGS:
        stem = word.removesuffix(ending)
        verb = next((verb for verb in (stem, f"{stem}e") if stem != word and verb in STEP_WORDS), None)
        if verb is not None:
            return Guess((verb,), True)
    return NO_GUESS


def _misspelt_without_then(stumble: Stumble, guess: Guess) -> Problem | None:
    """Two slips in one place: `transfer queue a set_dispositon SALES`."""
    piece = stumble.piece()
    edits = ((piece.span, f"then {guess.names[0]}"),)
    if "THEN" not in stumble.accepts or not stumble.mends(edits):
        return None
    return Problem(
        codes.MISSING_THEN,
        piece.span,
        f'Before "{piece.text}" a "then" is missing, and there is no verb "{piece.text}".',
        'Write "then ' + '" or "then '.join(guess.names) + '".',
        edits if guess.fix else (),
    )
