"""`flowrules test`: play the tests that stand in rule files."""

import json as jsonlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from flowrules.cli.options.files import fail
from flowrules.cli.options.situation import PathArgument, live_rules
from flowrules.cli.terminal.screen import say
from flowrules.cli.trying.junit import junit_xml
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.diagnostic import Findings, in_order, open_findings
from flowrules.diagnostics.guess import Guess, nearest
from flowrules.diagnostics.render.full import finding_lines
from flowrules.diagnostics.render.json import as_data
from flowrules.exploration.kept import KeptPromises, keep_promises, kept_json, promise_label
from flowrules.language.names import fold
from flowrules.scenarios.case_result import CaseResult
from flowrules.scenarios.proof import unproven
from flowrules.scenarios.suite import SuiteResult, run_tests, suite_json, test_label
from flowrules.scenarios.told import why_of
from flowrules.source import Location


def play_tests(
    path: PathArgument,
    coverage: Annotated[bool, typer.Option("--coverage", help="Also list what no test reaches.")] = False,
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    named: Annotated[
        list[str] | None,
        typer.Option(
            "-k",
            metavar="NAME",
            help="Only tests and promises with this in their name. May be given several times.",
        ),
    ] = None,
    junit: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write the result as JUnit XML, for build servers."),
    ] = None,
) -> None:
    """Play the tests in rule files on a simulated call, and stories against their promises.

    Each test is played again without the rules that it tests: one that passes all the same proves nothing, and is
    named.

    Ends with 0 if all pass and hold, 1 if one fails, a story breaks a promise or the rules have errors, 2 if nothing
    could be played.
    """
    ruleset = live_rules(path)
    chosen = _chosen(ruleset, named or ())
    result, kept = run_tests(ruleset, chosen), keep_promises(ruleset, chosen=chosen)
    findings = in_order(unproven(ruleset, result.cases))
    if junit is not None:
        _write(junit, result, kept, findings)
    if json:
        data = {
            **suite_json(result),
            "findings": [as_data(one) for one in findings],
            "promises": kept_json(kept),
        }
        data["passed"] = result.passed and kept.passed
        say(jsonlib.dumps(data, ensure_ascii=False, indent=2) + "\n")
    else:
        lines = (
            *suite_lines(result, coverage, whole=not named),
            *weak_lines(findings),
            *promise_lines(kept),
        )
        say("".join(f"{line}\n" for line in lines))
    raise typer.Exit(0 if result.passed and kept.passed else 1)


def _chosen(ruleset: RuleSet, named: Sequence[str]) -> Callable[[str], bool]:
    """Which names `-k` asks for; ends the command where it asks for none that is there."""
    wanted = [fold(one) for one in named]
    if not wanted:
        return lambda _: True
    checked = ruleset.checked
    labels = [test_label(block) for block in checked.tests] + [
        promise_label(block) for block in checked.promises
    ]
    if not any(one in fold(label) for label in labels for one in wanted):
        guess = nearest(named[0], labels)
        names = Guess(tuple(labels)).words() if labels else ""
        hint = guess.question(f"There are: {names}" if names else "There are no tests.")
        written = " or ".join(f'"{one}"' for one in named)
        fail(f"No test and no promise has {written} in its name. {hint}")
    return lambda label: any(one in fold(label) for one in wanted)


def _write(path: Path, result: SuiteResult, kept: KeptPromises, findings: Findings) -> None:
    failed = {case.location: tuple(failed_lines(case)) for case in result.cases if not case.passed}
    try:
        path.write_text(junit_xml(result, kept, findings, failed), encoding="utf-8")
    except OSError as error:
        fail(f"{path} can't be written: {error.strerror or error}")


def weak_lines(findings: Findings) -> Iterator[str]:
    """The tests that prove nothing."""
    for finding in open_findings(findings):
        yield from (line.rstrip() for line in finding_lines(finding))


def promise_lines(kept: KeptPromises) -> Iterator[str]:
    """The promises for people: each in a line, under one that is broken its story and a test to paste."""
    for one in kept.promises:
        yield kept.told(one)
        if one.finding is not None:
            yield from (f"  {line}".rstrip() for line in finding_lines(one.finding))
    if kept.promises:
        broken = sum(one.broken for one in kept.promises)
        whole = sum(one.finding is None for one in kept.promises)
        empty = len(kept.promises) - broken - whole
        idle = f", {empty} about what never happens" if empty else ""
        held = "promise holds" if whole == 1 else "promises hold"
        yield f"{whole} {held} as far as was played, {broken} broken{idle}"


def suite_lines(result: SuiteResult, coverage: bool, *, whole: bool = True) -> Iterator[str]:
    """The result for people: failures in full, then the sum. `whole`: all tests were played."""
    for case in result.cases:
        if not case.passed:
            yield from failed_lines(case)
        for place, note in case.notes:
            yield f"note {place.source.path}:{place.first.line} {note}"
    failed = sum(not case.passed for case in result.cases)
    yield f"{len(result.cases) - failed} passed, {failed} failed"
    untested = [one for one in result.coverage if one.untested]
    if coverage:
        for one in result.coverage:
            if one.missing:
                yield f"{one.rule.file}:{one.rule.line}  {one.rule.label}: no test for {', '.join(one.missing)}"
        reached = sum(not one.missing for one in result.coverage)
        yield f"{reached} of {len(result.coverage)} rules have a test for each of their outcomes"
    elif untested and whole:
        yield f"{len(untested)} of {len(result.coverage)} rules are reached by no test (--coverage lists them)"


def failed_lines(case: CaseResult) -> Iterator[str]:
    """A failed test: what was expected beside what happened, and why."""
    yield f"FAILED {case.location.source.path}:{case.location.first.line} {case.label}"
    last = 0
    for shortfall in case.shortfalls:
        played = _played_above(shortfall.location)
        if played and played != last:
            yield f"  line {played}: {shortfall.location.source.line(played).strip()}"
        last = played
        yield f"  line {shortfall.location.first.line}"
        yield f"    {shortfall.expected}"
        yield f"    happened: {shortfall.happened}"
        yield from why_of(shortfall)
    told = {note for shortfall in case.shortfalls for turn in shortfall.turns for note in turn.notes}
    for place, remark in case.remarks:
        if remark not in told:
            yield f"  line {place.first.line}: {remark}"


def _played_above(place: Location) -> int:
    """The number of the line that plays what an `expect` speaks of; 0 where nothing is played above it."""
    for number in range(place.first.line - 1, 0, -1):
        word = place.source.line(number).split(maxsplit=1)[:1]
        if word in (["on"], ["after"], ["at"]):
            return number
        if word == ["test"]:
            break
    return 0
