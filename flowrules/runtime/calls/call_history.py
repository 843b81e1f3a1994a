"""What an engine remembers of calls that are over, because the platform may dial one again under the same id."""

from datetime import datetime, timedelta

from flowrules.control.clock import Clock
from flowrules.runtime.journal.open_calls import LeftCall

_KEPT = 10_000
"""Calls that are remembered, the last ones."""


class CallHistory:
    """When each call began, and which closed calls have an ending verb that may have acted."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._starts: dict[str, datetime] = {}
        self._may_have_ended: dict[str, bool] = {}
        """By call id: whether the host itself carried out the verb that may have acted."""

    def start_of(self, call_id: str) -> datetime:
        """The moment at which a call begins now. It is never the moment at which a call of the same id began before:
        the Idempotency-Keys of two sessions of a call differ by nothing else."""
        now = self._clock.now()
        before = self._starts.pop(call_id, None)
        if before is not None and before >= now:
            now = before + timedelta(microseconds=1)
        self._starts[call_id] = now
        if len(self._starts) > _KEPT:
            del self._starts[next(iter(self._starts))]
        return now

    def closed(self, call_id: str, *, may_have_ended: bool, by_host: bool) -> None:
        """Remember how a call was closed."""
        self._may_have_ended.pop(call_id, None)
        if may_have_ended:
            self._may_have_ended[call_id] = by_host
            if len(self._may_have_ended) > _KEPT:
                del self._may_have_ended[next(iter(self._may_have_ended))]

    def unknown_ending(self, call_id: str, left: LeftCall | None) -> tuple[bool, bool]:
        """Whether an ending verb of an earlier session of this call may have acted, and whether the host itself carried
        it out. `left` is what an earlier process has left of the call."""
        earlier = left is not None and left.unknown_ending
        by_host = left is not None and left.unknown_to_host
        return call_id in self._may_have_ended or earlier, self._may_have_ended.get(call_id, by_host)
