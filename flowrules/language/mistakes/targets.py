"""Where a call goes: a target without its kind, made of a fact, or one of several."""

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.stumble import Piece, Stumble
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


def fact_in_target(stumble: Stumble) -> Problem | None:
    """`transfer agent {owner}`."""
    piece = stumble.piece()
    kind = stumble.piece(-1).word
    verbs = _VERBS | {"to", "now"}
    if piece.text not in ("{", "$", "<", "%") or kind not in (*_KINDS, "supervisor", *verbs):
        return None
    closing = next((p for p in stumble.behind if p.text in ("}", ">")), piece)
    return Problem(
        codes.FACT_IN_TARGET,
        Span(piece.span.start, closing.span.end),
        "Where a call goes can't be made from a fact.",
        'Name the target, or declare a destination with "by" that lists the targets.',
    )


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
    if not verbs or verbs[-1].word not in _TRANSFERS:
        return None
    again = f" if it fails then {verbs[-1].word} "
    named = kind.word in (*_KINDS, "to")
    put = again if named else f"{again}{_named_kind(stumble)} "
    span = Span(stumble.piece(-1).span.end, kind.span.start)
    if not stumble.mends(((span, put),)):
        return None
    return Problem(
        codes.SEVERAL_TARGETS,
        joint.span,
        f'"{verbs[-1].word}" goes to one target.',
        f'For a second try write "{put.strip()} {kind.text} …".',
    )


def _named_kind(stumble: Stumble) -> str:
    """The kind of target that the transfer before the stumble names."""
    return next((p.word for p in reversed(stumble.before) if p.word in (*_KINDS, "to")), "queue")


def missing_kind(stumble: Stumble) -> Problem | None:
    """`transfer sales_q`, `transfer +919812345678`."""
    piece, earlier = stumble.piece(), stumble.piece(-1)
    if not {"AGENT", "QUEUE"} <= stumble.accepts:
        if earlier.word == "to" and stumble.piece(-2).word in _TRANSFERS and piece.kind in ("number", "text"):
            return _no_kind(stumble, piece, earlier.span)
        return None
    if earlier.word not in _VERBS | {"now", "is"}:
        return None
    if piece.word in ("and", "or", "not"):
        return None
    if piece.is_nothing or piece.word in JOINTS:
        kinds = ", ".join(f'"{kind}"' for kind in _taken(stumble))
        return Problem(
            codes.MISSING_KIND,
            earlier.span,
            f'"{earlier.text}" does not say to whom.',
            f'Write {kinds} or "to" and a name.',
        )
    return _no_kind(stumble, piece, Span(piece.span.start, piece.span.start))


def _taken(stumble: Stumble) -> tuple[str, ...]:
    """The kinds of target that the verb before the stumble takes; a destination may be of any."""
    spec = next((WORDS[p.word] for p in reversed(stumble.before) if p.word in _VERBS), None)
    return tuple(spec.targets.kinds) if spec is not None and spec.targets is not None else _KINDS


def _no_kind(stumble: Stumble, piece: Piece, at: Span) -> Problem | None:
    if piece.kind not in ("word", "number", "text") or piece.starts_step:
        return None
    if piece.text.startswith("+"):
        kinds = ["number"]
    elif piece.kind == "text" and piece.text[1:].lower().startswith(("sip:", "sips:")):
        kinds = ["sip"]
    else:
        kinds = [kind for kind in _taken(stumble) if kind not in _WRITTEN][:2]
    could = " or ".join(
        f'"{kind} {piece.text}"' if piece.kind != "text" else f"{kind} {piece.text}" for kind in kinds
    )
    edits = ((at, f"{kinds[0]} " if at.start == at.end else kinds[0]),) if kinds[0] in _WRITTEN else ()
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
