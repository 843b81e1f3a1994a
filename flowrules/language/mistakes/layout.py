"""Lines that belong together or apart: steps below a one-line rule, an `if` over several lines, a list going down."""

from itertools import pairwise

import regex

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.parse_failure import Edits, Lexeme, ParseFailure
from flowrules.language.mistakes.trailing import example_of
from flowrules.language.problem import Problem
from flowrules.language.reserved import ENGINE_WORDS
from flowrules.source import Span

_RULES = frozenset({"on", "also", "urgent", "after", "at", "never", "before"})
_LINE = regex.compile(r"([^\S\n]*)([^\n]*)(?:\n|$)")
_ELSE = regex.compile(r"(?:else|otherwise)\s*:?\s*(?=\S|$)", regex.IGNORECASE)
_CLOSED = regex.compile(r"(?:closed|holiday|off|leave|no)\b", regex.IGNORECASE)
_DAY = regex.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*$", regex.IGNORECASE)


def steps_below(failure: ParseFailure) -> Problem | None:
    """Steps on lines of their own below a rule that is one line, with or without an `end`."""
    first = failure.first
    steps = _line_starts(failure)
    at_end = failure.at_line_end and any(p.span.start > failure.lexeme().span.start for p in steps)
    if first.word not in _RULES or not (failure.lexeme() in steps or at_end):
        return None
    joints: Edits = tuple(_joined(failure, step, index) for index, step in enumerate(steps))
    last = failure.lexemes[-2] if failure.lexemes[-1].kind == "newline" else failure.lexemes[-1]
    if last.word == "end":
        label = regex.sub(
            r'["“”„]', "", failure.text[first.span.start : _line_end(failure.text, first)]
        ).strip()
        return _named(first, label)
    return Problem(
        codes.LOOSE_LINES,
        steps[0].span,
        "These steps stand below a rule of one line, which ends with its line.",
        'Join them with "then" on one line, or make it a block: rule "name" above it and "end" below.',
        joints if failure.mends(joints) else (),
    )


def _named(first: Lexeme, label: str) -> Problem:
    return Problem(
        codes.LOOSE_LINES,
        first.span,
        'This rule has an "end", but its name is missing.',
        f'Write above it: rule "{label}"',
        ((Span(first.span.start, first.span.start), f'rule "{label}"\n'),),
    )


def _line_starts(failure: ParseFailure) -> list[Lexeme]:
    """The steps that begin a line below the first."""
    lexemes = failure.lexemes
    return [lexeme for before, lexeme in pairwise(lexemes) if before.kind == "newline" and lexeme.starts_step]


def _joined(failure: ParseFailure, step: Lexeme, index: int) -> tuple[Span, str]:
    """The edit that puts a step on the line above it."""
    above = failure.text[: step.span.start].rstrip()
    before = Span(len(above), step.span.start)
    head_only = index == 0 and failure.step_may_follow
    return before, " " if head_only or above.endswith("then") else " then "


def _line_end(text: str, lexeme: Lexeme) -> int:
    end = text.find("\n", lexeme.span.start)
    return len(text) if end < 0 else end


def second_on(failure: ParseFailure) -> Problem | None:
    """Two lines that begin with `on`, one below the other, in one rule."""
    lexeme = failure.lexeme()
    if failure.first.word != "rule" or lexeme.word != "on" or failure.before or not failure.step_may_follow:
        return None
    above = failure.text[: lexeme.span.start].rstrip()
    edits = ((Span(len(above), lexeme.span.end), " or"),)
    return Problem(
        codes.JOINED_EVENTS,
        lexeme.span,
        'A rule has one "on".',
        'Join the events with "or" behind it, or write a rule for each.',
        edits if failure.mends(edits, past=2) else (),
    )


def otherwise_below_if(failure: ParseFailure) -> Problem | None:
    """`if … then …` and `else …` on the line below."""
    lexeme = failure.lexeme()
    above = failure.text[: lexeme.span.start].rstrip()
    line_above = above[above.rfind("\n") + 1 :].lstrip().lower()
    if lexeme.word != "else" or failure.before or not line_above.startswith("if "):
        return None
    edits = ((Span(len(above), lexeme.span.end), " otherwise"),)
    return Problem(
        codes.FOREIGN_WORD,
        lexeme.span,
        '"else" is written "otherwise", and stands on the line of its "if".',
        "Write: if … then … otherwise …",
        edits,
    )


def block_of_if(failure: ParseFailure) -> Problem | None:
    """`if …` with its steps on the lines below it."""
    line = failure.line
    if not failure.at_line_end or not line or line[0].word != "if":
        return None
    start = failure.text.rfind("\n", 0, line[0].span.start) + 1
    indent = line[0].span.start - start
    end = _line_end(failure.text, line[-1])
    below = _indented(failure.text, end + 1, indent)
    head = failure.text[line[0].span.start : line[-1].span.end]
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
        edits if failure.mends(edits, past=0) else (),
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


