"""What goes wrong on purpose: by a script that is consumed in order, and by rate.

A script is exact (this verb, this call, this often); a rate is for long runs. Whether a rate strikes depends on its
seed, the call and how many requests the call has made, not on how calls interleave.
"""

import random
from dataclasses import dataclass
from typing import Annotated, Literal

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
    times: int = Field(default=1, ge=1)
    seconds: float = Field(default=0.5, ge=0)


AnyFault = Annotated[Fault | FrameFault, Field(discriminator="kind")]


class FaultRate(BaseModel):
    """Strike this share of requests with one of the faults, chosen evenly."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rate: float = Field(ge=0, le=1)
    seed: int = 0
    faults: tuple[Fault, ...] = Field(min_length=1)


@dataclass(slots=True)
class _Pending:
    fault: Fault
    skip: int
    times: int


@dataclass(slots=True)
class _PendingFrame:
    fault: FrameFault
    times: int


class Faults:
    """The script and the rate that stand at present."""

    def __init__(self) -> None:
        self._script: list[_Pending] = []
        self._frames: list[_PendingFrame] = []
        self._requests: dict[str, int] = {}
        self.rate: FaultRate | None = None

    def add(self, *faults: Fault | FrameFault) -> None:
        for fault in faults:
            if isinstance(fault, Fault):
                self._script.append(_Pending(fault, fault.skip, fault.times))
            else:
                self._frames.append(_PendingFrame(fault, fault.times))

    def clear(self) -> None:
        self._script.clear()
        self._frames.clear()
        self.rate = None

    def strike(self, call_id: str, verb: str) -> Fault | None:
        """The fault of this request, consumed."""
        count = self._requests[call_id] = self._requests.get(call_id, 0) + 1
        for pending in self._script:
            fault = pending.fault
            if fault.verb not in (None, verb) or fault.call_id not in (None, call_id):
                continue
            if pending.skip:
                pending.skip -= 1
                continue
            pending.times -= 1
            if not pending.times:
                self._script.remove(pending)
            return fault
        if self.rate is not None:
            chance = random.Random(f"{self.rate.seed}:{call_id}:{count}")  # noqa: S311 (a test's dice)
            if chance.random() < self.rate.rate:
                return chance.choice(self.rate.faults)
        return None

    def strike_frame(self, call_id: str, frame: str) -> FrameFault | None:
        """The fault of this frame, consumed."""
        for pending in self._frames:
            fault = pending.fault
            if fault.frame not in (None, frame) or fault.call_id not in (None, call_id):
                continue
            pending.times -= 1
            if not pending.times:
                self._frames.remove(pending)
            return fault
        return None
