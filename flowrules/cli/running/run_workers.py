"""`flowrules run --workers N`: the front of several processes."""

import asyncio
import os
import secrets
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic import SecretStr

from flowrules.cli.options.files import fail
from flowrules.cli.running.run_bundle import count_polls
from flowrules.cli.running.run_fleet import fleet_of, options_of
from flowrules.cli.running.run_outcomes import print_outcome
from flowrules.cli.running.run_settings import LogFormat, RunSettings
from flowrules.cli.running.run_telemetry import telemetry_of
from flowrules.cli.terminal.logs import log_to_stderr
from flowrules.cli.terminal.output import Output
from flowrules.control.clock import first_completed
from flowrules.runtime.errors import JournalError
from flowrules.runtime.fleet_member import FleetMember
from flowrules.runtime.http.server import listen
from flowrules.runtime.journal.folders import journal_folder
from flowrules.runtime.journal.open_calls import LeftCall
from flowrules.runtime.journal.writing.lock import WORKERS_LOCK, FolderLock
from flowrules.runtime.journal.writing.writer import journal_key
from flowrules.runtime.loop.stopping import Stop
from flowrules.runtime.settings import Settings
from flowrules.telemetry.instruments import NOT_TAKEN, POLLS
from flowrules.telemetry.prometheus import Page
from flowrules.telemetry.telemetry import Telemetry
from flowrules.workers.front import Front, FrontWebSocket
from flowrules.workers.journals import left_elsewhere
from flowrules.workers.supervisor import Worker
from flowrules.workers.worker import Outcome, Task

if TYPE_CHECKING:
    from flowrules.rollout.rollout import Rollout
    from flowrules.runtime.http.web import HostRoute


class Rules(NamedTuple):
    """Where the workers find the rules; `rollout` where they come from a server."""

    path: Path
    candidate: Path | None
    rollout: "Rollout | None"


def run_workers(
    settings: Settings, own: RunSettings, rules: Rules, more: "Sequence[HostRoute]", told: Output
) -> None:
    """Until a signal ends it. Ends the command where it can't be started."""
    if os.name == "nt":
        fail("--workers takes a Unix: no connection can be handed over between processes of Windows.")
    options_of(own)  # What is wrong with them is said here, once.
    with ExitStack() as stack:
        try:
            if settings.journal is not None:
                settings.journal.mkdir(parents=True, exist_ok=True, mode=0o700)
                lock = FolderLock(settings.journal, WORKERS_LOCK)
                lock.acquire()
                stack.callback(lock.release)
                # One key for all: an event that is reported again is known by a digest, in whichever journal it stands.
                key = SecretStr(journal_key(settings.journal, settings.journal_key).decode())
                settings = settings.model_copy(update={"journal_key": key})
            # Short: the path of a Unix socket has at most about a hundred bytes.
            sockets = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="flowrules-")))
            asyncio.run(_run(settings, own, rules, more, told, sockets))
        except JournalError as error:
            fail(f"{error}")
        except ChildProcessError as error:
            told.write(f"{error}\n")
            stack.close()
            told.close()
            raise SystemExit(1) from None
        except OSError as error:
            fail(f"The workers can't be started: {error.strerror or error}")


