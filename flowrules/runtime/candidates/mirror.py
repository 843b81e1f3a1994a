"""What became of the live rules' verbs becomes of the same verbs of a candidate, which sends nothing itself.

Without that a candidate would believe in each transfer that failed, and everything after it would differ.
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from flowrules.call.entries import Decided, NotSent, Received
from flowrules.call.receipt import Receipt, Status
from flowrules.call.request import VerbRequest
from flowrules.control.clock import first_completed
from flowrules.engine.planning.plan import PlannedVerb, every_step
from flowrules.runtime.sending.senders import Before, Withholder

_MAX_EVENTS = 256
"""Events whose verbs are kept for a candidate that has not come to them."""


class Fates:
    """What became of the verbs of one live call, by their events. `busy`: whether the live call is at something, so
    that it may come to an event that the candidate has come to before it."""

    def __init__(self, busy: Callable[[], bool]) -> None:
        self._busy = busy
        self._decided: dict[str, None] = {}
        """Events that the live rules have decided, the last ones."""
        self._coming: dict[str, dict[tuple[str, str], Mapping[str, Any]]] = {}
        """Bodies of an event's plan whose fate is not known yet, by the rule and the path of the step."""
        self._known: dict[str, dict[str, deque[Receipt]]] = {}
        """Of an event: the fates of its verbs by their bodies, in order."""
        self._changed = asyncio.Event()

    # --- told of the live call ---

    def decided(self, entry: Decided) -> None:
        self._decided[entry.event.event_id] = None
        if len(self._decided) > _MAX_EVENTS:
            del self._decided[next(iter(self._decided))]
        self._coming[entry.event.event_id] = {
            (part.rule.id, step.path): step.body
            for part in entry.plan.parts
            for step in every_step(part.steps)
            if isinstance(step, PlannedVerb)
        }

    def became(self, entry: Received | NotSent) -> None:
        coming = self._coming.get(entry.event_id, {})
        planned = coming.pop((entry.rule.id, entry.path.partition("~")[0]), None)
        body = entry.request.body if isinstance(entry, Received) else planned
        if body is not None:
            known = self._known.setdefault(entry.event_id, {})
            known.setdefault(_named(body), deque()).append(entry.receipt)
            if len(self._known) > _MAX_EVENTS:
                del self._known[next(iter(self._known))]
        self._changed.set()

    def settled(self, event_id: str) -> None:
        """Nothing more comes of an event."""
        self._coming.pop(event_id, None)
        self._changed.set()

    def ended(self) -> None:
        """Nothing more comes of the call."""
        self._busy = lambda: False
        self._coming.clear()
        self._changed.set()

    # --- asked by the candidate ---

    async def of(self, event_id: str, body: Mapping[str, Any], called_off: asyncio.Event) -> Receipt | None:
        """What became of the same verb in the same event, as soon as it is known; None where there is none."""
        name = _named(body)
        while not (fates := self._known.get(event_id, {}).get(name)):
            if called_off.is_set() or not self._may_come(event_id, body):
                return None
            self._changed.clear()
            await first_completed(self._changed.wait(), called_off.wait())
        return fates.popleft()

    def _may_come(self, event_id: str, body: Mapping[str, Any]) -> bool:
        if event_id not in self._decided:
            return self._busy()
        coming = self._coming.get(event_id, {}).values()
        return any(one["event"] == body["event"] for one in coming)

    def forget(self, event_id: str) -> None:
        """The candidate is done with an event."""
        self._known.pop(event_id, None)


class Mirror(Withholder):
    """Sends nothing, and answers with what became of the live rules' verb; where they have none, as if it were
    accepted. `event_id` is that of the event whose request comes next."""

    def __init__(self, fates: Fates) -> None:
        super().__init__()
        self.event_id = ""
        self._fates = fates

    async def send(
        self, request: VerbRequest, *, until: float, before: Before, called_off: asyncio.Event
    ) -> Receipt:
        event_id = self.event_id
        withheld = await super().send(request, until=until, before=before, called_off=called_off)
        if withheld.status is not Status.WITHHELD:
            return withheld
        live = await self._fates.of(event_id, request.body, called_off)
        match live:
            case Receipt(status=Status.ACCEPTED, result=result):
                return Receipt(Status.WITHHELD, message=withheld.message, result=result)
            case Receipt(status=Status.REFUSED | Status.UNKNOWN):
                return live
        return withheld


def _named(body: Mapping[str, Any]) -> str:
    return json.dumps(body, sort_keys=True, default=str)
