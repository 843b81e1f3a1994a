"""What a test may give, and what the events that it plays may carry."""

from flowrules.analysis.model.builtin import COMPUTED, is_reserved
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope
from flowrules.diagnostics.codes.names import NOT_GIVEN, RESERVED_EVENT
from flowrules.language.nodes import (
    EventKey,
    Given,
    GivenTime,
    Kind,
    Literal,
    Name,
    Play,
    PlayAfter,
    PlayAt,
    Test,
)
from flowrules.language.traverse import played_keys

LONGEST = 86_400
"""Seconds that a call of a test may have lasted: a day."""
_DAY = "The day follows from the time that the test begins at: given time is 2026-03-02 11:00"
_INSTEAD = {
    "time": "Give the date too: given time is 2026-03-02 11:00",
    "date": _DAY,
    "today": _DAY,
    "turn": 'A turn begins each time the caller speaks. Play what is said: on said="…"',
    "call.elapsed": "Give a length of time above the first event, as in: given call.elapsed is 9 minutes. Later on let "
    "it pass: after 9 minutes",
}


def check_givens(scope: Scope, report: Report) -> None:
    """A given that the engine works out itself would be passed over, and so would a time that comes too late."""
    for unit in scope.tests:
        if isinstance(unit.item, Test):
            _check_test(unit, unit.item, report)


def _check_test(unit: CheckedBlock, test: Test, report: Report) -> None:
    begun = False
    for line in test.lines:
        match line:
            case Play() | PlayAfter() | PlayAt():
                begun = True
            case Given(fact, values) if fact.key == "call.elapsed" and not begun and _are_seconds(values):
                pass
            case Given(fact, values) if fact.key in COMPUTED:
                report.add(
                    NOT_GIVEN,
                    unit.block,
                    line.span,
                    f'"{fact.text}" can\'t be given: it follows from what happens in the call.',
                    _INSTEAD[fact.key].format(value=_written(values)),
                )
            case GivenTime() if begun:
                report.add(
                    NOT_GIVEN,
                    unit.block,
                    line.span,
                    "The clock can't be set once the call has begun.",
                    'Move this line above the first event, or let time pass: "after 8 minutes", "at 21:00".',
                )
    for key in played_keys(test):
        if is_reserved(key.name.key):
            message = f'No event carries "{key.name.text}".'
            report.add(RESERVED_EVENT, unit.block, key.name.span, message, _above(key.name, key))


def _are_seconds(values: tuple[Literal, ...]) -> bool:
    return all(one.kind in (Kind.DURATION, Kind.NUMBER) and _is_length(one.value) for one in values)


def _is_length(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value <= LONGEST


def _above(name: Name, key: EventKey) -> str:
    """How a test has a fact be what an event can't carry."""
    value = _written(key.values) if key.values else "yes"
    if name.key in COMPUTED:
        return _INSTEAD[name.key].format(value=value)
    return f"Write it on a line of its own above the event: given {name.text} is {value}"


def _written(values: tuple[Literal, ...]) -> str:
    return ", ".join(value.raw for value in values)
