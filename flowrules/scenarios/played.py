"""What a test reports, as events: who reports each, and which of them belong to one turn."""

from flowrules.analysis.model.verb_fields import scalar
from flowrules.engine.event import CALLER_KEYS, Event, Source, make_event
from flowrules.engine.raised import as_raised
from flowrules.language.nodes import Literal, Play, PlayAfter, PlayAt, PlayedEvent, Reports, Test
from flowrules.language.values import Value

_BEGINS = CALLER_KEYS - {"hearing"}
"""What the caller says or presses begins a turn."""


class Reporting:
    """Makes the events of a test's lines, asked in their order.

    As a rule the call tells the turns apart by itself (`engine/turns.py`). A test that says which events belong to one
    turn names them all: what stands in one line is one turn, and once the caller speaks in the test, a turn goes on
    until the caller speaks again."""

    def __init__(self, test: Test) -> None:
        self._named = any(len(reports.events) > 1 for reports in _reports_of(test))
        self._turns = 0
        self._spoken = False

    def events(self, reports: Reports) -> tuple[Event, ...]:
        """The events of one line, or of what stands behind its `meanwhile`."""
        begins = any(key.name.key in _BEGINS for event in reports.events for key in event.keys)
        if begins or not self._spoken:
            self._turns += 1
        self._spoken = self._spoken or begins
        turn = f"turn {self._turns}" if self._named else ""
        return tuple(_event(event, turn) for event in reports.events)


def _reports_of(test: Test) -> list[Reports]:
    lines = [line for line in test.lines if isinstance(line, Play | PlayAfter | PlayAt)]
    said = [line.reports for line in lines if isinstance(line, Play)]
    return said + [line.meanwhile for line in lines if line.meanwhile is not None]


def _event(played: PlayedEvent, turn: str) -> Event:
    bare = [key.name.text for key in played.keys if not key.values]
    facts = {key.name.text: value_of(key.values) for key in played.keys if key.values}
    event = make_event(*bare, facts=facts, source=source_of(played.source), turn_id=turn)
    return event if "call_ended" in event.keys else as_raised(event)


def source_of(word: str | None) -> Source:
    """The source of that name; the host where none is written."""
    return Source.HOST if word is None else Source[word.upper()]


def value_of(values: tuple[Literal, ...]) -> Value:
    """What a fact holds; several values are a list."""
    held = tuple(scalar(value) for value in values)
    return held[0] if len(held) == 1 else held
