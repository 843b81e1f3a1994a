"""What a draft is worth, without a model and without a clock: equal drafts get equal figures."""

from dataclasses import dataclass

from benchmarks.drafting.policies import Policy
from flowrules.compiler.loading.load import load_rules
from flowrules.diagnostics.diagnostic import Findings, Severity, open_findings
from flowrules.exploration.budget import Budget
from flowrules.exploration.findings import findings_of
from flowrules.exploration.search import explore
from flowrules.exploration.watchers import watchers_of
from flowrules.language.parse import parse
from flowrules.scenarios.suite import run_tests
from flowrules.source import source_from_text

STORIES = Budget(depth=2, inputs=4_000)
GIVEN, DRAFT, NASTY = "a_given.rules", "b_draft.rules", "c_nasty.rules"


@dataclass(frozen=True, slots=True)
class Score:
    """`parses`: the parser reads all of it. `clean`: nothing is found in it, and its own tests pass. `warned`: stories
    show a hazard or a broken promise. `passes`: every nasty case does. `missed` are the cases that do not."""

    parses: bool
    clean: bool
    warned: bool
    passes: bool
    missed: tuple[str, ...] = ()

    @property
    def silently_wrong(self) -> bool:
        """Wrong, and nothing says a word about it."""
        return self.clean and not self.warned and not self.passes


def score(policy: Policy, text: str) -> Score:
    """Judge a draft of a policy. It stands behind what is given."""
    given, draft = source_from_text(policy.given, GIVEN), source_from_text(text, DRAFT)
    parses = not any(one.code.severity is Severity.ERROR for one in parse(draft)[1])
    loaded = load_rules([given, draft])
    if loaded.ruleset is None:
        return Score(parses, clean=False, warned=True, passes=False, missed=_labels(policy))
    own = run_tests(loaded.ruleset)
    clean = own.passed and not _of_draft(loaded.findings)
    explored = explore(loaded.ruleset, watchers_of(loaded.ruleset), STORIES)
    warned = bool(_of_draft(findings_of(explored)))
    together = load_rules([given, draft, source_from_text(policy.nasty, NASTY)]).ruleset
    if together is None:
        return Score(parses, clean, warned, passes=False, missed=_labels(policy))
    cases = [case for case in run_tests(together).cases if case.location.source.path == NASTY]
    missed = tuple(case.label for case in cases if not case.passed)
    return Score(parses, clean, warned, passes=not missed, missed=missed)


def _of_draft(findings: Findings) -> Findings:
    """What was found in the rules that are given is not the draft's."""
    return tuple(one for one in open_findings(findings) if one.location.source.path == DRAFT)


def _labels(policy: Policy) -> tuple[str, ...]:
    return tuple(
        line.partition('"')[2].rstrip('"') for line in policy.nasty.splitlines() if line.startswith("test ")
    )
