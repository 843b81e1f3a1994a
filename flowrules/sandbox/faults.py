"""What goes wrong on purpose: by a script that is consumed in order, and by rate.

A script is exact (this verb, this call, this often); a rate is for long runs. Whether a rate strikes depends on its
seed, the call and how many requests the call has made, not on how calls interleave.
"""

import random
from dataclasses import dataclass
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal[
    "rate_limited",
    "max_concurrent",
    "no_voice_agent",
    "server_error",
    "refused",
    "timeout",
    "reset",
    "slow",
    "truncated",
    "malformed",
    "close_websocket",
    "clock_jump",
]

Closing = Literal["close", "abort", "silent"]
"""How a WebSocket goes: with a closing handshake, with the connection cut, or dead without a word."""


class Fault(BaseModel):
    """One fault of a control request.

    rate_limited (429), max_concurrent (429 with its code), no_voice_agent (424), refused (`status`, default 400)
    come instead of acting. server_error (`status`, default 503), timeout (no answer, ever) and reset (the connection
    breaks) come `when` said: before acting, or after it. slow answers `seconds` late; truncated stops in the middle
    of the reply and breaks the connection; malformed answers 200 with what is not JSON: these three have acted.
    close_websocket closes the call's WebSocket (`how`) before or after acting; clock_jump winds the clock by
    `seconds` once the request is done.

    It strikes the requests with its `verb` and `call_id` (None: any), leaves out the first `skip` of them, and
    strikes `times`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    when: Literal["before", "after"] = "before"
    verb: str | None = None
    call_id: str | None = None
    skip: int = Field(default=0, ge=0)
    times: int = Field(default=1, ge=1)
    status: Annotated[int, Field(ge=400, le=599)] | None = None
    retry_after: int | None = Field(default=None, ge=0)
    """429 only. None: the header is missing (max_concurrent: 5)."""
    seconds: float = Field(default=1.0, ge=0)
    how: Closing = "close"

    @property
    def target(self) -> str | None:
        return self.verb

    @property
    def label(self) -> str:
        """Its name in the ledger."""
        timed = self.kind in ("server_error", "timeout", "reset", "close_websocket")
        return f"{self.kind}_{self.when}" if timed else self.kind


class FrameFault(BaseModel):
    """One fault of a text frame on its way to the agent: sent twice, `seconds` late, or not at all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["duplicate", "late", "lost"]
    frame: str | None = None
    """`metadata`, `token_refresh`, `dtmf`, …; None: any."""
    call_id: str | None = None
    skip: int = Field(default=0, ge=0)
    times: int = Field(default=1, ge=1)
    seconds: float = Field(default=0.5, ge=0)

    @property
    def target(self) -> str | None:
        return self.frame


AnyFault = Annotated[Fault | FrameFault, Field(discriminator="kind")]


class FaultRate(BaseModel):
    """Strike this share of requests with one of the faults of requests, chosen evenly, and this share of frames with
    one of those of frames. Their `verb` or `frame` says whom they may strike; nothing is skipped or used up."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rate: float = Field(ge=0, le=1)
    seed: int = 0
    faults: tuple[AnyFault, ...] = Field(min_length=1)


F = TypeVar("F", Fault, FrameFault)


@dataclass(slots=True)
class _Pending(Generic[F]):
    fault: F
    skip: int
    times: int


class _Script(Generic[F]):
    """Faults in order, those of one call apart, so that a thousand calls' scripts cost a request nothing."""

    def __init__(self) -> None:
        self._by_call: dict[str | None, list[_Pending[F]]] = {}

    def add(self, fault: F) -> None:
        pending = _Pending(fault, fault.skip, fault.times)
        self._by_call.setdefault(fault.call_id, []).append(pending)

    def take(self, call_id: str, name: str) -> F | None:
        """The first whose turn it is, consumed. The call's own come before those of any call."""
        for owner in (call_id, None):
            waiting = self._by_call.get(owner, [])
            for pending in waiting:
                if pending.fault.target not in (None, name):
                    continue
                if pending.skip:
                    pending.skip -= 1
                    continue
                pending.times -= 1
                if not pending.times:
                    waiting.remove(pending)
                return pending.fault
        return None


class Faults:
    """The scripts and the rate that stand at present."""

    def __init__(self) -> None:
        self.clear()
        self._counts: dict[str, int] = {}

    def clear(self) -> None:
        self._requests: _Script[Fault] = _Script()
        self._frames: _Script[FrameFault] = _Script()
        self.rate: FaultRate | None = None

    def add(self, *faults: AnyFault) -> None:
        for fault in faults:
            if isinstance(fault, Fault):
                self._requests.add(fault)
            else:
                self._frames.add(fault)

    def strike(self, call_id: str, verb: str) -> Fault | None:
        """The fault of this request, consumed."""
        by_chance = self._by_chance(Fault, call_id, verb, call_id)
        return self._requests.take(call_id, verb) or by_chance

    def strike_frame(self, call_id: str, kind: str) -> FrameFault | None:
        """The fault of this frame, consumed."""
        by_chance = self._by_chance(FrameFault, call_id, kind, f"{call_id}:frame")
        return self._frames.take(call_id, kind) or by_chance

    def _by_chance(self, wanted: type[F], call_id: str, name: str, counted: str) -> F | None:
        """What the rate has in store for the next of those that are `counted` together."""
        count = self._counts[counted] = self._counts.get(counted, 0) + 1
        if self.rate is None:
            return None
        chance = random.Random(f"{self.rate.seed}:{counted}:{count}")  # noqa: S311 (a test's dice)
        fitting = [
            fault
            for fault in self.rate.faults
            if isinstance(fault, wanted) and fault.target in (None, name) and fault.call_id in (None, call_id)
        ]
        return chance.choice(fitting) if fitting and chance.random() < self.rate.rate else None
