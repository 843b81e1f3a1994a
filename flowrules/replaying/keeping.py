"""Keeps a replay of a call in step with how the live call kept up (`recordings/pace.py`)."""

from datetime import datetime, timedelta
from typing import NamedTuple

from flowrules.call.inputs import Continued, Input
from flowrules.call.machine import CallMachine
from flowrules.recordings.call import RecordedCall
from flowrules.recordings.pace import Beat

CONTINUED = Continued()
BEFORE = -1
"""The place of what is not on record: it comes before what is reported at the same moment."""
_INSTANT = timedelta(microseconds=1)


class Due(NamedTuple):
    """What comes by itself at a moment. At the same one, a lower `place` comes first: beside what happens in the call,
    that is its number on record."""

    at: datetime
    place: float
    received: Input


class Keeping:
    """For one call and one way of playing it. What was taken once is not taken again."""

    def __init__(self, call: RecordedCall) -> None:
        pace = call.pace
        self._until = call.until
        self._under_way = call.under_way
        self._places = pace.places
        self._woken = {when: list(beats) for when, beats in pace.woken.items()}
        self._overdue = pace.overdue
        self._continued = {when: list(beats) for when, beats in pace.continued.items()}

    def place(self, number: int) -> float:
        """The place of an input of the call."""
        return self._places[number]

    def waking(self, wake: Due) -> Due:
        """When time wakes the call, which is due then."""
        if beats := self._woken.get(wake.at):
            return Due(*beats[0], wake.received)
        if (beat := self._overdue.get(wake.at)) is not None:
            return Due(beat.at, beat.place + 0.5, wake.received)
        return wake

    def woken(self, wake: Due) -> None:
        """It has."""
        when = getattr(wake.received, "when", None)
        if (
            when is not None
            and (beats := self._woken.get(when))
            and beats[0] == Beat(wake.at, int(wake.place))
        ):
            beats.pop(0)

    def continuing(self, since: datetime, machine: CallMachine) -> Due | None:
        """When a call goes on that was put off; None: at once."""
        if beats := self._continued.get(since):
            return Due(*beats.pop(0), CONTINUED)
        if machine.at_work in self._under_way:
            return Due(max(since, self._until) + _INSTANT, BEFORE, CONTINUED)
        return None
