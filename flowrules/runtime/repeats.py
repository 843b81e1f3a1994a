"""Events that a host reports a second time: they get the first outcome, and nothing is done."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from flowrules.runtime.outcome import EventOutcome, EventStatus

MAX_KEPT = 16
"""Outcomes that are kept, without what their decisions looked at: that would keep every rule set alive by which a call
was ever decided. Of older events the ids are kept."""

Waiting = asyncio.Future[EventOutcome]


class Repeats:
    """The events of one call that have an id of the host's. `decided_before`: by an earlier process."""

    __slots__ = ("_kept", "_known")

    def __init__(self, decided_before: Iterable[str]) -> None:
        self._known: dict[str, Waiting | EventOutcome | None] = dict.fromkeys(decided_before)
        self._kept: tuple[str, ...] = ()

    def __contains__(self, event_id: str) -> bool:
        return event_id in self._known

    def remember(self, event_id: str, waiting: Waiting) -> None:
        """An event that is reported for the first time, and what its outcome will be in."""

        def done(waiting: Waiting) -> None:
            self._known[event_id] = _kept(waiting)
            self._kept += (event_id,)
            if len(self._kept) > MAX_KEPT:
                oldest, *rest = self._kept
                self._known[oldest], self._kept = None, tuple(rest)

        self._known[event_id] = waiting
        waiting.add_done_callback(done)

    def again(self, event_id: str) -> Waiting:
        """The first outcome, as soon as it is known."""
        again: Waiting = asyncio.get_running_loop().create_future()

        def tell(outcome: EventOutcome | None) -> None:
            if not again.done():
                again.set_result(outcome or EventOutcome(event_id, EventStatus.REPEATED, repeated=True))

        known = self._known[event_id]
        if isinstance(known, asyncio.Future):
            known.add_done_callback(lambda waiting: tell(_kept(waiting)))
        else:
            tell(known)
        return again


def _kept(waiting: Waiting) -> EventOutcome | None:
    """What is kept of an event that is over; None where the host had cancelled what waited for it."""
    return None if waiting.cancelled() else replace(waiting.result(), repeated=True, decision=None)
