"""The last word before rules go live: do the tests in their own files pass, and what do short stories show?"""

import time

from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.diagnostic import Findings, Severity, open_findings
from flowrules.runtime.rules.load_gate import GateAnswer
from flowrules.scenarios.gate import failing_tests

_played: dict[tuple[str, str], Findings] = {}
"""What the stories of the last rule sets showed, by revision and agent type."""
_MOST = 8
_last: list[RuleSet] = []
"""The rule set that was asked about last, in this process."""


def stories_and_tests(ruleset: RuleSet, seconds: float = 0.5) -> GateAnswer:
    """Why a rule set may not go live: a test fails, or a story breaks a promise. What is merely hazardous is a warning.
    Of an edit, what it changes is played first. 0 seconds: no stories are played."""
    objection = failing_tests(ruleset)
    if objection or not seconds:
        return GateAnswer(objection)
    findings = _stories(ruleset, seconds)
    broken = [one for one in open_findings(findings) if one.code.severity is Severity.ERROR]
    if not broken:
        return GateAnswer("", findings)
    first = broken[0]
    place = f"{first.location.source.path}, line {first.location.first.line}"
    others = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
    return GateAnswer(f"{place}: {first.message}{others} {' '.join(first.story)}".rstrip(), findings)


def _stories(ruleset: RuleSet, seconds: float) -> Findings:
    # The explorer comes with the first rules that are played, not with the first import.
    from flowrules.exploration.findings import findings_of
    from flowrules.exploration.short import changed_rules, short_stories

    key = (ruleset.revision, ruleset.agent_type)
    known = _played.get(key)
    if known is None:
        changed = changed_rules(_last[0], ruleset) if _last else frozenset()
        known = findings_of(short_stories(ruleset, time.monotonic, seconds, changed), tests=False)
        if len(_played) >= _MOST:
            del _played[next(iter(_played))]
        _played[key] = known
    _last[:] = [ruleset]
    return known
