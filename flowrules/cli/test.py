"""`flowrules test`: play the tests that stand in rule files."""

import json as jsonlib
from collections.abc import Iterator
from typing import Annotated

import typer

from flowrules.cli.screen import say
from flowrules.cli.situation import PathArgument, live_rules
from flowrules.diagnostics.render.full import finding_lines
from flowrules.engine.decision import Verdict
from flowrules.engine.trace import trace_lines
from flowrules.exploration.kept import KeptPromises, keep_promises, kept_json
from flowrules.scenarios.cases import CaseResult, Shortfall
from flowrules.scenarios.suite import SuiteResult, run_tests, suite_json
from flowrules.scenarios.words import describe


def play_tests(
    path: PathArgument,
    coverage: Annotated[bool, typer.Option("--coverage", help="Also list what no test reaches.")] = False,
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Play the tests in rule files on a simulated call, and stories against their promises.

    Ends with 0 if all pass and hold, 1 if one fails, a story breaks a promise or the rules have errors, 2 if nothing
    could be played.
    """
    ruleset = live_rules(path)
    result, kept = run_tests(ruleset), keep_promises(ruleset)
    if json:
        data = {**suite_json(result), "promises": kept_json(kept)}
        data["passed"] = result.passed and kept.passed
        say(jsonlib.dumps(data, ensure_ascii=False, indent=2) + "\n")
    else:
        say("".join(f"{line}\n" for line in (*suite_lines(result, coverage), *promise_lines(kept))))
    raise typer.Exit(0 if result.passed and kept.passed else 1)


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


def suite_lines(result: SuiteResult, coverage: bool) -> Iterator[str]:
    """The result for people: failures in full, then the sum."""
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
    elif untested:
        yield f"{len(untested)} of {len(result.coverage)} rules are reached by no test (--coverage lists them)"


def failed_lines(case: CaseResult) -> Iterator[str]:
    """A failed test: what was expected beside what happened, and why."""
    yield f"FAILED {case.location.source.path}:{case.location.first.line} {case.label}"
    for shortfall in case.shortfalls:
        yield f"  line {shortfall.location.first.line}"
        yield f"    {shortfall.expected}"
        yield f"    happened: {shortfall.happened}"
        yield from _why(shortfall)
    told = {note for shortfall in case.shortfalls for turn in shortfall.turns for note in turn.notes}
    for place, remark in case.remarks:
        if remark not in told:
            yield f"  line {place.first.line}: {remark}"


def _why(shortfall: Shortfall) -> Iterator[str]:
    for turn in shortfall.turns:
        for done in turn.done:
            yield f"      - {describe(done)}"
        for line in trace_lines(turn.decision):
            if line.verdict not in (Verdict.NO_MATCH, Verdict.EARLIER):
                yield f"      {line.rule.label}: {line.reason}"
        if not turn.plan.parts:
            yield "      no rule took the event"
        for note in turn.notes:
            yield f"      note: {note}"
