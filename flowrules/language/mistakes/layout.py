"""Lines that belong together or apart: steps below a one-line rule, an `if` over several lines, a list going down."""

from itertools import pairwise

import regex

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.stumble import Edits, Piece, Stumble
from flowrules.language.mistakes.trailing import example_of
from flowrules.language.problem import Problem
from flowrules.language.reserved import ENGINE_WORDS
from flowrules.source import Span

_RULES = frozenset({"on", "also", "urgent", "after", "at", "never", "before"})
_LINE = regex.compile(r"([^\S\n]*)([^\n]*)(?:\n|$)")
_ELSE = regex.compile(r"(?:else|otherwise)\s*:?\s*(?=\S|$)", regex.IGNORECASE)
_CLOSED = regex.compile(r"(?:closed|holiday|off|leave|no)\b", regex.IGNORECASE)
_DAY = regex.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*$", regex.IGNORECASE)


def steps_below(stumble: Stumble) -> Problem | None:
    """Steps on lines of their own below a rule that is one line, with or without an `end`."""
    first = stumble.first
    steps = _line_starts(stumble)
    at_end = stumble.at_line_end and any(p.span.start > stumble.piece().span.start for p in steps)
    if first.word not in _RULES or not (stumble.piece() in steps or at_end):
        return None
    joints: Edits = tuple(_joined(stumble, step, index) for index, step in enumerate(steps))
    last = stumble.pieces[-2] if stumble.pieces[-1].kind == "newline" else stumble.pieces[-1]
    if last.word == "end":
        label = regex.sub(
            r'["“”„]', "", stumble.text[first.span.start : _line_end(stumble.text, first)]
        ).strip()
        return _named(first, label)
    return Problem(
        codes.LOOSE_LINES,
        steps[0].span,
        "These steps stand below a rule of one line, which ends with its line.",
        'Join them with "then" on one line, or make it a block: rule "name" above it and "end" below.',
        joints if stumble.mends(joints) else (),
    )


def _named(first: Piece, label: str) -> Problem:
    return Problem(
        codes.LOOSE_LINES,
        first.span,
        'This rule has an "end", but its name is missing.',
        f'Write above it: rule "{label}"',
        ((Span(first.span.start, first.span.start), f'rule "{label}"\n'),),
    )


def _line_starts(stumble: Stumble) -> list[Piece]:
    """The steps that begin a line below the first."""
    pieces = stumble.pieces
    return [piece for before, piece in pairwise(pieces) if before.kind == "newline" and piece.starts_step]


def _joined(stumble: Stumble, step: Piece, index: int) -> tuple[Span, str]:
    """The edit that puts a step on the line above it."""
    above = stumble.text[: step.span.start].rstrip()
    before = Span(len(above), step.span.start)
    head_only = index == 0 and stumble.step_may_follow
    return before, " " if head_only or above.endswith("then") else " then "


def _line_end(text: str, piece: Piece) -> int:
    end = text.find("\n", piece.span.start)
    return len(text) if end < 0 else end


def second_on(stumble: Stumble) -> Problem | None:
    """Two lines that begin with `on`, one below the other, in one rule."""
    piece = stumble.piece()
    if stumble.first.word != "rule" or piece.word != "on" or stumble.before or not stumble.step_may_follow:
        return None
    above = stumble.text[: piece.span.start].rstrip()
    edits = ((Span(len(above), piece.span.end), " or"),)
    return Problem(
        codes.JOINED_EVENTS,
        piece.span,
        'A rule has one "on".',
        'Join the events with "or" behind it, or write a rule for each.',
        edits if stumble.mends(edits, past=2) else (),
    )


def otherwise_below_if(stumble: Stumble) -> Problem | None:
    """`if … then …` and `else …` on the line below."""
    piece = stumble.piece()
    above = stumble.text[: piece.span.start].rstrip()
    line_above = above[above.rfind("\n") + 1 :].lstrip().lower()
    if piece.word != "else" or stumble.before or not line_above.startswith("if "):
        return None
    edits = ((Span(len(above), piece.span.end), " otherwise"),)
    return Problem(
        codes.FOREIGN_WORD,
        piece.span,
        '"else" is written "otherwise", and stands on the line of its "if".',
        "Write: if … then … otherwise …",
        edits,
    )


def block_of_if(stumble: Stumble) -> Problem | None:
    """`if …` with its steps on the lines below it."""
    line = stumble.line
    if not stumble.at_line_end or not line or line[0].word != "if":
        return None
    start = stumble.text.rfind("\n", 0, line[0].span.start) + 1
    indent = line[0].span.start - start
    end = _line_end(stumble.text, line[-1])
    below = _indented(stumble.text, end + 1, indent)
    head = stumble.text[line[0].span.start : line[-1].span.end]
    failing = head.lower().split()[:3] == ["if", "it", "fails"]
    if not below.steps:
        return None
    then = regex.sub(r"(?:\s+then|\s*:)$", "", head, flags=regex.IGNORECASE)
    steps = " then ".join(below.steps)
    better = f"{then} then ({steps})" if failing and len(below.steps) > 1 else f"{then} then {steps}"
    if below.otherwise:
        better += f" otherwise {' then '.join(below.otherwise)}"
    edits = ((Span(line[0].span.start, below.end), better),)
    return Problem(
        codes.LOOSE_LINES,
        Span(line[0].span.start, line[-1].span.end),
        f'What follows "{"if it fails" if failing else "if"}" stands on the same line.',
        f"Write: {better}",
        edits if stumble.mends(edits, past=0) else (),
    )


