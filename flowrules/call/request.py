"""One control request: for which call, with which body, under which key."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from flowrules.engine.planning.plan import PlannedVerb
from flowrules.verbs import BY_NAME, LOOK, Effect

_NAMESPACE = uuid.UUID("6f1d8a52-5f0e-5c1b-9a0e-0b2f6a4c7d31").bytes
"""Of this project's idempotency keys, and of nothing else."""


@dataclass(frozen=True, slots=True)
class VerbRequest:
    """`POST /api/v1/ai-sessions/{call_id}/control`. `body` is the exact JSON, `key` the Idempotency-Key; None for
    reads and `log`, which carry none (the platform's client, 0.2.1). `by_host`: the host itself carries it out, so it
    goes to no platform."""

    call_id: str
    body: Mapping[str, Any] = field(repr=False)
    key: str | None
    by_host: bool = False

    @property
    def verb(self) -> str:
        return str(self.body["event"])

    @property
    def changes_state(self) -> bool:
        spec = BY_NAME.get(self.verb)
        return spec is None or spec.effect != "read"

    @property
    def ends(self) -> bool:
        """Whether it is an ending verb."""
        spec = BY_NAME.get(self.verb)
        return spec is not None and spec.effect is Effect.ENDING

    @property
    def tells_of_the_end(self) -> bool:
        """Whether its answer decides if another ending verb may follow: an ending verb, or the look that asks whether
        one before it has acted."""
        return self.ends or self.verb == LOOK.name


def idempotency_key(call_id: str, session_start: datetime, event_id: str, rule: str, path: str) -> str:
    """The same for every attempt at the same step; another one for every other step of any call. A UUID of version 5
    (RFC 9562) of what names the step, as a list in JSON."""
    session = _session(call_id, session_start, session_start.utcoffset())
    name = f"[{session},{quoted(event_id)},{quoted(rule)},{quoted(path)}]"
    digest = bytearray(hashlib.sha1(_NAMESPACE + name.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@lru_cache(maxsize=4096)
def _session(call_id: str, session_start: datetime, offset: timedelta | None) -> str:
    """`offset` tells one moment in two zones apart: they are equal, and are written differently."""
    return f"{quoted(call_id)},{quoted(session_start.isoformat())}"


def verb_request(
    planned: PlannedVerb,
    *,
    call_id: str,
    session_start: datetime,
    event_id: str,
    rule: str,
    by_host: bool = False,
) -> VerbRequest:
    """The request that a planned verb stands for."""
    key = idempotency_key(call_id, session_start, event_id, rule, planned.path) if planned.keyed else None
    return VerbRequest(call_id, planned.body, key, by_host)
