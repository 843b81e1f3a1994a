"""What an exploration has found, as findings: each with the story in which it was seen, told and as a test."""

from collections.abc import Iterable
from dataclasses import replace

from flowrules.analysis.checks.answers import answered
from flowrules.diagnostics.diagnostic import Diagnostic, Findings, in_order
from flowrules.exploration.coverage import ENOUGH
from flowrules.exploration.telling.as_test import as_test
from flowrules.exploration.telling.told import told
from flowrules.exploration.trail import Exploration, Found

AS_TODAY = "This test expects what the rules do today, so it passes: write what is right into its place."


def findings_of(exploration: Exploration, *, tests: bool = True) -> Findings:
    """In the order of the files; what a comment answers, with its reason. Without `tests` the stories are only told. An
    answer to what was not found is a finding, too, where enough was played for that."""
    files = exploration.coverage.ruleset.checked.files
    sources = [file.source.path for file in files]
    breaches = tuple(_finding(one, tests=tests) for one in exploration.breaches)
    found = answered(files, breaches, looked_for(exploration))
    return in_order(sorted(found, key=lambda one: sources.index(one.location.source.path)))


def looked_for(exploration: Exploration) -> frozenset[str]:
    """The ids of findings that would be there if there were something to find: enough was played for that."""
    coverage = exploration.coverage
    is_enough = coverage.depth >= ENOUGH or (coverage.complete and coverage.wanted >= ENOUGH)
    return exploration.looked_for if is_enough else frozenset()


def _finding(found: Found, *, tests: bool) -> Diagnostic:
    breach, story = found
    finding = Diagnostic(breach.code, breach.location, breach.message, breach.hint, related=breach.related)
    if story is None:
        return finding
    story = story.at_rest()
    finding = replace(finding, story=told(story))
    if not tests:
        return finding
    label = f"{breach.code.name}, line {breach.location.first.line}"
    test = as_test(story, label, breach.expects)
    unsaid = test.unsaid if breach.expects else (*test.unsaid, AS_TODAY)
    return replace(finding, test=test.text, unsaid=unsaid)


def tests_of(findings: Iterable[Diagnostic]) -> str:
    """The tests of findings as the text of a rule file, each under what was found; tests of one name are numbered."""
    blocks, seen = [], dict[str, int]()
    for finding in findings:
        if not finding.test:
            continue
        first, rest = finding.test.split("\n", 1)
        seen[first] = count = seen.get(first, 0) + 1
        first = first if count == 1 else f'{first[:-1]} ({count})"'
        notes = (finding.message, *finding.unsaid)
        blocks.append("".join(f"# {note}\n" for note in notes) + f"{first}\n{rest}")
    return "\n".join(blocks)
