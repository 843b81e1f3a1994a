"""What records have told for an ending that is still to come, and how to take it back where the ending does not come.

Whoever runs a plan calls `noted` with each provisional step that was carried out, and forgets all of it when an ending
verb is accepted. Where the ending fails, is dropped, or is given up, `taken_back` makes the call what it was before
those records, so that the next ending records afresh. What the platform holds is not touched.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, TypeVar

from flowrules.engine.event import Source
from flowrules.engine.planning.plan import PlannedVerb, RememberStep
from flowrules.engine.planning.receipts import told
from flowrules.engine.state import CallState, rearmed, timers_of
from flowrules.language.values import Value

Held = TypeVar("Held")


class Earlier(NamedTuple):
    """How a fact stood before the first provisional record told it, and the value that the last one left: None where
    the fact was, or is now, unknown. `fired` are the timers of that fact which had fired."""

    value: Value | None
    source: Source | None
    since: datetime | None
    fired: frozenset[str]
    told: Value | None


Provisional = Mapping[str, Earlier]
"""By the fact's folded name."""
NOTHING: Provisional = {}


def noted(
    provisional: Provisional, step: PlannedVerb | RememberStep, before: CallState, after: CallState
) -> Provisional:
    """What is provisional once this step has led from one state to the other. A step that is not, adds nothing."""
    if not step.provisional:
        return provisional
    keys = (step.fact,) if isinstance(step, RememberStep) else told(step.verb, step.body, {})
    first = {key: provisional.get(key) or _standing(before, key) for key in keys}
    return {**provisional, **{key: one._replace(told=after.facts.get(key)) for key, one in first.items()}}


def taken_back(provisional: Provisional, state: CallState) -> CallState:
    """The call without what those records told. A fact that somebody has told otherwise since stays as it is."""
    standing = {key: one for key, one in provisional.items() if state.facts.get(key) == one.told}
    if not standing:
        return state
    facts, sources, since = {**state.facts}, {**state.sources}, {**state.since}
    for key, one in standing.items():
        _put(facts, key, one.value)
        _put(sources, key, one.source)
        _put(since, key, one.since)
    fired = rearmed(state.timers_fired, list(standing)).union(*(one.fired for one in standing.values()))
    return state._replace(facts=facts, sources=sources, since=since, timers_fired=fired)


def _standing(state: CallState, key: str) -> Earlier:
    fired = timers_of(state.timers_fired, key)
    return Earlier(state.facts.get(key), state.sources.get(key), state.since.get(key), fired, None)


def _put(into: dict[str, Held], key: str, held: Held | None) -> None:
    if held is None:
        into.pop(key, None)
    else:
        into[key] = held
