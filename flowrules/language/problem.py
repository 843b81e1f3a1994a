"""A mistake inside one block, before it is known where the block stands."""

from dataclasses import dataclass

from flowrules.diagnostics.codes.syntax import BAD_TIME
from flowrules.diagnostics.diagnostic import Code, Diagnostic, Edit
from flowrules.language.nodes import Block
from flowrules.source import Span

MAX_LENGTH = 400
"""Characters of a message, at most: what a writer typed may be endless."""


@dataclass(frozen=True, slots=True)
class Problem:
    """`edits` are the replacements that mend it, where a machine may."""

    code: Code
    span: Span
    message: str
    hint: str = ""
    edits: tuple[tuple[Span, str], ...] = ()


def clock_problem(span: Span, written: str, better: str, *, is_sure: bool = True) -> Problem:
    return Problem(
        BAD_TIME,
        span,
        f'"{written}" is not a time as the rules write it.',
        f"Use the 24-hour clock with two digits: {better}.",
        ((span, better),) if is_sure else (),
    )


def to_diagnostic(problem: Problem, block: Block) -> Diagnostic:
    fix = tuple(Edit(block.locate(span), text) for span, text in problem.edits)
    message, hint = _in_short(problem.message), _in_short(problem.hint)
    return Diagnostic(problem.code, block.locate(problem.span), message, hint, fix)


def _in_short(text: str) -> str:
    """The text, without the middle of what it quotes where that is very long."""
    return text if len(text) <= MAX_LENGTH else f"{text[: MAX_LENGTH // 2]}…{text[-MAX_LENGTH // 2 :]}"
