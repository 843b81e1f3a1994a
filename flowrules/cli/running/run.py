"""`flowrules run`: an agent server for the platform to dial, whose events come as JSON."""

import asyncio
import sys
import threading
from concurrent.futures import CancelledError
from contextlib import AbstractAsyncContextManager, ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from flowrules.cli.options.files import fail, read_rules
from flowrules.cli.running.run_bundle import followed, open_rollout, routes_of
from flowrules.cli.running.run_fleet import fleet_of
from flowrules.cli.running.run_outcomes import print_json, print_outcome
from flowrules.cli.running.run_settings import CONFIG, BadSettings, LogFormat, LogLevel, read_settings
from flowrules.cli.running.run_telemetry import telemetry_of
from flowrules.cli.running.settings_help import settings_page, settings_schema
from flowrules.cli.running.typed_reports import read_line, remarks_on
from flowrules.cli.terminal.logs import log_to_stderr
from flowrules.cli.terminal.output import Output
from flowrules.control.clock import first_completed
from flowrules.control.errors import ControlError
from flowrules.diagnostics.render import concise
from flowrules.rollout.stage import Stage
from flowrules.runtime.calls.session import CallSession
from flowrules.runtime.engine import Engine
from flowrules.runtime.errors import RulesRefused, RunError
from flowrules.runtime.fleet_member import FleetMember
from flowrules.runtime.http.server import AgentServer
from flowrules.runtime.loop.stopping import Stop
from flowrules.runtime.reports import BadReport, Report, act_on, find_call
from flowrules.runtime.settings import Mode, SayBy, Settings
from flowrules.telemetry.telemetry import Telemetry
from flowrules.trying.unknown_names import event_names

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


def _show_settings(wanted: bool) -> None:
    if wanted:
        typer.echo(settings_page(), nl=False)
        raise typer.Exit


def _show_schema(wanted: bool) -> None:
    if wanted:
        typer.echo(settings_schema())
        raise typer.Exit


