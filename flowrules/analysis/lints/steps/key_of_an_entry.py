"""key-of-an-entry

What: a rule without a guard takes a single digit, while others wait for an entry of several keys.

Why: each key of an entry comes by itself first. So whoever presses 1234 sets off the rule for the key 1 on the way.

Avoid:
    on dtmf=1 transfer queue sales
    on keys is 4 digits remember pin_given is yes

Prefer:
    on dtmf=1 when pin_asked is unknown transfer queue sales
    on keys is 4 digits remember pin_given is yes
"""

from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.references import EVENT
from flowrules.analysis.model.report import Report
from flowrules.diagnostics.codes.logic import KEY_OF_AN_ENTRY
from flowrules.language.nodes import EventTest, On, Rule
from flowrules.language.operators import BY_OP, Family

_NO_DIGITS = frozenset("#*")


def key_of_an_entry(coverage: CoverageIndex, report: Report) -> None:
    if not coverage.scope.says(EVENT, "keys"):
        return
    for unit in report.units_without_errors(coverage.scope.rules):
        rule = unit.item
        if not isinstance(rule, Rule) or not isinstance(rule.trigger, On) or rule.guards:
            continue
        for test in rule.trigger.tests:
            if test.name.key == "dtmf" and _takes_a_digit(test):
                report.add(
                    KEY_OF_AN_ENTRY,
                    unit.block,
                    test.span,
                    "This rule also takes a key that belongs to an entry of several keys.",
                    "Say when it is meant, such as: when pin_asked is unknown. If both are meant, answer it.",
                )
                break


def _takes_a_digit(test: EventTest) -> bool:
    asked = test.test
    if asked is None or BY_OP[asked.op].family is not Family.AMONG or BY_OP[asked.op].negative or asked.list:
        return True
    return any(str(value.value) not in _NO_DIGITS for value in asked.values)
