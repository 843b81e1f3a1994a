"""How far behind a live call was with what follows from its rules: it goes on when its program gets to it, and alarms
ring late."""

from bisect import bisect
from collections.abc import Sequence
from datetime import timedelta

from flowrules.recordings.call import NO_TIME, RecordedCall
from flowrules.recordings.pace import EVEN

INSTANT = timedelta(microseconds=1)
"""The shortest time that is told."""
_EVEN: Sequence[timedelta] = ()


def lateness(call: RecordedCall) -> Sequence[timedelta] | None:
    """By how much in all it was late after each of a call's inputs, before the next one; empty where the recording does
    not say. None: something that was due before an input came behind it, so that what happened depends on that."""
    pace, inputs = call.pace, call.inputs
    if pace is EVEN:
        return _EVEN
    if pace.overdue or len(pace.places) != len(inputs):
        return None
    late = [NO_TIME] * len(inputs)
    for beats in (pace.woken, pace.continued):
        for due, those in beats.items():
            for at, place in those:
                number = bisect(pace.places, place) - 1
                begins = inputs[number][0] if number >= 0 else call.started
                is_last = number + 1 == len(inputs)
                if due < begins or (not is_last and due >= inputs[number + 1][0]):
                    return None
                if number >= 0:
                    late[number] += at - due
    return late
