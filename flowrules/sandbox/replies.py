"""The platform's answers: the envelope of a success, and the three shapes of a refusal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from flowrules.sandbox.clock import iso
from flowrules.sandbox.faults import Fault
from flowrules.sandbox.limits import Verdict
from flowrules.sandbox.tokens import redact


@dataclass(frozen=True, slots=True)
class Reply:
    """A response of the platform. With a fault, it also says how the delivery fails."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: Fault | None = None

    @property
    def error(self) -> str | None:
        """A short name of the refusal, for the ledger."""
        detail = self.body.get("detail") if isinstance(self.body, dict) else None
        match detail:
            case {"code": str(code)}:
                return code
            case [{"msg": str(msg)}, *_]:
                return msg
            case str():
                return detail
        return None


def plain(status: int, message: str) -> Reply:
    """`{"detail": "text"}`"""
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return Reply(status, {"detail": message}, headers)


def coded(status: int, code: str, message: str, *, retry_after: int | None = None) -> Reply:
    """`{"detail": {"code", "message"}}`"""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Reply(status, {"detail": {"code": code, "message": message}}, headers)


def invalid(*problems: tuple[Sequence[str | int], str, str]) -> Reply:
    """A 422 response with FastAPI's list, each entry (loc, msg, type). It repeats field names and nothing else of
    the request."""
    detail = [
        {
            "loc": [redact(part) if isinstance(part, str) else part for part in loc],
            "msg": redact(msg),
            "type": kind,
        }
        for loc, msg, kind in problems
    ]
    return Reply(422, {"detail": detail})


def invalid_fields(error: ValidationError, place: str = "body") -> Reply:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return invalid(*(((place, *problem["loc"]), problem["msg"], problem["type"]) for problem in found))


def limited(verdict: Verdict, *, send_retry_after: bool) -> Reply:
    reply = plain(429, "Rate limit exceeded")
    if not send_retry_after:
        return reply
    return Reply(429, reply.body, {"Retry-After": str(verdict.retry_after_seconds)})


def rate_headers(verdict: Verdict) -> dict[str, str]:
    return {"X-RateLimit-Limit": str(verdict.limit), "X-RateLimit-Remaining": str(verdict.remaining)}


def dispatched(call_id: str, result: dict[str, Any], now: float) -> dict[str, Any]:
    return {"ok": True, "call_id": call_id, "dispatched_at": iso(now), "result": result}
