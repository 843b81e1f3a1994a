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

from flowrules.analysis.boxes import Box, boxes_of, nature, product
from flowrules.analysis.constraint import Elements, loose
from flowrules.analysis.contest import Contest
from flowrules.analysis.guards import event_boxes, guard_boxes
from flowrules.analysis.report import Report
from flowrules.analysis.scope import Scope
from flowrules.analysis.unit import Unit
from flowrules.analysis.walk import event_tests, guards_of
from flowrules.diagnostics.codes.logic import BOTH_AT_ONCE
from flowrules.language.nodes import Compare, If
from flowrules.source import Span


def both_at_once(contest: Contest, report: Report) -> None:
    scope = contest.scope
    for unit in report.sound(scope.units):
        if not _check_rule(unit, scope, report):
            for guard in guards_of(unit.item):
                _check_dual(unit, boxes_of(guard.condition, scope, guard.word == "unless"), scope, report)
        for step in unit.steps:
            if isinstance(step, If):
                _check(unit, boxes_of(step.condition, scope), scope, report)


def _check_rule(unit: Unit, scope: Scope, report: Report) -> bool:
    """Trigger and guards together."""
    guards = [guard_boxes(guard, scope) for guard in guards_of(unit.item)]
    tests = event_boxes(unit, scope)
    if not guards:
        return False
    if len(tests) != len(event_tests(unit.item)):
        tests = []
    met = [product([test, *guards], scope) for test in tests] if tests else [product(guards, scope)]
    if any(boxes is None for boxes in met):
        return False
    return _check(unit, [box for boxes in met for box in boxes or ()], scope, report)


def _check(unit: Unit, boxes: list[Box] | None, scope: Scope, report: Report) -> bool:
    found = _in_all(boxes, scope)
    if found is None:
        return False
    fact, one, other = found
    name, span = _last(unit, fact)
    message = f'"{name}" would have to be both "{_shown(one)}" and "{_shown(other)}" at once.'
    hint = f"For either of them: {name} is one of {_shown(one)}, {_shown(other)}"
    report.add(BOTH_AT_ONCE, unit.block, span, message, hint)
    return True


def _check_dual(unit: Unit, boxes: list[Box] | None, scope: Scope, report: Report) -> None:
    found = _in_all(boxes, scope)
    if found is not None:
        fact, one, other = found
        name, span = _last(unit, fact)
        message = (
            f'This keeps nothing back, unless "{name}" is both "{_shown(one)}" and "{_shown(other)}" at once.'
        )
        hint = f"To keep both out: {name} is not one of {_shown(one)}, {_shown(other)}"
        report.add(BOTH_AT_ONCE, unit.block, span, message, hint)


def _in_all(boxes: list[Box] | None, scope: Scope) -> tuple[str, Elements, Elements] | None:
    """A fact that every alternative asks to have two values, and those of the first one."""
    if not boxes:
        return None
    clashes = [next(_clashes(box, scope), None) for box in boxes]
    return clashes[0] if None not in clashes else None


def _clashes(box: Box, scope: Scope) -> Iterator[tuple[str, Elements, Elements]]:
    for subject, asked in box.items():
        if not nature(subject, scope).single:
            for one, other in combinations(asked.hit, 2):
                if {loose(e) for e in one}.isdisjoint(loose(e) for e in other):
                    yield subject, one, other


def _last(unit: Unit, fact: str) -> tuple[str, Span]:
    """The fact as it is written, and the last question about it."""
    asked = [atom for atom in unit.asked if isinstance(atom, Compare) and atom.fact.key == fact]
    return asked[-1].fact.text, asked[-1].span


def _shown(elements: Elements) -> str:
    return ", ".join(
        sorted(f"{value:g}" if isinstance(value, float) else str(value) for _, value in elements)
    )