def values_below(failure: ParseFailure) -> Problem | None:
    """A list whose values go down the page."""
    first = failure.first
    if first.word != "list" or "\n" not in failure.text.rstrip():
        return None
    rows = failure.text.rstrip().split("\n")
    head = regex.match(
        r"list\s+(\S+?)(?:\s+(?:is|are)|\s*[:=])?(?:\s+(\S.*))?$", rows[0].strip(), flags=regex.IGNORECASE
    )
    written = (row.strip().rstrip(",; \t") for row in rows[1:])
    values = [row for row in written if row and not row.startswith("#")]
    if head is None or not values or (not failure.at_line_end and failure.before):
        return None
    values = [value if value[0] in '"“”„' or " " not in value else f'"{value}"' for value in values]
    all_values = ", ".join([*([head[2].rstrip(",")] if head[2] else []), *values])
    better = f"list {head[1]} is {all_values}"
    edits = ((Span(first.span.start, len(failure.text.rstrip())), better),)
    return Problem(
        codes.LOOSE_LINES,
        Span(first.span.start, _line_end(failure.text, first)),
        "The values of a list stand behind its name, joined by commas.",
        f"Write: {better}",
        edits if failure.mends(edits, past=0) else (),
    )


def closed_day(failure: ParseFailure) -> Problem | None:
    """`sunday closed`, `closed on Sunday`."""
    if failure.first.word != "hours" or failure.on_first_line:
        return None
    words = [lexeme for lexeme in failure.line if lexeme.kind == "word"]
    days = [lexeme for lexeme in words if _DAY.match(lexeme.text)]
    if not days or not any(_CLOSED.match(lexeme.text) for lexeme in words) or len(days) + 2 < len(words):
        return None
    edits = ((Span(failure.line[0].span.start, failure.line_end), ""),)
    return Problem(
        codes.EXTRA_WORD,
        Span(failure.line[0].span.start, failure.line_end),
        "A day that is not named is closed.",
        "Take this line out.",
        edits if failure.mends(edits, past=0) else (),
    )


def when_in_block(failure: ParseFailure) -> Problem | None:
    """`when vip is yes set_lead_status x` below the first steps of a block."""
    lexeme = failure.lexeme()
    if lexeme.word not in ("when", "unless") or "IF" not in failure.accepts or not failure.step_may_follow:
        return None
    step = next((p for p in failure.behind if p.starts_step), None)
    edits: tuple[tuple[Span, str], ...] = ()
    if step is not None and lexeme.word == "when":
        joined = failure.lexemes[failure.lexemes.index(step) - 1].word == "then"
        here = Span(step.span.start, step.span.start)
        edits = ((lexeme.span, "if"), *(() if joined else ((here, "then "),)))
    return Problem(
        codes.OTHER_WORDING,
        lexeme.span,
        f'Below the first step of a block no line begins with "{lexeme.text}".',
        'Write "if … then …" for a condition of this line alone, or put the condition right below "on" if it is '
        "one of the whole rule.",
        edits if failure.mends(edits, past=2) else (),
    )


def rail_of_step(failure: ParseFailure) -> Problem | None:
    """`never wait when …`, `never anything when …`, `never * when …`: what is no verb."""
    lexeme = failure.lexeme()
    rail = failure.lexeme(-1)
    if rail is not failure.first or rail.word not in ("never", "before"):
        return None
    if lexeme.word in ENGINE_WORDS:
        return Problem(
            codes.UNREADABLE,
            lexeme.span,
            f'A "{rail.text}" rule is about verbs, which the platform carries out; "{lexeme.text}" is none.',
            f"Write the condition into the rules that do it: if vip is yes then {example_of(lexeme.word)}",
        )
    everything = lexeme.word in ("anything", "everything", "any", "all") and not failure.lexeme(1).starts_step
    if everything or lexeme.text == "*":
        return Problem(
            codes.UNREADABLE,
            lexeme.span,
            f'A "{rail.text}" rule names the verbs that it is about.',
            f"Write them with commas: {rail.text} hangup, transfer, schedule_callback when …",
        )
    return None


def instead_in_front(failure: ParseFailure) -> Problem | None:
    """`never hangup, say "sorry" instead when …`."""
    words = [p.word for p in failure.line]
    if failure.first.word != "never" or "instead" not in words or not failure.on_first_line:
        return None
    instead = failure.line[words.index("instead")]
    guard = next((p for p in failure.line if p.word in ("when", "unless", "during", "outside")), None)
    if guard is None or guard.span.start < instead.span.start:
        return None
    verb = failure.line[1].text
    return Problem(
        codes.OTHER_WORDING,
        instead.span,
        'What is done instead stands at the end of the line, behind "instead".',
        f'Write: never {verb} {failure.text[guard.span.start : failure.line_end].strip()} instead say "…"',
    )
