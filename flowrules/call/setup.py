"""What a call is set up with, by whoever drives its machine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

Objection = Callable[[Mapping[str, Any]], str]
"""Why the body of a verb may not be sent, whatever the rules say; '' where nothing speaks against it."""


def _no_objection(body: Mapping[str, Any]) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much, in a call. The settings of the same names say more (`runtime/settings.py`)."""

    plan_deadline: timedelta = timedelta(seconds=30)
    step_patience: timedelta = timedelta(seconds=8)
    speech_wait: timedelta = timedelta(seconds=10)
    queue_size: int = 64
    verbs_per_event: int = 20
    verbs_per_call: int = 200


@dataclass(frozen=True, slots=True)
class Setup:
    """`sends`: requests leave this process, so each is put on record before. `waits`: waits take their time.
    `trace`: decisions keep what they looked at."""

    limits: Limits = Limits()
    sends: bool = True
    waits: bool = True
    trace: bool = False
    objection: Objection = _no_objection
