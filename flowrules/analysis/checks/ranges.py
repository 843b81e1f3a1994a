"""Counts, lengths of time and clock times within what can happen."""

from collections.abc import Iterator

from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.report import Report, in_quotes
from flowrules.analysis.model.scope import Scope
from flowrules.analysis.model.verb_fields import MAX_PATIENCE_SECONDS, MAX_WAIT_SECONDS
from flowrules.diagnostics.codes.arguments import OUT_OF_RANGE
from flowrules.language.nodes import (
    AfterCall,
    AfterFact,
    AtTime,
    CallbackTime,
    Compare,
    GivenTime,
    Hours,
    Kind,
    Literal,
    On,
    OpenDate,
    Opening,
    OpenWeek,
    OtherVerb,
    PlayAfter,
    PlayAt,
    Rule,
    Step,
    Test,
    VerbStep,
    Wait,
)
from flowrules.language.operators import BY_OP, Family
from flowrules.source import Span

MIDNIGHT = 24 * 60
LAST_MINUTE = MIDNIGHT - 1


def check_ranges(scope: Scope, report: Report) -> None:
    for unit in scope.units:
        for step in unit.steps:
            _check_step(unit, step, report)
        for atom in unit.asked:
            if isinstance(atom, Compare):
                _check_operands(unit, atom, report)
        match unit.item:
            case Rule() as rule:
                _check_rule(unit, rule, report)
            case Hours() as hours:
                for opening in _openings(hours):
                    _check_time(unit, opening.start, LAST_MINUTE, report)
                    _check_time(unit, opening.end, MIDNIGHT, report)
            case Test(lines=lines):
                for line in lines:
                    match line:
                        case GivenTime(time=time) | PlayAt(time=time):
                            _check_time(unit, time, LAST_MINUTE, report)
                        case PlayAfter(duration=duration):
                            _check_duration(unit, duration, report)


def _check_step(unit: CheckedBlock, step: Step, report: Report) -> None:
    match step:
        case Wait(duration):
            assert isinstance(duration.value, int)
            if not 0 < duration.value <= MAX_WAIT_SECONDS:
                message = f'A wait lasts from 1 to {MAX_WAIT_SECONDS} seconds, not "{duration.raw}".'
                hint = "For a longer time write a rule of its own: after 5 minutes …"
                report.add(OUT_OF_RANGE, unit.block, duration.span, message, hint)
        case OtherVerb(patience=patience) | VerbStep(patience=patience) if patience is not None:
            _check_patience(unit, patience, report)
    match step:
        case VerbStep(arguments=arguments):
            for argument in arguments:
                match argument.value:
                    case Literal(kind=Kind.DURATION) as duration:
                        _check_duration(unit, duration, report)
                    case CallbackTime() as when:
                        if when.duration is not None:
                            _check_duration(unit, when.duration, report)
                        if when.time is not None:
                            _check_time(unit, when.time, LAST_MINUTE, report)


def _check_patience(unit: CheckedBlock, patience: Literal, report: Report) -> None:
    assert isinstance(patience.value, int)
    if not 0 < patience.value <= MAX_PATIENCE_SECONDS:
        message = (
            f'A caller waits for one step from 1 to {MAX_PATIENCE_SECONDS} seconds, not "{patience.raw}".'
        )
        report.add(
            OUT_OF_RANGE, unit.block, patience.span, message, "Write so many seconds: within 5 seconds"
        )


def _check_rule(unit: CheckedBlock, rule: Rule, report: Report) -> None:
    match rule.trigger:
        case AfterCall(duration) | AfterFact(duration=duration):
            _check_duration(unit, duration, report)
        case AtTime(time):
            _check_time(unit, time, LAST_MINUTE, report)
        case On(times=times) if times is not None and times.count < 1:
            _never(unit, times.span, report)
    for limit in rule.limits:
        if limit.amount < 1:
            _never(unit, limit.span, report)


def _check_operands(unit: CheckedBlock, compare: Compare, report: Report) -> None:
    for value in compare.values:
        if value.kind is Kind.TIME:
            _check_time(unit, value, MIDNIGHT, report)
    if BY_OP[compare.op].family is Family.DIGITS:
        (value,) = compare.values
        if not isinstance(value.value, int) or value.value < 1:
            message = f'"{value.raw}" is no count of digits.'
            report.add(OUT_OF_RANGE, unit.block, value.span, message, "Write a whole number from 1 up.")


def _openings(hours: Hours) -> Iterator[Opening]:
    for line in hours.lines:
        if isinstance(line, OpenWeek | OpenDate):
            yield from line.openings


def _check_time(unit: CheckedBlock, time: Literal, last: int, report: Report) -> None:
    assert isinstance(time.value, int)
    if time.value > last:
        message = f'No clock shows "{time.raw}".'
        hint = "The day runs from 00:00 to 23:59; hours may end at 24:00."
        report.add(OUT_OF_RANGE, unit.block, time.span, message, hint)


def _check_duration(unit: CheckedBlock, duration: Literal, report: Report) -> None:
    if duration.value == 0:
        message = f'"{duration.raw}" is no time at all.'
        report.add(OUT_OF_RANGE, unit.block, duration.span, message, "Write at least 1 second.")


def _never(unit: CheckedBlock, span: Span, report: Report) -> None:
    message = (
        f"{in_quotes(unit.block.text[span.start : span.end])} means never, so the rule would never fire."
    )
    report.add(OUT_OF_RANGE, unit.block, span, message, "Write a whole number from 1 up.")
