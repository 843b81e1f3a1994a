"""The parts of a rule in another order: steps before what happened, a condition behind the steps, a failure first."""

import regex

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.parse_failure import Edits, Lexeme, ParseFailure
from flowrules.language.problem import Problem
from flowrules.source import Span

_HEADS = frozenset({"on", "after", "at", "before"})
_GUARDS = frozenset({"when", "unless", "if", "during", "outside"})
_RULES = frozenset({"on", "also", "urgent", "after", "at"})
_FAILS = regex.compile(r"(?:if|when)\s+(?:it|(?:the\s+)?(\w+))\s+fail(?:s|ed)\b", regex.IGNORECASE)


def steps_first(failure: ParseFailure) -> Problem | None:
    """`transfer queue sales on intent=sales`, `set_disposition DONE before hangup`."""
    first = failure.first
    if failure.lexeme() is not first or not first.starts_step or failure.lexeme(1).word == "not":
        return None
    head = next((p for p in failure.line[1:] if p.word in _HEADS | _GUARDS), None)
    if head is None:
        return None
    steps = failure.text[first.span.start : head.span.start].strip()
    happened = failure.text[head.span.start : failure.line_end].strip()
    edits: Edits = ((Span(first.span.start, failure.line_end), f"{happened} {steps}"),)
    if head.word in _HEADS and failure.mends(edits):
        return Problem(
            codes.OTHER_WORDING,
            Span(first.span.start, failure.line_end),
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


def event_behind_guard(failure: ParseFailure) -> Problem | None:
    """`if vip is yes on intent=sales transfer …`."""
    first = failure.first
    if first.word not in ("if", "when", "unless") or not failure.on_first_line:
        return None
    line = failure.line
    event = next((i for i, p in enumerate(line) if i and p.word == "on"), None)
    if event is None:
        return None
    step = next((p for p in line[event:] if p.starts_step or p.word == "then"), None)
    if step is None:
        return None
    guard = failure.text[first.span.end : line[event].span.start].strip(" ,")
    happened = failure.text[line[event].span.start : step.span.start].strip(" ,")
    word = "when" if first.word == "if" else first.word
    edits = ((Span(first.span.start, step.span.start), f"{happened} {word} {guard} "),)
    if not failure.mends(edits):
        return None
    return Problem(
        codes.OTHER_WORDING,
        Span(first.span.start, line[event].span.end),
        "What happened stands first, and the condition behind it.",
        f"Write: {edits[0][1].strip()} …",
        edits,
    )


def guard_behind_steps(failure: ParseFailure) -> Problem | None:
    """`on intent=sales transfer queue gold when vip is yes`."""
    lexeme = failure.lexeme()
    if lexeme.word not in _GUARDS or "THEN" not in failure.accepts or failure.step_may_follow:
        return None
    if lexeme.word == "if" and (failure.lexeme(1).word == "it" or not _is_condition(failure)):
        return None
    line = failure.line
    end = next((p for p in failure.behind if p.word in ("then", "otherwise") or p.starts_step), None)
    stop = end.span.start if end else failure.line_end
    guard = failure.text[lexeme.span.start : stop].strip()
    if lexeme.word == "if":
        guard = f"when{guard[2:]}"
    step = _first_step(failure)
    if step is None:
        return None
    behind = Span(
        failure.lexeme(-1).span.end, lexeme.span.start + len(failure.text[lexeme.span.start : stop].rstrip())
    )
    if failure.first.word == "rule" and line[0] is step:
        condition = guard.split(None, 1)[1] if lexeme.word in ("when", "if") else guard
        edits: Edits = ((Span(step.span.start, step.span.start), f"if {condition} then "), (behind, ""))
        if lexeme.word == "unless" or not failure.mends(edits):
            return None
        steps = failure.text[step.span.start : failure.lexeme(-1).span.end]
        return Problem(
            codes.OTHER_WORDING,
            lexeme.span,
            'The condition of a line stands before its steps, and begins with "if".',
            f"Write: if {condition} then {steps}",
            edits,
        )
    if line[0].word not in _RULES:
        return None
    edits = ((Span(step.span.start, step.span.start), f"{guard} "), (behind, ""))
    if not failure.mends(edits):
        return None
    return Problem(
        codes.OTHER_WORDING,
        lexeme.span,
        "A condition stands before the steps.",
        f"Write: {guard} {step.text} …",
        edits,
    )


def _is_condition(failure: ParseFailure) -> bool:
    return failure.lexeme(2).text.lower() in ("is", "=", "contains", "<", ">", "<=", ">=", "!=")


def _first_step(failure: ParseFailure) -> Lexeme | None:
    """The first step of the line; it may stand behind `then`."""
    return next((p for p in failure.before if p.starts_step), None)


def failure_first(failure: ParseFailure) -> Problem | None:
    """`on intent=sales if it fails say "Sorry." then transfer …`, and a line that begins `if transfer fails`."""
    lexeme, first = failure.lexeme(), failure.first
    found = _FAILS.match(failure.rest(lexeme)) if lexeme.word in ("if", "when") else None
    if found is None or any(p.starts_step for p in failure.before):
        return None
    if lexeme is not first and not failure.step_may_follow:
        return None
    if lexeme is first and not failure.on_first_line:
        return None
    verb = (found[1] or "").lower()
    span = Span(lexeme.span.start, lexeme.span.start + found.end())
    every = (
        f' For the failure of any {verb}: on step_failed when failed_verb is "{verb}" say "…"' if verb else ""
    )
    return Problem(
        codes.OTHER_WORDING,
        span,
        "What is done where a step fails stands behind that step.",
        f'Write: transfer queue sales_q if it fails then say "…".{every}',
    )
