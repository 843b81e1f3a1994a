"""Where `go on` may stand: as the last step of a failure branch, under a step behind which the plan can go on."""

from collections.abc import Iterable, Iterator

from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.report import Report
from flowrules.diagnostics.codes.flow import MISPLACED_GO_ON
from flowrules.language.nodes import Failure, GoOn, If, Step, VerbStep
from flowrules.language.traverse import failures_of, sequences
from flowrules.verbs import BY_NAME, Effect


def goes_on(failure: Failure) -> bool:
    """Whether the plan goes on behind the step that failed, where the branch runs to its end."""
    return bool(failure.steps) and isinstance(failure.steps[-1], GoOn)


def check_going_on(unit: CheckedBlock, report: Report) -> None:
    for sequence in sequences(unit.item):
        for astray in _outside(sequence):
            message = '"go on" stands here outside a failure branch.'
            hint = (
                'Steps follow one another by themselves: take it out. It says "go on although this failed": '
                "hold if it fails then go on."
            )
            report.add(MISPLACED_GO_ON, unit.block, astray.span, message, hint)
    for step in unit.steps:
        for failure in failures_of(step):
            _check(unit, step, failure, report)


def _outside(steps: Iterable[Step]) -> Iterator[GoOn]:
    """Those that stand in no failure branch."""
    for step in steps:
        if isinstance(step, GoOn):
            yield step
        elif isinstance(step, If):
            yield from _outside((*step.steps, *step.otherwise))


def _check(unit: CheckedBlock, step: Step, failure: Failure, report: Report) -> None:
    early = next((inner for inner in failure.steps[:-1] if isinstance(inner, GoOn)), None)
    if early is not None:
        message = '"go on" is not the last step of this failure branch.'
        hint = (
            'Put "go on" last. What should follow whether or not the step failed stands on a line of its own below '
            "the branch."
        )
        report.add(MISPLACED_GO_ON, unit.block, early.span, message, hint)
    elif goes_on(failure) and isinstance(step, VerbStep) and BY_NAME[step.verb].effect is Effect.ENDING:
        message = f'Behind "{step.word}" there is nothing to go on with: records below it are sent before it.'
        hint = 'Write what should be done where it fails in place of "go on".'
        report.add(MISPLACED_GO_ON, unit.block, failure.steps[-1].span, message, hint)
