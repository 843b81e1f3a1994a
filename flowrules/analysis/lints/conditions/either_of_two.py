"""either-of-two

What: a rule takes several values of a fact, and an `if` in it asks which of them came.

Why: who wants two things in one sentence is told of with both values, and of several values any one that fits is
enough: the `if` says yes, whatever else was said.

Avoid:
    rule "To be left alone"
      on intent is one of bereavement, wedding
      if intent is wedding then say "Congratulations." otherwise say "I am very sorry."
    end

Prefer:
    on intent=bereavement say "I am very sorry."
    on intent=wedding say "Congratulations."
"""

from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.builtin import SPOKEN_FACTS
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope
from flowrules.diagnostics.codes.logic import EITHER_OF_TWO
from flowrules.language.names import fold
from flowrules.language.nodes import Compare, If, Rule
from flowrules.language.operators import BY_OP, Family
from flowrules.language.traverse import event_tests


def either_of_two(coverage: CoverageIndex, report: Report) -> None:
    for unit in report.units_without_errors(coverage.scope.rules):
        if not isinstance(unit.item, Rule):
            continue
        taken: dict[str, dict[str, str]] = {}
        for test in event_tests(unit.item):
            if test.test is not None and test.name.key not in SPOKEN_FACTS:
                taken.setdefault(test.name.key, {}).update(_values(test.test, coverage.scope))
        for step in unit.steps:
            if not (isinstance(step, If) and step.otherwise and isinstance(step.condition, Compare)):
                continue
            asked = step.condition
            values = taken.get(asked.fact.key, {})
            chosen = _values(asked, coverage.scope).keys()
            others = [text for key, text in values.items() if key not in chosen]
            if not others or chosen.isdisjoint(values):
                continue
            one = next(text for key, text in values.items() if key in chosen)
            name = asked.fact.text
            report.add(
                EITHER_OF_TWO,
                unit.block,
                asked.span,
                f"Who says both in one sentence, {one} and {others[0]}, is taken for {one} here: of several values any "
                "one that fits is enough.",
                f"Write a rule for each, the one that matters more above the other: on {name}={others[0]} …, and "
                f"on {name}={one} …",
            )


def _values(compare: Compare, scope: Scope) -> dict[str, str]:
    """The values of which a fact must have one, folded and as they are written; none where it asks for something
    else."""
    row = BY_OP[compare.op]
    if row.family is not Family.AMONG or row.negative:
        return {}
    listed = scope.lists.node(compare.list.key) if compare.list is not None else None
    return {fold(str(one.value)): str(one.value) for one in (listed.values if listed else compare.values)}
