"""Fixtures for the control client: a sandbox on loopback, a client of it, a call with its credentials."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from flowrules.call.receipt import Receipt
from flowrules.call.request import VerbRequest, idempotency_key
from flowrules.control.client import ControlClient
from flowrules.control.clock import SystemClock
from flowrules.control.credentials import CallbackToken, CallCredentials
from flowrules.control.retry import Backoff
from flowrules.control.wire import Timeouts
from flowrules.control.wires import WireChoice
from flowrules.sandbox import Sandbox

SOON = 20.0
"""Seconds: a deadline that no test is meant to reach."""


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as running:
        yield running


@pytest.fixture(params=[WireChoice.HTTPX, WireChoice.PYREQWEST])
def wire(request: pytest.FixtureRequest) -> WireChoice:
    """What holds for one wire holds for the other."""
    chosen: WireChoice = request.param
    return chosen


MakeClient = Callable[..., ControlClient]


@pytest.fixture
async def make_client(wire: WireChoice) -> AsyncIterator[MakeClient]:
    """A client of a base URL that waits little between attempts."""
    made: list[ControlClient] = []

    def make(base_url: str, **changes: Any) -> ControlClient:
        settings: dict[str, Any] = {
            "timeouts": Timeouts(1, 0.5, 5),
            "backoff": Backoff(0.01, 0.05),
            "wire": wire,
            **changes,
        }
        made.append(ControlClient(base_url, **settings))
        return made[-1]

    yield make
    for client in made:
        await client.aclose()


@dataclass
class Line:
    """A call of the sandbox, and a client to control it."""

    client: ControlClient
    call_id: str
    credentials: CallCredentials
    steps: int = 0

    def request(self, verb: str = "mute", **fields: Any) -> VerbRequest:
        self.steps += 1
        key = idempotency_key(self.call_id, datetime.min.replace(tzinfo=UTC), "e1", "rule", str(self.steps))
        return VerbRequest(self.call_id, {"event": verb, **fields}, key)

    async def send(self, verb: str = "mute", *, seconds: float = SOON, **fields: Any) -> Receipt:
        until = SystemClock().monotonic() + seconds
        return await self.client.send(self.request(verb, **fields), self.credentials, until=until)


def token(call_id: str, text: str) -> CallbackToken:
    return CallbackToken.received(call_id, SecretStr(text), SystemClock().monotonic())


MakeLine = Callable[..., Awaitable[Line]]


@pytest.fixture
def make_line(sandbox: Sandbox, make_client: MakeClient) -> MakeLine:
    async def make(**changes: Any) -> Line:
        call = await sandbox.open_call()
        credentials = CallCredentials(call.call_id, SystemClock(), token(call.call_id, call.callback_token))
        return Line(make_client(sandbox.base_url, **changes), call.call_id, credentials)

    return make


@pytest.fixture
async def line(make_line: MakeLine) -> Line:
    return await make_line()


@pytest.fixture
def new_token() -> Callable[[str, str], CallbackToken]:
    return token


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], Awaitable[None]]:
    """Wait until something is so."""

    async def wait(condition: Callable[[], object]) -> None:
        for _ in range(4000):
            if condition():
                return
            await asyncio.sleep(0.005)
        raise AssertionError("it did not come to be")

    return wait
