"""unused

What: a list, hours, steps or a destination that no rule uses.

Why: either a rule forgot it, or it is left over and will be kept up for nothing.

Avoid:
    list vip is gold, silver
    on intent=sales transfer queue sales

Prefer:
    list vip is gold, silver
    on intent=sales when campaign is in vip transfer queue sales
"""

from typing import TypeVar

from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.references import NEEDED, RULE
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope, Table
from flowrules.diagnostics.codes.hygiene import UNUSED

T = TypeVar("T")


def unused(coverage: CoverageIndex, report: Report) -> None:
    """Silent where there are no rules at all: a file of declarations serves others."""
    scope = coverage.scope
    if not scope.says(RULE, ""):
        return
    spoken_of = scope.mentioned | scope.meant
    _check(scope.lists, "list", "The list", "is", spoken_of, scope, report)
    _check(scope.hours, "hours", "The hours", "are", spoken_of, scope, report)
    _check(scope.destinations, "destination", "The destination", "is", spoken_of, scope, report)
    _check(scope.steps, "steps", "The steps", "are", spoken_of, scope, report)


def _check(
    table: Table[T],
    kind: str,
    what: str,
    verb: str,
    spoken_of: set[str],
    scope: Scope,
    report: Report,
) -> None:
    for key, declared in table.found.items():
        if scope.says(NEEDED, key, kind) or key in spoken_of or report.is_broken(declared.unit.block):
            continue
        message = f'{what} "{declared.name.text}" {verb} declared and never used.'
        hint = (
            f"Use them in a rule, as in: when {declared.name.text} is open; or take them out."
            if kind == "hours"
            else "Use it in a rule, or take it out."
        )
        report.add(UNUSED, declared.unit.block, declared.name.span, message, hint)
