"""One worker's process: an engine with a journal of its own, which takes connections that the front hands over, and
answers the front over a Unix socket.

It is started by the front, which writes what it is set up with to its standard input, keys included, and keeps that
open: where it ends, the front is gone, and the worker drains as it does when it is told to.
"""

import asyncio
import os
import pickle
import sys
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from flowrules.call.outcome import EventOutcome
from flowrules.control.clock import first_completed
from flowrules.diagnostics.render import concise
from flowrules.runtime.calls.session import CallSession
from flowrules.runtime.engine import Engine
from flowrules.runtime.errors import RulesRefused, RunError
from flowrules.runtime.fleet_member import FleetMember
from flowrules.runtime.http.web import HostRoute, Web
from flowrules.runtime.http.web_server import WebServer
from flowrules.runtime.journal.open_calls import LeftCall
from flowrules.runtime.log import Log
from flowrules.runtime.loop.stopping import Stop
from flowrules.runtime.observer import Observer
from flowrules.runtime.settings import Settings
from flowrules.workers.adopted import adopt
from flowrules.workers.handover import Connection, Taker, unix_socket

ADOPT_WAIT = 5.0
"""Seconds in which the event loop has taken a connection."""
_log = Log(__name__)


Outcome = Callable[[CallSession, EventOutcome], None]
SetUp = Callable[[int, ExitStack], tuple[Observer | None, FleetMember | None, Outcome]]
"""Makes a worker's telemetry, its place in a fleet, and its log in its own process, and says whom outcomes are told
to."""


@dataclass(frozen=True)
class Task:
    """What a worker is set up with, as it is sent to its process. `bundles`: the folder of accepted bundles, where
    rules come from a server. `key` opens its socket to the front."""

    number: int
    sockets: Path
    rules: Path
    candidate: Path | None
    settings: Settings
    agent_token: SecretStr | None
    key: SecretStr
    set_up: SetUp
    bundles: Path | None
    left: Mapping[str, LeftCall]

    @property
    def http(self) -> Path:
        return self.sockets / f"{self.number}.http"

    @property
    def calls(self) -> Path:
        return self.sockets / f"{self.number}.calls"


def main() -> None:
    """`python -m flowrules.workers`, by the front alone."""
    size = int.from_bytes(_read(8))
    task = pickle.loads(_read(size))  # noqa: S301 - the front has written it
    assert isinstance(task, Task)
    with ExitStack() as stack:
        telemetry, fleet, told_outcome = task.set_up(task.number, stack)
        try:
            engine = Engine(
                task.rules,
                settings=task.settings,
                telemetry=telemetry,
                candidate=task.candidate,
                fleet=fleet,
            )
        except RulesRefused as error:
            sys.stderr.write(concise(error.findings) or f"{error}\n")
            raise SystemExit(1) from None
        except (RunError, OSError) as error:
            _log.error("worker.not_started", worker=task.number, why=str(error))
            raise SystemExit(1) from None
        engine.inherits(task.left)
        try:
            asyncio.run(_serve(task, engine, told_outcome))
        except (RunError, OSError) as error:
            _log.error("worker.not_started", worker=task.number, why=str(error))
            raise SystemExit(1) from None


def _read(size: int) -> bytes:
    """From standard input, past any buffer: its end is waited for later."""
    data = b""
    while len(data) < size:
        chunk = os.read(sys.stdin.fileno(), size - len(data))
        if not chunk:
            raise SystemExit(1)
        data += chunk
    return data


async def _serve(task: Task, engine: Engine, told_outcome: Outcome) -> None:
    stop = Stop()
    loop = asyncio.get_running_loop()

    def until_the_front_is_gone() -> None:
        with suppress(OSError):
            while os.read(sys.stdin.fileno(), 65_536):
                pass
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(stop.asked.set)

    threading.Thread(target=until_the_front_is_gone, daemon=True, name="flowrules-front").start()
    with stop.heeded():
        async with engine:
            engine.subscribe(told_outcome)
            async with _followed(task, engine), _served(task, engine):
                _log.info("worker.ready", worker=task.number, pid=os.getpid(), revision=engine.rules.revision)
                await stop.asked.wait()
                await first_completed(engine.drain(engine.settings.drain), stop.at_once.wait())
                # Before the WebSockets are closed: after that the platform takes no record of a call any more.
                await engine.aclose()


@asynccontextmanager
async def _followed(task: Task, engine: Engine) -> AsyncIterator[None]:
    if task.bundles is None:
        yield
        return
    from flowrules.rollout.follower import Follower
    from flowrules.rollout.store import Store

    async with Follower(engine, Store(task.bundles)):
        yield


@asynccontextmanager
async def _served(task: Task, engine: Engine) -> AsyncIterator[None]:
    """The front is answered, and connections are taken."""

    async def calls(body: bytes) -> tuple[int, Any]:
        return 200, {"calls": list(engine.calls)}

    web = Web(engine, task.agent_token, task.key, None, (HostRoute("/calls", "GET", calls),))
    server = WebServer(web)
    for path in (task.http, task.calls):
        path.unlink(missing_ok=True)  # Of a worker that was killed.
    listener = unix_socket()
    listener.bind(str(task.http))
    listener.listen(256)
    loop = asyncio.get_running_loop()

    def take(connection: Connection) -> bool:
        """In the taker's thread."""
        try:
            asyncio.run_coroutine_threadsafe(adopt(server, connection), loop).result(ADOPT_WAIT)
        except (OSError, RuntimeError, TimeoutError) as error:
            _log.warning("connection.not_taken", why=str(error))
            return False
        return True

    serving = asyncio.create_task(server.serve(sockets=[listener]), name="flowrules-worker")
    await server.ready.wait()
    taker = Taker(task.calls, take)
    try:
        yield
    finally:
        await asyncio.to_thread(taker.close)
        server.leave()
        await serving
        for path in (task.http, task.calls):
            path.unlink(missing_ok=True)
        with suppress(OSError):  # The front's own, unless that was killed, and this was the last one.
            task.sockets.rmdir()
