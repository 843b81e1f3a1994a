"""The platform's double in the same process, and the way there: a request meets its fate on it, and no socket."""

from collections.abc import Callable, Mapping
from typing import Any

import pydantic_core
from pydantic import SecretStr

from flowrules.chaos.setup import Setup
from flowrules.chaos.simulated.fates import Fate, Fates
from flowrules.chaos.simulated.world import START, World
from flowrules.control.attempts import Attempt, Exchanged
from flowrules.control.retry import retry_after_seconds
from flowrules.control.wire import Timeouts
from flowrules.language.values import Value
from flowrules.runtime.calls.frames import Metadata, read_frame
from flowrules.sandbox import dispatch
from flowrules.sandbox.calls import Call
from flowrules.sandbox.clock import Clock
from flowrules.sandbox.faults import Closing, Fault, Faults
from flowrules.sandbox.platform import CallRequest, Platform
from flowrules.sandbox.replies import Reply
from flowrules.sandbox.settings import Settings

_FACTS: dict[str, Mapping[str, Value]] = {}
"""What first frames tell, by how their keys are spelt."""
_CONNECTED_IN = 0.02
"""Seconds after which it is known that there is no connection."""


class _ByFate(Faults):
    """What the fate of the request that has just come says."""

    def __init__(self) -> None:
        super().__init__()
        self.next: Fault | None = None

    def strike(self, call_id: str, verb: str) -> Fault | None:
        return self.next


class Line:
    """`hung_up` is told of each call that ends at the platform."""

    def __init__(self, world: World, fates: Fates, setup: Setup, timeouts: Timeouts) -> None:
        self._world = world
        self._fates = fates
        self._timeouts = timeouts
        clock = Clock(start=START.timestamp(), runs_by=world.monotonic)
        self.platform = Platform(_settings(setup), clock, self._new_id)
        self.hung_up: Callable[[Call], None] = lambda call: None
        self._faults = self.platform.faults = _ByFate()
        self._ids = 0
        self._under_way: dict[object, Callable[[], None]] = {}
        """Requests that have left and have not come."""
        self.platform.on_end = lambda call: self.hung_up(call)
        self.platform.close_websocket = self.close
        self.tenant_key = self.platform.issue_tenant_key()

    def open(self, call_id: str) -> Metadata:
        """A live call: what its first frame says. All say the same but for their ids and tokens."""
        call = self.platform.open_call(CallRequest(call_id=call_id))
        assert isinstance(call, Call), call
        token = self.platform.issue_token(call)
        keys = self.platform.settings.frame_keys
        if keys not in _FACTS:
            _FACTS[keys] = _read(self.platform.metadata_frame(call, token)).facts
        return Metadata(call_id, SecretStr(token.text), _FACTS[keys])

    def taken_over(self, call_id: str) -> Metadata:
        """A call that goes on with another process: what that has is its token."""
        return _read({**self.refresh(call_id), "type": "metadata"})

    def lives(self, call_id: str) -> bool:
        """Whether the AI's session goes on."""
        call = self.platform.calls.get(call_id)
        return call is not None and not call.ended

    def refresh(self, call_id: str) -> dict[str, Any]:
        """The frame that brings a call's next token."""
        call = self.platform.calls[call_id]
        return self.platform.refresh_frame(call, self.platform.issue_token(call))

    def close(self, call: Call, how: Closing) -> None:
        """Break the WebSocket off. Of one that is dead without a word nobody knows."""
        if how != "silent":
            self.platform.disconnected(call)

    def exchange(self, attempt: Attempt, fate: Fate, tell: Callable[[Exchanged], None]) -> None:
        """Make an attempt; `tell` what became of it when it is known."""
        world, request = self._world, attempt.request
        if fate.unreached:
            world.after(_CONNECTED_IN, lambda: tell(Exchanged(False, problem="cannot connect")), fate.lot)
            return
        incoming = dispatch.Incoming(
            request.call_id, attempt.bearer(), request.key, pydantic_core.to_json(request.body)
        )
        patience = min(self._timeouts.read, self._timeouts.whole, attempt.at_most)
        mark = object()

        def arrive() -> None:
            if self._under_way.pop(mark, None) is None:
                return
            self._faults.next = fate.fault
            reply = dispatch.control(self.platform, incoming)
            delay, exchanged = self._answer(reply, fate, patience)
            world.after(delay, lambda: tell(exchanged), fate.lot)

        self._under_way[mark] = arrive
        world.after(fate.there, arrive, fate.lot)

    def revoke(self, call_id: str, token: str) -> None:
        """The tenant makes a call's token worthless."""
        body = pydantic_core.to_json({"token": token})
        dispatch.revoke(self.platform, dispatch.Incoming(call_id, f"Bearer {self.tenant_key}", None, body))

    def let_arrive(self, luck: float) -> None:
        """Nobody waits for what is on its way any more. It comes at once, or is lost."""
        for arrive in list(self._under_way.values()):
            if luck < 0.5:
                arrive()
        self._under_way.clear()

    def _answer(self, reply: Reply, fate: Fate, patience: float) -> tuple[float, Exchanged]:
        """What the client sees of a reply, and when."""
        kind = fate.fault.kind if reply.fault is not None and fate.fault is not None else ""
        left = patience - fate.there
        if kind == "timeout":
            return left, Exchanged(True, problem="no answer in time")
        if kind == "reset":
            return fate.back, Exchanged(True, problem="the connection broke before the answer")
        delay = fate.back
        if kind == "slow" and fate.fault is not None:
            delay += fate.fault.seconds
        if delay >= left:
            return left, Exchanged(True, problem="no answer in time")
        body = pydantic_core.to_json(reply.body, inf_nan_mode="null")
        header = reply.headers.get("Retry-After")
        retry_after = None if header is None else retry_after_seconds(header, self._world.now())
        problem = ""
        if kind == "truncated":
            body, problem = body[: len(body) // 2], "the connection broke before the answer"
        elif kind == "malformed":
            body = b"<html>502 upstream" + body[: len(body) // 2]
        return delay, Exchanged(True, reply.status, body, retry_after, problem)

    def _new_id(self) -> str:
        self._ids += 1
        return f"{self._ids:012d}"


def _read(frame: dict[str, Any]) -> Metadata:
    read = read_frame(frame, first=True)
    assert isinstance(read, Metadata), read
    return read


def _settings(setup: Setup) -> Settings:
    return Settings.model_validate(setup.platform)
