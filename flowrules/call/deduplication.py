"""Events that are reported a second time: they get the first outcome, and nothing is done.

An id alone does not tell. A platform's webhook comes again minutes later, with an id that nobody else has; a model
numbers its tool calls anew in each turn. So an id counts together with the content of its event: the host's and the
platform's for the whole call, the model's and the caller's within their turn. A `turn_id` of the host counts as part
of the id, whoever it is that speaks.
"""

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

Fingerprint = Callable[[bytes], str]


class Identity(NamedTuple):
    """What makes an event the same as another: a digest of its id and content, and the place of the turn within which
    that counts; None: within the call."""

    digest: str
    place: int | None


class UnderWay(NamedTuple):
    """The first report of an event has no outcome yet: whoever reports it again waits under these tickets."""

    name: str
    waiting: tuple[int, ...] = ()


def plain_fingerprint(data: bytes) -> str:
    """For what is not written down."""
    return hashlib.sha256(data).hexdigest()


def digest(event: Event, fingerprint: Fingerprint = plain_fingerprint) -> str:
    """Of an event's id and all that it says."""
    weak = _counts_in_its_turn(event)
    said = [weak, event.event_id, event.turn_id, sorted(event.keys.items())]
    return fingerprint(json.dumps(said).encode())


class Repeats:
    """The events of one call that have an id from outside. `decided_before`: the digests, and from older journals the
    ids, of those that an earlier process decided."""

    def __init__(self, decided_before: Iterable[str] = ()) -> None:
        self._before = frozenset(decided_before)
        self._known: dict[Identity, UnderWay | EventOutcome | None] = {}
        self._names: dict[str, Identity] = {}
        """Of those that are under way."""
        self._kept: tuple[Identity, ...] = ()
        self._used: set[str] = set()
        self._shared = False
        """A copy of this holds the same: whichever changes makes them its own before."""

    def fork(self) -> "Repeats":
        self._shared = True
        twin = object.__new__(Repeats)
        twin.__dict__.update(self.__dict__)
        return twin

    def _own(self) -> None:
        if self._shared:
            self._known, self._names, self._used = {**self._known}, {**self._names}, {*self._used}
            self._shared = False

    @property
    def key(self) -> frozenset[tuple[Identity, bool]]:
        """Which events are known, and which of them are under way."""
        return frozenset((identity, isinstance(known, UnderWay)) for identity, known in self._known.items())

    def knows(self, event: Event, digest: str, turns: Turns) -> bool:
        """Whether an event was reported before. `turns` as they are before this report."""
        return self._identity(event, digest, turns) in self._known or self._decided_before(
            event, digest, turns
        )

    def again(self, ticket: int, event: Event, digest: str, turns: Turns) -> EventOutcome | None:
        """The outcome of an event that was reported before; None where the first report has none yet: then it is
        told under this ticket, too, when it comes."""
        identity = self._identity(event, digest, turns)
        known = self._known.get(identity)
        if isinstance(known, UnderWay):
            self._own()
            self._known[identity] = known._replace(waiting=(*known.waiting, ticket))
            return None
        return known or _forgotten(event.event_id)

    def name(self, event_id: str, number: int) -> str:
        """What the call knows an event by. An id that comes again, with another content or in another turn, gets the
        number of the report: two events of one name would share their Idempotency-Keys."""
        if event_id not in self._used and len(self._used) < MAX_KNOWN:
            self._own()
            self._used.add(event_id)
            return event_id
        return f"{json.dumps(event_id)}#{number}"

    def first(self, event: Event, digest: str, place: int) -> None:
        """An event is reported for the first time, under its name. `place` is its turn's."""
        self._own()
        identity = Identity(digest, place if _counts_in_its_turn(event) else None)
        self._known[identity] = UnderWay(event.event_id)
        self._names[event.event_id] = identity

    def settled(self, outcome: EventOutcome) -> tuple[tuple[int, EventOutcome], ...]:
        """An event has its outcome: who else is to be told of it, by their tickets."""
        if outcome.event_id not in self._names:
            return ()
        self._own()
        identity = self._names.pop(outcome.event_id)
        known = self._known.pop(identity, None)
        kept = replace(outcome, repeated=True, decision=None)
        if outcome.status in _UNDECIDED:
            self._used.discard(outcome.event_id)
        else:
            self._keep(identity, kept)
        return tuple((ticket, kept) for ticket in known.waiting) if isinstance(known, UnderWay) else ()

    # --- inside ---

    def _keep(self, identity: Identity, outcome: EventOutcome) -> None:
        self._known[identity] = outcome
        self._kept += (identity,)
        if len(self._kept) > MAX_KEPT:
            oldest, *rest = self._kept
            self._kept = tuple(rest)
            if oldest in self._known:
                self._known[oldest] = None
        while len(self._known) > MAX_KNOWN:
            del self._known[next(iter(self._known))]

    def _identity(self, event: Event, digest: str, turns: Turns) -> Identity:
        return Identity(digest, turns.now.place if _counts_in_its_turn(event) else None)

    def _decided_before(self, event: Event, digest: str, turns: Turns) -> bool:
        # Which turn an earlier process was in is not known: until the next begins, it goes on.
        before = digest in self._before and not (_counts_in_its_turn(event) and turns.told)
        return before or event.event_id in self._before


def _forgotten(event_id: str) -> EventOutcome:
    return EventOutcome(event_id, EventStatus.REPEATED, repeated=True)


def _counts_in_its_turn(event: Event) -> bool:
    return event.source in (Source.MODEL, Source.CALLER) and not event.turn_id