class _Below:
    """The steps on the lines below an `if` that are further in, and those below its `else`."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.otherwise: list[str] = []
        self.end = 0


def _indented(text: str, at: int, indent: int) -> _Below:
    below = _Below()
    steps = below.steps
    for found in _LINE.finditer(text, at):
        said = found[2].split(" #")[0].strip().rstrip(",;")
        deeper = len(found[1]) > indent
        if not said:
            if not found[0]:
                break
            continue
        if steps is below.steps and len(found[1]) == indent and (other := _ELSE.match(said)) and steps:
            steps = below.otherwise
            said = said[other.end() :]
        elif not deeper:
            if regex.fullmatch(r"end\s*-?if\.?", said, flags=regex.IGNORECASE):
                below.end = found.start() + len(found[0].rstrip())
            break
        below.end = found.start() + len(found[0].rstrip())
        if said:
            steps.append(regex.sub(r"^(?:then|and)\s+", "", said, flags=regex.IGNORECASE))
    return below


def values_below(stumble: Stumble) -> Problem | None:
    """A list whose values go down the page."""
    first = stumble.first
    if first.word != "list" or "\n" not in stumble.text.rstrip():
        return None
    rows = stumble.text.rstrip().split("\n")
    head = regex.match(
        r"list\s+(\S+?)(?:\s+(?:is|are)|\s*[:=])?(?:\s+(\S.*))?$", rows[0].strip(), flags=regex.IGNORECASE
    )
    written = (row.strip().rstrip(",; \t") for row in rows[1:])
    values = [row for row in written if row and not row.startswith("#")]
    if head is None or not values or (not stumble.at_line_end and stumble.before):
        return None
    values = [value if value[0] in '"“”„' or " " not in value else f'"{value}"' for value in values]
    all_values = ", ".join([*([head[2].rstrip(",")] if head[2] else []), *values])
    better = f"list {head[1]} is {all_values}"
    edits = ((Span(first.span.start, len(stumble.text.rstrip())), better),)
    return Problem(
        codes.LOOSE_LINES,
        Span(first.span.start, _line_end(stumble.text, first)),
        "The values of a list stand behind its name, joined by commas.",
        f"Write: {better}",
        edits if stumble.mends(edits, past=0) else (),
    )


def closed_day(stumble: Stumble) -> Problem | None:
    """`sunday closed`, `closed on Sunday`."""
    if stumble.first.word != "hours" or stumble.on_first_line:
        return None
    words = [piece for piece in stumble.line if piece.kind == "word"]
    days = [piece for piece in words if _DAY.match(piece.text)]
    if not days or not any(_CLOSED.match(piece.text) for piece in words) or len(days) + 2 < len(words):
        return None
    edits = ((Span(stumble.line[0].span.start, stumble.line_end), ""),)
    return Problem(
        codes.EXTRA_WORD,
        Span(stumble.line[0].span.start, stumble.line_end),
        "A day that is not named is closed.",
        "Take this line out.",
        edits if stumble.mends(edits, past=0) else (),
    )


def when_in_block(stumble: Stumble) -> Problem | None:
    """`when vip is yes set_lead_status x` below the first steps of a block."""
    piece = stumble.piece()
    if piece.word not in ("when", "unless") or "IF" not in stumble.accepts or not stumble.step_may_follow:
        return None
    step = next((p for p in stumble.behind if p.starts_step), None)
    edits: tuple[tuple[Span, str], ...] = ()
    if step is not None and piece.word == "when":
        joined = stumble.pieces[stumble.pieces.index(step) - 1].word == "then"
        here = Span(step.span.start, step.span.start)
        edits = ((piece.span, "if"), *(() if joined else ((here, "then "),)))
    return Problem(
        codes.OTHER_WORDING,
        piece.span,
        f'Below the first step of a block no line begins with "{piece.text}".',
        'Write "if … then …" for a condition of this line alone, or put the condition right below "on" if it is '
        "one of the whole rule.",
        edits if stumble.mends(edits, past=2) else (),
    )


def rail_of_step(stumble: Stumble) -> Problem | None:
    """`never wait when …`, `never anything when …`, `never * when …`: what is no verb."""
    piece = stumble.piece()
    rail = stumble.piece(-1)
    if rail is not stumble.first or rail.word not in ("never", "before"):
        return None
    if piece.word in ENGINE_WORDS:
        return Problem(
            codes.UNREADABLE,
            piece.span,
            f'A "{rail.text}" rule is about verbs, which the platform carries out; "{piece.text}" is none.',
            f"Write the condition into the rules that do it: if vip is yes then {example_of(piece.word)}",
        )
    everything = piece.word in ("anything", "everything", "any", "all") and not stumble.piece(1).starts_step
    if everything or piece.text == "*":
        return Problem(
            codes.UNREADABLE,
            piece.span,
            f'A "{rail.text}" rule names the verbs that it is about.',
            f"Write them with commas: {rail.text} hangup, transfer, schedule_callback when …",
        )
    return None


def instead_in_front(stumble: Stumble) -> Problem | None:
    """`never hangup, say "sorry" instead when …`."""
    words = [p.word for p in stumble.line]
    if stumble.first.word != "never" or "instead" not in words or not stumble.on_first_line:
        return None
    instead = stumble.line[words.index("instead")]
    guard = next((p for p in stumble.line if p.word in ("when", "unless", "during", "outside")), None)
    if guard is None or guard.span.start < instead.span.start:
        return None
    verb = stumble.line[1].text
    return Problem(
        codes.OTHER_WORDING,
        instead.span,
        'What is done instead stands at the end of the line, behind "instead".',
        f'Write: never {verb} {stumble.text[guard.span.start : stumble.line_end].strip()} instead say "…"',
    )
