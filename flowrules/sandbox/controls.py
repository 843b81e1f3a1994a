"""What a test, a demo or a chaos run can do to the platform: open calls, wind the clock, make things go wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from flowrules.sandbox import frames
from flowrules.sandbox.calls import Call
from flowrules.sandbox.clock import Clock
from flowrules.sandbox.dialer import Dialer
from flowrules.sandbox.faults import AnyFault, Closing, FaultRate
from flowrules.sandbox.ledger import Entry
from flowrules.sandbox.platform import HOME, CallRequest, Platform
from flowrules.sandbox.settings import Settings
from flowrules.sandbox.tokens import CONTROL


@dataclass(frozen=True, slots=True)
class OpenedCall:
    """A new call. `metadata` is the frame that the agent gets first, token included, so neither is in the repr."""

    call_id: str
    callback_token: str = field(repr=False)
    metadata: dict[str, Any] = field(repr=False)
    websocket: Literal["open", "failed", "none"]
    dial_error: str | None = None


class SandboxControls:
    """The hands on a Platform and its Dialer. Unknown call ids raise KeyError."""

    def __init__(self, settings: Settings | None = None, clock: Clock | None = None) -> None:
        self.platform = Platform(settings or Settings(), clock or Clock())
        self._dialer = Dialer(self.platform)

    async def open_call(self, **fields: Any) -> OpenedCall:
        """Open a call with the fields of CallRequest; dial the agent where there is a `ws_url`.

        Raises ValueError for fields that do not fit. A failed dial is no error: `websocket` says it.
        """
        opened = await self.open(CallRequest.model_validate(fields))
        if isinstance(opened, str):
            raise ValueError(opened)
        return opened

    async def open(self, request: CallRequest) -> OpenedCall | str:
        """As open_call; a refusal is returned in words."""
        platform, settings = self.platform, self.platform.settings
        call = platform.open_call(request)
        if isinstance(call, str):
            return call
        token = platform.issue_token(call)
        metadata = platform.metadata_frame(call, token)
        url = request.ws_url or settings.ws_url
        if url is None or not request.dial:
            return OpenedCall(call.call_id, token.text, metadata, "none")
        bearer = request.auth_token or settings.auth_token
        problem = await self._dialer.dial(
            call, url, None if bearer is None else bearer.get_secret_value(), token
        )
        state: Literal["open", "failed"] = "open" if problem is None else "failed"
        return OpenedCall(call.call_id, token.text, metadata, state, problem)

    def call(self, call_id: str) -> Call:
        return self.platform.calls[call_id]

    def ledger(self, call_id: str | None = None) -> Sequence[Entry]:
        """All entries in order, or one call's."""
        return self.platform.ledger.all() if call_id is None else self.platform.ledger.of(call_id)

    def acted(self, call_id: str) -> list[str]:
        """The verbs that took effect on a call, in order; reads are left out."""
        entries = self.platform.ledger.of(call_id)
        return [
            entry.verb
            for entry in entries
            if entry.acted and entry.verb is not None and entry.effect != "read"
        ]

    async def outcome(self, call_id: str) -> str:
        """How the call ended, once it has."""
        call = self.call(call_id)
        await call.over.wait()
        assert call.outcome is not None
        return call.outcome

    def websocket_open(self, call_id: str) -> bool:
        return self._dialer.is_open(self.call(call_id))

    def refresh(self, call_id: str) -> str:
        """Send token_refresh now, where there is a WebSocket; returns the new token's text."""
        return self._dialer.refresh(self.call(call_id)).text

    def send_frame(self, call_id: str, frame: dict[str, Any]) -> bool:
        """Send any text frame. False: the call has no WebSocket."""
        return self._dialer.send(self.call(call_id), frame)

    def press(self, call_id: str, digits: str) -> None:
        """The caller presses telephone keys: one frame each."""
        for digit in digits:
            self.send_frame(call_id, frames.dtmf(digit))

    def close(self, call_id: str, how: Closing = "close") -> None:
        """Close the WebSocket; the call ends with it, unless it goes silent."""
        self._dialer.close(self.call(call_id), how)

    def advance(self, seconds: float) -> None:
        """Wind the clock; refreshes that fall due on the way are sent."""
        self.platform.clock.advance(seconds)

    def add_faults(self, *faults: AnyFault) -> None:
        self.platform.faults.add(*faults)

    def set_fault_rate(self, rate: FaultRate | None) -> None:
        self.platform.faults.rate = rate

    def clear_faults(self) -> None:
        self.platform.faults.clear()

    def configure(self, **changes: Any) -> None:
        """Change settings from now on. Raises ValueError for what Settings does not know."""
        merged = {**self.platform.settings.model_dump(), **changes}
        self.platform.settings = Settings.model_validate(merged)

    def add_tenant_key(
        self,
        tenant: str = HOME,
        scopes: Sequence[str] = (CONTROL,),
        per_minute: int | None = None,
        environment: Literal["live", "test"] = "test",
    ) -> str:
        """A further tenant key's text: another tenant, other scopes, another limit."""
        return self.platform.issue_tenant_key(tenant, frozenset(scopes), per_minute, environment)

    async def hang_up_all(self) -> None:
        """Close every WebSocket and forget what was due."""
        await self._dialer.stop()
        self.platform.clock.stop()
