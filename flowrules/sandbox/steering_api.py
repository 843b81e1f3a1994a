"""The sandbox's own routes under /sandbox: Steering over HTTP. They ask for no credential; keep them on loopback.

Web pages are turned away: whoever has one open in a browser on this machine would let it open calls and make keys."""

from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json
from starlette.requests import Request
from starlette.routing import Route

from flowrules.sandbox import replies
from flowrules.sandbox.api import body_of
from flowrules.sandbox.calls import Call
from flowrules.sandbox.clock import iso
from flowrules.sandbox.controls import SandboxControls
from flowrules.sandbox.delivery import Delivery
from flowrules.sandbox.faults import AnyFault, Closing, FaultRate
from flowrules.sandbox.platform import HOME, CallRequest
from flowrules.sandbox.replies import Reply
from flowrules.sandbox.request_origin import refusal_of_page
from flowrules.sandbox.settings import Settings
from flowrules.sandbox.tokens import CONTROL


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class _Wind(_Body):
    advance_seconds: float = Field(ge=0, le=10 * 365 * 86_400)


class _Close(_Body):
    how: Closing = "close"


class _Faults(_Body):
    """`clear` comes first; a `rate` that is given, null included, replaces the one that stands."""

    clear: bool = False
    script: tuple[AnyFault, ...] = ()
    rate: FaultRate | None = None


class _CallFaults(_Body):
    script: tuple[AnyFault, ...]


class _Key(_Body):
    tenant: str = HOME
    scopes: tuple[str, ...] = (CONTROL,)
    per_minute: int | None = Field(default=None, gt=0)
    environment: Literal["live", "test"] = "test"


class _Frames(_Body):
    frames: tuple[dict[str, Any], ...]


Form = TypeVar("Form", bound=BaseModel)
Handler = Callable[[SandboxControls, Request], Awaitable[Reply]]


def routes(steering: SandboxControls) -> list[Route]:
    def route(path: str, method: str, handler: Handler) -> Route:
        async def endpoint(request: Request) -> Delivery:
            return Delivery(refusal_of_page(request) or await handler(steering, request))

        return Route(f"/sandbox{path}", endpoint, methods=[method])

    return [
        route("/calls", "POST", _open_call),
        route("/calls", "GET", _list_calls),
        route("/calls/{call_id}", "GET", _show_call),
        route("/calls/{call_id}/frames", "POST", _send_frames),
        route("/calls/{call_id}/refresh", "POST", _refresh),
        route("/calls/{call_id}/close", "POST", _close),
        route("/calls/{call_id}/faults", "POST", _call_faults),
        route("/faults", "POST", _faults),
        route("/clock", "POST", _wind),
        route("/ledger", "GET", _ledger),
        route("/settings", "POST", _configure),
        route("/tenant_keys", "POST", _add_key),
    ]


async def _read(request: Request, form: type[Form], *, alone: str | None = None) -> Form | Reply:
    """The body as `form`. An empty one is `{}`; one that lacks the key `alone` is taken as that key's value."""
    raw = await body_of(request)
    if isinstance(raw, Reply):
        return raw
    try:
        body = from_json(raw) if raw.strip() else {}
    except ValueError:
        return replies.invalid((("body",), "JSON decode error", "json_invalid"))
    if alone is not None and not (isinstance(body, dict) and form.model_fields.keys() >= body.keys()):
        body = {alone: body if isinstance(body, list) else [body]}
    try:
        return form.model_validate(body)
    except ValidationError as error:
        return replies.invalid_fields(error)


def _call(steering: SandboxControls, request: Request) -> Call | Reply:
    call = steering.platform.calls.get(request.path_params["call_id"])
    return replies.plain(404, "No such call") if call is None else call


async def _open_call(steering: SandboxControls, request: Request) -> Reply:
    form = await _read(request, CallRequest)
    if isinstance(form, Reply):
        return form
    opened = await steering.open(form)
    if isinstance(opened, str):
        return replies.invalid((("body",), opened, "value_error"))
    body = {
        "call_id": opened.call_id,
        "callback_token": opened.callback_token,
        "metadata": opened.metadata,
        "websocket": opened.websocket,
        "dial_error": opened.dial_error,
    }
    return Reply(200, body)


