"""`flowrules chaos`: many calls, a platform that fails on purpose, and an account of what became of every verb."""

import json
import tempfile
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from flowrules.chaos.run import Result
from flowrules.chaos.run import chaos as run_chaos
from flowrules.chaos.setup import Setup
from flowrules.chaos.simulated.play import Played, Run, play
from flowrules.chaos.simulated.run import Result as Simulated
from flowrules.chaos.simulated.run import simulate
from flowrules.chaos.simulated.shrink import shortest
from flowrules.chaos.simulated.tell import command, told
from flowrules.cli.options.files import fail
from flowrules.cli.terminal.logs import log_to_stderr
from flowrules.control.wires import WireChoice
from flowrules.runtime.loop.stopping import run_until_stopped
from flowrules.sandbox.limits import Counting

_MOST_LIVE = 10_000
"""Calls that can be live at the same time; simulated ones are played one after the other."""
_EVENTS, _EVENTS_SIMULATED = 8, 1
"""Things that happen in a call."""


class Keys(StrEnum):
    ENFORCED = "enforced"
    IGNORED = "ignored"


def chaos(
    calls: Annotated[
        int,
        typer.Option(min=1, max=100_000_000, help="Calls that are live at the same time; simulated: in all."),
    ] = 100,
    seed: Annotated[int, typer.Option(help="The same seed, the same rules, calls and faults.")] = 1,
    faults: Annotated[float, typer.Option(min=0, max=1, help="The share of requests that go wrong.")] = 0.2,
    events: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=1000,
            help=f"Things that happen in a call: {_EVENTS}, or {_EVENTS_SIMULATED} where nothing else is said "
            "of a simulated run.",
        ),
    ] = None,
    keys: Annotated[
        Keys | None, typer.Option(help="What the platform does with a repeated key. Default: by the seed.")
    ] = None,
    counting: Annotated[
        Counting | None, typer.Option(help="How the platform counts requests. Default: by the seed.")
    ] = None,
    kill: Annotated[
        bool, typer.Option("--kill", help="Kill the process in the middle, and go on with its journal.")
    ] = False,
    fleet: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="On a fleet: hosts in processes of their own that share this database.",
        ),
    ] = None,
    hosts: Annotated[int, typer.Option(min=1, max=20, help="With --fleet: so many hosts.")] = 3,
    wire: Annotated[WireChoice, typer.Option(help="The library that speaks HTTP.")] = WireChoice.AUTO,
    into: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Keep rules, journal and ledger here.")
    ] = None,
    simulated: Annotated[
        bool,
        typer.Option(
            "--simulated",
            help="Without sockets and without waiting: each call on a time of its own, in which everything may come "
            "at any moment, and the process may die.",
        ),
    ] = False,
    call: Annotated[
        int | None,
        typer.Option(min=0, metavar="NUMBER", help="Simulated: play this call of the run, and no other."),
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="Simulated, with --call: of its story no more than this. A failure prints it.",
        ),
    ] = None,
) -> None:
    """Let everything go wrong on many calls, and count what is wrong.

    The platform's double runs in a process of its own and fails on purpose; rules are edited, tokens renewed and
    WebSockets closed meanwhile. Then a reader that shares no code with the rest compares the raw journal with the raw
    ledger. Exit code 1: something is doubled, lost or out of place.

    With --fleet several hosts share a database, and are killed and cut off from it at random; the account is over all
    of their journals.

    With --simulated all of that happens in this process, on virtual time: the same seed, the same journals. A call that
    goes wrong is cut down to the shortest story that still does, with the command that plays it again.
    """
    log_to_stderr("error")
    if fleet is not None and (simulated or kill):
        fail("--fleet goes with neither --simulated nor --kill: its hosts are killed anyway")
    enforced = None if keys is None else keys is Keys.ENFORCED
    if simulated:
        if only is not None and call is None:
            fail("--only goes with --call: which call is it?")
        if into is not None and call is None:
            fail("--into goes with --call: of many simulated calls nothing is kept")
        if kill:
            fail("--kill has no place here: in a simulated run processes die anyway")
        if wire is not WireChoice.AUTO:
            fail("--wire has no place here: a simulated run has no sockets")
        fixed = {"fault_rate": faults, "keys_enforced": enforced, "counting": counting}
        run = Run(seed, events or _EVENTS_SIMULATED, tuple(fixed.items()))
        options = ["--seed", str(seed), *_given(events=events, keys=keys, counting=counting)]
        options += [] if faults == 0.2 else ["--faults", str(faults)]
        _simulate(run, calls, options) if call is None else _play_one(run, call, only, into)
        return
    if call is not None or only is not None:
        fail("--call and --only are for --simulated")
    if calls > _MOST_LIVE:
        fail(f"--calls is at most {_MOST_LIVE:,}, unless --simulated")
    setup = Setup.drawn(
        seed,
        calls,
        fault_rate=faults,
        events=events or _EVENTS,
        keys_enforced=enforced,
        counting=counting,
        wire=wire,
    )
    with ExitStack() as stack:
        folder = into or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="flowrules-chaos-")))
        if folder.exists() and any(folder.iterdir()):
            fail(f"{folder} is not empty: a run wants a folder of its own")
        folder.mkdir(parents=True, exist_ok=True)
        if fleet is not None:
            _on_a_fleet(setup, fleet, hosts, folder)
            return
        result = run_until_stopped(run_chaos(setup, folder, kill=kill))
    _show(setup, result)
    if not result.sound:
        raise typer.Exit(1)


