"""All tests of a rule set, and which rules they reach."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.decision import Verdict
from flowrules.engine.planning.plan import FailedStep, PlannedStep, PlannedVerb, branch_for
from flowrules.language.names import fold
from flowrules.language.nodes import Block, If, OtherVerb, Step, Test, VerbStep
from flowrules.scenarios.case_result import CaseResult
from flowrules.scenarios.cases import run_case
from flowrules.scenarios.happenings import Turn
from flowrules.scenarios.rails import acted, named_rails, stood_by


class Reached(StrEnum):
    """What tests can see of a rule."""

    FIRED = "fired"
    GUARD_NO = "condition not met"
    GUARD_UNKNOWN = "condition unknown"
    FAILURE_BRANCH = "failure branch"
    BOUND = "bound"
    """Of a guard rail: it changed what was done."""
    DID_NOT_BIND = "did not bind"
    """Of a guard rail: it stood over a verb, and let it pass as it was."""


@dataclass(frozen=True, slots=True)
class RuleCoverage:
    """Which outcomes of a rule, or of a guard rail with a name, the tests reach, out of those that it has. A guard's
    `no` and `unknown` count as one outcome that is there to reach; which of them was seen is told apart in
    `reached`."""

    rule: RuleRef
    possible: frozenset[Reached]
    reached: frozenset[Reached]

    @property
    def untested(self) -> bool:
        return not self.reached

    @property
    def missing(self) -> tuple[Reached, ...]:
        """Outcomes that no test reaches. Where a guard was seen to hold a rule back in one way, the other is
        not asked for."""
        guard_seen = bool(self.reached & _HELD_BACK)
        return tuple(
            one
            for one in Reached
            if one in self.possible - self.reached and not (one in _HELD_BACK and guard_seen)
        )


_HELD_BACK = frozenset({Reached.GUARD_NO, Reached.GUARD_UNKNOWN})


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """Every test's result in written order, and the coverage of every rule."""

    revision: str
    cases: tuple[CaseResult, ...]
    coverage: tuple[RuleCoverage, ...]

    @property
    def passed(self) -> bool:
        return all(case.passed for case in self.cases)


def run_tests(ruleset: RuleSet, chosen: Callable[[str], bool] = lambda _: True) -> SuiteResult:
    """Play the tests of a rule set whose name is `chosen`. Pure: no network, no clock but the tests' own."""
    cases = tuple(run_case(ruleset, block) for block in ruleset.checked.tests if chosen(test_label(block)))
    return SuiteResult(ruleset.revision, cases, _coverage(ruleset, cases))


def test_label(block: Block) -> str:
    assert isinstance(block.item, Test)
    return str(block.item.label.value)


def suite_json(result: SuiteResult) -> dict[str, Any]:
    """The result as JSON data."""
    return {
        "revision": result.revision,
        "passed": result.passed,
        "tests": [_case_json(case) for case in result.cases],
        "coverage": [
            {
                "rule": one.rule.label,
                "file": one.rule.file,
                "line": one.rule.line,
                "reached": sorted(one.reached),
                "missing": list(one.missing),
            }
            for one in result.coverage
        ],
    }


def _case_json(case: CaseResult) -> dict[str, Any]:
    return {
        "test": case.label,
        "file": case.location.source.path,
        "line": case.location.first.line,
        "passed": case.passed,
        "shortfalls": [
            {"line": one.location.first.line, "expected": one.expected, "happened": one.happened}
            for one in case.shortfalls
        ],
        "remarks": [{"line": place.first.line, "remark": remark} for place, remark in case.remarks],
        "notes": [{"line": place.first.line, "note": note} for place, note in case.notes],
    }


def _coverage(ruleset: RuleSet, cases: tuple[CaseResult, ...]) -> tuple[RuleCoverage, ...]:
    seen: dict[str, set[Reached]] = {rule.id: set() for rule in ruleset.rules}
    for case in cases:
        for turn in case.turns:
            _note(turn, seen)
    rules = (
        RuleCoverage(ruleset.ref(rule), reachable(rule), frozenset(seen[rule.id])) for rule in ruleset.rules
    )
    return (*rules, *_rail_coverage(ruleset, cases))


def _rail_coverage(ruleset: RuleSet, cases: Iterable[CaseResult]) -> Iterator[RuleCoverage]:
    rails = named_rails(ruleset)
    played = [one for case in cases for one in case.happened]
    bound, let_pass = acted(played), stood_by(played, rails)
    for rail in rails:
        possible = {Reached.BOUND} | ({Reached.DID_NOT_BIND} if rail.when or rail.unless else set())
        name = fold(rail.label)
        reached = {Reached.BOUND} if name in bound else set()
        reached |= {Reached.DID_NOT_BIND} if name in let_pass else set()
        yield RuleCoverage(rail.ref, frozenset(possible), frozenset(reached & possible))


_VERDICTS = {
    Verdict.FIRED: Reached.FIRED,
    Verdict.GUARD_NO: Reached.GUARD_NO,
    Verdict.GUARD_UNKNOWN: Reached.GUARD_UNKNOWN,
    Verdict.OTHERWISE: Reached.GUARD_NO,
}


def _note(turn: Turn, seen: dict[str, set[Reached]]) -> None:
    trace = turn.decision.trace
    assert trace is not None
    taken = {rule.id for rule, _ in turn.decision.parts}
    for rule, verdict in trace.considered:
        reached = _VERDICTS.get(verdict)
        if reached is not None and (reached not in (Reached.FIRED,) or rule.id in taken):
            seen[rule.id].add(reached)
    done = {id(one.step): one.reason for one in turn.done}
    for part in turn.plan.parts:
        if any(_came_to_a_branch(step, done) for step in part.steps):
            seen[part.rule.id].add(Reached.FAILURE_BRANCH)


def _came_to_a_branch(step: PlannedStep, done: Mapping[int, str | None]) -> bool:
    """Whether a failure branch of a step was reached: one of its steps ran, also where it ended the call or failed; or
    it has none (`go on`) and the step failed for its reason. `done`: why each step that ran has failed, by its id."""
    if not isinstance(step, PlannedVerb | FailedStep):
        return False
    reason = done.get(id(step))
    taken = None if reason is None else branch_for(step.branches, reason)
    if taken is not None and not taken.steps:
        return True
    inner = [one for branch in step.branches for one in branch.steps]
    return any(id(one) in done or _came_to_a_branch(one, done) for one in inner)


def reachable(rule: CompiledRule) -> frozenset[Reached]:
    """The outcomes that a rule has."""
    possible = {Reached.FIRED}
    if rule.guard is not None:
        possible |= _HELD_BACK
    syntax = rule.rule
    if _has_branch((*syntax.steps, *(syntax.otherwise or ()))):
        possible.add(Reached.FAILURE_BRANCH)
    return frozenset(possible)


def _has_branch(steps: Iterable[Step]) -> bool:
    for step in steps:
        match step:
            case VerbStep(failures=failures) | OtherVerb(failures=failures) if failures:
                return True
            case If(steps=inner, otherwise=others) if _has_branch((*inner, *others)):
                return True
    return False
