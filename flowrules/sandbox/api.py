"""The platform's own routes: control, revoke, and the reads."""

from datetime import UTC, datetime

from starlette.requests import ClientDisconnect, Request
from starlette.routing import Route

from flowrules.sandbox import dispatch, replies
from flowrules.sandbox.calls import Call
from flowrules.sandbox.clock import iso
from flowrules.sandbox.delivery import Delivery
from flowrules.sandbox.dispatch import Incoming
from flowrules.sandbox.platform import Platform
from flowrules.sandbox.replies import Reply
from flowrules.sandbox.tokens import CONTROL, READ, CallbackToken, TenantKey

BODY_LIMIT = 1024 * 1024
"""Bytes of a request's body at most; more is answered with 413."""


async def body_of(request: Request) -> bytes | Reply:
    """The whole body, unless it is too long or its sender has gone."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_LIMIT:
                return replies.plain(413, "Request body too large")
    except ClientDisconnect:
        return replies.plain(400, "The request broke off")
    return bytes(body)


def routes(platform: Platform) -> list[Route]:
    async def control(request: Request) -> Delivery:
        incoming = await _incoming(request)
        if isinstance(incoming, Reply):
            return Delivery(incoming)
        return Delivery(dispatch.control(platform, incoming))

    async def revoke(request: Request) -> Delivery:
        incoming = await _incoming(request)
        if isinstance(incoming, Reply):
            return Delivery(incoming)
        return Delivery(dispatch.revoke(platform, incoming))

    async def list_sessions(request: Request) -> Delivery:
        return Delivery(_list(platform, request))

    async def get_session(request: Request) -> Delivery:
        return Delivery(_get(platform, request))

    sessions = "/api/v1/ai-sessions"
    return [
        Route(sessions + "/{call_id}/control", control, methods=["POST"]),
        Route(sessions + "/{call_id}/revoke_token", revoke, methods=["POST"]),
        Route(sessions, list_sessions),
        Route(sessions + "/{call_id}", get_session),
    ]


async def _incoming(request: Request) -> Incoming | Reply:
    body = await body_of(request)
    if isinstance(body, Reply):
        return body
    headers = request.headers
    return Incoming(
        request.path_params["call_id"], headers.get("authorization"), headers.get("idempotency-key"), body
    )


def _reader(platform: Platform, request: Request) -> tuple[TenantKey, dict[str, str]] | Reply:
    now = platform.clock.now()
    identity = platform.keyring.identify(request.headers.get("authorization"), now)
    credential = identity.credential
    if credential is None or identity.problem is not None:
        return replies.plain(401, identity.problem or "Unknown token")
    if isinstance(credential, CallbackToken):
        return replies.plain(403, "A callback token cannot read sessions; use a tenant key")
    verdict = credential.limiter.take(now)
    if not verdict.allowed:
        return replies.limited(verdict, send_retry_after=platform.settings.send_retry_after)
    if not credential.scopes & {CONTROL, READ}:
        return replies.plain(403, f"Missing scope {READ}")
    return credential, replies.rate_headers(verdict)


def _list(platform: Platform, request: Request) -> Reply:
    """Newest last; `started_after` is exclusive."""
    reader = _reader(platform, request)
    if isinstance(reader, Reply):
        return reader
    key, headers = reader
    query = request.query_params
    limit = query.get("limit", "100")
    if not limit.isascii() or not limit.isdigit() or not 1 <= int(limit[:9]) <= 1000:
        return replies.invalid((("query", "limit"), "Input should be a number from 1 to 1000", "int_parsing"))
    after = _moment(query.get("started_after", "1970-01-01T00:00:00Z"))
    if after is None:
        return replies.invalid(
            (("query", "started_after"), "Input should be a valid datetime", "datetime_parsing")
        )
    agent = query.get("voice_agent_id")
    found = [
        call.as_session()
        for call in platform.calls.values()
        if call.tenant == key.tenant and agent in (None, call.voice_agent_id) and _started(call) > after
    ]
    return Reply(200, {"items": found[: int(limit)]}, headers)


def _get(platform: Platform, request: Request) -> Reply:
    reader = _reader(platform, request)
    if isinstance(reader, Reply):
        return reader
    key, headers = reader
    call = platform.calls.get(request.path_params["call_id"])
    if call is None:
        return replies.plain(404, "No such call in this tenant")
    if call.tenant != key.tenant:
        return replies.plain(platform.settings.foreign_call_status, "No such call in this tenant")
    return Reply(200, call.as_session(), headers)


def _started(call: Call) -> datetime:
    """To the millisecond, as the reply says it: a page that begins after it does not repeat it."""
    return datetime.fromisoformat(iso(call.started_at))


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
