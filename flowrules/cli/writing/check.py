"""`flowrules check`: every finding of a file or folder, in one run."""

import time
from pathlib import Path
from typing import Annotated

import typer

from flowrules.analysis.model.checked import CheckedRules
from flowrules.analysis.model.destination_policy import DestinationPolicy
from flowrules.cli.options.files import look_and_read, read_rules, refuse_built, write_rules
from flowrules.cli.options.host import host_fence
from flowrules.cli.terminal.screen import paint, say
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.flow import MOVED_RECORD
from flowrules.diagnostics.codes.hazards import FALSE_DISPOSITION, WISH_UNANSWERED
from flowrules.diagnostics.codes.hygiene import NEVER_NO
from flowrules.diagnostics.diagnostic import Diagnostic, Findings, has_errors, in_order, open_findings
from flowrules.diagnostics.fix import fixed
from flowrules.diagnostics.render import FORMATS, full
from flowrules.diagnostics.unread import without_rules
from flowrules.language.nodes import Rule
from flowrules.ready import load_ready
from flowrules.source import SourceFile

SECONDS_FOR_TESTS = 1.0
"""Of processor time, for tests of rules that were not played before."""
MAX_ROUNDS = 10
"""Mending one thing can make room for mending another, at most this often."""


def _known_format(name: str) -> str:
    if name not in FORMATS:
        raise typer.BadParameter(f"{name!r} is not one of {', '.join(FORMATS)}")
    return name


def check(
    path: Annotated[Path, typer.Argument(help="A rule file, or a folder of them.")] = Path(),
    format: Annotated[
        str,
        typer.Option(metavar="|".join(FORMATS), callback=_known_format, help="How findings are shown."),
    ] = "full",
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Mend what can be mended, and show the rest.")] = False,
    stories: Annotated[
        bool, typer.Option("--stories/--no-stories", help="Play short stories of calls, too.")
    ] = True,
) -> None:
    """Say what is wrong in rule files: where, what, and what to do.

    Short stories of calls are played besides: for longer ones there is flowrules explore.

    Places that are out of bounds for this host are found too: FLOWRULES_DENY_NUMBERS and the like say which.

    Ends with 0 if all is well or there are only warnings, 1 if there are errors, 2 if nothing could be checked.
    """
    if fix:
        refuse_built(path)
    sources, folder = look_and_read(path)
    fence = host_fence()
    rules, findings = _checked(sources, path, fence)
    for _ in range(MAX_ROUNDS if fix else 0):
        if not _mend(sources, findings):
            break
        sources = read_rules(path)
        rules, findings = _checked(sources, path, fence)
    looked = ""
    if stories and not has_errors(findings):
        found, looked = _played(sources, rules)
        findings = in_order(told_once(rules, (*findings, *found)))
    findings = (*without_rules(sources, folder), *findings)
    format = "json" if json else format
    say(_shown(rules, findings, format))
    if looked:
        typer.echo(looked, err=format != "full")
    raise typer.Exit(1 if has_errors(findings) else 0)


def _played(sources: tuple[SourceFile, ...], rules: CheckedRules) -> tuple[Findings, str]:
    """What short stories show, and how far was looked; of texts that were played before, what was kept."""
    from flowrules.cli.writing import kept_stories
    from flowrules.compiler.compile import compile_rules
    from flowrules.exploration.coverage import ENOUGH, happens
    from flowrules.exploration.deep_enough import deep_enough
    from flowrules.exploration.findings import findings_of
    from flowrules.exploration.short import short_stories

    shown = kept_stories.known(sources)
    weak = kept_stories.known(sources, "tests")
    if shown is not None and weak is not None:
        return (*shown[0], *weak[0]), shown[1]
    ruleset = compile_rules(rules)
    weak_tests = weak[0] if weak is not None else _weak_tests(sources, ruleset)
    if shown is not None:
        return (*shown[0], *weak_tests), shown[1]
    explored = short_stories(ruleset, time.process_time)
    findings = findings_of(explored, tests=False)
    nothing = "" if open_findings(findings) else ", and found nothing"
    coverage = explored.coverage
    most = "all" if coverage.complete else "some"
    looked = f"Played {most} stories in which {happens(coverage.wanted)}{nothing}."
    needed = deep_enough(ruleset)
    more = f"Longer ones, in which up to {needed} happen" if needed > ENOUGH else "Longer ones"
    shown = findings, f"{looked} {more}: flowrules explore"
    if coverage.complete:  # What the clock cut off says something about this moment, not about the rules.
        kept_stories.keep(sources, shown)
    return (*findings, *weak_tests), shown[1]


_ONE_FAULT = {MOVED_RECORD: FALSE_DISPOSITION, WISH_UNANSWERED: NEVER_NO}
"""What is left out in a rule in which the other one is found: they are one fault."""


def told_once(rules: CheckedRules, findings: Findings) -> Findings:
    """The findings, those left out that say the same of a rule as another one does better."""
    places = [
        (file.source.path, block.start, block.end)
        for file in rules.files
        for block in file.blocks
        if isinstance(block.item, Rule)
    ]

    def rule_of(finding: Diagnostic) -> object:
        at = finding.location
        return next((one for one in places if one[0] == at.source.path and one[1] <= at.start < one[2]), None)

    told = {(one.code, rule_of(one)) for one in findings if one.code in _ONE_FAULT.values()}
    return tuple(
        one
        for one in findings
        if one.code not in _ONE_FAULT or (_ONE_FAULT[one.code], rule_of(one)) not in told
    )


def _weak_tests(sources: tuple[SourceFile, ...], ruleset: RuleSet) -> Findings:
    """The tests that prove nothing, as far as a moment's time goes."""
    from flowrules.cli.writing import kept_stories
    from flowrules.scenarios.proof import unproven_while

    end = time.process_time() + SECONDS_FOR_TESTS
    found, all_played = unproven_while(ruleset, lambda: time.process_time() < end)
    if all_played:
        kept_stories.keep(sources, (found, ""), "tests")
    return found


def _checked(
    sources: tuple[SourceFile, ...], path: Path, fence: DestinationPolicy
) -> tuple[CheckedRules, Findings]:
    loaded = load_ready(sources, path, fence=fence)
    return loaded.checkup.rules, loaded.findings


def _mend(sources: tuple[SourceFile, ...], findings: Findings) -> bool:
    """Make the edits that findings carry; whether any was made."""
    any_mended = False
    for source in sources:
        text, mended = fixed(source, findings)
        if mended:
            write_rules(Path(source.path), text)
            for finding in mended:
                place = f"{source.path}:{finding.location.first.line}"
                typer.echo(f"mended {place} {finding.code.name}: {finding.message}", err=True)
            any_mended = True
    return any_mended


def _shown(rules: CheckedRules, findings: Findings, format: str) -> str:
    if format != "full":
        return FORMATS[format](findings)
    if open_findings(findings):
        return full(findings, paint())
    answered = f" {_count(len(findings), 'finding')} answered in comments." if findings else ""
    return f"{_count(len(rules.files), 'file')}, {_count(len(rules.rules), 'rule')}: nothing to mend.{answered}\n"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
