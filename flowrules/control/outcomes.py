"""An answer of the platform, as a receipt."""

from dataclasses import replace
from typing import assert_never

from flowrules.call.receipt import Reason, Receipt, Status, unknown
from flowrules.control.envelope import Answer, detail, is_platforms, parse, read_success
from flowrules.redaction import redact_data

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
        receipt = unknown(message, attempts, status, code)
        return replace(receipt, reason=Reason.UNAVAILABLE) if _cannot_now(status, reply) else receipt
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
            return unknown("the answer names another call", attempts, status)
        case Answer.FOREIGN | Answer.NOTHING:
            return unknown(NOT_THE_PLATFORMS, attempts, status)
        case _:
            assert_never(answer)


def after_unknown(latest: Receipt) -> Receipt:
    """The receipt of a repeated attempt whose forerunner may have acted: unless this one tells, it is unknown still.

    With keys enforced, an attempt that had acted would have been answered again with its own 2xx, so any other answer
    that judges the verb itself says that it had not.
    """
    if latest.status is Status.ACCEPTED or latest.reason not in _SAYS_NOTHING:
        return latest
    return replace(latest, status=Status.UNKNOWN, reason=Reason.TIMEOUT, may_have_acted=True)
