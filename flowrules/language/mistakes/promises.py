"""Promises: their name, how they begin, what may stand in them."""

from flowrules.diagnostics.codes import syntax as codes
from flowrules.diagnostics.diagnostic import Code
from flowrules.language.mistakes.parse_failure import Edits, Lexeme, ParseFailure, quoted
from flowrules.language.problem import Problem
from flowrules.source import Span

_PATTERNS = ("at", "never", "before", "while", "after")
_EXAMPLES = (
    "Say when it holds, such as: at the end call.disposition is known. "
    "Other promises begin with never, before, while or after."
)
_MISSING = {
    "after": (
        'Behind "after" stands what has happened.',
        "Write: after intent=human within 1 minute transfer",
    ),
    "never": ('Behind "never" stand the verbs.', "Write: never transfer when opted_out is yes"),
    "before": ('Behind "before" stand the verbs.', "Write: before transfer call.recording is on"),
}
_SIGNS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_GUARDS = frozenset({"when", "unless", "if", "during", "outside"})


def unnamed_promise(failure: ParseFailure) -> Problem | None:
    """`promise No money talk never say …`, `promise never say …`."""
    first = failure.first
    if first.word != "promise" or not failure.before or "STRING" not in failure.accepts or failure.here != 1:
        return None
    if failure.lexeme().kind not in ("word", "number", "newline"):
        return None
    heads = [lexeme for lexeme in failure.behind if lexeme.word in _PATTERNS]
    if failure.at_line_end or (heads and heads[0] is failure.lexeme()):
        return Problem(
            codes.UNQUOTED_TEXT,
            first.span,
            "The promise has no name.",
            'Write behind "promise", in quotes, what must hold: promise "Every call leaves a disposition" …',
        )
    ends: list[Lexeme | None] = [*heads] or [None]
    for head in ends:
        end = failure.text[: head.span.start].rstrip() if head else failure.text[: failure.line_end]
        span = Span(failure.lexeme().span.start, len(end.rstrip(": ")))
        name = failure.text[span.start : span.end].replace('"', "").strip()
        edits: Edits = ((span, f'"{name}"'),)
        if failure.mends(edits):
            return _unquoted_name(span, name, edits)
    start = failure.lexeme().span.start
    span = Span(start, len(failure.text[: failure.line_end].rstrip(": ")))
    return _unquoted_name(span, failure.text[span.start : span.end].replace('"', "").strip(), ())


def _unquoted_name(span: Span, name: str, edits: Edits) -> Problem:
    return Problem(
        codes.UNQUOTED_TEXT,
        span,
        "The name of the promise stands without quotes.",
        f'Put it in quotes, and what must hold below it: promise "{name}"',
        edits,
    )


def unclear_promise(failure: ParseFailure) -> Problem | None:
    """A promise that does not say when it holds: `promise "x" call.disposition is known`."""
    lexeme = failure.lexeme()
    if failure.first.word != "promise" or not {"AT", "NEVER", "WHILE", "AFTER"} <= failure.accepts:
        return None
    if lexeme.word in ("on", "once"):
        edits: Edits = ((lexeme.span, "after"),)
        if failure.mends(edits, past=2):
            message = f'What a promise answers to begins with "after", not with "{lexeme.text}".'
            return Problem(codes.OTHER_WORDING, lexeme.span, message, "Write: after", edits)
    if lexeme.kind not in ("word", "newline", "nothing") or failure.lexeme(1).word in _PATTERNS:
        return None
    if failure.at_line_end:
        message = "Below the name of a promise stands what must hold."
        return Problem(codes.INCOMPLETE_LINE, failure.span_here(), message, _EXAMPLES)
    return Problem(codes.MISSING_WORD, lexeme.span, "This promise does not say when it holds.", _EXAMPLES)


def condition_of_promise(failure: ParseFailure) -> Problem | None:
    """What stands where a promise says what must be true: `at the end when …`, `before transfer then …`."""
    if failure.first.word != "promise" or not failure.before:
        return None
    line = failure.line
    ended = next(
        (i for i in range(2, len(line)) if [p.word for p in line[i - 2 : i + 1]] == ["at", "the", "end"]),
        None,
    )
    behind_end = ended is not None and ended + 1 < len(line)
    behind_verb = failure.lexeme(-1).starts_step and any(one.word == "before" for one in failure.before)
    if not (behind_end or behind_verb):
        return None
    lexeme = line[ended + 1] if ended is not None and behind_end else failure.lexeme()
    if lexeme.span.start > failure.lexeme().span.start:
        return None
    where = '"at the end"' if behind_end else "the verb"
    if lexeme.word in ("when", "if", "that"):
        edits = ((lexeme.span, ""),)
        message = f'Behind {where} stands what must be true, without "{lexeme.text}".'
        return Problem(codes.EXTRA_WORD, lexeme.span, message, "Take it out.", edits)
    if not behind_verb and lexeme.starts_step:
        message = f'Behind {where} stands what must be true, and "{lexeme.text}" is a step.'
        hint = "A promise asks what is known of the call: at the end call.disposition is known"
        return Problem(codes.UNREADABLE, lexeme.span, message, hint)
    if behind_verb and (lexeme.starts_step or lexeme.word == "then"):
        return _does_something(lexeme, codes.UNREADABLE)
    return None


