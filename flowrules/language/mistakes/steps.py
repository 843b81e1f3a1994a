"""Verbs, and the joints between steps."""

from flowrules.diagnostics.codes import syntax as codes
from flowrules.diagnostics.guess import NO_GUESS, Guess, closest, nearest
from flowrules.language.mistakes.parse_failure import ParseFailure
from flowrules.language.problem import Problem
from flowrules.language.reserved import ENGINE_WORDS, JOINTS, STEP_WORDS
from flowrules.source import Span

_TOO_VAGUE = frozenset({"call", "set", "lead", "send", "start", "add"})
"""Words that are part of several verbs, so that none can be guessed."""


def joined_steps(failure: ParseFailure) -> Problem | None:
    """`hold and say …`, `transfer queue a, hangup`."""
    lexeme, following = failure.lexeme(), failure.lexeme(1)
    if lexeme.text.lower() not in ("and", ",", "&", "+", "or") or "THEN" not in failure.accepts:
        return None
    if not (following.starts_step or closest(following.text, STEP_WORDS)) or failure.step_may_follow:
        return None
    if lexeme.word == "or":
        return Problem(
            codes.STEPS_JOINED_BY_AND,
            lexeme.span,
            'Steps are joined by "then": all of them are done, so "or" can\'t stand between them.',
            f'Write "then {following.step}" for both, or "if it fails then {following.step}" where the first may fail.',
        )
    return Problem(
        codes.STEPS_JOINED_BY_AND,
        lexeme.span,
        f'Steps are joined by "then", not by "{lexeme.text}".',
        f'Write "then {following.step}".',
        ((lexeme.span, "then" if lexeme.text != "," else " then"),),
    )


def forbidden_step(failure: ParseFailure) -> Problem | None:
    """`on intent=a do not transfer`: a step that is not to be done."""
    lexeme, last = failure.lexeme(), failure.lexeme(-1)
    if last.word != "not" or failure.lexeme(-2).word != "do" or not lexeme.starts_step:
        return None
    return Problem(
        codes.UNKNOWN_VERB,
        Span(failure.lexeme(-2).span.start, lexeme.span.end),
        "Steps are done; none can say what is not to be done.",
        f'Leave it out. For what must never happen write a guard rail: "never {lexeme.text} when …".',
    )


def missing_then(failure: ParseFailure) -> Problem | None:
    """`transfer agent sales_q set_disposition SALES`."""
    lexeme = failure.lexeme()
    if "THEN" not in failure.accepts or failure.step_may_follow or lexeme.word in ("then", "otherwise"):
        return None
    after_failure = [p.word for p in failure.before[-3:]] == ["if", "it", "fails"]
    if not (lexeme.starts_step or after_failure) or lexeme.is_nothing:
        return None
    here = Span(lexeme.span.start, lexeme.span.start)
    return Problem(
        codes.MISSING_THEN,
        lexeme.span,
        f'Before "{lexeme.text}" a "then" is missing.',
        f'Write "then {lexeme.step}", or begin a new line in a rule block.',
        ((here, "then "),),
    )


def nothing_to_do(failure: ParseFailure) -> Problem | None:
    """`on intent=sales`, `transfer queue a then`, `then then`."""
    lexeme, last = failure.lexeme(), failure.lexeme(-1)
    if not failure.step_may_follow:
        return None
    if lexeme.word == "then" and last.word == "then":
        return Problem(
            codes.MISSING_STEPS,
            lexeme.span,
            '"then" stands here twice.',
            "Take one out.",
            ((lexeme.span, ""),),
        )
    if last.word == "then" and (failure.at_line_end or lexeme.word in JOINTS):
        return Problem(
            codes.MISSING_STEPS,
            last.span,
            'After this "then" a step is missing.',
            'Say what to do, or take the "then" out.',
        )
    if failure.at_line_end or lexeme.word in ("end", "otherwise"):
        span = failure.span_here() if failure.at_line_end or not failure.before else lexeme.span
        return Problem(
            codes.MISSING_STEPS,
            span,
            "Here nothing is said to be done.",
            'Say what to do, such as transfer queue sales_q, or "stop" to do nothing.',
        )
    return None


def assignment(failure: ParseFailure) -> Problem | None:
    """`… then vip = yes`: a fact is set by `remember`."""
    lexeme = failure.lexeme()
    begins = not failure.before or failure.lexeme(-1).word == "then" or _ends_line(failure)
    if lexeme.kind != "word" or lexeme.starts_step or failure.lexeme(1).text not in ("=", "is") or not begins:
        return None
    edits = ((Span(lexeme.span.start, lexeme.span.start), "remember "),)
    if not failure.step_may_follow or failure.first.word == "test" or not failure.mends(edits):
        return None
    return Problem(
        codes.MISSING_WORD,
        lexeme.span,
        f'To set "{lexeme.text}" the word "remember" is missing before it.',
        f"Write: remember {lexeme.text} is …",
        edits,
    )


def _ends_line(failure: ParseFailure) -> bool:
    """Whether this comparison is all that is left of the line, so that it can't be a condition of steps behind it."""
    return len(failure.behind) == 3 and failure.first.word != "promise"


def needless_do(failure: ParseFailure) -> Problem | None:
    """`do transfer queue sales`."""
    do, verb = failure.lexeme(-2), failure.lexeme(-1)
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


def unknown_verb(failure: ParseFailure) -> Problem | None:
    """`please_transfer queue a`: nothing that comes near a verb."""
    lexeme = failure.lexeme()
    if lexeme.kind != "word" or lexeme.starts_step or lexeme.word in JOINTS or not failure.step_may_follow:
        return None
    return Problem(
        codes.UNKNOWN_VERB,
        lexeme.span,
        f'There is no verb "{lexeme.text}".',
        "Verbs are transfer, hangup, say, set_disposition, schedule_callback and more; flowrules verbs shows all of "
        "them.",
    )


def misspelt_verb(failure: ParseFailure) -> Problem | None:
    """`tranfer agent sales_q`."""
    lexeme = failure.lexeme()
    if lexeme.kind != "word" or lexeme.starts_step or lexeme.word in JOINTS | _TOO_VAGUE:
        return None
    guess = _stem(lexeme.word) or nearest(lexeme.text, STEP_WORDS, keywords=True)
    if not guess:
        return None
    if not failure.step_may_follow:
        return _misspelt_without_then(failure, guess)
    what = "step" if ENGINE_WORDS.issuperset(guess.names) else "verb"
    return Problem(
        codes.UNKNOWN_VERB,
        lexeme.span,
        f'There is no verb "{lexeme.text}".',
        guess.question(what=what),
        ((lexeme.span, guess.fix),) if guess.fix else (),
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


def _misspelt_without_then(failure: ParseFailure, guess: Guess) -> Problem | None:
    """Two slips in one place: `transfer queue a set_dispositon SALES`."""
    lexeme = failure.lexeme()
    edits = ((lexeme.span, f"then {guess.names[0]}"),)
    if "THEN" not in failure.accepts or not failure.mends(edits):
        return None
    return Problem(
        codes.MISSING_THEN,
        lexeme.span,
        f'Before "{lexeme.text}" a "then" is missing, and there is no verb "{lexeme.text}".',
        'Write "then ' + '" or "then '.join(guess.names) + '".',
        edits if guess.fix else (),
    )
