"""What became of a verb: accepted, refused with a reason, unknown, or never sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """The request went out, and no answer of the platform says what became of it. It may have acted."""
    DROPPED = "dropped"
    """Decided, and not sent: the call ended, an urgent rule came, a limit was reached."""
    WITHHELD = "withheld"
    """A dry or shadow run: it would have been sent."""


class Reason(StrEnum):
    """Why a step failed: the words that `if it fails because …` takes."""

    REFUSED = "refused"
    UNAUTHORISED = "unauthorised"
    NOT_ALLOWED = "not_allowed"
    NOT_FOUND = "not_found"
    ENDED = "ended"
    NOT_CONFIGURED = "not_configured"
    AT_CAPACITY = "at_capacity"
    LIMITED = "limited"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    LATE = "late"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class Receipt:
    """One step's outcome. `reason` is None only where nothing failed.

    `result` is the reply's own object, {} where it had none. `attempts` counts the requests that went out.
    `may_have_acted` is True where the platform may have done it all the same: the status is unknown.
    """

    status: Status
    reason: Reason | None = None
    http_status: int | None = None
    code: str = ""
    message: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)
    attempts: int = 0
    may_have_acted: bool = False

    @property
    def left(self) -> bool:
        """Whether a request went out; in a run that sends nothing, whether one would have."""
        return self.attempts > 0 or self.status is Status.WITHHELD

    @property
    def went_well(self) -> bool:
        """Accepted, or as good as: in a run that sends nothing everything goes well."""
        return self.status in (Status.ACCEPTED, Status.WITHHELD)


def unknown(message: str, attempts: int, status: int | None = None, code: str = "") -> Receipt:
    """Sent, and nobody knows whether it acted."""
    return Receipt(
        Status.UNKNOWN, Reason.TIMEOUT, status, code, message, attempts=attempts, may_have_acted=True
    )


def no_answer(message: str, attempts: int) -> Receipt:
    return unknown(message, attempts)


def not_sent(reason: Reason, message: str, attempts: int = 0) -> Receipt:
    """Refused on this side, or never got through."""
    return Receipt(Status.REFUSED, reason, message=message, attempts=attempts)


def dropped(message: str, attempts: int = 0) -> Receipt:
    return Receipt(Status.DROPPED, message=message, attempts=attempts)