def step_in_promise(failure: ParseFailure) -> Problem | None:
    """`promise "x" at the end intent=human then hangup`, `… within 1 minute transfer queue sales`."""
    lexeme, last = failure.lexeme(), failure.lexeme(-1)
    if failure.first.word != "promise" or not failure.before:
        return None
    if lexeme.word in ("then", "otherwise", "instead") and "THEN" not in failure.accepts:
        is_joint = failure.mends(((lexeme.span, ""),))
        return None if is_joint else _does_something(lexeme, codes.UNREADABLE)
    compares = (
        failure.lexeme(1).word in ("is", "contains", "starts", "ends") or failure.lexeme(1).text in _SIGNS
    )
    if (
        last.starts_step
        and not compares
        and lexeme.word not in ("or", "and")
        and lexeme.kind in ("word", "text", "number")
        and lexeme.word not in _GUARDS
    ):
        if "OR" not in failure.accepts and "WHEN" not in failure.accepts:
            return None
        ends = (p for p in failure.behind if p.word in (*_GUARDS, "or", "within", "before"))
        end = next((p.span.start for p in ends), failure.line_end)
        behind = failure.text[lexeme.span.start : end].rstrip()
        return Problem(
            codes.EXTRA_WORD,
            Span(lexeme.span.start, lexeme.span.start + len(behind)),
            f'A promise speaks of every "{last.text}", not of one kind of it.',
            f"Take {quoted(behind)} out.",
        )
    return None


def _does_something(lexeme: Lexeme, code: Code) -> Problem:
    return Problem(
        code,
        lexeme.span,
        "A promise does nothing: it only says what must hold.",
        "To have something done, write a rule (on …) or a guard rail (before … when … then …) of its own.",
    )


def time_of_promise(failure: ParseFailure) -> Problem | None:
    """`after intent=human transfer`, `after 5 minutes transfer`, `within 5 transfer`: until when?"""
    lexeme, first = failure.lexeme(), failure.first
    if first.word != "promise" or not failure.before:
        return None
    if failure.lexeme(-1).word == "after" and lexeme.kind == "number":
        return Problem(
            codes.UNREADABLE,
            lexeme.span,
            'Behind "after" stands what has happened, and then the time that there is for an answer.',
            "Write: after intent=human within 5 minutes transfer",
        )
    if failure.at_line_end and failure.before and failure.before[-1].word in _MISSING:
        message, hint = _MISSING[failure.before[-1].word]
        return Problem(codes.INCOMPLETE_LINE, failure.span_here(), message, hint)
    if "WITHIN_TIME" not in failure.accepts:
        return None
    if lexeme.word == "within" and failure.lexeme(1).is_nothing:
        message = 'Behind "within" stands how long there is for an answer, and then the verbs.'
        return Problem(codes.INCOMPLETE_LINE, lexeme.span, message, "Write: within 1 minute transfer")
    if lexeme.word in ("within", "in") and failure.lexeme(1).kind == "number":
        number, unit = failure.lexeme(1), failure.lexeme(2)
        if not unit.word.startswith(("sec", "min", "hour", "day", "hr")):
            return Problem(
                codes.BAD_DURATION,
                number.span,
                f'"{number.text}" has no unit.',
                f"Write its unit, such as {number.text} {'minute' if number.text == '1' else 'minutes'}.",
            )
    if lexeme.starts_step:
        commas = failure.lexeme(-1).text == ","
        return Problem(
            codes.MISSING_WORD,
            lexeme.span,
            "This promise does not say until when.",
            f'Write before "{lexeme.text}"{", in place of the comma" if commas else ""}: within 1 minute. If any time '
            "in the call will do: before the call ends",
        )
    return None


def rest_of_while(failure: ParseFailure) -> Problem | None:
    """`while paying is yes` and nothing more."""
    if failure.first.word != "promise" or not failure.at_line_end or "DURING" not in failure.accepts:
        return None
    if not any(lexeme.word == "while" for lexeme in failure.lexemes[: failure.here]):
        return None
    return Problem(
        codes.INCOMPLETE_LINE,
        failure.span_here(),
        'Behind the condition of "while" a second one says what must be true meanwhile.',
        "Write both: while paying is yes call.recording is paused",
    )
