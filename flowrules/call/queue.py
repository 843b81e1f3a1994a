"""Events that wait while a plan runs."""

from dataclasses import dataclass
from datetime import datetime

from flowrules.engine.event import Event


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that was reported at this time, under this ticket."""

    ticket: int
    event: Event
    since: datetime


class Queue:
    """`urgent` ones pass the others. `beside`: urgent ones whose steps run before an ending that is decided already."""

    __slots__ = ("beside", "ordinary", "urgent")

    def __init__(self) -> None:
        self.beside: tuple[Waiting, ...] = ()
        self.urgent: tuple[Waiting, ...] = ()
        self.ordinary: tuple[Waiting, ...] = ()

    def fork(self) -> "Queue":
        twin = Queue()
        twin.beside, twin.urgent, twin.ordinary = self.beside, self.urgent, self.ordinary
        return twin

    @property
    def all(self) -> tuple[Waiting, ...]:
        """In the order in which their turns come."""
        return (*self.beside, *self.urgent, *self.ordinary)

    def next_beside(self) -> Waiting | None:
        first, self.beside = _split(self.beside)
        return first

    def next_urgent(self) -> Waiting | None:
        """What was to run beside an ending that is gone has its turn all the same."""
        if self.beside:
            return self.next_beside()
        first, self.urgent = _split(self.urgent)
        return first

    def next_ordinary(self) -> Waiting | None:
        first, self.ordinary = _split(self.ordinary)
        return first

    def flush(self) -> tuple[Waiting, ...]:
        """All of them, which wait no longer."""
        waiting = self.all
        self.beside = self.urgent = self.ordinary = ()
        return waiting


def _split(waiting: tuple[Waiting, ...]) -> tuple[Waiting | None, tuple[Waiting, ...]]:
    return (waiting[0], waiting[1:]) if waiting else (None, ())
