"""counted-together

What: `on FACT 3 times`, where the fact comes with different values.

Why: the count goes by the event and not by its value, so three different values count as three times the same.

Avoid:
    on asked_for 3 times transfer queue people
    on asked_for=leg say "The leg is in the small box."

Prefer:
    on asked_for=leg 3 times transfer queue people
    on asked_for=leg say "The leg is in the small box."
"""

from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.references import VALUED
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope
from flowrules.diagnostics.codes.logic import COUNTED_TOGETHER
from flowrules.language.nodes import FactType, On, Rule

_EVERY_TIME = frozenset({"said", "hearing", "dtmf", "silence"})
"""How often the caller spoke or pressed a key is a question about no value."""
_VALUES = frozenset({FactType.TEXT, FactType.ONE_OF, FactType.NUMBER})


def counted_together(coverage: CoverageIndex, report: Report) -> None:
    for unit in report.units_without_errors(coverage.scope.rules):
        rule = unit.item
        if not isinstance(rule, Rule) or not isinstance(rule.trigger, On) or rule.trigger.times is None:
            continue
        for test in rule.trigger.tests:
            key = test.name.key
            if test.test is None and key not in _EVERY_TIME and _has_values(key, coverage.scope):
                count = rule.trigger.times.count
                report.add(
                    COUNTED_TOGETHER,
                    unit.block,
                    test.span,
                    f'Different values of "{test.name.text}" count together here.',
                    f"To count each by itself, write: on the same {test.name.text} {count} times. One value alone: "
                    f"on {test.name.text}=… {count} times. If all of them are meant to count together, say so: "
                    f"on {test.name.text} is known {count} times",
                )
                break


def _has_values(key: str, scope: Scope) -> bool:
    declared = scope.facts.node(key)
    return scope.says(VALUED, key) or (declared is not None and declared.type in _VALUES)
