"""What can be switched in the sandbox: where the platform's own settings differ, or its pages do."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from flowrules.sandbox.limits import Counting
from flowrules.sandbox.tokens import REFRESHED, TokenLifetime

Subprotocol = Literal["audio.drachtio.org", "audio.jambonz.org"]
Audio = Literal["pcma", "pcm_s16le", "none"]


class Settings(BaseModel):
    """A voice agent's settings under their names on the platform, then the switches of the double."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ws_url: str | None = Field(default=None, pattern=r"^wss?://")
    """The agent's WebSocket. None: calls are opened without one."""
    auth_token: SecretStr | None = None
    """Sent to the agent as `Authorization: Bearer`."""
    subprotocol: Subprotocol = "audio.drachtio.org"
    token_lifetime: TokenLifetime = REFRESHED
    ws_disconnect_action: Literal["hangup", "transfer_to_queue"] = "hangup"
    audio: Audio = "pcma"
    """20 ms frames of silence: G.711 A-law at 8,000 Hz, 16-bit PCM at 16,000 Hz, or no frames at all (a thousand
    calls' frames fill a processor)."""

    enforce_keys: bool = True
    """Whether a replay of (call, Idempotency-Key) gets the first answer. False: it acts again."""
    rate_counting: Counting = "fixed_window"
    requests_per_second: int = Field(default=10, gt=0)
    """For each call, how it is counted and how much; a change is for the calls that are opened from then on."""
    tenant_requests_per_minute: int = Field(default=600, gt=0)
    """For each tenant key that is issued from now on."""
    send_retry_after: bool = True
    foreign_call_status: Literal[403, 404] = 404
    """For another tenant's call. One page says 403, another 404."""
    conference_leave_ends: bool = False
    frame_keys: Literal["snake", "camel"] = "snake"
    """How frames spell their keys: `type`, `call_id`, `callback_token`, flat; or `event`, `callId`, `token`, nested."""
