"""What an event leads to: which rules answer it, and what they were told. Not yet what is sent."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from flowrules.compiler.moment import Moment
from flowrules.compiler.ruleset import CompiledRule, RuleSet
from flowrules.engine.event import Event
from flowrules.engine.state import CallState
from flowrules.language.values import Value


class Outcome(StrEnum):
    """Which of a rule's two sequences runs."""

    FIRED = "fired"
    OTHERWISE = "otherwise"


Part = tuple[CompiledRule, Outcome]


class Verdict(StrEnum):
    """What became of one rule. The first two are the outcomes of rules that run."""

    FIRED = "fired"
    OTHERWISE = "otherwise"
    GUARD_NO = "guard no"
    GUARD_UNKNOWN = "guard unknown"
    USED_UP = "used up"
    COOLING = "cooling down"
    COUNTING = "counting"
    """Its counter (`2 times`) is not there yet."""
    NO_MATCH = "event did not match"
    EARLIER = "an earlier rule took it"


class Trace(NamedTuple):
    """What the decision looked at, rule by rule, and all it looked with. `engine/trace.py` puts it in words."""

    ruleset: RuleSet
    state: CallState
    considered: tuple[tuple[CompiledRule, Verdict], ...]


class Decision(NamedTuple):
    """The answer to one event. A tuple, since making one is most of what a decision costs.

    `owner` is the rule that took the event, None where none did, and `outcome` which of its two sequences runs;
    `also` are the rules that run besides. `facts` is everything that was known, what the event carries included.
    `notes` are sentences about what was refused.
    """

    revision: str
    event: Event
    moment: Moment
    facts: Mapping[str, Value]
    owner: CompiledRule | None
    outcome: Outcome
    also: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()
    trace: Trace | None = None

    @property
    def parts(self) -> tuple[Part, ...]:
        """The rules that run, in the order in which they do: `also` rules as written, then the owner."""
        return self.also if self.owner is None else (*self.also, (self.owner, self.outcome))

    @property
    def now(self) -> datetime:
        return self.moment[0]
