"""dates-differ

What: dates on which opening hours are closed stand once more in a list or a condition, and the two are not the same.

Why: who keeps the same holidays in two places forgets one of them one day, and the caller hears two answers.

Avoid:
    timezone Asia/Kolkata
    list holidays is 2026-01-26, 2026-08-15, 2026-10-02
    hours office
      mon to fri 09:00 to 18:00
      closed on 2026-01-26, 2026-08-15
    end
    on call_started when date is in holidays say "We are closed today."
    on intent=human during office transfer queue people

Prefer:
    timezone Asia/Kolkata
    list holidays is 2026-01-26, 2026-08-15, 2026-10-02
    hours office
      mon to fri 09:00 to 18:00
      closed on 2026-01-26, 2026-08-15, 2026-10-02
    end
    on call_started when date is in holidays say "We are closed today."
    on intent=human during office transfer queue people
"""

from collections.abc import Iterable

from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope
from flowrules.diagnostics.codes.hygiene import DATES_DIFFER
from flowrules.language.nodes import ClosedOn, Compare, Hours, Kind, ListDef, Literal
from flowrules.language.operators import BY_OP, Family, Operand
from flowrules.source import Span


def dates_differ(coverage: CoverageIndex, report: Report) -> None:
    scope = coverage.scope
    closed = dict(_closed(scope))
    if not closed:
        return
    for unit in report.units_without_errors(scope.units):
        if isinstance(unit.item, ListDef):
            _check(unit, unit.item.values, unit.item.name.span, closed, report)
        for atom in unit.asked:
            if isinstance(atom, Compare) and atom.fact.key == "date" and _is_one_of(atom):
                _check(unit, atom.values, atom.span, closed, report)


def _is_one_of(atom: Compare) -> bool:
    asked = BY_OP[atom.op]
    return asked.family is Family.AMONG and asked.operand is Operand.MANY and not asked.negative


def _closed(scope: Scope) -> Iterable[tuple[str, frozenset[object]]]:
    for declared in scope.hours.found.values():
        hours: Hours = declared.node
        lines = (line for line in hours.lines if isinstance(line, ClosedOn))
        if dates := frozenset(date.value for line in lines for date in line.dates):
            yield declared.name.text, dates


def _check(
    unit: CheckedBlock,
    values: tuple[Literal, ...],
    span: Span,
    closed: dict[str, frozenset[object]],
    report: Report,
) -> None:
    """One finding, on the hours that come nearest. Where some hours are closed on just these dates all is well."""
    here = frozenset(value.value for value in values if value.kind is Kind.DATE)
    nearest = max(closed.items(), key=lambda one: len(one[1] & here))
    if len(here) < len(values) or here in closed.values() or not nearest[1] & here:
        return
    name, there = nearest
    missing = sorted(str(date) for date in here - there)
    left_out = sorted(str(date) for date in there - here)
    parts = []
    if missing:
        parts.append(f'"{name}" is open on {", ".join(missing)}')
    if left_out:
        parts.append(f'"{name}" is also closed on {", ".join(left_out)}')
    report.add(
        DATES_DIFFER,
        unit.block,
        span,
        f'Nearly the dates on which "{name}" is closed, but {", and ".join(parts)}.',
        "Make the two the same.",
    )
