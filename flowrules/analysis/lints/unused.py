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

from flowrules.analysis.contest import Contest
from flowrules.analysis.report import Report
from flowrules.analysis.scope import Table
from flowrules.analysis.sound import needs_of
from flowrules.diagnostics.codes.hygiene import UNUSED
from flowrules.language.nodes import Test

T = TypeVar("T")


def unused(contest: Contest, report: Report) -> None:
    """Silent where there are no rules at all: a file of declarations serves others."""
    scope = contest.scope
    if not scope.rules:
        return
    used = {need for unit in scope.units if not isinstance(unit.item, Test) for need in needs_of(unit)}
    spoken_of = scope.mentioned | scope.meant
    _check(scope.lists, "list", "The list", "is", used, spoken_of, report)
    _check(scope.hours, "hours", "The hours", "are", used, spoken_of, report)
    _check(scope.destinations, "destination", "The destination", "is", used, spoken_of, report)
    _check(scope.steps, "steps", "The steps", "are", used, spoken_of, report)


def _check(
    table: Table[T],
    kind: str,
    what: str,
    verb: str,
    used: set[tuple[str, str]],
    spoken_of: set[str],
    report: Report,
) -> None:
    for key, declared in table.found.items():
        if (kind, key) in used or key in spoken_of or report.is_broken(declared.unit.block):
            continue
        message = f'{what} "{declared.name.text}" {verb} declared and never used.'
        hint = "Use it in a rule, or take it out."
        report.add(UNUSED, declared.unit.block, declared.name.span, message, hint)
