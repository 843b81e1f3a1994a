"""Promises: their name, how they begin, what may stand in them."""

from flowrules.diagnostics.codes import syntax as codes
from flowrules.diagnostics.diagnostic import Code
from flowrules.language.mistakes.stumble import Edits, Piece, Stumble, quoted
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


def unnamed_promise(stumble: Stumble) -> Problem | None:
    """`promise No money talk never say …`, `promise never say …`."""
    first = stumble.first
    if first.word != "promise" or not stumble.before or "STRING" not in stumble.accepts or stumble.here != 1:
        return None
    if stumble.piece().kind not in ("word", "number", "newline"):
        return None
    heads = [piece for piece in stumble.behind if piece.word in _PATTERNS]
    if stumble.at_line_end or (heads and heads[0] is stumble.piece()):
        return Problem(
            codes.UNQUOTED_TEXT,
            first.span,
            "The promise has no name.",
            'Write behind "promise", in quotes, what must hold: promise "Every call leaves a disposition" …',
        )
    ends: list[Piece | None] = [*heads] or [None]
    for head in ends:
        end = stumble.text[: head.span.start].rstrip() if head else stumble.text[: stumble.line_end]
        span = Span(stumble.piece().span.start, len(end.rstrip(": ")))
        name = stumble.text[span.start : span.end].replace('"', "").strip()
        edits: Edits = ((span, f'"{name}"'),)
        if stumble.mends(edits):
            return _unquoted_name(span, name, edits)
    start = stumble.piece().span.start
    span = Span(start, len(stumble.text[: stumble.line_end].rstrip(": ")))
    return _unquoted_name(span, stumble.text[span.start : span.end].replace('"', "").strip(), ())


def _unquoted_name(span: Span, name: str, edits: Edits) -> Problem:
    return Problem(
        codes.UNQUOTED_TEXT,
        span,
        "The name of the promise stands without quotes.",
        f'Put it in quotes, and what must hold below it: promise "{name}"',
        edits,
    )


def unclear_promise(stumble: Stumble) -> Problem | None:
    """A promise that does not say when it holds: `promise "x" call.disposition is known`."""
    piece = stumble.piece()
    if stumble.first.word != "promise" or not {"AT", "NEVER", "WHILE", "AFTER"} <= stumble.accepts:
        return None
    if piece.word in ("on", "once"):
        edits: Edits = ((piece.span, "after"),)
        if stumble.mends(edits, past=2):
            message = f'What a promise answers to begins with "after", not with "{piece.text}".'
            return Problem(codes.OTHER_WORDING, piece.span, message, "Write: after", edits)
    if piece.kind not in ("word", "newline", "nothing") or stumble.piece(1).word in _PATTERNS:
        return None
    if stumble.at_line_end:
        message = "Below the name of a promise stands what must hold."
        return Problem(codes.INCOMPLETE_LINE, stumble.span_here(), message, _EXAMPLES)
    return Problem(codes.MISSING_WORD, piece.span, "This promise does not say when it holds.", _EXAMPLES)


def condition_of_promise(stumble: Stumble) -> Problem | None:
    """What stands where a promise says what must be true: `at the end when …`, `before transfer then …`."""
    if stumble.first.word != "promise" or not stumble.before:
        return None
    line = stumble.line
    ended = next(
        (i for i in range(2, len(line)) if [p.word for p in line[i - 2 : i + 1]] == ["at", "the", "end"]),
        None,
    )
    behind_end = ended is not None and ended + 1 < len(line)
    behind_verb = stumble.piece(-1).starts_step and any(one.word == "before" for one in stumble.before)
    if not (behind_end or behind_verb):
        return None
    piece = line[ended + 1] if ended is not None and behind_end else stumble.piece()
    if piece.span.start > stumble.piece().span.start:
        return None
    where = '"at the end"' if behind_end else "the verb"
    if piece.word in ("when", "if", "that"):
        edits = ((piece.span, ""),)
        message = f'Behind {where} stands what must be true, without "{piece.text}".'
        return Problem(codes.EXTRA_WORD, piece.span, message, "Take it out.", edits)
    if not behind_verb and piece.starts_step:
        message = f'Behind {where} stands what must be true, and "{piece.text}" is a step.'
        hint = "A promise asks what is known of the call: at the end call.disposition is known"
        return Problem(codes.UNREADABLE, piece.span, message, hint)
    if behind_verb and (piece.starts_step or piece.word == "then"):
        return _does_something(piece, codes.UNREADABLE)
    return None