async def _list_calls(steering: SandboxControls, request: Request) -> Reply:
    calls = steering.platform.calls.values()
    return Reply(200, {"calls": [{"call_id": call.call_id, "outcome": call.outcome} for call in calls]})


async def _show_call(steering: SandboxControls, request: Request) -> Reply:
    call = _call(steering, request)
    if isinstance(call, Reply):
        return call
    body = {
        "call_id": call.call_id,
        "tenant": call.tenant,
        "started_at": iso(call.started_at),
        "outcome": call.outcome,
        "state": call.describe(),
        "websocket": "open" if steering.websocket_open(call.call_id) else "none",
        "frames_sent": call.frames_sent,
        "ledger": [entry.as_json() for entry in steering.ledger(call.call_id)],
    }
    return Reply(200, body)


async def _send_frames(steering: SandboxControls, request: Request) -> Reply:
    """One frame, or a list of them."""
    call = _call(steering, request)
    form = await _read(request, _Frames, alone="frames")
    if isinstance(call, Reply):
        return call
    if isinstance(form, Reply):
        return form
    sent = [steering.send_frame(call.call_id, frame) for frame in form.frames]
    return Reply(200, {"sent": sum(sent)})


async def _refresh(steering: SandboxControls, request: Request) -> Reply:
    call = _call(steering, request)
    if isinstance(call, Reply):
        return call
    sent = steering.websocket_open(call.call_id)
    return Reply(200, {"callback_token": steering.refresh(call.call_id), "sent": sent})


async def _close(steering: SandboxControls, request: Request) -> Reply:
    call = _call(steering, request)
    form = await _read(request, _Close)
    if isinstance(call, Reply):
        return call
    if isinstance(form, Reply):
        return form
    steering.close(call.call_id, form.how)
    return Reply(200, {"outcome": call.outcome})


async def _call_faults(steering: SandboxControls, request: Request) -> Reply:
    call = _call(steering, request)
    form = await _read(request, _CallFaults, alone="script")
    if isinstance(call, Reply):
        return call
    if isinstance(form, Reply):
        return form
    steering.add_faults(*(fault.model_copy(update={"call_id": call.call_id}) for fault in form.script))
    return Reply(200, {"faults": len(form.script)})


async def _faults(steering: SandboxControls, request: Request) -> Reply:
    form = await _read(request, _Faults, alone="script")
    if isinstance(form, Reply):
        return form
    if form.clear:
        steering.clear_faults()
    steering.add_faults(*form.script)
    if "rate" in form.model_fields_set:
        steering.set_fault_rate(form.rate)
    return Reply(200, {"faults": len(form.script)})


async def _wind(steering: SandboxControls, request: Request) -> Reply:
    form = await _read(request, _Wind)
    if isinstance(form, Reply):
        return form
    steering.advance(form.advance_seconds)
    return Reply(200, {"now": iso(steering.platform.clock.now())})


async def _ledger(steering: SandboxControls, request: Request) -> Reply:
    return Reply(200, {"entries": [entry.as_json() for entry in steering.ledger()]})


async def _configure(steering: SandboxControls, request: Request) -> Reply:
    """Settings to change; the others stay. Answers with those that are no secret."""
    form = await _read(request, Settings)
    if isinstance(form, Reply):
        return form
    steering.configure(**{name: getattr(form, name) for name in form.model_fields_set})
    return Reply(200, steering.platform.settings.model_dump(exclude={"auth_token"}))


async def _add_key(steering: SandboxControls, request: Request) -> Reply:
    form = await _read(request, _Key)
    if isinstance(form, Reply):
        return form
    key = steering.add_tenant_key(form.tenant, form.scopes, form.per_minute, form.environment)
    return Reply(200, {"tenant_key": key})
