"""A receiver of the platform's webhooks that tells live calls what happened to them.

Two signature schemes are in use: `X-Yotel-Timestamp` beside `X-Yotel-Signature: sha256=<hex>[,sha256=<hex>]`, and
`X-Yotel-Signature: t=<unix>,v0=<hex>` for AI sessions. Both are HMAC-SHA256 over "<time>." and the raw body, and hold
for five minutes. Deliveries come at least once and in no order: an event's id makes a repeated one count once. In a
fleet they may come to any host.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from flowrules import BadEvent, CallSession, Engine, FleetUnavailable
from flowrules.runtime.fleet_member import FleetMember
from flowrules.runtime.reports import BadReport, read_report

WINDOW = 300
"""Seconds that a delivery may be old, or come from a clock that is ahead."""
MAX_BODY = 256 * 1024


def is_genuine(secret: SecretStr, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Was this delivery signed with the secret, in either scheme, and not too long ago?"""
    stamp, signatures = _signed(headers)
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 15) or abs(now - int(stamp)) > WINDOW:
        return False
    wanted = hmac.new(
        secret.get_secret_value().encode(), stamp.encode() + b"." + body, hashlib.sha256
    ).hexdigest()
    found = [hmac.compare_digest(one.encode(), wanted.encode()) for one in signatures]
    return any(found)


def _signed(headers: Mapping[str, str]) -> tuple[str, list[str]]:
    """The time and the signatures that the headers show."""
    pairs = [part.strip().partition("=") for part in headers.get("x-yotel-signature", "").split(",")]
    stamp = next((value for name, _, value in pairs if name == "t"), headers.get("x-yotel-timestamp", ""))
    return stamp, [value for name, _, value in pairs if name in ("sha256", "v0")]


class Receiver:
    """`app` takes the deliveries at `/webhooks`. 2xx: taken, or of no interest. 401: not genuine. 400: unreadable.
    503: not taken, and to be delivered again."""

    def __init__(self, engine: Engine, secret: SecretStr, now: Callable[[], float] = time.time) -> None:
        self.engine, self.secret, self.now = engine, secret, now
        self.app = Starlette(routes=[Route("/webhooks", self.receive, methods=["POST"])])

    async def receive(self, request: Request) -> Response:
        body = bytearray()
        try:
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY:
                    return JSONResponse({"detail": "too large"}, 413)
        except ClientDisconnect:
            return JSONResponse({"detail": "broken off"}, 400)
        if not is_genuine(self.secret, request.headers, bytes(body), self.now()):
            return JSONResponse({"detail": "the signature is missing, wrong or too old"}, 401)
        try:
            delivery = json.loads(body)
            kind = str(delivery.get("type") or delivery["event_type"])
            event_id = str(delivery.get("id") or delivery["event_id"])
            data = dict(delivery.get("data") or {})
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return JSONResponse({"detail": "no event that can be read"}, 400)
        call_id, taken = str(data.get("call_id", "")), False
        if kind.startswith("ai_session."):
            if (call := self.engine.calls.get(call_id)) is not None:
                taken = await tell(call, kind, event_id, data)
            elif self.engine.fleet is not None:
                try:
                    taken = await pass_on(self.engine.fleet, call_id, kind, event_id, data)
                except FleetUnavailable as error:
                    return JSONResponse({"detail": str(error)}, 503)
        return JSONResponse({"ok": True, "taken": taken})


async def tell(call: CallSession, kind: str, event_id: str, data: Mapping[str, Any]) -> bool:
    """`ai_session.transferred` with `{"outcome": …}` is the event `ai_session.transferred` with the fact
    `ai_session.outcome`. An ended session closes the call."""
    try:
        waiting = call.post(kind, facts={"ai_session": dict(_plain(data))}, event_id=event_id)
    except (BadEvent, RecursionError):
        return False
    if kind == "ai_session.ended":
        await call.close("the platform says that the session has ended")
    elif waiting.done():
        return waiting.result().status != "call over"
    return True


async def pass_on(
    fleet: FleetMember, call_id: str, kind: str, event_id: str, data: Mapping[str, Any]
) -> bool:
    """The same, for a call that another host of the fleet may have. Raises FleetUnavailable."""
    event: dict[str, Any] = {
        "event_id": event_id,
        "events": [kind],
        "facts": {"ai_session": dict(_plain(data))},
    }
    reports = [event, {"signal": "close"}] if kind == "ai_session.ended" else [event]
    taken = False
    for one in reports:
        try:
            outcome = await fleet.take(read_report(json.dumps({"call_id": call_id, **one})))
        except (BadReport, RecursionError):
            return False
        taken = taken or outcome.get("status") not in ("late", "call over", "refused")
    return taken


def _plain(data: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """What a rule could ask for; lists of log entries and the like are left out."""
    for name, value in data.items():
        if isinstance(value, Mapping):
            yield name, dict(_plain(value))
        elif isinstance(value, str | int | float | bool):
            yield name, value
