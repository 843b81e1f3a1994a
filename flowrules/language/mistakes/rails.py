"""Guard rails that are written as rules are, or as others are."""

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.stumble import Stumble, quoted
from flowrules.language.problem import Problem
from flowrules.source import Span

_KINDS = ("agent", "queue", "number", "sip", "supervisor", "to")
_HEADS = frozenset({"on", "after", "also", "urgent"})
_RAILS = frozenset({"never", "before"})


def rail_with_target(stumble: Stumble) -> Problem | None:
    """`never transfer queue x when …`: a rail names the verb alone."""
    piece, verb = stumble.piece(), stumble.piece(-1)
    if stumble.rail is None or not verb.starts_step or "WHEN" not in stumble.accepts:
        return None
    ends = ("when", "unless", "during", "outside", "if", "then")
    guard = next((p for p in stumble.behind if p.word in ends or (p.starts_step and p is not piece)), None)
    below = stumble.first.word == "rule" and (piece.word in _KINDS or piece.kind == "text")
    if guard is piece or (guard is None and not below):
        return None
    if piece.kind == "sign" or piece.word in ("or", "and", "then", "if"):
        return None
    if piece.starts_step or not (
        piece.word in _KINDS or piece.kind == "text" or guard is None or guard.word in ends
    ):
        return None
    end = stumble.line_end if guard is None else guard.span.start
    behind = stumble.text[piece.span.start : end].strip()
    return Problem(
        codes.EXTRA_WORD,
        Span(piece.span.start, piece.span.start + len(behind)),
        f'A "{stumble.rail.text}" rule is about a verb wherever it goes, not about one target.',
        f"To hold for every {verb.text}, take {quoted(behind)} out. For this one alone write the condition into the "
        f"rules that do it: if … then … otherwise {verb.text} {behind}",
    )


def rail_steps(stumble: Stumble) -> Problem | None:
    """`never … then X`, `before transfer, X`, `after transfer X`."""
    piece, first, rail = stumble.piece(), stumble.first, stumble.rail
    if rail is not None and rail.word == "never" and piece.word in ("then", "otherwise", "else"):
        return Problem(
            codes.OTHER_WORDING,
            piece.span,
            'What happens in place of a forbidden verb follows "instead".',
            f'Write "instead" in place of "{piece.text}".',
            ((piece.span, "instead"),),
        )
    if first.word == "after" and piece.starts_step and stumble.piece(-1) is first:
        return Problem(
            codes.UNREADABLE,
            piece.span,
            "Nothing can be set to run after a verb.",
            "Write the step behind the verb itself. A record is sent before the verb that ends the call.",
        )
    commas = [p for p in stumble.before if p.text == ","]
    if rail is not None and rail.word == "before" and commas and commas[-1] is not stumble.piece(-1):
        edits = ((commas[-1].span, " then"),)
        if stumble.mends(edits):
            return Problem(
                codes.STEPS_JOINED_BY_AND,
                commas[-1].span,
                'The steps of a "before" rule follow "then", not a comma.',
                'Write "then" instead.',
                edits,
            )
    return None


def end_of_unnamed_rail(stumble: Stumble) -> Problem | None:
    """`never transfer when …` and below it `end`."""
    piece = stumble.piece()
    if stumble.first.word not in _RAILS or piece.word != "end" or stumble.before:
        return None
    return Problem(
        codes.EXTRA_WORD,
        piece.span,
        f'A "{stumble.first.text}" rule without a name has no "end".',
        'Take the "end" out. Or give the rule a name, on a line of its own above it: rule "…"',
    )


def rank_of_rail(stumble: Stumble) -> Problem | None:
    """`also never …`, `urgent before …`."""
    piece, rank = stumble.piece(), stumble.piece(-1)
    if piece.word not in _RAILS or rank.word not in ("also", "urgent"):
        return None
    edits = ((Span(rank.span.start, piece.span.start), ""),)
    return Problem(
        codes.EXTRA_WORD,
        rank.span,
        f'A guard rail is never "{rank.text}": it holds beside all rules.',
        "Take it out.",
        edits,
    )


def mixed_block(stumble: Stumble) -> Problem | None:
    """A rule and a guard rail, or two guard rails, under one name."""
    piece = stumble.piece()
    if stumble.first.word != "rule" or stumble.on_first_line or stumble.before:
        return None
    if piece.word in _RAILS:
        what = "one guard rail" if stumble.rail is not None else 'either a rule with "on" or a guard rail'
    elif stumble.rail is not None and piece.word in _HEADS:
        what = 'either a rule with "on" or a guard rail'
    else:
        return None
    body = stumble.text.rstrip()
    return Problem(
        codes.UNKNOWN_ITEM,
        Span(piece.span.start, max(body.rfind("\n"), piece.span.end)),
        f"Under one name stands {what}.",
        f'Put an "end" above this line, and begin a block of its own: rule "…", and below it {piece.text} …',
    )


def steps_of_never(stumble: Stumble) -> Problem | None:
    """`rule "X"`, `never …`, and below it steps without `instead`."""
    piece, rail = stumble.piece(), stumble.rail
    if rail is None or rail.word != "never" or "END" not in stumble.accepts or not piece.starts_step:
        return None
    if stumble.before or stumble.step_may_follow:
        return None
    return Problem(
        codes.OTHER_WORDING,
        piece.span,
        'Steps that come in place of a forbidden verb stand behind "instead".',
        f"If this is meant, write: instead {piece.text} …",
    )


def limit_of_rail(stumble: Stumble) -> Problem | None:
    """`never … once per call`."""
    piece = stumble.piece()
    text = stumble.rest(piece).lower()
    if stumble.rail is None or not text.startswith(("once per", "at most", "not again")):
        return None
    return Problem(
        codes.EXTRA_WORD,
        Span(piece.span.start, stumble.line_end),
        "A guard rail has no limit: it holds each time.",
        'Take this out. To let a verb through so many times, remember it, and ask for that with "when".',
    )


def instead_in_before(stumble: Stumble) -> Problem | None:
    """`before transfer when … instead …`."""
    piece, rail = stumble.piece(), stumble.rail
    if rail is None or rail.word != "before" or piece.word != "instead":
        return None
    return Problem(
        codes.OTHER_WORDING,
        piece.span,
        'The steps of a "before" are added before the verb, which is sent all the same.',
        'Write "then" in place of "instead". To keep the verb from being sent, write "never" in place of "before".',
    )


def rail_without_condition(stumble: Stumble) -> Problem | None:
    """`never transfer` alone."""
    rail = stumble.rail
    if rail is None or rail.word != "never" or not stumble.piece(-1).starts_step or not stumble.at_line_end:
        return None
    return Problem(
        codes.INCOMPLETE_LINE,
        stumble.span_here(),
        'A "never" says when it holds.',
        "Write the condition behind it: when …, unless …, during … or outside …",
    )
