"""A mistake inside one block, before it is known where the block stands."""

from dataclasses import dataclass

from flowrules.diagnostics.diagnostic import Code, Diagnostic, Edit
from flowrules.language.nodes import Block
from flowrules.source import Span


@dataclass(frozen=True, slots=True)
class Problem:
    """`edits` are the replacements that mend it, where a machine may."""

    code: Code
    span: Span
    message: str
    hint: str = ""
    edits: tuple[tuple[Span, str], ...] = ()


def to_diagnostic(problem: Problem, block: Block) -> Diagnostic:
    fix = tuple(Edit(block.locate(span), text) for span, text in problem.edits)
    return Diagnostic(problem.code, block.locate(problem.span), problem.message, problem.hint, fix)
