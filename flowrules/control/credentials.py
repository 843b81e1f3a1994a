"""Tokens and keys: who may speak for which call, and until when.

Facts of the platform: a callback token is bound to one call and valid for 30 minutes, its successor comes at minute
25; with the lifetime `ws_session` it is valid for 24 hours but no longer than the WebSocket, and none follows. A
tenant key with the scope `ai_sessions:control_admin` may control every call of its tenant.
"""

import asyncio
import hashlib
import re
from collections.abc import Awaitable
from dataclasses import dataclass
from enum import StrEnum

from pydantic import SecretStr

from flowrules.control.errors import WrongCall
from flowrules.control.monotonic import Monotonic

_SENDABLE = re.compile(r"[!-~]{1,2048}", re.ASCII)
"""What a header can carry: visible ASCII, no spaces."""


class TokenLifetime(StrEnum):
    REFRESHED = "30min_with_refresh"
    WS_SESSION = "ws_session"


_LIFETIMES = {
    TokenLifetime.REFRESHED: 30 * 60.0,
    TokenLifetime.WS_SESSION: 24 * 3600.0,
}
"""In seconds."""


def is_sendable(secret: SecretStr) -> bool:
    """Whether a text can be a token at all."""
    # Never by a name of its own: a logger that prints the variables of a traceback would print the token.
    return isinstance(secret.get_secret_value(), str) and bool(_SENDABLE.fullmatch(secret.get_secret_value()))


def _check(secret: SecretStr) -> None:
    if not is_sendable(secret):
        raise ValueError("a token or key is 1 to 2048 visible ASCII characters")


@dataclass(frozen=True, slots=True)
class CallbackToken:
    """A call's own token, valid until `expires_at` (the clock's `monotonic`). The text is in no repr. Raises ValueError
    for a text that no header can carry."""

    call_id: str
    secret: SecretStr
    expires_at: float

    def __post_init__(self) -> None:
        _check(self.secret)

    @classmethod
    def received(
        cls,
        call_id: str,
        secret: SecretStr,
        at: float,
        lifetime: TokenLifetime = TokenLifetime.REFRESHED,
    ) -> "CallbackToken":
        """A token that came in a frame at `at` (monotonic)."""
        return cls(call_id, secret, at + _LIFETIMES[lifetime])

    def check(self, call_id: str) -> None:
        """Raises WrongCall for any call but its own."""
        if call_id != self.call_id:
            raise WrongCall(self.call_id, call_id)

    def authorise(self, call_id: str) -> str:
        """The Authorization header for a request about this call. Raises WrongCall for any other."""
        self.check(call_id)
        return f"Bearer {self.secret.get_secret_value()}"


@dataclass(frozen=True, slots=True)
class TenantKey:
    """A key of the whole tenant. It also has a budget of its own: 600 requests a minute unless told otherwise."""

    secret: SecretStr

    def __post_init__(self) -> None:
        _check(self.secret)

    def check(self, call_id: str) -> None:
        """A tenant key fits every call."""

    def authorise(self, call_id: str) -> str:
        """The Authorization header."""
        return f"Bearer {self.secret.get_secret_value()}"


Credential = CallbackToken | TenantKey


class CallCredentials:
    """What one call's requests are authorised with: the newest token, else the tenant key where there is one.

    The token is read for each request anew, so that a plan under way goes on with the one that has just come.
    """

    __slots__ = ("_clock", "_closed", "_fallback", "_refreshed", "_renewed", "_seen", "_token", "call_id")

    def __init__(
        self,
        call_id: str,
        clock: Monotonic,
        token: CallbackToken | None = None,
        fallback: TenantKey | None = None,
        lifetime: TokenLifetime = TokenLifetime.REFRESHED,
    ) -> None:
        self.call_id = call_id
        self._refreshed = lifetime is TokenLifetime.REFRESHED
        self._closed = False
        self._clock = clock
        self._token: CallbackToken | None = None
        self._fallback = fallback
        self._seen: tuple[bytes, ...] = ()
        self._renewed: asyncio.Event | None = None
        if token is not None:
            self.renew(token)

    @property
    def token(self) -> CallbackToken | None:
        return self._token

    def renew(self, token: CallbackToken) -> bool:
        """Take a newer token. False: it is one that this call has had before (a frame that came twice, or late).
        Raises WrongCall for a token of another call."""
        if token.call_id != self.call_id:
            raise WrongCall(token.call_id, self.call_id)
        digest = hashlib.sha256(token.secret.get_secret_value().encode()).digest()[:16]
        if digest in self._seen:
            return False
        self._seen += (digest,)
        self._token = token
        if self._renewed is not None:
            self._renewed.set()
            self._renewed = None
        return True

    def withdraw(self, token: CallbackToken | None) -> None:
        """Forget a token that was revoked. One that has come meanwhile stays."""
        if self._token is token:
            self._token = None

    def current(self) -> Credential | None:
        """The token while it is valid by the clock, then the tenant key where there is one, then the old token (the
        platform is the judge of its age)."""
        token = self._token
        if token is not None and (self._fallback is None or token.expires_at > self._clock.monotonic()):
            return token
        return self._fallback

    def other_than(self, refused: Credential | None) -> Credential | None:
        """What else may be tried after a 401 for `refused`: a newer token, or the tenant key."""
        if self._token is not None and refused is not self._token:
            return self._token
        return self._fallback if refused is not self._fallback else None

    def newest(self, chosen: Credential) -> Credential:
        """The token that has come in the place of one that was chosen before; else what was chosen."""
        return self._token if self._token is not None and isinstance(chosen, CallbackToken) else chosen

    def close(self) -> None:
        """The WebSocket is gone: no further token can come."""
        self._closed = True

    @property
    def may_be_renewed(self) -> bool:
        """Whether it makes sense to wait for a token: not after the WebSocket's close, and not in the place of one
        that lasts as long as the WebSocket."""
        return not self._closed and (self._refreshed or self._token is None)

    def renewed(self) -> Awaitable[object]:
        """What to await for the next newer token: one that comes before the awaiting begins is not missed."""
        self._renewed = self._renewed or asyncio.Event()
        return self._renewed.wait()


@dataclass(slots=True)
class Bearer:
    """What one attempt is authorised with: what was chosen for it, or the token that has come in its place by the time
    the first byte leaves. Calling it gives the Authorization header."""

    credentials: CallCredentials
    used: Credential

    def settle(self) -> Credential:
        """What goes out, now that the first byte leaves; it is in `used` from here on."""
        self.used = self.credentials.newest(self.used)
        return self.used

    def __call__(self) -> str:
        return self.settle().authorise(self.credentials.call_id)