def _on_a_fleet(run: Setup, url: str, hosts: int, folder: Path) -> None:
    try:
        from flowrules.chaos.fleet.run import fleet_chaos
        from flowrules.chaos.fleet.setup import FleetSetup
    except ImportError:
        fail("--fleet takes the extra fleet: pip install 'flowrules[fleet]'")
    result = run_until_stopped(fleet_chaos(FleetSetup(run, url, hosts), folder))
    typer.echo(
        f"seed {run.seed}: {run.calls} calls on {hosts} hosts, faults on {run.fault_rate:.0%} of requests"
    )
    typer.echo(f"{result.kills:>9,}  hosts killed")
    typer.echo(f"{result.partitions:>9,}  ways to the database cut and healed, by {result.cut_by}")
    typer.echo(f"{result.told.again:>9,}  reports made again")
    typer.echo(f"{result.seconds:>9,.1f}  seconds\n{result.account}")
    typer.echo(
        "\nAll journals, the database and the ledger tell the same story."
        if result.sound
        else "\nThis run does not add up."
    )
    if not result.sound:
        raise typer.Exit(1)


def _show(setup: Setup, result: Result) -> None:
    typer.echo(
        f"seed {setup.seed}: {setup.calls} calls, faults on {setup.fault_rate:.0%} of requests, "
        f"keys {Keys.ENFORCED if setup.keys_enforced else Keys.IGNORED}, {setup.counting}"
    )
    if result.at_the_kill is not None:
        typer.echo(f"\nWhen the process was killed:\n\n{result.at_the_kill}\n\nIn the end:\n")
    played = result.played
    typer.echo(f"{len(played.reported):>9,}  events reported")
    typer.echo(f"{played.answered:>9,}  events answered")
    typer.echo(f"{played.edits:>9,}  edits of the rules")
    typer.echo(f"{result.seconds:>9,.1f}  seconds\n{result.account}")
    typer.echo("\nJournal and ledger tell the same story." if result.sound else "\nThis run does not add up.")


def _given(**options: object) -> list[str]:
    """The options that were given, as words of a command."""
    return [
        word for name, value in options.items() if value is not None for word in (f"--{name}", str(value))
    ]


def _simulate(run: Run, calls: int, options: list[str]) -> None:
    result = simulate(run, calls)
    _show_simulated(run, result)
    if result.sound:
        typer.echo("\nJournal and ledger tell the same story.")
        return
    kept, played = shortest(run, result.failed)
    typer.echo(f"\nCall {played.number} does not add up. The shortest story that does not:\n")
    for line in told(played):
        typer.echo(line)
    typer.echo(f"\nTo play it again:\n\n  {command(options, played.number, kept)}")
    raise typer.Exit(1)


def _show_simulated(run: Run, result: Simulated) -> None:
    a_minute = result.calls / result.seconds * 60 if result.seconds else 0
    typer.echo(f"seed {run.seed}: {result.calls:,} calls, simulated, each on a time of its own")
    typer.echo(f"{result.worlds:>9,}  worlds, with one call or two")
    typer.echo(f"{result.seconds:>9,.1f}  seconds of one processor: {a_minute:,.0f} calls a minute")
    typer.echo(str(result.account))


def _play_one(run: Run, number: int, only: str | None, into: Path | None) -> None:
    played = play(run, number, None if only is None else frozenset(only.split(",")))
    for line in told(played):
        typer.echo(line)
    if into is not None:
        _keep(played, into)
    typer.echo(f"\n{'This call adds up.' if played.sound else 'This call does not add up.'}")
    if not played.sound:
        raise typer.Exit(1)


def _keep(played: Played, into: Path) -> None:
    if into.exists() and any(into.iterdir()):
        fail(f"{into} is not empty: a run wants a folder of its own")
    into.mkdir(parents=True, exist_ok=True)
    (into / "journal.jsonl").write_bytes(b"\n".join((*played.lines, b"")))
    (into / "ledger.json").write_text(json.dumps({"entries": played.rows}), "utf-8")
