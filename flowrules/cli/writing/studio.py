"""`flowrules studio`: a page in the browser, for whoever writes rules."""

import asyncio
import shutil
import tempfile
import webbrowser
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from flowrules.cli.demo import FRONT_DESK
from flowrules.cli.options.files import fail, read_rules
from flowrules.cli.options.host import host_fence
from flowrules.cli.terminal.logs import log_to_stderr
from flowrules.runtime.loop.stopping import run_until_stopped
from flowrules.source import read_folder


def studio(
    path: Annotated[
        Path | None,
        typer.Argument(
            help="A rule file, or a folder of them. Default: this folder; where it has no rules, rules to play with.",
            show_default=False,
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="The port on this machine; 0: any that is free. Default: 7845, or any."
        ),
    ] = None,
    recording: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            help="Recorded calls, to see what an edit would have changed: a file, a folder of them, or a journal. "
            "Default: the journal.",
        ),
    ] = None,
    journal: Annotated[
        Path | None,
        typer.Option(
            file_okay=False,
            help="The journal of an engine that runs, to see its calls as they happen. Default: the recording, where "
            "that is a journal.",
        ),
    ] = None,
    browser: Annotated[
        bool,
        typer.Option("--browser/--no-browser", help="Open the page in a browser, or only say where it is."),
    ] = True,
) -> None:
    """Edit and try rules on a page in the browser: findings as you type, what the rules do in sentences, their tests
    and stories, a conversation to try.

    Only this machine can open the page, with the key that is in its address; each start has another key. Ctrl-C ends
    it.
    """
    with ExitStack() as stack:
        if path is None and not read_folder(Path())[0]:
            path = (
                Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="flowrules-studio-")))
                / "front-desk"
            )
            shutil.copytree(FRONT_DESK, path, ignore=shutil.ignore_patterns("__pycache__"))
            typer.echo("There are no rules in this folder, so the studio opens some to play with.")
            typer.echo("They are gone when it ends. flowrules new my-rules makes rules that stay.")
        _serve(path or Path(), port, recording, journal, browser=browser)


def _serve(
    path: Path, port: int | None, recording: Path | None, journal: Path | None, *, browser: bool
) -> None:
    read_rules(path)
    log_to_stderr("warning")
    from flowrules.runtime.journal.reader import journal_files
    from flowrules.studio.bundle import NotBuilt
    from flowrules.studio.on_disk import RulesOnDisk
    from flowrules.studio.server import Studio

    recorded = journal if recording is None else recording
    has_journal = recording is not None and recording.is_dir() and any(journal_files(recording))
    followed = recording if journal is None and has_journal else journal

    async def serve() -> None:
        try:
            on_disk = RulesOnDisk(path, host_fence())
            running = Studio(on_disk, port=port, recording=recorded, journal=followed)
        except NotBuilt as error:
            fail(str(error))
        except OSError as error:
            fail(f"Port {port or 0} of this machine can't be used: {error.strerror or error}")
        async with running:
            typer.echo(f"The studio is open at {running.address}")
            typer.echo("Whoever has this address can change the rules. Ctrl-C ends it.")
            if browser:
                await asyncio.to_thread(webbrowser.open, running.address)
            await asyncio.Event().wait()

    try:
        run_until_stopped(serve())
    except KeyboardInterrupt:
        typer.echo("")
