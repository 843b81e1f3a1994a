"""Events that are reported a second time: they get the first outcome, and nothing is done.

An id alone does not tell. A platform's webhook comes again minutes later, with an id that nobody else has; a model
numbers its tool calls anew in each turn. So an id counts together with the content of its event: the host's and the
platform's for the whole call, the model's and the caller's within their turn. A `turn_id` of the host counts as part
of the id, whoever it is that speaks.
"""

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NamedTuple

from flowrules.call.outcome import EventOutcome, EventStatus
from flowrules.engine.event import Event, Source
from flowrules.engine.turns import Turns

MAX_KEPT = 16
"""Outcomes that are kept, without what their decisions looked at: that would keep every rule set alive by which a call
was ever decided. Of older events it is known that they were decided."""
MAX_KNOWN = 4096
"""Events that are known; of a call with more of them the oldest are forgotten."""

_UNDECIDED = (EventStatus.QUEUE_FULL, EventStatus.CALL_OVER)
"""Whoever reports such an event again reports it for the first time."""

Waiting = asyncio.Future[EventOutcome]
Fingerprint = Callable[[bytes], str]


class Identity(NamedTuple):
    """What makes an event the same as another: a digest of its id and content, and the place of the turn within which
    that counts; None: within the call."""

    digest: str
    place: int | None


def plain_fingerprint(data: bytes) -> str:
    """For what is not written down."""
    return hashlib.sha256(data).hexdigest()


class Repeats:
    """The events of one call that have an id from outside. `decided_before`: the digests, and from older journals the
    ids, of those that an earlier process decided."""

    __slots__ = ("_before", "_fingerprint", "_kept", "_known", "_used")

    def __init__(
        self, decided_before: Iterable[str] = (), fingerprint: Fingerprint = plain_fingerprint
    ) -> None:
        self._before = frozenset(decided_before)
        self._fingerprint = fingerprint
        self._known: dict[Identity, Waiting | EventOutcome | None] = {}
        self._kept: tuple[Identity, ...] = ()
        self._used: set[str] = set()

    def digest(self, event: Event) -> str:
        """Of an event's id and all that it says."""
        weak = _counts_in_its_turn(event)
        said = [weak, event.event_id, event.turn_id, sorted(event.keys.items())]
        return self._fingerprint(json.dumps(said).encode())

    def again(self, event: Event, digest: str, turns: Turns) -> Waiting | None:
        """The first outcome of an event that was reported before, as soon as it is known; None for a new one. `turns`
        as they are before this report."""
        identity = Identity(digest, turns.now.place if _counts_in_its_turn(event) else None)
        if identity in self._known:
            return self._told(event.event_id, self._known[identity])
        # Which turn an earlier process was in is not known: until the next begins, it goes on.
        before = digest in self._before and (identity.place is None or not turns.told)
        return self._told(event.event_id, None) if before or event.event_id in self._before else None

    def name(self, event_id: str, number: int) -> str:
        """What the call knows an event by. An id that comes again, with another content or in another turn, gets the
        number of the report: two events of one name would share their Idempotency-Keys."""
        if event_id not in self._used and len(self._used) < MAX_KNOWN:
            self._used.add(event_id)
            return event_id
        return f"{json.dumps(event_id)}#{number}"

    def remember(self, event: Event, digest: str, place: int, waiting: Waiting) -> None:
        """An event that is reported for the first time, under its name, and what its outcome will be in. `place` is
        its turn's."""
        identity = Identity(digest, place if _counts_in_its_turn(event) else None)

        def done(waiting: Waiting) -> None:
            if not waiting.cancelled() and waiting.result().status in _UNDECIDED:
                self._known.pop(identity, None)
                self._used.discard(event.event_id)
                return
            self._known[identity] = _kept(waiting)
            self._kept += (identity,)
            if len(self._kept) > MAX_KEPT:
                oldest, *rest = self._kept
                self._kept = tuple(rest)
                if oldest in self._known:
                    self._known[oldest] = None
            while len(self._known) > MAX_KNOWN:
                del self._known[next(iter(self._known))]

        self._known[identity] = waiting
        waiting.add_done_callback(done)

    @staticmethod
    def _told(event_id: str, known: "Waiting | EventOutcome | None") -> Waiting:
        again: Waiting = asyncio.get_running_loop().create_future()

        def tell(outcome: EventOutcome | None) -> None:
            if not again.done():
                again.set_result(outcome or EventOutcome(event_id, EventStatus.REPEATED, repeated=True))

        if isinstance(known, asyncio.Future):
            known.add_done_callback(lambda waiting: tell(_kept(waiting)))
        else:
            tell(known)
        return again


def _counts_in_its_turn(event: Event) -> bool:
    return event.source in (Source.MODEL, Source.CALLER) and not event.turn_id


def _kept(waiting: Waiting) -> EventOutcome | None:
    """What is kept of an event that is over; None where the host had cancelled what waited for it."""
    return None if waiting.cancelled() else replace(waiting.result(), repeated=True, decision=None)
