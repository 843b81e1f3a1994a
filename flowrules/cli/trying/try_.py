"""`flowrules try`: a conversation in the terminal, under rules that reload as they are saved."""

import asyncio
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import typer

from flowrules.cli.options.files import fail, read_rules
from flowrules.cli.options.host import host_fence
from flowrules.cli.options.situation import AtOption, FactOption, PathArgument, known_facts, moment
from flowrules.cli.trying.talk import Quit, Talk
from flowrules.diagnostics.render import concise, full
from flowrules.runtime.errors import RulesRefused
from flowrules.runtime.rules.reload import watch
from flowrules.runtime.rules.rulebook import LoadOutcome, LoadStatus, RuleBook
from flowrules.scenarios.gate import failing_tests


def try_(path: PathArgument, fact: FactOption = None, at: AtOption = None) -> None:
    """Type what happens in a call, and see at once which rule takes it, why, and what would be sent. Nothing is
    sent. Save the rules in an editor next door, and the last answer comes again as the new rules give it.

    `intent=sales` is an event, `payment_done` too; plain words are what the caller says. `:help` lists the rest.
    """
    book = _book(path)
    talk = Talk(book.current, moment(at, book.current), known_facts(fact))
    rules = len(book.current.rules)
    print(f"{rules} {'rule' if rules == 1 else 'rules'}, revision {book.revision}. {talk.clock()}")
    _note_tests(book)
    print("Type what happens: intent=sales, or what the caller says. :help lists what else there is.")
    with suppress(KeyboardInterrupt):
        asyncio.run(_converse(book, talk))


def _book(path: Path) -> RuleBook:
    read_rules(path)
    try:
        return RuleBook.load(path, hold_shrunken=False, fence=host_fence())
    except RulesRefused as error:
        typer.echo(full(error.findings), err=True, nl=False)
        raise typer.Exit(1) from None
    except OSError as error:
        fail(f"{error.filename or path} can't be read: {error.strerror or error}")


async def _converse(book: RuleBook, talk: Talk) -> None:
    """Lines and edits, each when it comes, until the lines end."""
    coming: asyncio.Queue[str | LoadOutcome | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(coming.put_nowait, line)
        loop.call_soon_threadsafe(coming.put_nowait, None)

    threading.Thread(target=read, daemon=True, name="flowrules-stdin").start()
    watching = asyncio.create_task(watch(book, coming.put_nowait))
    try:
        _prompt()
        while (came := await coming.get()) is not None:
            if isinstance(came, str):
                _print(talk.take(came))
            elif not _follow(book, talk, came):
                continue
            _prompt()
    except Quit:
        pass
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


def _prompt() -> None:
    print("> " if sys.stdin.isatty() else "", end="", flush=True)


def _follow(book: RuleBook, talk: Talk, outcome: LoadOutcome) -> bool:
    """Say what a save has come to; whether there was anything to say."""
    if outcome.status is LoadStatus.LIVE:
        print(f"\n--- saved: revision {outcome.revision}")
        _note_tests(book)
        _print(talk.follow(book.current))
    elif outcome.status is LoadStatus.REFUSED:
        print("\n--- saved with mistakes, so the rules stay as they were:")
        print(concise(outcome.findings) or f"{outcome.message}\n", end="")
    return outcome.status is not LoadStatus.UNCHANGED


def _note_tests(book: RuleBook) -> None:
    if problem := failing_tests(book.current):
        print(f"note: {problem}")


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line, flush=True)
