"""What the platform decides about one control or revoke request, and what it writes into the ledger.

In order: the body is read, the credential is told, the fences, the limits, the fields; then a scripted fault may
strike; then a replay gets its first answer, an ended session is refused, and the verb acts.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import from_json, to_json

from flowrules.sandbox import replies
from flowrules.sandbox.calls import Call, NotDone, act
from flowrules.sandbox.faults import Fault
from flowrules.sandbox.ledger import CredentialKind, Entry
from flowrules.sandbox.platform import Platform
from flowrules.sandbox.replies import Reply
from flowrules.sandbox.tokens import CONTROL, CallbackToken, Identity, TenantKey, redact
from flowrules.verbs import BY_NAME
from flowrules.verbs.model import Verb

_KINDS: dict[type, CredentialKind] = {
    CallbackToken: "callback_token",
    TenantKey: "tenant_key",
    type(None): "none",
}


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as it came over the wire. The repr leaves the credential out."""

    call_id: str
    authorization: str | None
    idempotency_key: str | None
    body: bytes

    def __repr__(self) -> str:
        return f"Incoming(call_id={self.call_id!r})"


@dataclass(frozen=True, slots=True)
class _Admitted:
    call: Call
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Carried:
    """How a verb went: the reply, and whether it acted or was a replay."""

    reply: Reply
    acted: bool = False
    replay: bool = False


class _Revocation(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)

    token: str


def control(platform: Platform, incoming: Incoming) -> Reply:
    """`POST /api/v1/ai-sessions/{call_id}/control`"""
    body = _parse(incoming.body)
    if _may_hold_tokens(incoming.body):
        body = _without_tokens(body)
    identity = platform.keyring.identify(incoming.authorization, platform.clock.now())
    admitted = _admit(platform, incoming.call_id, identity)
    if isinstance(admitted, Reply):
        return _record(platform, incoming, "control", identity, body, _Carried(admitted))
    verb = _verb(body)
    if isinstance(verb, Reply):
        return _record(platform, incoming, "control", identity, body, _Carried(verb))
    call, key = admitted.call, incoming.idempotency_key
    fault = platform.faults.strike(call.call_id, verb.event)
    carried = _with_fault(platform, call, verb, key, fault)
    if 200 <= carried.reply.status < 300:
        reply = replace(carried.reply, headers={**admitted.headers, **carried.reply.headers})
        carried = replace(carried, reply=reply)
    _record(platform, incoming, "control", identity, body, carried)
    if fault is not None:
        _aftermath(platform, call, fault)
    return carried.reply


def revoke(platform: Platform, incoming: Incoming) -> Reply:
    """`POST /api/v1/ai-sessions/{call_id}/revoke_token`: a tenant key only, and only a token of this call."""
    body = _parse(incoming.body)
    identity = platform.keyring.identify(incoming.authorization, platform.clock.now())
    shown = _without_tokens(body)

    def record(reply: Reply, *, acted: bool = False) -> Reply:
        return _record(platform, incoming, "revoke_token", identity, shown, _Carried(reply, acted))

    if isinstance(identity.credential, CallbackToken) and identity.problem is None:
        return record(replies.plain(403, "A callback token cannot revoke; use a tenant key"))
    admitted = _admit(platform, incoming.call_id, identity)
    if isinstance(admitted, Reply):
        return record(admitted)
    if isinstance(body, Reply):
        return record(body)
    try:
        wanted = _Revocation.model_validate(body)
    except ValidationError as error:
        return record(replies.invalid_fields(error))
    token = platform.keyring.find(wanted.token)
    if not isinstance(token, CallbackToken) or token.call_id != incoming.call_id:
        return record(replies.plain(403, "This token is not one of this call's"))
    token.revoked = True
    result = {"ok": True, "jti": token.jti, "revoked_until_ts": int(token.expires_at)}
    return record(Reply(200, result, admitted.headers), acted=True)


def _parse(raw: bytes) -> Any:
    """The body as JSON; a Reply where it is none."""
    try:
        return from_json(raw, allow_inf_nan=False)
    except ValueError:
        return replies.invalid((("body",), "JSON decode error", "json_invalid"))


def _may_hold_tokens(raw: bytes) -> bool:
    """JSON can write any letter as an escape."""
    return b"yt_" in raw or b"\\u" in raw


def _without_tokens(body: Any) -> Any:
    """The body with every token in it cut, so that neither the ledger nor the call's state can keep one."""
    if isinstance(body, Reply):
        return body
    text = to_json(body)
    return from_json(redact(text.decode())) if b"yt_" in text else body


def _admit(platform: Platform, call_id: str, identity: Identity) -> _Admitted | Reply:
    """Past the fences and the limits; or the refusal."""
    settings, now, credential = platform.settings, platform.clock.now(), identity.credential
    if credential is None or identity.problem is not None:
        return replies.plain(401, identity.problem or "Unknown token")
    call = platform.calls.get(call_id)
    headers: dict[str, str] = {}
    if isinstance(credential, CallbackToken):
        if credential.call_id != call_id:
            return replies.plain(403, "This token belongs to another call")
    else:
        verdict = credential.limiter.take(now)
        if not verdict.allowed:
            return replies.limited(verdict, send_retry_after=settings.send_retry_after)
        headers = replies.rate_headers(verdict)
        if CONTROL not in credential.scopes:
            return replies.plain(403, f"Missing scope {CONTROL}")
        if call is not None and call.tenant != credential.tenant:
            return replies.plain(settings.foreign_call_status, "No such call in this tenant")
    if call is None:
        return replies.plain(404, "No such call in this tenant")
    verdict = call.limiter.take(now)
    if not verdict.allowed:
        return replies.limited(verdict, send_retry_after=settings.send_retry_after)
    return _Admitted(call, headers or replies.rate_headers(verdict))


