"""`flowrules run`: an agent server for the platform to dial, whose events come as JSON."""

import asyncio
import json
import sys
import threading
from concurrent.futures import CancelledError
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr, ValidationError
from pydantic_settings import SettingsError

from flowrules.call.outcome import EventOutcome
from flowrules.cli.files import fail, read_rules
from flowrules.cli.host import settings_problem
from flowrules.cli.logs import log_to_stderr
from flowrules.cli.output import Output
from flowrules.cli.situation import PathArgument
from flowrules.cli.typed_reports import read_line, remarks_on
from flowrules.cli.unknown_names import event_names
from flowrules.control.clock import first
from flowrules.control.errors import ControlError
from flowrules.diagnostics.render import concise
from flowrules.runtime.errors import RulesRefused, RunError
from flowrules.runtime.host import Engine
from flowrules.runtime.reports import BadReport, Report, act_on, find_call, outcome_json
from flowrules.runtime.server import AgentServer
from flowrules.runtime.session import CallSession
from flowrules.runtime.settings import Mode, SayBy, Settings
from flowrules.runtime.stopping import Stop

_NO_VOICE = (
    "FLOWRULES_SAY is host, and this command has no voice: every `say` would fail. Set it to platform, or run the "
    "rules in a program of your own (docs/embedding.md)."
)
_ON_LAST_GOOD = """
WARNING: the rules in {} are not live ({}).
The calls run on {}, until the files are mended.

"""
MAX_UNDER_WAY = 32
"""How many lines may be under way in one call: fewer than events that may wait there, so that none is refused for a
script that is read faster than it is played."""


def run(
    path: PathArgument,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8766,
    host: Annotated[str, typer.Option(help="Loopback, unless you name another address.")] = "127.0.0.1",
    base_url: Annotated[str | None, typer.Option(help="The control API. Default: the platform's.")] = None,
    mode: Annotated[Mode | None, typer.Option(help="shadow and dry_run decide and send nothing.")] = None,
    journal: Annotated[Path | None, typer.Option(help="A folder for the journal.")] = None,
    agent_token: Annotated[
        str | None,
        typer.Option(
            envvar="FLOWRULES_AGENT_TOKEN", help="Bearer that the platform must show when it dials."
        ),
    ] = None,
    events_key: Annotated[
        str | None,
        typer.Option(
            envvar="FLOWRULES_EVENTS_KEY",
            help="Opens POST /events, GET /health and POST /rules/accept to whoever shows it.",
        ),
    ] = None,
    drain: Annotated[
        float | None,
        typer.Option(min=0, max=3600, help="Seconds in which live calls may end by themselves at the end."),
    ] = None,
    metrics_key: Annotated[
        str | None,
        typer.Option(envvar="FLOWRULES_METRICS_KEY", help="Opens GET /health to whoever shows it."),
    ] = None,
    last_good: Annotated[
        bool | None,
        typer.Option(
            "--last-good/--no-last-good",
            help="Start on the rules that were live last where those on disk are broken.",
            show_default="on",
        ),
    ] = None,
    log_level: Annotated[str, typer.Option(metavar="debug|info|warning|error")] = "info",
) -> None:
    """Serve rules to the platform: it dials the WebSocket, and events come as JSON.

    A line on standard input is an event: intent=sales, or the name of an event of the rules. With several calls it
    names one: call_id=… intent=sales. The line signal=bot_finished tells that the bot has spoken. A line may be a JSON
    object too, as the body of POST /events is: {"intent": "sales"}. Every outcome is a line on standard output. The
    rules reload when their files change; those that lose guard rails are held, until POST /rules/accept lets them go
    live. Ctrl-C, SIGTERM and SIGHUP end it in good order. Whoever does not read what it prints holds up no call: lines
    that find no reader are left out.

    All settings can stand in the environment as FLOWRULES_…, such as FLOWRULES_TENANT_KEY.
    """
    if log_level.lower() not in ("debug", "info", "warning", "error"):
        raise typer.BadParameter("must be debug, info, warning or error", param_hint="--log-level")
    log_to_stderr(log_level)
    chosen = {
        "base_url": base_url, "mode": mode, "journal": journal, "drain": drain, "tune_gc": True, "last_good": last_good,
    }  # fmt: skip
    try:
        settings = Settings(**{name: value for name, value in chosen.items() if value is not None})  # type: ignore[arg-type]  # checked by pydantic
        if settings.say is SayBy.HOST:
            fail(_NO_VOICE)
        engine = Engine(path, settings=settings)
        if not engine.rules.fallback:
            read_rules(path)
    except (ValidationError, SettingsError) as error:
        fail(f"The settings can't be used: {settings_problem(error)}")
    except RulesRefused as error:
        typer.echo(concise(error.findings) or f"{error}\n", err=True, nl=False)
        raise typer.Exit(1) from None
    except OSError as error:
        read_rules(path)
        fail(f"{error.filename or path} can't be read: {error.strerror or error}")
    told, outcomes = Output(sys.stderr), Output(sys.stdout)
    log_to_stderr(log_level, output=told)
    agent, events, metrics = (
        None if text is None else SecretStr(text) for text in (agent_token, events_key, metrics_key)
    )
    server = AgentServer(
        engine, host=host, port=port, agent_token=agent, events_key=events, metrics_key=metrics
    )
    try:
        asyncio.run(_serve(engine, server, told, outcomes))
    except (KeyboardInterrupt, asyncio.CancelledError):
        fail("Stopped before all calls were closed.")
    except (RunError, ControlError) as error:
        fail(f"{error}")
    except OSError as error:
        fail(f"Can't listen on {host} port {port}: {error.strerror or error}")
    finally:
        outcomes.close()
        told.close()


