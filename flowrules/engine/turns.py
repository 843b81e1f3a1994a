"""Turns of a conversation: which of them a reported event belongs to.

A turn begins with the caller's final words, or with the first key of an entry, and holds everything that is reported
until the next begins. Counters (`2 times`) count turns, so several reports of one answer count once.

A host that reports neither words nor keys nor turns leaves nothing to tell turns apart by: there each report is one.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from flowrules.engine.event import CALLER_KEYS, PRESSED, Event, Turn

ENTRY_GAP = timedelta(seconds=3)
"""Keys that are pressed with less than this between them are one entry: the digits of one number."""

MAX_KEPT = 16
"""Turn ids that are kept, so that a late report still counts for its own turn."""


class Turns(NamedTuple):
    """The turns of a call so far."""

    now: Turn = Turn()
    """The one that goes on."""
    turn_id: str = ""
    """The host's id for it."""
    ids: tuple[tuple[str, Turn], ...] = ()
    """The host's last ids, the newest last."""
    told: bool = False
    """Whether words, keys or turn ids were reported in this call: then a report alone begins no turn."""
    key_at: datetime | None = None
    """When the last key of the entry that goes on was pressed."""
    unfinished: bool = False
    """Whether the words that began it were not final: those that are belong to it, with its id or without one."""

    def take(self, event: Event, now: datetime) -> tuple["Turns", Turn]:
        """The turns after an event, and the one that the event belongs to."""
        if not event.reported:
            return self, self.now
        spoken = not CALLER_KEYS.isdisjoint(event.keys)
        key_at = None if PRESSED.isdisjoint(event.keys) else now
        final = "said" in event.keys
        if event.turn_id:
            turns, turn = self._with_id(event.turn_id, spoken, key_at)
            if turns.now == turn and final:
                return turns._replace(unfinished=False), turn
            begun = turns.now.place > self.now.place
            return (turns._replace(unfinished=True) if begun and "hearing" in event.keys else turns), turn
        if final and self.unfinished:
            return self._replace(unfinished=False, key_at=key_at), self.now
        if final:
            return self._begin("", told=True, key_at=key_at)
        if key_at is not None:
            goes_on = self.key_at is not None and key_at - self.key_at < ENTRY_GAP
            return (
                (self._replace(key_at=key_at), self.now)
                if goes_on
                else self._begin("", told=True, key_at=key_at)
            )
        if spoken:  # Still unfinished: these words belong to the turn that they will begin.
            return self, self._next(told=True)
        return (self, self.now) if self.told else self._begin("", told=False)

    def _with_id(self, turn_id: str, spoken: bool, key_at: datetime | None) -> tuple["Turns", Turn]:
        if turn_id == self.turn_id:
            return (self if key_at is None else self._replace(key_at=key_at)), self.now
        for known, turn in self.ids:
            if known == turn_id:
                return self, turn
        if self.told and not self.turn_id and self.now.place and not spoken:
            # The words that began this turn came without an id: what is reported of it brings the id.
            return self._replace(turn_id=turn_id, ids=self._kept(turn_id, self.now)), self.now
        return self._begin(turn_id, told=True, key_at=key_at)

    def _begin(self, turn_id: str, *, told: bool, key_at: datetime | None = None) -> tuple["Turns", Turn]:
        turn = self._next(told=told)
        ids = self._kept(turn_id, turn) if turn_id else self.ids
        return Turns(turn, turn_id, ids, self.told or told, key_at), turn

    def _next(self, *, told: bool) -> Turn:
        """What was counted before anybody was known to speak counts for nothing once somebody is."""
        first = told and not self.told
        return Turn(self.now.place + 1, 1 if first else self.now.number + 1)

    def _kept(self, turn_id: str, turn: Turn) -> tuple[tuple[str, Turn], ...]:
        return (*self.ids, (turn_id, turn))[-MAX_KEPT:]
