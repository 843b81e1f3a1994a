"""What a host, and what a record, can be."""

from enum import StrEnum


class HostState(StrEnum):
    LIVE = "live"
    DEAD = "dead"
    """No sign of life came in time. It may live all the same: then it joins again."""
    LEFT = "left"
    """It was shut down in good order."""


class RecordState(StrEnum):
    """Each change is one statement that names the state before: so two hosts never make the same one."""

    OWED = "owed"
    """Decided by its host, which is to send it."""
    SENDING = "sending"
    """Its host sends it, and nobody else may."""
    WAITING = "waiting"
    """Its host has gone without having begun to send it. Another one is to try it."""
    TRYING = "trying"
    """Another host tries it, and nobody else may."""
    DONE = "done"
    """It is known what became of it: a receipt is in a journal."""
    DROPPED = "dropped"
    """Its host did not send it, for a reason that is in its journal."""
    UNKNOWN = "unknown"
    """Whoever sent it has gone. It may have acted, and is not sent again."""
