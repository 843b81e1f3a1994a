"""any-degree

What: a rule waits for a fact without a value, and the fact is declared with a value that says "hardly".

Why: `on abuse` takes every value but no and none, a mild one, too.

Avoid:
    fact abuse is one of none, mild, severe
    on abuse say "I am ending this call." then hangup

Prefer:
    fact abuse is one of none, mild, severe
    on abuse=severe say "I am ending this call." then hangup
"""

from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.report import Report
from flowrules.diagnostics.codes.hygiene import ANY_DEGREE
from flowrules.language.names import fold
from flowrules.language.nodes import Rule
from flowrules.language.traverse import event_tests

_NOTHING = frozenset({"no", "none", "false", "0"})
"""What a rule that waits for a fact does not take."""
_HARDLY = frozenset(
    "mild low slight light minor weak small little neutral normal calm fine ok okay good polite harmless".split()
)


def any_degree(coverage: CoverageIndex, report: Report) -> None:
    scope = coverage.scope
    for unit in report.units_without_errors(scope.rules):
        if not isinstance(unit.item, Rule):
            continue
        for test in event_tests(unit.item):
            declared = scope.facts.node(test.name.key) if test.test is None else None
            if declared is None:
                continue
            values = [str(one.value) for one in declared.values if fold(str(one.value)) not in _NOTHING]
            hardly = [one for one in values if fold(one) in _HARDLY]
            others = [one for one in values if one not in hardly]
            if hardly and others:
                name = test.name.text
                meant = f"{name} is one of {', '.join(others)}" if len(others) > 1 else f"{name}={others[0]}"
                report.add(
                    ANY_DEGREE,
                    unit.block,
                    test.span,
                    f'"{name}" without a value takes each value that is told of it, {hardly[0]} too.',
                    f"Name those that you mean: {meant}. If all are meant: {name} is one of {', '.join(values)}",
                )
