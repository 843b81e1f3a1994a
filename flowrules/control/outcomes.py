"""What became of a verb: accepted, refused with a reason, unknown, or never sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, assert_never

from flowrules.control.envelope import Answer, detail, is_platforms, parse, read_success
from flowrules.control.redaction import redact_data


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


_GO_ELSEWHERE = frozenset({301, 307, 308})
"""Redirects that ask for the same request at another address: it was not carried out. Nothing follows them."""
NOT_THE_PLATFORMS = "the answer is not the platform's: is base_url right?"


def answered(status: int, body: bytes, attempts: int, call_id: str, *, strict: bool = False) -> Receipt:
    """The receipt for an answer to a verb of this call; `strict`: one whose answer tells whether the call has ended.

    A 2xx is accepted where its body is the platform's envelope and names this call. An empty object, which says nothing
    else, will do where nothing hangs on it for the call's end. A 4xx is refused, with the reason that its status stands
    for. Anything else is unknown: whoever answered, the verb may have acted. A 503 in the platform's own words is
    `unavailable`, so that the branch which rules write for it runs; all else that is unknown is `timeout`.
    """
    reply = parse(body)
    if 200 <= status < 300:
        return _after_success(status, reply, attempts, call_id, strict)
    code, message = detail(reply)
    message = message or f"the platform answered {status}"
    if status in _GO_ELSEWHERE:
        return Receipt(
            Status.REFUSED,
            Reason.REFUSED,
            status,
            code,
            f"a redirect ({status}): {NOT_THE_PLATFORMS}",
            {},
            attempts,
        )
    if not 400 <= status < 500 or status == 408:
        unknown = _unknown(message, attempts, status, code)
        return replace(unknown, reason=Reason.UNAVAILABLE) if _cannot_now(status, reply) else unknown
    reason = _BY_STATUS.get(status, Reason.REFUSED)
    if status == 429 and code == MAX_CONCURRENT:
        reason = Reason.AT_CAPACITY
    if status == 409 and not is_platforms(status, reply, call_id):
        # Whoever says so, it is not the platform's word that the session is over.
        reason = Reason.REFUSED
    return Receipt(Status.REFUSED, reason, status, code, message, attempts=attempts)


def _cannot_now(status: int, reply: object) -> bool:
    """Whether the platform itself says that it can't do it now (503; RFC 9110, 15.6.4)."""
    return status == 503 and is_platforms(status, reply, "")


def _after_success(status: int, reply: object, attempts: int, call_id: str, strict: bool) -> Receipt:
    answer = read_success(reply, call_id)
    if answer is Answer.YES or (answer is Answer.NOTHING and not strict):
        result = reply.get("result") if isinstance(reply, dict) else None
        return Receipt(
            Status.ACCEPTED,
            http_status=status,
            result=redact_data(result) if isinstance(result, dict) else {},
            attempts=attempts,
        )
    match answer:
        case Answer.NO:
            code, message = detail(reply)
            message = message or "the platform answered that it was not done"
            return Receipt(Status.REFUSED, Reason.REFUSED, status, code, message, attempts=attempts)
        case Answer.ANOTHER_CALL:
            return _unknown("the answer names another call", attempts, status)
        case Answer.FOREIGN | Answer.NOTHING:
            return _unknown(NOT_THE_PLATFORMS, attempts, status)
        case _:
            assert_never(answer)


def _unknown(message: str, attempts: int, status: int | None = None, code: str = "") -> Receipt:
    return Receipt(
        Status.UNKNOWN, Reason.TIMEOUT, status, code, message, attempts=attempts, may_have_acted=True
    )


def no_answer(message: str, attempts: int) -> Receipt:
    return _unknown(message, attempts)


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
