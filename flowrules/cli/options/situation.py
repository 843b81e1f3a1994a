"""The situation that a command is asked about: an event, what was known before, and when."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from flowrules.cli.options.files import fail, read_rules
from flowrules.cli.options.host import host_fence
from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.times.instants import clock_note, to_instant
from flowrules.diagnostics.render import concise
from flowrules.engine.event import BadEvent, Event, flatten, make_event
from flowrules.engine.raised import as_raised
from flowrules.language.names import fold
from flowrules.language.values import Value
from flowrules.ready import load_ready
from flowrules.trying.pairs import BadPair, read_pairs
from flowrules.trying.unknown_names import remarks

PathArgument = Annotated[Path, typer.Argument(help="A rule file, or a folder of them.")]
EventArgument = Annotated[
    list[str],
    typer.Argument(metavar="EVENT...", help="What happens: intent=sales, said='call me', payment_done."),
]
FactOption = Annotated[
    list[str] | None,
    typer.Option(
        "--fact", "-f", metavar="KEY=VALUE", help="What was known before. May be given several times."
    ),
]
AtOption = Annotated[
    str | None,
    typer.Option(
        "--at", metavar="TIME", help="When: 2026-03-02T11:00, in the rules' time zone. Default: now."
    ),
]


_TIMER = re.compile(r"(?:after\s+\d+\s|at\s+\d{1,2}:\d\d)")


@dataclass(frozen=True, slots=True)
class Situation:
    ruleset: RuleSet
    event: Event
    known: dict[str, Value]
    now: datetime


def situation(path: Path, event: list[str], fact: list[str] | None, at: str | None) -> Situation:
    """Read all of it. Ends the command with 1 where the rules have errors, 2 where the rest can't be read."""
    typed = " ".join(event)
    if _TIMER.match(typed.lower()):
        fail(
            f'Nobody reports "{typed}": it is a timer. Timers are tried out in a test, with the line: {typed}'
        )
    ruleset = live_rules(path)
    try:
        bare, facts = read_pairs(event)
        happened = as_raised(make_event(*bare, facts=facts))
    except (BadPair, BadEvent) as error:
        fail(f"{error}.")
    known = known_facts(fact)
    for remark in remarks(ruleset, happened, known):
        typer.echo(f"note: {remark}", err=True)
    return Situation(ruleset, happened, known, moment(at, ruleset))


def known_facts(fact: list[str] | None) -> dict[str, Value]:
    """What `--fact` says was known; ends the command with 2 where it can't be read."""
    try:
        bare, known = read_pairs(fact or [])
        if bare:
            fail(f"A fact has a value: {bare[0]}=…")
        return {fold(name): value for name, value in flatten(known)}
    except (BadPair, BadEvent) as error:
        fail(f"{error}.")


def live_rules(path: Path, *, code: int = 1, done: str = "run") -> RuleSet:
    """The rule set of a path; ends the command with 1, or another code, where it has errors, which are shown. `done`
    says what they then can't be."""
    loaded = load_ready(read_rules(path), path, fence=host_fence())
    if loaded.ruleset is None:
        typer.echo(concise(loaded.findings), err=True, nl=False)
        typer.echo(f"The rules have errors, so they can't be {done}.", err=True)
        raise typer.Exit(code)
    return loaded.ruleset


def moment(at: str | None, ruleset: RuleSet) -> datetime:
    """A time as typed; without an offset it is the rule set's own, and where its clock shows that time never or twice,
    a note says what was taken."""
    if at is None:
        return datetime.now(UTC)
    try:
        parsed = datetime.fromisoformat(at)
        if note := clock_note(parsed, ruleset.zone):
            typer.echo(f"note: {note}", err=True)
        return to_instant(parsed, ruleset.zone)
    except ValueError:
        fail(f"{at} is no date and time: write 2026-03-02T11:00.")
    except OverflowError:
        fail(f"{at} lies beyond the calendar.")
