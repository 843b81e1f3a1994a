"""How many steps a sequence is once every `do` is written out."""

from collections.abc import Iterable, Mapping

from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope
from flowrules.diagnostics.codes.flow import TOO_MANY_STEPS
from flowrules.language.nodes import Do, Step, Steps
from flowrules.language.traverse import all_steps, sequences
from flowrules.source import Span

MAX_STEPS = 128
"""Of one sequence, branches included."""


def check_size(scope: Scope, report: Report) -> None:
    sizes: dict[str, int] = {}
    for key, declared in scope.steps.found.items():
        sizes[key] = _check(declared.unit, sizes, scope, report)
    for unit in (*scope.rules, *scope.rails):
        _check(unit, sizes, scope, report)


def _check(unit: CheckedBlock, sizes: Mapping[str, int], scope: Scope, report: Report) -> int:
    """The size of a block's longest sequence; 1 for one that is refused, so that its users are not."""
    largest = 0
    for sequence in sequences(unit.item):
        size = _size(sequence, sizes)
        if size > MAX_STEPS:
            inner = next((step for step in all_steps(sequence) if isinstance(step, Do)), None)
            span = (
                unit.item.name.span
                if isinstance(unit.item, Steps)
                else inner.name.span
                if inner
                else Span(0, 1)
            )
            message = f"With the steps that they use these are {size} steps; {MAX_STEPS} is the most."
            scope.too_long.add(id(unit.block))
            report.add(
                TOO_MANY_STEPS, unit.block, span, message, "Leave some out, or split them over several rules."
            )
            return 1
        largest = max(largest, size)
    return largest


def _size(steps: Iterable[Step], sizes: Mapping[str, int]) -> int:
    return sum(1 + (sizes.get(s.name.key, 0) if isinstance(s, Do) else 0) for s in all_steps(steps))
