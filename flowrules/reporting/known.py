"""What live calls have reached of rules whose texts are at hand, and which rules have never taken an event."""

from collections.abc import Iterator

from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.decision import Verdict
from flowrules.reporting.model import Known, LiveCoverage
from flowrules.reporting.reading import Reading
from flowrules.scenarios.suite import Reached, RuleCoverage, reachable

_HELD_BACK = {
    Verdict.GUARD_NO: Reached.GUARD_NO,
    Verdict.GUARD_UNKNOWN: Reached.GUARD_UNKNOWN,
    Verdict.OTHERWISE: Reached.GUARD_NO,
}


def known(ruleset: RuleSet | None, reading: Reading, why_not: str) -> Known:
    if ruleset is None:
        return Known(why_not=why_not)
    took = reading.fired + reading.otherwise
    never = tuple(ruleset.ref(rule) for rule in ruleset.rules if not took[rule.id])
    return Known(ruleset.revision, len(ruleset.rules), never, tuple(_coverage(ruleset, reading)))


def _coverage(ruleset: RuleSet, reading: Reading) -> Iterator[LiveCoverage]:
    for rule in ruleset.rules:
        reached = {_HELD_BACK[verdict] for verdict in reading.held_back.get(rule.id, ())}
        if reading.fired[rule.id]:
            reached.add(Reached.FIRED)
        if rule.id in reading.branches:
            reached.add(Reached.FAILURE_BRANCH)
        one = RuleCoverage(ruleset.ref(rule), reachable(rule), frozenset(reached))
        shown = tuple(outcome for outcome in Reached if outcome in reached)
        yield LiveCoverage(one.rule, shown, one.missing)
