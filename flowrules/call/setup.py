"""What a call is set up with, by whoever drives its machine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.decide import decide
from flowrules.engine.decision import Decision
from flowrules.engine.event import Event
from flowrules.engine.key_entry import ends_entry
from flowrules.engine.planning.plan import Plan
from flowrules.engine.planning.planner import make_plan
from flowrules.engine.planning.receipts import spoken
from flowrules.engine.spoken_length import spoken_seconds
from flowrules.engine.state import CallState

Objection = Callable[[Mapping[str, Any]], str]
"""Why the body of a verb may not be sent, whatever the rules say; '' where nothing speaks against it."""


class Decide(Protocol):
    """Which rules answer an event (`engine/decide.py`)."""

    def __call__(
        self, ruleset: RuleSet, event: Event, state: CallState, now: datetime, trace: bool = False
    ) -> Decision: ...


MakePlan = Callable[[RuleSet, Decision, CallState], Plan]
"""What a decision leads to (`engine/planning/planner.py`)."""


EndsEntry = Callable[[RuleSet, str, str], bool]
"""Whether the entry of these keys is over with the event of this name (`engine/key_entry.py`)."""


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
    key_pause: timedelta = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class Setup:
    """`sends`: requests leave this process, so each is put on record before. `waits`: waits take their time.
    `trace`: decisions keep what they looked at. `decide`, `make_plan` and `spoken_seconds` are the engine's, but in a
    replay that does not know all that these depend on. `steps`: each step that was dealt with is told (Ran).
    `served`: the verbs that the host carries out itself; `host_voice`: the host's own voice speaks what rules say."""

    limits: Limits = Limits()
    sends: bool = True
    waits: bool = True
    trace: bool = False
    objection: Objection = _no_objection
    decide: Decide = decide
    make_plan: MakePlan = make_plan
    spoken_seconds: Callable[[str], float] = spoken_seconds
    """How long the platform needs for a text."""
    ends_entry: EndsEntry = ends_entry
    steps: bool = True
    served: frozenset[str] = frozenset()
    host_voice: bool = False

    def is_voiced(self, verb: str, body: Mapping[str, Any]) -> bool:
        """Whether the host's own voice speaks it."""
        return self.host_voice and spoken(verb, body) is not None

    def by_host(self, verb: str, body: Mapping[str, Any]) -> bool:
        """Whether the host carries it out itself."""
        return verb in self.served or self.is_voiced(verb, body)
