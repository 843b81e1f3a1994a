"""`flowrules chaos`: many calls, a platform that fails on purpose, and an account of what became of every verb."""

import tempfile
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from flowrules.chaos.run import Result
from flowrules.chaos.run import chaos as run_chaos
from flowrules.chaos.setup import Setup
from flowrules.cli.files import fail
from flowrules.cli.logs import log_to_stderr
from flowrules.runtime.stopping import run_until_stopped
from flowrules.sandbox.limits import Counting


class Keys(StrEnum):
    ENFORCED = "enforced"
    IGNORED = "ignored"


def chaos(
    calls: Annotated[
        int, typer.Option(min=1, max=10_000, help="Calls that are live at the same time.")
    ] = 100,
    seed: Annotated[int, typer.Option(help="The same seed, the same rules, calls and faults.")] = 1,
    faults: Annotated[float, typer.Option(min=0, max=1, help="The share of requests that go wrong.")] = 0.2,
    events: Annotated[int, typer.Option(min=1, max=1000, help="Things that happen in a call.")] = 8,
    keys: Annotated[
        Keys | None, typer.Option(help="What the platform does with a repeated key. Default: by the seed.")
    ] = None,
    counting: Annotated[
        Counting | None, typer.Option(help="How the platform counts requests. Default: by the seed.")
    ] = None,
    kill: Annotated[
        bool, typer.Option("--kill", help="Kill the process in the middle, and go on with its journal.")
    ] = False,
    into: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Keep rules, journal and ledger here.")
    ] = None,
) -> None:
    """Let everything go wrong on many calls, and count what is wrong.

    The platform's double runs in a process of its own and fails on purpose; rules are edited, tokens renewed and
    WebSockets closed meanwhile. Then a reader that shares no code with the rest compares the raw journal with the raw
    ledger. Exit code 1: something is doubled, lost or out of place.
    """
    log_to_stderr("error")
    enforced = None if keys is None else keys is Keys.ENFORCED
    setup = Setup.drawn(
        seed, calls, fault_rate=faults, events=events, keys_enforced=enforced, counting=counting
    )
    with ExitStack() as stack:
        folder = into or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="flowrules-chaos-")))
        if folder.exists() and any(folder.iterdir()):
            fail(f"{folder} is not empty: a run wants a folder of its own")
        folder.mkdir(parents=True, exist_ok=True)
        result = run_until_stopped(run_chaos(setup, folder, kill=kill))
    _show(setup, result)
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