def step_in_promise(stumble: Stumble) -> Problem | None:
    """`promise "x" at the end intent=human then hangup`, `… within 1 minute transfer queue sales`."""
    piece, last = stumble.piece(), stumble.piece(-1)
    if stumble.first.word != "promise" or not stumble.before:
        return None
    if piece.word in ("then", "otherwise", "instead") and "THEN" not in stumble.accepts:
        is_joint = stumble.mends(((piece.span, ""),))
        return None if is_joint else _does_something(piece, codes.UNREADABLE)
    compares = (
        stumble.piece(1).word in ("is", "contains", "starts", "ends") or stumble.piece(1).text in _SIGNS
    )
    if (
        last.starts_step
        and not compares
        and piece.word not in ("or", "and")
        and piece.kind in ("word", "text", "number")
        and piece.word not in _GUARDS
    ):
        if "OR" not in stumble.accepts and "WHEN" not in stumble.accepts:
            return None
        ends = (p for p in stumble.behind if p.word in (*_GUARDS, "or", "within", "before"))
        end = next((p.span.start for p in ends), stumble.line_end)
        behind = stumble.text[piece.span.start : end].rstrip()
        return Problem(
            codes.EXTRA_WORD,
            Span(piece.span.start, piece.span.start + len(behind)),
            f'A promise speaks of every "{last.text}", not of one kind of it.',
            f"Take {quoted(behind)} out.",
        )
    return None


def _does_something(piece: Piece, code: Code) -> Problem:
    return Problem(
        code,
        piece.span,
        "A promise does nothing: it only says what must hold.",
        "To have something done, write a rule (on …) or a guard rail (before … when … then …) of its own.",
    )


def time_of_promise(stumble: Stumble) -> Problem | None:
    """`after intent=human transfer`, `after 5 minutes transfer`, `within 5 transfer`: until when?"""
    piece, first = stumble.piece(), stumble.first
    if first.word != "promise" or not stumble.before:
        return None
    if stumble.piece(-1).word == "after" and piece.kind == "number":
        return Problem(
            codes.UNREADABLE,
            piece.span,
            'Behind "after" stands what has happened, and then the time that there is for an answer.',
            "Write: after intent=human within 5 minutes transfer",
        )
    if stumble.at_line_end and stumble.before and stumble.before[-1].word in _MISSING:
        message, hint = _MISSING[stumble.before[-1].word]
        return Problem(codes.INCOMPLETE_LINE, stumble.span_here(), message, hint)
    if "WITHIN_TIME" not in stumble.accepts:
        return None
    if piece.word == "within" and stumble.piece(1).is_nothing:
        message = 'Behind "within" stands how long there is for an answer, and then the verbs.'
        return Problem(codes.INCOMPLETE_LINE, piece.span, message, "Write: within 1 minute transfer")
    if piece.word in ("within", "in") and stumble.piece(1).kind == "number":
        number, unit = stumble.piece(1), stumble.piece(2)
        if not unit.word.startswith(("sec", "min", "hour", "day", "hr")):
            return Problem(
                codes.BAD_DURATION,
                number.span,
                f'"{number.text}" has no unit.',
                f"Write its unit, such as {number.text} {'minute' if number.text == '1' else 'minutes'}.",
            )
    if piece.starts_step:
        commas = stumble.piece(-1).text == ","
        return Problem(
            codes.MISSING_WORD,
            piece.span,
            "This promise does not say until when.",
            f'Write before "{piece.text}"{", in place of the comma" if commas else ""}: within 1 minute. If any time '
            "in the call will do: before the call ends",
        )
    return None


def rest_of_while(stumble: Stumble) -> Problem | None:
    """`while paying is yes` and nothing more."""
    if stumble.first.word != "promise" or not stumble.at_line_end or "DURING" not in stumble.accepts:
        return None
    if not any(piece.word == "while" for piece in stumble.pieces[: stumble.here]):
        return None
    return Problem(
        codes.INCOMPLETE_LINE,
        stumble.span_here(),
        'Behind the condition of "while" a second one says what must be true meanwhile.',
        "Write both: while paying is yes call.recording is paused",
    )
