"""The parts of a rule in another order: steps before what happened, a condition behind the steps, a failure first."""

import regex

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.stumble import Edits, Piece, Stumble
from flowrules.language.problem import Problem
from flowrules.source import Span

_HEADS = frozenset({"on", "after", "at", "before"})
_GUARDS = frozenset({"when", "unless", "if", "during", "outside"})
_RULES = frozenset({"on", "also", "urgent", "after", "at"})
_FAILS = regex.compile(r"(?:if|when)\s+(?:it|(?:the\s+)?(\w+))\s+fail(?:s|ed)\b", regex.IGNORECASE)


def steps_first(stumble: Stumble) -> Problem | None:
    """`transfer queue sales on intent=sales`, `set_disposition DONE before hangup`."""
    first = stumble.first
    if stumble.piece() is not first or not first.starts_step or stumble.piece(1).word == "not":
        return None
    head = next((p for p in stumble.line[1:] if p.word in _HEADS | _GUARDS), None)
    if head is None:
        return None
    steps = stumble.text[first.span.start : head.span.start].strip()
    happened = stumble.text[head.span.start : stumble.line_end].strip()
    edits: Edits = ((Span(first.span.start, stumble.line_end), f"{happened} {steps}"),)
    if head.word in _HEADS and stumble.mends(edits):
        return Problem(
            codes.OTHER_WORDING,
            Span(first.span.start, stumble.line_end),
            f'What the rule waits for stands first, and the steps behind it: "{head.text}" begins the line.',
            f"Write: {edits[0][1]}",
            edits,
        )
    return Problem(
        codes.MISSING_ON,
        first.span,
        f'The step "{first.text}" stands before what the rule waits for.',
        f"What happens stands first, then the conditions, then the steps: on intent=sales when vip is yes {steps}",
    )


def event_behind_guard(stumble: Stumble) -> Problem | None:
    """`if vip is yes on intent=sales transfer …`."""
    first = stumble.first
    if first.word not in ("if", "when", "unless") or not stumble.on_first_line:
        return None
    line = stumble.line
    event = next((i for i, p in enumerate(line) if i and p.word == "on"), None)
    if event is None:
        return None
    step = next((p for p in line[event:] if p.starts_step or p.word == "then"), None)
    if step is None:
        return None
    guard = stumble.text[first.span.end : line[event].span.start].strip(" ,")
    happened = stumble.text[line[event].span.start : step.span.start].strip(" ,")
    word = "when" if first.word == "if" else first.word
    edits = ((Span(first.span.start, step.span.start), f"{happened} {word} {guard} "),)
    if not stumble.mends(edits):
        return None
    return Problem(
        codes.OTHER_WORDING,
        Span(first.span.start, line[event].span.end),
        "What happened stands first, and the condition behind it.",
        f"Write: {edits[0][1].strip()} …",
        edits,
    )


def guard_behind_steps(stumble: Stumble) -> Problem | None:
    """`on intent=sales transfer queue gold when vip is yes`."""
    piece = stumble.piece()
    if piece.word not in _GUARDS or "THEN" not in stumble.accepts or stumble.step_may_follow:
        return None
    if piece.word == "if" and (stumble.piece(1).word == "it" or not _is_condition(stumble)):
        return None
    line = stumble.line
    end = next((p for p in stumble.behind if p.word in ("then", "otherwise") or p.starts_step), None)
    stop = end.span.start if end else stumble.line_end
    guard = stumble.text[piece.span.start : stop].strip()
    if piece.word == "if":
        guard = f"when{guard[2:]}"
    step = _first_step(stumble)
    if step is None:
        return None
    behind = Span(
        stumble.piece(-1).span.end, piece.span.start + len(stumble.text[piece.span.start : stop].rstrip())
    )
    if stumble.first.word == "rule" and line[0] is step:
        condition = guard.split(None, 1)[1] if piece.word in ("when", "if") else guard
        edits: Edits = ((Span(step.span.start, step.span.start), f"if {condition} then "), (behind, ""))
        if piece.word == "unless" or not stumble.mends(edits):
            return None
        steps = stumble.text[step.span.start : stumble.piece(-1).span.end]
        return Problem(
            codes.OTHER_WORDING,
            piece.span,
            'The condition of a line stands before its steps, and begins with "if".',
            f"Write: if {condition} then {steps}",
            edits,
        )
    if line[0].word not in _RULES:
        return None
    edits = ((Span(step.span.start, step.span.start), f"{guard} "), (behind, ""))
    if not stumble.mends(edits):
        return None
    return Problem(
        codes.OTHER_WORDING,
        piece.span,
        "A condition stands before the steps.",
        f"Write: {guard} {step.text} …",
        edits,
    )


def _is_condition(stumble: Stumble) -> bool:
    return stumble.piece(2).text.lower() in ("is", "=", "contains", "<", ">", "<=", ">=", "!=")


def _first_step(stumble: Stumble) -> Piece | None:
    """The first step of the line; it may stand behind `then`."""
    return next((p for p in stumble.before if p.starts_step), None)


def failure_first(stumble: Stumble) -> Problem | None:
    """`on intent=sales if it fails say "Sorry." then transfer …`, and a line that begins `if transfer fails`."""
    piece, first = stumble.piece(), stumble.first
    found = _FAILS.match(stumble.rest(piece)) if piece.word in ("if", "when") else None
    if found is None or any(p.starts_step for p in stumble.before):
        return None
    if piece is not first and not stumble.step_may_follow:
        return None
    if piece is first and not stumble.on_first_line:
        return None
    verb = (found[1] or "").lower()
    span = Span(piece.span.start, piece.span.start + found.end())
    every = (
        f' For the failure of any {verb}: on step_failed when failed_verb is "{verb}" say "…"' if verb else ""
    )
    return Problem(
        codes.OTHER_WORDING,
        span,
        "What is done where a step fails stands behind that step.",
        f'Write: transfer queue sales_q if it fails then say "…".{every}',
    )
