"""Who notices that a rule file has changed: its tests, or the stories that are played against its promises and hazards."""

from flowrules.analysis.check import check
from flowrules.compiler.compile import compile_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.diagnostic import Severity, open_findings
from flowrules.exploration.budget import Budget
from flowrules.exploration.findings import findings_of
from flowrules.exploration.search import explore
from flowrules.exploration.watchers import watchers_of
from flowrules.language.parse import parse
from flowrules.scenarios.suite import run_tests
from flowrules.source import SourceFile

SHORT_FIRST = (Budget(depth=1, inputs=1_500), Budget(depth=2, inputs=6_000))
"""How much is played of each change: most of them show in stories in which one thing happens."""


def loaded(source: SourceFile) -> RuleSet | None:
    """None where the file is no rule set, which nobody can load."""
    file, syntax = parse(source)
    rules, meaning = check((file,))
    if any(one.code.severity is Severity.ERROR for one in (*syntax, *meaning)):
        return None
    return compile_rules(rules)


def by_tests(ruleset: RuleSet) -> bool:
    return not run_tests(ruleset).passed


def by_stories(ruleset: RuleSet) -> frozenset[str]:
    """What short stories find: the names of promises that are broken, and of hazards; empty: nothing."""
    for budget in SHORT_FIRST:
        played = explore(ruleset, watchers_of(ruleset), budget)
        found = open_findings(findings_of(played, tests=False))
        if found:
            lines = ruleset.checked.promises
            labels = {block.locate(block.item.label.span): str(block.item.label.value) for block in lines}
            return frozenset(labels.get(one.location, one.code.name) for one in found)
    return frozenset()