def run(
    path: Annotated[
        Path | None, typer.Argument(help="A rule file, or a folder of them; none with --bundle.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="0 takes a free one. Default: 8766.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Default: 127.0.0.1, which is loopback.")] = None,
    base_url: Annotated[str | None, typer.Option(help="The control API. Default: the platform's.")] = None,
    mode: Annotated[Mode | None, typer.Option(help="shadow and dry_run decide and send nothing.")] = None,
    journal: Annotated[Path | None, typer.Option(help="A folder for the journal.")] = None,
    agent_token: Annotated[
        str | None,
        typer.Option(help="Bearer that the platform must show when it dials. Better: FLOWRULES_AGENT_TOKEN."),
    ] = None,
    events_key: Annotated[
        str | None,
        typer.Option(
            help="Opens POST /events, GET /health, GET /metrics and POST /rules/accept to whoever shows it. "
            "Better: FLOWRULES_EVENTS_KEY."
        ),
    ] = None,
    metrics_key: Annotated[
        str | None,
        typer.Option(
            help="Opens GET /metrics and GET /health to whoever shows it. Better: FLOWRULES_METRICS_KEY."
        ),
    ] = None,
    drain: Annotated[
        float | None,
        typer.Option(min=0, max=3600, help="Seconds in which live calls may end by themselves at the end."),
    ] = None,
    last_good: Annotated[
        bool | None,
        typer.Option(
            "--last-good/--no-last-good",
            help="Start on the rules that were live last where those on disk are broken.",
            show_default="on",
        ),
    ] = None,
    candidate: Annotated[
        Path | None, typer.Option(help="Rules that are played beside the live ones, and send nothing.")
    ] = None,
    share: Annotated[
        float | None, typer.Option(min=0, max=100, help="Percent of the calls that a candidate decides.")
    ] = None,
    bundle: Annotated[
        str | None, typer.Option(metavar="URL", help="The rules come as a signed bundle from a server.")
    ] = None,
    bundle_key: Annotated[
        list[Path] | None,
        typer.Option(help="A public key (PEM) of whoever signs bundles; may be given several times."),
    ] = None,
    stage: Annotated[
        Stage | None, typer.Option(help="Where a new bundle begins; flowrules rollout makes the next step.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=256, help="Processes behind the one port, a journal each.")
    ] = None,
    otel: Annotated[
        bool | None,
        typer.Option("--otel", help="Spans and numbers go to an OpenTelemetry collector, by OTEL_…."),
    ] = None,
    fleet: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="The database of a fleet to join. With a password in it better: FLOWRULES_FLEET.",
        ),
    ] = None,
    log_level: Annotated[LogLevel | None, typer.Option(case_sensitive=False)] = None,
    log_format: Annotated[LogFormat | None, typer.Option(case_sensitive=False)] = None,
    config: Annotated[
        Path | None, typer.Option(envvar=CONFIG, help="A TOML file with settings, by their names.")
    ] = None,
    help_settings: Annotated[
        bool, typer.Option("--help-settings", is_eager=True, callback=_show_settings, help="All settings.")
    ] = False,
    settings_schema: Annotated[
        bool,
        typer.Option(
            "--settings-schema", is_eager=True, callback=_show_schema, help="A JSON schema of the file."
        ),
    ] = False,
) -> None:
    """Serve rules to the platform: it dials the WebSocket, and events come as JSON.

    A line on standard input is an event: intent=sales, or the name of an event of the rules. With several calls it
    names one: call_id=… intent=sales. The line signal=bot_finished tells that the bot has spoken. A line may be a JSON
    object too, as the body of POST /events is: {"intent": "sales"}. Every outcome is a line on standard output. The
    rules reload when their files change; those that lose guard rails are held, until POST /rules/accept lets them go
    live. Ctrl-C, SIGTERM and SIGHUP end it in good order. Whoever does not read what it prints holds up no call: lines
    that find no reader are left out.

    All settings can stand in the environment as FLOWRULES_…, such as FLOWRULES_TENANT_KEY, or in a file (--config); an
    option stands above the environment, the environment above the file. A name that nothing has is refused.
    """
    told_by_options = {
        "base_url": base_url, "mode": mode, "journal": journal, "drain": drain, "tune_gc": True, "last_good": last_good,
        "share": share,
    }  # fmt: skip
    of_command = {
        "listen_host": host, "listen_port": port, "agent_token": agent_token, "events_key": events_key,
        "metrics_key": metrics_key, "opentelemetry": otel, "fleet": fleet, "log_level": log_level,
        "log_format": log_format,
        "candidate": candidate, "bundle": bundle, "bundle_keys": bundle_key or None, "bundle_stage": stage,
        "workers": workers,
    }  # fmt: skip
    try:
        settings, own = read_settings(told_by_options, of_command, config)
    except BadSettings as error:
        fail(f"The settings can't be used: {error}")
    if settings.say is SayBy.HOST:
        fail(_NO_VOICE)
    if (path is None) == (own.bundle is None):
        fail("Name the rules: a file or folder, or --bundle URL; one of the two.")
    if own.bundle is not None and own.candidate is not None:
        fail("A candidate of a rollout comes as a bundle, too: --stage candidate in place of --candidate.")
    level, as_json = own.log_level.value, own.log_format is LogFormat.JSON
    log_to_stderr(level, as_json=as_json)
    with ExitStack() as stack:
        rollout = open_rollout(settings, own, stack) if own.bundle is not None else None
        where = rollout.store.live_path if rollout is not None else path
        assert where is not None
        told = Output(sys.stderr)
        log_to_stderr(level, output=told, as_json=as_json)
        if own.workers > 1:
            from flowrules.cli.running.run_workers import (  # A web server, and what it takes to be many.
                Rules,
                run_workers,
            )

            try:
                run_workers(settings, own, Rules(where, own.candidate, rollout), routes_of(rollout), told)
            finally:
                told.close()
            return
        engine = _engine(where, settings, telemetry_of(own, stack), own.candidate, fleet_of(own))
        outcomes = Output(sys.stdout)
        server = AgentServer(
            engine,
            host=own.listen_host,
            port=own.listen_port,
            agent_token=own.agent_token,
            events_key=own.events_key,
            metrics_key=own.metrics_key,
            more=routes_of(rollout),
        )
        try:
            asyncio.run(_serve(engine, server, told, outcomes, followed(engine, rollout, own)))
        except (KeyboardInterrupt, asyncio.CancelledError):
            fail("Stopped before all calls were closed.")
        except (RunError, ControlError) as error:
            fail(f"{error}")
        except OSError as error:
            fail(f"Can't listen on {own.listen_host} port {own.listen_port}: {error.strerror or error}")
        finally:
            outcomes.close()
            told.close()


def _engine(
    path: Path,
    settings: Settings,
    telemetry: Telemetry | None,
    candidate: Path | None,
    fleet: FleetMember | None,
) -> Engine:
    """Ends the command where the rules can't go live, and there are no last good ones."""
    try:
        engine = Engine(path, settings=settings, telemetry=telemetry, candidate=candidate, fleet=fleet)
        if not engine.rules.fallback:
            read_rules(path)
    except RulesRefused as error:
        typer.echo(concise(error.findings) or f"{error}\n", err=True, nl=False)
        raise typer.Exit(1) from None
    except OSError as error:
        read_rules(path)
        fail(f"{error.filename or path} can't be read: {error.strerror or error}")
    return engine


async def _serve(
    engine: Engine,
    server: AgentServer,
    told: Output,
    outcomes: Output,
    beside: AbstractAsyncContextManager[object],
) -> None:
    stop = Stop()
    with stop.heeded():
        await _until_stopped(engine, server, stop, told, outcomes, beside)
    if outcomes.lost:
        told.write(f"{outcomes.lost} lines on standard output found no reader.\n")
    told.write("Stopped.\n")


async def _until_stopped(
    engine: Engine,
    server: AgentServer,
    stop: Stop,
    told: Output,
    outcomes: Output,
    beside: AbstractAsyncContextManager[object],
) -> None:
    async with engine:
        engine.subscribe(partial(print_outcome, outcomes))
        async with beside, server:
            told.write(f"agent WebSocket   {server.ws_url}\n")
            if server.takes_events:
                told.write(f"events            POST {server.http_url}/events\n")
            told.write(f"rules             revision {engine.rules.revision}\n")
            if engine.rules.fallback and engine.rules.last is not None:
                told.write(_ON_LAST_GOOD.format(engine.rules.path, engine.rules.last, engine.rules.fallback))
            await first_completed(_take_lines(engine, outcomes), stop.asked.wait())
            if engine.calls:
                seconds = engine.settings.drain
                told.write(
                    f"Shutting down: {len(engine.calls)} live calls have {seconds:g} seconds to end by themselves. "
                    "A second signal closes them at once.\n"
                )
            await first_completed(engine.drain(engine.settings.drain), stop.at_once.wait())
            # Before the WebSockets are closed: after that the platform takes no record of a call any more.
            await engine.aclose()


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
            print_json(outcomes, {"error": str(error)})
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
        print_json(outcomes, {"error": str(error)})
