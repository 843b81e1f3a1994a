"""What time sets off in a call. Pure: the runtime asks when to wake, and what is due then.

The contract: while a call's queue is empty, take the first of `due`, pass it through `hear` (which marks the
timer as fired) and `decide` as any event, and ask again; when nothing is due, sleep until `next_due`.
"""

from datetime import datetime, timedelta
from functools import lru_cache

from flowrules.compiler.compiled_rule import TimerSpec
from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.times.clocks import CallClock
from flowrules.compiler.times.instants import next_clock
from flowrules.engine.event import Event, Source
from flowrules.engine.state import CallState

_NO_TIME = timedelta()
_next_clock = lru_cache(maxsize=512)(next_clock)
"""Asked again for every event of a call, with the same answer."""


def next_due(ruleset: RuleSet, state: CallState, now: datetime) -> datetime | None:
    """When the next timer fires, never before `now`; None where none is armed."""
    moments = [when for when, _ in _armed(ruleset, state)]
    return max(min(moments), now) if moments else None


def due(ruleset: RuleSet, state: CallState, now: datetime) -> tuple[Event, ...]:
    """The events of the timers that `now` has reached, by their time, then in written order."""
    reached = [(when, spec) for when, spec in _armed(ruleset, state) if when <= now]
    reached.sort(key=lambda pair: pair[0])
    return tuple(timer_event(spec, when) for when, spec in reached)


def timer_event(spec: TimerSpec, when: datetime) -> Event:
    return Event(
        {},
        source=Source.PLATFORM,
        event_id=f"{spec.key}@{when.isoformat()}",
        reported=False,
        timer=spec.key,
    )


def after_reload(ruleset: RuleSet, previous: RuleSet, state: CallState, now: datetime) -> CallState:
    """The call under a new rule set: timers that came with it, or have another time in it, and whose time has passed
    count as fired, so that an edit in mid-call does not set off what is long over."""
    return with_passed(ruleset, state, now, frozenset(previous.timers))


def with_passed(
    ruleset: RuleSet, state: CallState, now: datetime, known: frozenset[TimerSpec] = frozenset()
) -> CallState:
    """The call in which the timers whose time has passed count as fired, those that were `known` before apart."""
    passed = {spec.key for when, spec in _armed(ruleset, state) if when <= now and spec not in known}
    return state._replace(timers_fired=state.timers_fired | passed) if passed else state


def _armed(ruleset: RuleSet, state: CallState) -> list[tuple[datetime, TimerSpec]]:
    return [
        (when, spec)
        for spec in ruleset.timers
        if spec.key not in state.timers_fired and (when := moment_of(spec, ruleset, state)) is not None
    ]


def moment_of(spec: TimerSpec, ruleset: RuleSet, state: CallState) -> datetime | None:
    """When a timer fires in this call: None while the fact it waits for is not yes, or its time zone is unknown."""
    if spec.at is not None:
        zone = spec.clock.zone(state.facts.get) if isinstance(spec.clock, CallClock) else spec.clock
        return None if zone is None else _next_clock(spec.at, zone, state.started_at)
    began = state.started_at if spec.fact is None else state.since.get(spec.fact)
    if began is None or spec.after is None:
        return None
    before = state.yes_for.get(spec.fact, _NO_TIME) if spec.in_all and spec.fact is not None else _NO_TIME
    return began + timedelta(seconds=spec.after) - before


def facts_in_all(ruleset: RuleSet) -> frozenset[str]:
    """The facts of which all the time counts in which they are yes."""
    return frozenset(spec.fact for spec in ruleset.timers if spec.in_all and spec.fact is not None)
