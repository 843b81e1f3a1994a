"""Where a call goes: a target without its kind, made of a fact, or one of several."""

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.parse_failure import Lexeme, ParseFailure
from flowrules.language.problem import Problem
from flowrules.language.reserved import JOINTS, verb_words
from flowrules.source import Span
from flowrules.verbs import WORDS

_KINDS = ("agent", "queue", "number", "sip")
_WRITTEN = ("number", "sip")
"""Kinds that show in how a target is written."""
_VERBS = verb_words("target", "participant")
_TRANSFERS = verb_words("target")
"""Verbs behind which `to NAME` may stand."""


def fact_in_target(failure: ParseFailure) -> Problem | None:
    """`transfer agent {owner}`."""
    lexeme = failure.lexeme()
    kind = failure.lexeme(-1).word
    verbs = _VERBS | {"to", "now"}
    if lexeme.text not in ("{", "$", "<", "%") or kind not in (*_KINDS, "supervisor", *verbs):
        return None
    closing = next((p for p in failure.behind if p.text in ("}", ">")), lexeme)
    return Problem(
        codes.FACT_IN_TARGET,
        Span(lexeme.span.start, closing.span.end),
        "Where a call goes can't be made from a fact.",
        'Name the target, or declare a destination with "by" that lists the targets.',
    )


def several_targets(failure: ParseFailure) -> Problem | None:
    """`transfer queue a or queue b`."""
    joint, kind = failure.lexeme(), failure.lexeme(1)
    if joint.text.lower() not in ("or", ",", "and", "/") or failure.last not in (
        "NAME",
        "STRING",
        "NUMBER",
        "PHONE",
    ):
        return None
    verbs = [p for p in failure.before if p.starts_step]
    if not verbs or verbs[-1].word not in _TRANSFERS:
        return None
    again = f" if it fails then {verbs[-1].word} "
    named = kind.word in (*_KINDS, "to")
    put = again if named else f"{again}{_named_kind(failure)} "
    span = Span(failure.lexeme(-1).span.end, kind.span.start)
    if not failure.mends(((span, put),)):
        return None
    return Problem(
        codes.SEVERAL_TARGETS,
        joint.span,
        f'"{verbs[-1].word}" goes to one target.',
        f'For a second try write "{put.strip()} {kind.text} …".',
    )


def _named_kind(failure: ParseFailure) -> str:
    """The kind of target that the transfer before the failure names."""
    return next((p.word for p in reversed(failure.before) if p.word in (*_KINDS, "to")), "queue")


def missing_kind(failure: ParseFailure) -> Problem | None:
    """`transfer sales_q`, `transfer +919812345678`."""
    lexeme, earlier = failure.lexeme(), failure.lexeme(-1)
    if not {"AGENT", "QUEUE"} <= failure.accepts:
        if (
            earlier.word == "to"
            and failure.lexeme(-2).word in _TRANSFERS
            and lexeme.kind in ("number", "text")
        ):
            return _no_kind(failure, lexeme, earlier.span)
        return None
    if earlier.word not in _VERBS | {"now", "is"}:
        return None
    if lexeme.word in ("and", "or", "not"):
        return None
    if lexeme.is_nothing or lexeme.word in JOINTS:
        kinds = ", ".join(f'"{kind}"' for kind in _taken(failure))
        return Problem(
            codes.MISSING_KIND,
            earlier.span,
            f'"{earlier.text}" does not say to whom.',
            f'Write {kinds} or "to" and a name.',
        )
    return _no_kind(failure, lexeme, Span(lexeme.span.start, lexeme.span.start))


def _taken(failure: ParseFailure) -> tuple[str, ...]:
    """The kinds of target that the verb before the failure takes; a destination may be of any."""
    spec = next((WORDS[p.word] for p in reversed(failure.before) if p.word in _VERBS), None)
    return tuple(spec.targets.kinds) if spec is not None and spec.targets is not None else _KINDS


def _no_kind(failure: ParseFailure, lexeme: Lexeme, at: Span) -> Problem | None:
    if lexeme.kind not in ("word", "number", "text") or lexeme.starts_step:
        return None
    if lexeme.text.startswith("+"):
        kinds = ["number"]
    elif lexeme.kind == "text" and lexeme.text[1:].lower().startswith(("sip:", "sips:")):
        kinds = ["sip"]
    else:
        kinds = [kind for kind in _taken(failure) if kind not in _WRITTEN][:2]
    could = " or ".join(
        f'"{kind} {lexeme.text}"' if lexeme.kind != "text" else f"{kind} {lexeme.text}" for kind in kinds
    )
    edits = ((at, f"{kinds[0]} " if at.start == at.end else kinds[0]),) if kinds[0] in _WRITTEN else ()
    hint = f"Write {could}."
    if lexeme.kind == "word":
        hint = f'Write {could}, or "to {lexeme.text}" for a declared destination.'
    return Problem(
        codes.MISSING_KIND,
        lexeme.span,
        f"It is not said what {lexeme.text} is: an agent, a queue, a number or a destination.",
        hint,
        edits if failure.mends(edits) else (),
    )
