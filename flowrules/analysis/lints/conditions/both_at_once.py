"""both-at-once

What: one fact is asked to have two values at the same time (`a is x and a is y`), or a condition is no only where
it has two (`a is not x or a is not y`).

Why: a fact has one value, unless the caller meant two things in one sentence. Most often "one of" was meant.

Avoid:
    on call_started when campaign is gold and campaign is silver transfer queue vip

Prefer:
    on call_started when campaign is one of gold, silver transfer queue vip
"""

from collections.abc import Iterator
from itertools import combinations

from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.logic.dnf import Conjunction, conjoin, nature, to_dnf
from flowrules.analysis.logic.guards import event_boxes, guard_dnf
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.constraint import Elements, loose
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope
from flowrules.diagnostics.codes.logic import BOTH_AT_ONCE
from flowrules.language.nodes import Compare, If
from flowrules.language.traverse import event_tests, guards_of
from flowrules.source import Span


def both_at_once(coverage: CoverageIndex, report: Report) -> None:
    scope = coverage.scope
    for unit in report.units_without_errors(scope.units):
        if not _check_rule(unit, scope, report):
            for guard in guards_of(unit.item):
                _check_dual(unit, to_dnf(guard.condition, scope, guard.word == "unless"), scope, report)
        for step in unit.steps:
            if isinstance(step, If):
                _check(unit, to_dnf(step.condition, scope), scope, report)


def _check_rule(unit: CheckedBlock, scope: Scope, report: Report) -> bool:
    """Trigger and guards together."""
    guards = [guard_dnf(guard, scope) for guard in guards_of(unit.item)]
    tests = event_boxes(unit, scope)
    if not guards:
        return False
    if len(tests) != len(event_tests(unit.item)):
        tests = []
    met = [conjoin([test, *guards], scope) for test in tests] if tests else [conjoin(guards, scope)]
    if any(conjunctions is None for conjunctions in met):
        return False
    return _check(
        unit, [conjunction for conjunctions in met for conjunction in conjunctions or ()], scope, report
    )


def _check(unit: CheckedBlock, conjunctions: list[Conjunction] | None, scope: Scope, report: Report) -> bool:
    found = _in_all(conjunctions, scope)
    if found is None:
        return False
    fact, one, other = found
    name, span = _last(unit, fact)
    message = f'"{name}" would have to be both "{_shown(one)}" and "{_shown(other)}" at once.'
    hint = f"For either of them: {name} is one of {_shown(one)}, {_shown(other)}"
    report.add(BOTH_AT_ONCE, unit.block, span, message, hint)
    return True


def _check_dual(
    unit: CheckedBlock, conjunctions: list[Conjunction] | None, scope: Scope, report: Report
) -> None:
    found = _in_all(conjunctions, scope)
    if found is not None:
        fact, one, other = found
        name, span = _last(unit, fact)
        message = (
            f'This keeps nothing back, unless "{name}" is both "{_shown(one)}" and "{_shown(other)}" at once.'
        )
        hint = f"To keep both out: {name} is not one of {_shown(one)}, {_shown(other)}"
        report.add(BOTH_AT_ONCE, unit.block, span, message, hint)


def _in_all(conjunctions: list[Conjunction] | None, scope: Scope) -> tuple[str, Elements, Elements] | None:
    """A fact that every alternative asks to have two values, and those of the first one."""
    if not conjunctions:
        return None
    clashes = [next(_clashes(conjunction, scope), None) for conjunction in conjunctions]
    return clashes[0] if None not in clashes else None


def _clashes(conjunction: Conjunction, scope: Scope) -> Iterator[tuple[str, Elements, Elements]]:
    for subject, asked in conjunction.items():
        if not nature(subject, scope).single:
            for one, other in combinations(asked.hit, 2):
                if {loose(e) for e in one}.isdisjoint(loose(e) for e in other):
                    yield subject, one, other


def _last(unit: CheckedBlock, fact: str) -> tuple[str, Span]:
    """The fact as it is written, and the last question about it."""
    asked = [atom for atom in unit.asked if isinstance(atom, Compare) and atom.fact.key == fact]
    return asked[-1].fact.text, asked[-1].span


def _shown(elements: Elements) -> str:
    return ", ".join(
        sorted(f"{value:g}" if isinstance(value, float) else str(value) for _, value in elements)
    )
