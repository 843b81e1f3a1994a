"""What became of a verb: accepted, refused with a reason, unknown, or never sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import pydantic_core

from flowrules.control.redaction import redact


class Status(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """The request went out and no answer came. It may have acted."""
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


MAX_CONCURRENT = "max_concurrent_exceeded"

_BY_STATUS = {
    401: Reason.UNAUTHORISED,
    403: Reason.NOT_ALLOWED,
    404: Reason.NOT_FOUND,
    409: Reason.ENDED,
    424: Reason.NOT_CONFIGURED,
    429: Reason.LIMITED,
}


_SAYS_NOTHING = frozenset(
    {Reason.UNAUTHORISED, Reason.LIMITED, Reason.AT_CAPACITY, Reason.UNAVAILABLE, Reason.TIMEOUT, Reason.LATE}
)
"""Reasons that tell nothing about an earlier attempt at the same verb."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One step's outcome. `reason` is None only where nothing failed.

    `result` is the reply's own object, {} where it had none. `attempts` counts the requests that went out.
    `may_have_acted` is True where the platform may have done it all the same: unknown, or answered with a 5xx.
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
    def went_well(self) -> bool:
        """Accepted, or as good as: in a run that sends nothing everything goes well."""
        return self.status in (Status.ACCEPTED, Status.WITHHELD)


def answered(status: int, body: bytes, attempts: int) -> Receipt:
    """The receipt for an answer. 2xx is accepted whatever the body looks like; anything that is no 2xx, a redirect
    included, is refused, with the reason that its status stands for."""
    reply = _parse(body)
    if 200 <= status < 300:
        result = reply.get("result")
        return Receipt(
            Status.ACCEPTED,
            http_status=status,
            result=result if isinstance(result, dict) else {},
            attempts=attempts,
        )
    code, message = _detail(reply)
    reason = Reason.UNAVAILABLE if status >= 500 else _BY_STATUS.get(status, Reason.REFUSED)
    if status == 429 and code == MAX_CONCURRENT:
        reason = Reason.AT_CAPACITY
    return Receipt(
        Status.REFUSED,
        reason,
        status,
        code,
        message or f"the platform answered {status}",
        attempts=attempts,
        may_have_acted=status >= 500,
    )


def no_answer(message: str, attempts: int) -> Receipt:
    return Receipt(Status.UNKNOWN, Reason.TIMEOUT, message=message, attempts=attempts, may_have_acted=True)


def after_unknown(latest: Receipt) -> Receipt:
    """The receipt of a repeated attempt whose forerunner may have acted: unless this one tells, it is unknown still.

    With keys enforced, an attempt that had acted would have been answered again with its own 2xx, so any other answer
    that judges the verb itself says that it had not.
    """
    if latest.status is Status.ACCEPTED or latest.reason not in _SAYS_NOTHING:
        return latest
    return replace(latest, status=Status.UNKNOWN, reason=Reason.TIMEOUT, may_have_acted=True)


def not_sent(reason: Reason, message: str, attempts: int = 0) -> Receipt:
    """Refused on this side, or never got through."""
    return Receipt(Status.REFUSED, reason, message=message, attempts=attempts)


def dropped(message: str, attempts: int = 0) -> Receipt:
    return Receipt(Status.DROPPED, message=message, attempts=attempts)


def _parse(body: bytes) -> dict[str, Any]:
    try:
        reply = pydantic_core.from_json(body) if body else {}
    except ValueError:
        return {}
    return reply if isinstance(reply, dict) else {}


def _detail(reply: Mapping[str, Any]) -> tuple[str, str]:
    """Code and text of an error. The platform has three shapes: a text, `{code, message}`, and a list of
    `{loc, msg, type}`."""
    match reply.get("detail"):
        case str(text):
            return "", _short(text)
        case {"code": str(code), **rest}:
            return _short(code), _short(str(rest.get("message", code)))
        case [*problems]:
            return "", _short("; ".join(_problem(problem) for problem in problems[:5]))
    return "", ""


def _problem(problem: object) -> str:
    if not isinstance(problem, dict):
        return str(problem)
    loc = problem.get("loc")
    place = ".".join(str(part) for part in loc if part != "body") if isinstance(loc, list) else ""
    return f"{place}: {problem.get('msg', '')}" if place else str(problem.get("msg", ""))


def _short(text: str) -> str:
    """What a stranger wrote, fit for a log line; anything like a token is cut."""
    return redact("".join(c if c.isprintable() else " " for c in text[:300]))