def _verb(body: Any) -> Verb | Reply:
    if isinstance(body, Reply):
        return body
    if not isinstance(body, dict):
        return replies.invalid((("body",), "Input should be a valid dictionary", "dict_type"))
    if "event" not in body:
        return replies.invalid((("body", "event"), "Field required", "missing"))
    spec = BY_NAME.get(body["event"]) if isinstance(body["event"], str) else None
    if spec is None:
        known = ", ".join(repr(name) for name in BY_NAME)
        return replies.invalid((("body", "event"), f"Input should be one of {known}", "literal_error"))
    try:
        return spec.model.model_validate(body)
    except ValidationError as error:
        return replies.invalid_fields(error)


def _with_fault(platform: Platform, call: Call, verb: Verb, key: str | None, fault: Fault | None) -> _Carried:
    # Who enforces keys looks a key up before judging the verb: a replay is not refused for what it asks.
    judged = fault is not None and fault.kind in ("refused", "no_voice_agent")
    if fault is None or (judged and _is_replay(platform, call, key)):
        return _carry_out(platform, call, verb, key)
    instead = _instead(fault)
    if instead is not None and (fault.when == "before" or fault.kind != "server_error"):
        return _Carried(replace(instead, fault=fault))
    if fault.kind in ("timeout", "reset") and fault.when == "before":
        return _Carried(Reply(0, {}, fault=fault))
    if fault.kind == "close_websocket" and fault.when == "before":
        platform.close_websocket(call, fault.how)
    carried = _carry_out(platform, call, verb, key)
    if instead is not None:
        return replace(carried, reply=replace(instead, fault=fault))
    return replace(carried, reply=replace(carried.reply, fault=fault))


def _instead(fault: Fault) -> Reply | None:
    """The refusal that a fault puts in the answer's place."""
    match fault.kind:
        case "rate_limited":
            reply = replies.plain(429, "Rate limit exceeded")
            headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            return replace(reply, headers=headers)
        case "max_concurrent":
            wait = 5 if fault.retry_after is None else fault.retry_after
            message = "The voice agent's max_concurrent is reached"
            return replies.coded(429, "max_concurrent_exceeded", message, retry_after=wait)
        case "no_voice_agent":
            return replies.coded(424, "no_voice_agent_configured", "No voice agent is configured")
        case "server_error":
            return replies.plain(fault.status or 503, "Internal error")
        case "refused":
            return replies.plain(fault.status or 400, "Refused")
    return None


def _aftermath(platform: Platform, call: Call, fault: Fault) -> None:
    if fault.kind == "close_websocket" and fault.when == "after":
        platform.close_websocket(call, fault.how)
    elif fault.kind == "clock_jump":
        platform.clock.advance(fault.seconds)


def _carry_out(platform: Platform, call: Call, verb: Verb, key: str | None) -> _Carried:
    settings, now = platform.settings, platform.clock.now()
    if key is not None and _is_replay(platform, call, key):
        return _Carried(Reply(200, call.cached[key]), replay=True)
    if call.ended:
        message = f"The AI session has ended ({call.outcome})"
        return _Carried(replies.coded(409, "ai_session_terminated", message))
    done = act(call, verb, leave_ends=settings.conference_leave_ends)
    if isinstance(done, NotDone):
        return _Carried(replies.coded(done.status, done.code, done.message))
    body = replies.dispatched(call.call_id, done.result, now)
    if key is not None:
        call.cached[key] = body
    if done.outcome is not None:
        platform.end(call, done.outcome)
    return _Carried(Reply(200, body), acted=True)


def _is_replay(platform: Platform, call: Call, key: str | None) -> bool:
    return platform.settings.enforce_keys and key in call.cached


def _record(
    platform: Platform,
    incoming: Incoming,
    request: Literal["control", "revoke_token"],
    identity: Identity,
    body: Any,
    carried: _Carried,
) -> Reply:
    reply = carried.reply
    fault = reply.fault
    verb = body.get("event") if isinstance(body, dict) and request == "control" else None
    verb = verb if isinstance(verb, str) else None
    silent = fault is not None and fault.kind in ("timeout", "reset")
    credential = identity.credential
    token = credential if isinstance(credential, CallbackToken) else None
    key = incoming.idempotency_key
    platform.ledger.append(
        Entry(
            seq=platform.ledger.next_seq,
            at=platform.clock.now(),
            wound=platform.clock.wound,
            call_id=redact(incoming.call_id),
            request=request,
            verb=verb,
            body=None if isinstance(body, Reply) else body,
            status=None if silent else reply.status,
            idempotency_key=None if key is None else redact(key),
            credential=_KINDS[type(credential)],
            token_call_id=None if token is None else token.call_id,
            token_number=None if token is None else token.number,
            acted=carried.acted,
            replay=carried.replay,
            effect=BY_NAME[verb].effect if verb in BY_NAME else None,
            error=reply.error,
            fault=None if fault is None else fault.label,
            result=reply.body.get("result", {}) if carried.acted and isinstance(reply.body, dict) else {},
        )
    )
    return reply
