"""Conditions that contradict themselves, each other, or the event that their rule waits for."""

from collections.abc import Iterator

from flowrules.analysis.logic.dnf import Conjunction, conjoin, to_dnf
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.report import Edits, Related, Report, in_quotes
from flowrules.analysis.model.scope import Scope
from flowrules.diagnostics.codes.logic import IMPOSSIBLE_GUARD
from flowrules.language.nodes import (
    And,
    Compare,
    Condition,
    During,
    Guard,
    GuardWord,
    Holiday,
    If,
    Not,
    Or,
    Promise,
    Rank,
    Rule,
)
from flowrules.language.operators import BY_OP, Family
from flowrules.language.traverse import event_tests, guards_of
from flowrules.source import Span


def check_guards(scope: Scope, report: Report) -> None:
    for unit in scope.units:
        if report.is_broken(unit.block):
            continue
        for condition in _conditions(unit):
            if _check_condition(unit, condition, scope, report):
                break
        else:
            if isinstance(unit.item, Promise):
                continue  # Of what it speaks, and what it asks, is looked at together in `promises.py`.
            _check_together(unit, scope, report)


def guard_dnf(guard: Guard, scope: Scope) -> list[Conjunction] | None:
    """Where a guard phrase lets its rule pass."""
    return to_dnf(guard.condition, scope, guard.word is not GuardWord.UNLESS)


def event_boxes(unit: CheckedBlock, scope: Scope) -> list[list[Conjunction] | None]:
    """What each test of a trigger asks of the event, as far as the guards find it so too. Those without a comparison
    are left out, and those of what an `also` rule may change in between."""
    item = unit.item
    is_told = isinstance(item, Rule) and item.rank is Rank.PLAIN
    return [
        to_dnf(test.test, scope)
        for test in event_tests(item)
        if test.test is not None and not (is_told and scope.is_retold(test.name.key))
    ]


def _conditions(unit: CheckedBlock) -> Iterator[Condition]:
    yield from (test.test for test in event_tests(unit.item) if test.test is not None)
    yield from unit.conditions


# --- one condition ------------------------------------------------------------------------------------------


def _check_condition(unit: CheckedBlock, condition: Condition, scope: Scope, report: Report) -> bool:
    """The innermost part that can never be true, if any is."""
    match condition:
        case Not(part):
            inner: tuple[Condition, ...] = (part,)
        case And(parts) | Or(parts):
            inner = parts
        case Compare() | During() | Holiday():
            inner = ()
    if any(_check_condition(unit, part, scope, report) for part in inner):
        return True
    if to_dnf(condition, scope) != []:
        return False
    match condition:
        case And(parts):
            _contradiction(unit, parts, scope, report)
        case Compare() if BY_OP[condition.op].family is Family.RANGE:
            _empty_range(unit, condition, report)
        case Compare() | During() | Holiday() | Not() | Or():
            _report(unit, condition.span, f"{_text(unit, condition)} can never be true.", "", report)
    return True


def _contradiction(unit: CheckedBlock, parts: tuple[Condition, ...], scope: Scope, report: Report) -> None:
    """The first part that can't be true together with those before it."""
    for count in range(2, len(parts) + 1):
        if conjoin([to_dnf(part, scope) for part in parts[:count]], scope) == []:
            break
    last = parts[count - 1]
    rival = next(
        (
            part
            for part in parts[: count - 1]
            if conjoin([to_dnf(part, scope), to_dnf(last, scope)], scope) == []
        ),
        parts[0],
    )
    message = f"{_text(unit, last)} and {_text(unit, rival)} are never true together."
    hint = 'Did you mean "or"?' if isinstance(last, Compare) else ""
    related = ((unit.block.locate(rival.span), "the other one"),)
    _report(unit, last.span, message, hint, report, related=related)


def _empty_range(unit: CheckedBlock, compare: Compare, report: Report) -> None:
    low, high = compare.values
    message = f"Nothing lies between {low.raw} and {high.raw}."
    hint = f"Write the smaller one first: between {high.raw} and {low.raw}"
    edits = ((low.span, high.raw), (high.span, low.raw))
    _report(unit, Span(low.span.start, high.span.end), message, hint, report, edits)


# --- guards with each other, and with the trigger -----------------------------------------------------------


def _check_together(unit: CheckedBlock, scope: Scope, report: Report) -> None:
    guards = guards_of(unit.item)
    passed: list[list[Conjunction] | None] = []
    for guard in guards:
        conjunctions = guard_dnf(guard, scope)
        passed.append(conjunctions)
        if conjunctions == []:
            message = f"{_text(unit, guard)} never lets the rule pass."
            _report(unit, guard.span, message, f'Did you mean "{_other_word(guard)}"?', report)
            return
        if conjoin(passed, scope) == []:
            _guards_contradict(unit, guard, guards, scope, report)
            return
    tests = event_boxes(unit, scope)
    every_test_compares = len(tests) == len(event_tests(unit.item))
    if guards and tests and every_test_compares:
        met = [conjoin([test, *passed], scope) for test in tests]
        if all(conjunctions == [] for conjunctions in met):
            _trigger_contradicts(unit, tests, guards, scope, report)


def _trigger_contradicts(
    unit: CheckedBlock,
    tests: list[list[Conjunction] | None],
    guards: tuple[Guard, ...],
    scope: Scope,
    report: Report,
) -> None:
    guard = next(
        (g for g in guards if all(conjoin([t, guard_dnf(g, scope)], scope) == [] for t in tests)),
        guards[-1],
    )
    message = f"{_text(unit, guard)} never lets anything pass that this rule waits for."
    related: Related = ((unit.block.locate(event_tests(unit.item)[0].span), "what it waits for"),)
    _report(unit, guard.span, message, "Change one of the two.", report, related=related)


def _guards_contradict(
    unit: CheckedBlock, guard: Guard, guards: tuple[Guard, ...], scope: Scope, report: Report
) -> None:
    mine = guard_dnf(guard, scope)
    rival = next(
        (g for g in guards if g is not guard and conjoin([guard_dnf(g, scope), mine], scope) == []),
        guards[0],
    )
    message = f"{_text(unit, guard)} and {_text(unit, rival)} never let the rule pass together."
    related = ((unit.block.locate(rival.span), "the other one"),)
    _report(
        unit, guard.span, message, "Take one of the two out, or write two rules.", report, related=related
    )


def _other_word(guard: Guard) -> str:
    return "when" if guard.word is GuardWord.UNLESS else "unless"


def _text(unit: CheckedBlock, node: Condition | Guard | If) -> str:
    return in_quotes(unit.block.text[node.span.start : node.span.end])


def _report(
    unit: CheckedBlock,
    span: Span,
    message: str,
    hint: str,
    report: Report,
    edits: Edits = (),
    related: Related = (),
) -> None:
    report.add(IMPOSSIBLE_GUARD, unit.block, span, message, hint, edits, related)
