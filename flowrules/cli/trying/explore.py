"""`flowrules explore`: play calls in every way that matters to the rules, and tell the stories that go wrong."""

import json as jsonlib
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from flowrules.cli.options.files import fail
from flowrules.cli.options.situation import PathArgument, live_rules
from flowrules.cli.terminal.screen import paint, say
from flowrules.compiler.compiled_steps import CompiledVerb
from flowrules.diagnostics.diagnostic import open_findings
from flowrules.diagnostics.render import full
from flowrules.diagnostics.render.json import as_data
from flowrules.exploration.budget import Budget
from flowrules.exploration.coverage import Coverage, happens
from flowrules.exploration.deep_enough import deep_enough
from flowrules.exploration.findings import findings_of, tests_of
from flowrules.exploration.hazards.asked import steps_of
from flowrules.exploration.search import explore as play_all
from flowrules.exploration.watchers import watchers_of

MOST_DEPTH = 12


def explore(
    path: PathArgument = Path(),
    depth: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=MOST_DEPTH,
            help="How many things happen in the longest story.",
            show_default="as many as the rules need, at least 3",
        ),
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="How long to play, at most.")] = 60.0,
    seed: Annotated[
        int,
        typer.Option(
            min=0, help="Another order in which stories are played. The same seed, the same answer."
        ),
    ] = 0,
    write_tests: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write what was found as tests into this rule file, which must not exist."
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Play calls in every way that matters to the rules, and tell the stories that go wrong.

    Ends with 0 where nothing was found, 1 where something was or the rules have errors, 2 where nothing could be
    played.
    """
    ruleset = live_rules(path)
    if write_tests is not None and write_tests.exists():
        fail(f"{write_tests} is there already; name another file.")
    with _progress(seconds) as progress:
        found = play_all(
            ruleset,
            watchers_of(ruleset),
            Budget(min(deep_enough(ruleset), MOST_DEPTH) if depth is None else depth, seconds, seed=seed),
            clock=time.monotonic,
            progress=progress,
        )
    findings = findings_of(found)
    if write_tests is not None:
        try:
            write_tests.write_text(tests_of(open_findings(findings)), encoding="utf-8")
        except OSError as error:
            fail(f"{write_tests} can't be written: {error.strerror or error}")
    if json:
        data = {"findings": [as_data(finding) for finding in findings], "coverage": found.coverage.data()}
        say(jsonlib.dumps(data, ensure_ascii=False, indent=2) + "\n")
    else:
        say(full(findings, paint()))
        say("".join(f"{line}\n" for line in _looked(found.coverage, nothing=not open_findings(findings))))
    raise typer.Exit(1 if open_findings(findings) else 0)


def _looked(coverage: Coverage, *, nothing: bool) -> Iterator[str]:
    """What was covered, and what was not."""
    if nothing and coverage.complete:
        yield "Nothing was found."
    elif nothing:
        yield (
            f"Nothing was found so far. Not every story was played in which {happens(coverage.wanted)}: "
            "give it more time with --seconds."
        )
    yield from coverage.words()
    idle = [rule for rule in coverage.ruleset.rules if rule.id not in coverage.fired | coverage.lapsed]
    for rule in idle:
        ref = coverage.ruleset.ref(rule)
        yield f"{ref.file}:{ref.line}  {ref.label}: it ran in no story"
    rules = {rule.id: rule for rule in coverage.ruleset.rules}
    for rule_id, path, reasons in coverage.branches_left:
        if (found := rules.get(rule_id)) is None:
            continue
        ref = coverage.ruleset.ref(found)
        verb = next(
            (step.verb for step in steps_of(found) if isinstance(step, CompiledVerb) and step.at == path), ""
        )
        because = f" because {', '.join(reasons)}" if reasons else ""
        yield f'{ref.file}:{ref.line}  {ref.label}: "if it fails{because}" below {verb or "a step"} ran in no story'


@contextmanager
def _progress(seconds: float) -> Iterator[Callable[[Coverage], None] | None]:
    """A bar on a terminal that shows how much of the time is used, and how far it has come; None elsewhere."""
    console = Console(file=sys.stderr)
    if not console.is_terminal or console.is_dumb_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("playing", total=seconds)
        began = time.monotonic()

        def show(coverage: Coverage) -> None:
            told = f"depth {coverage.depth}, {coverage.inputs:,} inputs, {coverage.states:,} situations"
            bar.update(task, description=told, completed=min(time.monotonic() - began, seconds))

        yield show