async def _serve(engine: Engine, server: AgentServer, told: Output, outcomes: Output) -> None:
    stop = Stop()
    with stop.heeded():
        await _until_stopped(engine, server, stop, told, outcomes)
    if outcomes.lost:
        told.write(f"{outcomes.lost} lines on standard output found no reader.\n")
    told.write("Stopped.\n")


async def _until_stopped(
    engine: Engine, server: AgentServer, stop: Stop, told: Output, outcomes: Output
) -> None:
    async with engine:
        engine.subscribe(partial(_print_outcome, outcomes))
        async with server:
            told.write(f"agent WebSocket   {server.ws_url}\n")
            if server.takes_events:
                told.write(f"events            POST {server.http_url}/events\n")
            told.write(f"rules             revision {engine.rules.revision}\n")
            if engine.rules.fallback and engine.rules.last is not None:
                told.write(_ON_LAST_GOOD.format(engine.rules.path, engine.rules.last, engine.rules.fallback))
            await first(_take_lines(engine, outcomes), stop.asked.wait())
            if engine.calls:
                seconds = engine.settings.drain
                told.write(
                    f"Shutting down: {len(engine.calls)} live calls have {seconds:g} seconds to end by themselves. "
                    "A second signal closes them at once.\n"
                )
            await first(engine.drain(engine.settings.drain), stop.at_once.wait())
            # Before the WebSockets are closed: after that the platform takes no record of a call any more.
            await engine.aclose()


def _print(outcomes: Output, data: object) -> None:
    outcomes.write(json.dumps(data, ensure_ascii=False) + "\n")


def _print_outcome(outcomes: Output, call: CallSession, outcome: EventOutcome) -> None:
    _print(outcomes, outcome_json(call.call_id, outcome))


async def _take_lines(engine: Engine, outcomes: Output) -> None:
    """Act on each line of standard input as it comes, whatever the lines before it have led to: a key drops a hangup
    that waits, an urgent event what is under way. At its end the server goes on."""
    lines: asyncio.Queue[str] = asyncio.Queue(maxsize=1_000)
    loop = asyncio.get_running_loop()

    def read() -> None:
        if sys.stdin is None:  # The process was started with it closed.
            return
        # Nobody waits for the lines any more when the loop has ended.
        with suppress(RuntimeError, CancelledError):
            for line in sys.stdin:
                asyncio.run_coroutine_threadsafe(lines.put(line), loop).result()

    threading.Thread(target=read, daemon=True, name="flowrules-stdin").start()
    under_way: dict[asyncio.Task[None], CallSession] = {}
    while True:
        line = await lines.get()
        if not line.strip():
            continue
        try:
            report = read_line(line, event_names(engine.rules.current))
            for remark in remarks_on(report, engine.rules.current):
                typer.echo(f"note: {remark}", err=True)
            call = find_call(engine.calls, report.call_id)
        except BadReport as error:
            _print(outcomes, {"error": str(error)})
            continue
        before = [task for task, of in under_way.items() if of is call]
        if report.signal == "close" and before:
            await asyncio.wait(before)  # What was reported before is to have its outcome.
        elif len(before) >= MAX_UNDER_WAY:
            await asyncio.wait(before, return_when=asyncio.FIRST_COMPLETED)
        task = asyncio.create_task(_act(report, call, outcomes))
        under_way[task] = call
        task.add_done_callback(under_way.pop)
        await asyncio.sleep(0)  # It is reported before the next line.


async def _act(report: Report, call: CallSession, outcomes: Output) -> None:
    """Listeners print the outcome."""
    try:
        await act_on(report, call)
    except BadReport as error:
        _print(outcomes, {"error": str(error)})
