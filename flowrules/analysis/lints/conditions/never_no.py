"""never-no

What: a condition that wants a fact to be no, where rules only ever remember it as yes.

Why: a fact that nobody has told is unknown, and neither yes nor no. So the condition never holds, from the first moment
of the call to the last.

Avoid:
    on intent=offer remember offered is yes then say "We have a plan for you."
    on intent=price unless offered is yes say "May I make you an offer?"

Prefer:
    on intent=offer remember offered is yes then say "We have a plan for you."
    on intent=price when offered is unknown say "May I make you an offer?"
"""

from collections.abc import Iterator
from typing import assert_never

from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.references import GIVEN
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope
from flowrules.diagnostics.codes.hygiene import NEVER_NO
from flowrules.language.nodes import (
    And,
    Before,
    Compare,
    Condition,
    During,
    GuardWord,
    Holiday,
    If,
    Kind,
    Name,
    Never,
    Not,
    Or,
    Promise,
    Rule,
)
from flowrules.language.operators import BY_OP, Family, Operand
from flowrules.language.traverse import atoms, guards_of

_ANY = frozenset({True, False, None})


def never_no(coverage: CoverageIndex, report: Report) -> None:
    scope = coverage.scope
    for unit in report.units_without_errors(scope.units):
        for condition, what in _conditions(unit):
            name = next((name for name in _asked(condition) if _is_only_yes(name.key, scope)), None)
            if name is not None and not _can_hold(condition, name.key):
                report.add(
                    NEVER_NO,
                    unit.block,
                    name.span,
                    f'"{name.text}" is only ever remembered as yes, and else unknown, so this is never true: {what}.',
                    f"To ask whether that has not happened yet, write instead: when {name.text} is unknown"
                    if isinstance(condition, Compare | Not)
                    else f"To ask whether that has not happened yet, write in its place: {name.text} is unknown",
                )


def _conditions(unit: CheckedBlock) -> Iterator[tuple[Condition, str]]:
    """What has to hold for something to be done, each with what never is if it does not hold. The `unless` of a guard
    rail or a promise lifts it, and may well never do so."""
    what = _never_done(unit)
    for guard in guards_of(unit.item):
        if guard.word is not GuardWord.UNLESS:
            yield guard.condition, what
        elif not isinstance(unit.item, Never | Before | Promise):
            yield Not(guard.condition), what
    for step in unit.steps:
        if isinstance(step, If):
            yield step.condition, 'the steps of this "if" never run'


def _never_done(unit: CheckedBlock) -> str:
    match unit.item:
        case Rule(otherwise=None):
            return "the steps of this rule never run"
        case Rule():
            return 'of this rule only "otherwise" ever runs'
        case Never() | Before():
            return "this guard rail never applies"
        case _:
            return "what stands behind it never counts"


def _asked(condition: Condition) -> Iterator[Name]:
    return (atom.fact for atom in atoms(condition) if isinstance(atom, Compare) and _is_yes_or_no(atom))


def _is_yes_or_no(atom: Compare) -> bool:
    asked = BY_OP[atom.op]
    return asked.family is Family.AMONG and asked.operand is Operand.ONE and atom.values[0].kind is Kind.YESNO


def _is_only_yes(key: str, scope: Scope) -> bool:
    """Whether rules remember it as yes, and as nothing else, and nobody else tells it."""
    return (
        scope.kept.get(key) == frozenset({"yes"})
        and key not in scope.facts
        and key not in scope.members
        and not scope.is_carried(key)
        and not scope.says(GIVEN, key)
    )


def _can_hold(condition: Condition, key: str) -> bool:
    """Whether a condition can be true while the fact is yes, or while it is unknown."""
    return any(True in _answers(condition, key, value) for value in (True, None))


def _answers(condition: Condition, key: str, value: bool | None) -> frozenset[bool | None]:
    """The answers that a condition may have while the fact has this value (None: unknown), whatever else is so."""
    match condition:
        case Compare(fact, op, values) if fact.key == key:
            negative = BY_OP[op].negative
            if BY_OP[op].family is Family.PRESENCE:
                return frozenset({(value is not None) is not negative})
            if value is None:
                return frozenset({None})
            if _is_yes_or_no(condition):
                return frozenset({(values[0].value is value) is not negative})
            return _ANY
        case Compare() | During() | Holiday():
            return _ANY
        case Not(part):
            return frozenset(None if one is None else not one for one in _answers(part, key, value))
        case And(parts):
            each = [_answers(part, key, value) for part in parts]
            return _joined(each, weaker=False)
        case Or(parts):
            each = [_answers(part, key, value) for part in parts]
            return _joined(each, weaker=True)
        case _:
            assert_never(condition)


def _joined(each: list[frozenset[bool | None]], weaker: bool) -> frozenset[bool | None]:
    """What `and` makes of the answers of its parts; with `weaker`, `or`: one part that is `weaker` settles it."""
    found: set[bool | None] = set()
    if any(weaker in one for one in each):
        found.add(weaker)
    if all((not weaker) in one for one in each):
        found.add(not weaker)
    if any(None in one for one in each) and all(one & {None, not weaker} for one in each):
        found.add(None)
    return frozenset(found)
