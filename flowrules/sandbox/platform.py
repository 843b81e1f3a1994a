"""The platform without its wires: calls, credentials, clock, ledger. No network in here."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_core import to_json

from flowrules.sandbox import frames
from flowrules.sandbox.calls import Call, CallState, new_id
from flowrules.sandbox.clock import Clock, iso
from flowrules.sandbox.faults import AnyFault, Closing, Faults
from flowrules.sandbox.ledger import Ledger
from flowrules.sandbox.limits import FixedWindow, limiter
from flowrules.sandbox.settings import Settings
from flowrules.sandbox.tokens import (
    CONTROL,
    SESSION_TOKEN_SECONDS,
    TOKEN_SECONDS,
    WHOLE_SESSION,
    CallbackToken,
    Keyring,
    TenantKey,
    TokenLifetime,
    new_ulid,
)

HOME = "tenant_sandbox"
"""The tenant that calls belong to unless another is named."""


class CallRequest(BaseModel):
    """What a call is opened with. Everything is optional."""

    model_config = ConfigDict(extra="forbid")

    call_id: str | None = Field(default=None, pattern=r"^[\w.-]{1,64}$")
    tenant: str = Field(default=HOME, min_length=1)
    voice_agent_id: str = Field(default="va_sandbox", min_length=1)
    caller: dict[str, Any] | None = None
    lead: dict[str, Any] | None = None
    campaign: dict[str, Any] | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    """Laid over the metadata frame, objects key by key; caller, lead and campaign are short for the same."""
    dial: bool = True
    ws_url: str | None = Field(default=None, pattern=r"^wss?://")
    auth_token: SecretStr | None = None
    token_lifetime: TokenLifetime | None = None
    faults: tuple[AnyFault, ...] = ()
    """For this call only, whatever call_id they carry."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token. The text is in no repr."""

    text: str
    expires_at: float

    def __repr__(self) -> str:
        return f"Issued(expires_at={self.expires_at})"


class Platform:
    """All that the platform knows. The dialer, which holds the WebSockets, sets the two hooks: `on_end` is told of
    each call that ends, once; `close_websocket` breaks a call's WebSocket off. `new_id` names what it makes: who plays
    a run again gives the same names again."""

    def __init__(self, settings: Settings, clock: Clock, new_id: Callable[[], str] = new_id) -> None:
        self.settings = settings
        self.clock = clock
        self.new_id = new_id
        self.ledger = Ledger()
        self.keyring = Keyring()
        self.faults = Faults()
        self.calls: dict[str, Call] = {}
        self.on_end: Callable[[Call], None] = lambda call: None
        self.close_websocket: Callable[[Call, Closing], None] = lambda call, how: self.disconnected(call)
        self._session_tokens: dict[str, list[CallbackToken]] = {}

    def issue_tenant_key(
        self,
        tenant: str = HOME,
        scopes: frozenset[str] = frozenset({CONTROL}),
        per_minute: int | None = None,
        environment: Literal["live", "test"] = "test",
    ) -> str:
        """A new tenant key's text."""
        text = f"yt_{environment}_{new_ulid()}"
        limit = per_minute or self.settings.tenant_requests_per_minute
        self.keyring.add(text, TenantKey(tenant, scopes, FixedWindow(limit, 60)))
        return text

    def open_call(self, request: CallRequest) -> Call | str:
        """A live call; or, in words, why it cannot be."""
        call_id = request.call_id or str(uuid.uuid4())
        if call_id in self.calls:
            return "there is a call with this call_id"
        settings, now = self.settings, self.clock.now()
        metadata = _metadata(call_id, request, settings.audio, now)
        if len(to_json(metadata)) > frames.METADATA_LIMIT:
            return f"the metadata is longer than {frames.METADATA_LIMIT} bytes"
        call = Call(
            call_id=call_id,
            session_id=self.new_id(),
            tenant=request.tenant,
            voice_agent_id=request.voice_agent_id,
            token_lifetime=request.token_lifetime or settings.token_lifetime,
            metadata=metadata,
            started_at=now,
            limiter=limiter(settings.rate_counting, settings.requests_per_second, 1.0),
            state=CallState(lead_status=_status(metadata)),
            new_id=self.new_id,
        )
        self.calls[call_id] = call
        self.faults.add(*(fault.model_copy(update={"call_id": call_id}) for fault in request.faults))
        return call

    def issue_token(self, call: Call) -> Issued:
        """The call's next callback token. The ones before it stay valid until their own ends."""
        lasting = call.token_lifetime == WHOLE_SESSION
        expires_at = self.clock.now() + (SESSION_TOKEN_SECONDS if lasting else TOKEN_SECONDS)
        call.tokens_issued += 1
        token = CallbackToken(call.call_id, call.tokens_issued, expires_at)
        if lasting:
            self._session_tokens.setdefault(call.call_id, []).append(token)
        issued = Issued(f"yt_cb_{new_ulid()}", expires_at)
        self.keyring.add(issued.text, token)
        return issued

    def metadata_frame(self, call: Call, token: Issued) -> dict[str, Any]:
        return frames.metadata(call.metadata, token.text, iso(token.expires_at), self.settings.frame_keys)

    def refresh_frame(self, call: Call, token: Issued) -> dict[str, Any]:
        return frames.token_refresh(call.call_id, token.text, iso(token.expires_at), self.settings.frame_keys)

    def end(self, call: Call, outcome: str) -> None:
        """The AI session is over, with its first outcome. A `ws_session` token goes with it."""
        if call.ended:
            return
        call.end(outcome, self.clock.now())
        for token in self._session_tokens.pop(call.call_id, ()):
            token.revoked = True
        self.on_end(call)

    def disconnected(self, call: Call) -> None:
        """The agent's WebSocket is gone: the platform takes the caller back."""
        transfer = self.settings.ws_disconnect_action == "transfer_to_queue"
        self.end(call, "transferred_agent_queue" if transfer else "hangup")


def _metadata(call_id: str, request: CallRequest, audio: str, now: float) -> dict[str, Any]:
    base: dict[str, Any] = {
        "call_id": call_id,
        "tenant_id": request.tenant,
        "voice_agent_id": request.voice_agent_id,
        "direction": "outbound",
        "started_at": iso(now),
        "answered_by_amd": "human",
        "caller": {"number": "+911234567890", "name": "Asha Rao"},
        "called": {"number": "+912212345678"},
        "lead": {"id": "lead_1", "name": "Asha Rao", "phone": "+911234567890", "status": "connected"},
        "campaign": {"id": "campaign_1", "name": "Sandbox"},
        "audio_format": frames.AUDIO_FORMATS[audio],
    }
    short = {"caller": request.caller, "lead": request.lead, "campaign": request.campaign}
    changes = frames.merged(
        {key: value for key, value in short.items() if value is not None}, request.metadata
    )
    return {**frames.merged(base, changes), "call_id": call_id}


def _status(metadata: dict[str, Any]) -> str | None:
    lead = metadata.get("lead")
    status = lead.get("status") if isinstance(lead, dict) else None
    return status if isinstance(status, str) else None
