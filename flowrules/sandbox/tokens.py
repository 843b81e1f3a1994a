"""Credentials: what the sandbox hands out, and how it recognises them again.

Only digests are kept. A token's text leaves through the value that issuing returns, and nowhere else.
"""

import hashlib
import re
import secrets
import time
import uuid
from dataclasses import dataclass, field
from typing import Literal

from flowrules.sandbox.limits import Limiter

CONTROL = "ai_sessions:control_admin"
"""The scope a tenant key needs for controlling and for revoking (API reference, AI sessions)."""
READ = "ai_sessions:read"
"""A second scope that lets a key read. The platform's pages name none for the reads."""

TokenLifetime = Literal["30min_with_refresh", "ws_session"]
"""Thirty minutes with a successor at minute 25; or 24 hours, but not beyond the WebSocket (voice agents page)."""
REFRESHED: TokenLifetime = "30min_with_refresh"
WHOLE_SESSION: TokenLifetime = "ws_session"

TOKEN_SECONDS = 30 * 60
REFRESH_SECONDS = 25 * 60
SESSION_TOKEN_SECONDS = 24 * 60 * 60

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SHAPE = re.compile(rf"yt_cb_[{_CROCKFORD}]{{26}}|yt_(?:live|test)_\w+", re.ASCII)
_ANY_TOKEN = re.compile(r"yt_(cb|live|test)_\w+", re.ASCII)


@dataclass(slots=True)
class CallbackToken:
    """A call's own token. `number` counts the call's tokens from 1; `jti` names it without giving it away."""

    call_id: str
    number: int
    expires_at: float
    jti: str = field(default_factory=lambda: uuid.uuid4().hex)
    revoked: bool = False


@dataclass(slots=True)
class TenantKey:
    """A tenant's key, with its scopes and its own requests per minute."""

    tenant: str
    scopes: frozenset[str]
    limiter: Limiter


Credential = CallbackToken | TenantKey


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a request comes from. `problem` is the text of a 401; the credential is known all the same where it was
    good once."""

    credential: Credential | None
    problem: str | None = None


def new_ulid() -> str:
    """26 characters: 48 bits of time and 80 of chance, in Crockford's base 32."""
    number = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))


def redact(text: str) -> str:
    """The text with every token in it cut down to its prefix."""
    return _ANY_TOKEN.sub(r"yt_\1_[redacted]", text) if "yt_" in text else text


class Keyring:
    """Every credential of the sandbox, by digest."""

    def __init__(self) -> None:
        self._known: dict[bytes, Credential] = {}

    def add(self, token: str, credential: Credential) -> None:
        self._known[_digest(token)] = credential

    def find(self, token: str) -> Credential | None:
        return self._known.get(_digest(token))

    def identify(self, authorization: str | None, now: float) -> Identity:
        """Whose credential a request carries, and whether it is good at `now`."""
        scheme, _, token = (authorization or "").partition(" ")
        if not authorization:
            return Identity(None, "Missing bearer token")
        if scheme.lower() != "bearer" or not _SHAPE.fullmatch(token.strip()):
            return Identity(None, "Malformed bearer token")
        credential = self.find(token.strip())
        if credential is None:
            return Identity(None, "Unknown token")
        if isinstance(credential, CallbackToken):
            if credential.revoked:
                return Identity(credential, "Token revoked")
            if credential.expires_at <= now:
                return Identity(credential, "Token expired")
        return Identity(credential)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
