"""What is known about one call: an immutable snapshot, and the steps from one to the next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flowrules.engine.event import Source
from flowrules.language.values import Value


@dataclass(frozen=True, slots=True)
class Use:
    """How often a rule's limits were used in this call, and when last."""

    count: int
    last: datetime


@dataclass(frozen=True, slots=True)
class Count:
    """A trigger counter (`2 times`): turns so far, the last turn that counted, the run without a gap."""

    total: int
    run: int
    turn: int


@dataclass(frozen=True, slots=True)
class CallState:
    """A call as the engine believes it to be.

    `facts` holds everything known under folded names: the caller's and the lead's data, what events said, what
    rules remembered, and `call.*` as receipts told it. Computed facts (`call.elapsed`, `turn`, `time`, `today`,
    `date`) are not in it: they follow from `started_at`, `turn` and now. `sources` says who said each fact;
    one that is absent came from the host.
    """

    call_id: str
    started_at: datetime
    facts: Mapping[str, Value] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    turn: int = 0
    turn_id: str = ""
    uses: Mapping[str, Use] = field(default_factory=dict)
    counts: Mapping[str, Count] = field(default_factory=dict)
    """By counter: the rule's id, so that a count survives a reload."""
    since: Mapping[str, datetime] = field(default_factory=dict)
    """Since when each fact that is yes has been so (for `after D of FACT`)."""
    timers_fired: frozenset[str] = frozenset()
    """Timers that have fired and are not armed again yet."""
