"""The command line. A command is a row below and a function in a module of its own, which is imported only when
the command is run, so that `flowrules --help` is quick.

To add a command: its module, with a function (or a typer app) named as the row says, and its row.
"""

import io
import os
import sys
from importlib import import_module
from typing import Annotated, Any, NamedTuple

import typer

import flowrules
from flowrules.cli.terminal.letters import ERRORS


class Command(NamedTuple):
    """`member` is a function or a typer app in the module `flowrules.cli.<module>`."""

    name: str
    module: str
    member: str
    help: str


COMMANDS: tuple[Command, ...] = (
    Command("new", "writing.new", "new", "Start a folder with a small rule file and its test."),
    Command(
        "check", "writing.check", "check", "Say what is wrong in rule files, and mend what can be mended."
    ),
    Command("build", "writing.build", "build", "Write checked rules into one file that is ready at once."),
    Command("fmt", "writing.fmt", "fmt", "Write rule files in their one canonical form."),
    Command(
        "grammar", "writing.grammar", "grammar", "Print a grammar that holds a model to the rule language."
    ),
    Command("preview", "trying.preview", "preview", "Show what an event would send, and send nothing."),
    Command("why", "trying.why", "why", "Say why each rule did, or did not, take an event."),
    Command("try", "trying.try_", "try_", "Try rules out in a conversation; edits show at once."),
    Command("test", "trying.test", "play_tests", "Play the tests that stand in rule files."),
    Command(
        "explain", "showing.explain", "explain", "Say in plain sentences what rules do, as a page to sign."
    ),
    Command(
        "explore",
        "trying.explore",
        "explore",
        "Play calls in every way that matters, and tell what goes wrong.",
    ),
    Command("draw", "showing.draw", "draw", "The same as a picture: each event, its rules and their steps."),
    Command("diff", "showing.diff", "diff", "Say what an edit of the rules changes, with examples."),
    Command("replay", "records.replay", "replay", "Say what an edit would have done in recorded calls."),
    Command("draft", "writing.draft", "draft", "Judge a draft of rules before anybody saves it."),
    Command("mcp", "writing.mcp", "mcp", "Serve rules to a model that drafts rules, over MCP."),
    Command("verbs", "showing.verbs", "verbs", "The verbs, and how each is written."),
    Command("show", "showing.show", "show", "What the engine makes of rule files, stage by stage."),
    Command("studio", "writing.studio", "studio", "Edit and try rules on a page in the browser."),
    Command("lsp", "writing.lsp", "lsp", "Serve an editor: findings as you type, completion, rename."),
    Command("demo", "demo", "demo", "Watch the rules work on a call, on this machine."),
    Command("run", "running.run", "run", "Serve rules to the platform; events come as JSON."),
    Command("fleet", "running.fleet", "fleet", "Show the hosts of a fleet, their rules and their calls."),
    Command("rollout", "running.rollout", "rollout", "Show a rollout of rules, and make its next step."),
    Command(
        "journal",
        "records.journal",
        "journal",
        "Say whether a journal is whole, tell a call's story, replay it.",
    ),
    Command("report", "records.report", "report", "Say what the calls in a journal did, as a page."),
    Command("revoke", "running.revoke", "revoke", "Make a call's token worthless, at once."),
    Command("sandbox", "sandbox", "sandbox", "Run the platform on this machine, for trying rules out."),
    Command("chaos", "chaos", "chaos", "Let everything go wrong on many calls, and count what is wrong."),
)


def main() -> None:
    """What the `flowrules` script runs. A shell that asks how a line may go on runs it too, with the line in its
    environment."""
    _show_everything()
    arguments = sys.argv[1:]
    words = arguments
    if _COMPLETION in os.environ:
        words = next((os.environ[name].split()[1:] for name in _TYPED if name in os.environ), [])
    application(next((word for word in words if not word.startswith("-")), ""))(arguments, "flowrules")


def _show_everything() -> None:
    """A terminal, or a file that output goes to, may have no letters for what rules say (Windows keeps to its old code
    pages there): such letters are shown by their numbers."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=ERRORS)


_COMPLETION = "_FLOWRULES_COMPLETE"
_TYPED = ("_TYPER_COMPLETE_ARGS", "COMP_WORDS")
"""Where Typer's scripts for zsh, fish and PowerShell, and the one for bash, keep the line."""


def application(wanted: str = "") -> typer.Typer:
    """The whole command line, in which only the command `wanted` is imported: of the others the help needs no
    more than their rows."""
    app = typer.Typer(
        help="Call-flow rules for voice-AI agents: plain words in, telephony verbs out.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    )
    app.callback()(_options)
    for row in COMMANDS:
        member = _load(row) if row.name == wanted else _not_imported
        if isinstance(member, typer.Typer):
            app.add_typer(member, name=row.name, help=row.help)
        else:
            app.command(row.name, short_help=row.help)(member)
    return app


def _load(row: Command) -> Any:
    return getattr(import_module(f"{__name__}.{row.module}"), row.member)


def _not_imported() -> None:
    raise AssertionError("a command that was not asked for has run")


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"flowrules {flowrules.__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Typer's place for options that stand before the command."""