async def _run(
    settings: Settings,
    own: RunSettings,
    rules: Rules,
    more: "Sequence[HostRoute]",
    told: Output,
    sockets: Path,
) -> None:
    from flowrules.runtime.http.web_server import WebServer

    count = own.workers
    left = await left_elsewhere(settings, count)
    key = SecretStr(secrets.token_urlsafe(32))
    workers: dict[int, Worker] = {}
    for number in range(1, count + 1):
        task = _task(number, count, sockets, settings, own, rules, key, left.get(number, {}))
        workers[number] = Worker(number, partial(_made, task))
    rollout = rules.rollout
    front = Front(
        workers,
        agent_token=own.agent_token,
        events_key=own.events_key,
        metrics_key=own.metrics_key,
        more=more,
        warnings=(lambda: rollout.warnings) if rollout is not None else (lambda: ()),
        numbers=_polls_of(rollout) if rollout is not None else (lambda: ""),
    )
    stop = Stop()
    listener = listen(own.listen_host, own.listen_port)
    port = listener.getsockname()[1]
    beside: list[asyncio.Task[None]] = []
    with stop.heeded():
        try:
            await _start(workers)
        except BaseException:
            listener.close()
            await _end(workers, signal.SIGTERM)
            raise
        server = WebServer(front, FrontWebSocket)
        serving = asyncio.create_task(server.serve(sockets=[listener]), name="flowrules-front")
        await server.ready.wait()
        beside += [asyncio.create_task(worker.keep()) for worker in workers.values()]
        if rollout is not None:
            from flowrules.rollout.rollout import poll_for_ever

            beside.append(asyncio.create_task(poll_for_ever(rollout, own.bundle_every)))
        await _tell(told, own, port, workers)
        await stop.asked.wait()
        front.draining = True
        told.write(f"Shutting down: live calls have {settings.drain:g} seconds to end by themselves.\n")
        ended = asyncio.create_task(_end(workers, signal.SIGTERM))
        await first_completed(asyncio.shield(ended), stop.at_once.wait())
        if not ended.done():
            await _end(workers, signal.SIGTERM)
        await ended
        for one in beside:
            one.cancel()
            with suppress(asyncio.CancelledError):
                await one
        server.leave()
        await serving
    told.write("Stopped.\n")


def _polls_of(rollout: "Rollout") -> Callable[[], str]:
    """The front asks the server for bundles, so it counts that: a page for Prometheus of this alone."""
    telemetry = Telemetry()
    count_polls(rollout, telemetry)

    def page() -> str:
        read = telemetry.read()
        return Page({one: read[one] for one in (POLLS, NOT_TAKEN)}).text("")[0].decode()

    return page


async def _start(workers: Mapping[int, Worker]) -> None:
    """The first one alone: what it makes of the rules is kept, and the others find it. Rules that can't go live are
    said once."""
    first_one, *others = workers.values()
    await first_one.start()
    await asyncio.gather(*(worker.start() for worker in others))


async def _end(workers: Mapping[int, Worker], number: signal.Signals) -> None:
    for worker in workers.values():
        worker.tell(number)
    await asyncio.gather(*(worker.wait() for worker in workers.values()))


async def _tell(told: Output, own: RunSettings, port: int, workers: Mapping[int, Worker]) -> None:
    host = f"[{own.listen_host}]" if ":" in own.listen_host else own.listen_host
    told.write(f"agent WebSocket   ws://{host}:{port}/\n")
    if own.events_key is not None:
        told.write(f"events            POST http://{host}:{port}/events\n")
    told.write(f"workers           {len(workers)}, a journal each\n")
    health = (await workers[1].ask("GET", "/health")).json()
    told.write(f"rules             revision {health['revision']}\n")


def _task(
    number: int,
    count: int,
    sockets: Path,
    settings: Settings,
    own: RunSettings,
    rules: Rules,
    key: SecretStr,
    left: Mapping[str, LeftCall],
) -> Task:
    journal = None if settings.journal is None else journal_folder(settings.journal, number)
    # What all processes may do together is shared out among them. A fleet shares the tenant key's budget itself.
    of_the_key = settings.tenant_requests_per_minute // (1 if own.fleet is not None else count)
    shared = {
        "journal": journal,
        "tenant_requests_per_minute": max(1, of_the_key),
        "connections": max(1, settings.connections // count),
    }
    return Task(
        number,
        sockets,
        rules.path,
        rules.candidate,
        settings.model_copy(update=shared),
        own.agent_token,
        key,
        partial(set_up, own),
        None if rules.rollout is None else rules.rollout.store.folder,
        left,
    )


async def _made(task: Task) -> Task:
    return task


def set_up(
    own: RunSettings, number: int, stack: ExitStack
) -> tuple[Telemetry | None, FleetMember | None, Outcome]:
    """In a worker's process: its log, its telemetry, its place in a fleet, and where outcomes are printed."""
    told, outcomes = Output(sys.stderr), Output(sys.stdout)
    stack.callback(told.close)
    stack.callback(outcomes.close)
    log_to_stderr(own.log_level.value, output=told, as_json=own.log_format is LogFormat.JSON, worker=number)
    return telemetry_of(own, stack), fleet_of(own, number), partial(print_outcome, outcomes)
