"""What facts and events are called in a sentence. Names of the rules' own stay as they are."""

from collections.abc import Mapping
from typing import NamedTuple

_SUBJECTS: Mapping[str, str] = {
    "said": "what the caller says",
    "hearing": "what the caller is saying at this moment",
    "dtmf": "the key that the caller presses",
    "keys": "the entry of keys that the caller presses",
    "call.elapsed": "the length of the call",
    "call.recording": "the recording",
    "call.disposition": "the disposition of this call",
    "call.lead_status": "the lead's status as set in this call",
    "call.callback": "the callback booked in this call",
    "turn": "the number of the caller's turn",
    "time": "the time",
    "today": "the day of the week",
    "date": "the date",
    "failed_verb": "the step that failed",
    "failed_reason": "the reason of the failure",
}


_CARRIED: Mapping[str, str] = {
    "said": "the caller says something that",
    "hearing": "the caller is just saying something that",
    "dtmf": "the caller presses a key that",
    "keys": "the caller presses an entry of keys that",
}
"""Facts whose change is an event that has a clause of its own."""


class YesNo(NamedTuple):
    """How a fact that is yes or no is told: where it is yes, and where it is no."""

    yes: str
    no: str


STATES: Mapping[str, YesNo] = {
    "call.on_hold": YesNo("the caller is on hold", "the caller is not on hold"),
    "call.muted": YesNo("the caller is muted", "the caller is not muted"),
    "call.in_conference": YesNo("the call is a conference", "the call is no conference"),
}

_EVENTS: Mapping[str, str] = {
    "call_started": "the call starts",
    "call_ended": "the call has ended",
    "machine_answered": "a machine answers",
    "payment_started": "a payment starts",
    "step_failed": "a step fails and its rule says nothing about that",
    "hangup_interrupted": "the caller speaks or presses a key while a hang-up waits",
    "said": "the caller has said something",
    "hearing": "the caller is speaking",
    "dtmf": "the caller presses a key",
    "keys": "the caller has pressed an entry of keys",
}


def subject(key: str) -> str:
    """A fact as the subject of a sentence."""
    return _SUBJECTS.get(key, key)


def carried(key: str) -> str:
    """The same where it is what an event carries."""
    return _CARRIED.get(key, subject(key))


def happens(key: str) -> str:
    """An event without a value, as a clause behind "when"."""
    return _EVENTS.get(key, f"{key} is reported")
