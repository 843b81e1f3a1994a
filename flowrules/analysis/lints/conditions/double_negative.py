"""double-negative

What: `unless … not`, `is not unknown`, `not … is not`.

Why: half of all readers take two negatives the wrong way round.

Avoid:
    on intent=sales unless vip is not yes transfer queue vip

Prefer:
    on intent=sales when vip is yes transfer queue vip
"""

import re

from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.report import Edits, Report
from flowrules.diagnostics.codes.hygiene import DOUBLE_NEGATIVE
from flowrules.language.nodes import And, Compare, Condition, During, Guard, GuardWord, Holiday, If, Not, Or
from flowrules.language.operators import BY_OP, Family
from flowrules.language.traverse import atoms, guards_of
from flowrules.source import Span

_UNLESS_NOT = re.compile(r"unless\s+not\b", re.IGNORECASE)
_UNLESS = re.compile(r"unless\b", re.IGNORECASE)
_IS_NOT = re.compile(r"!=|\bis\s+not\b", re.IGNORECASE)
_NOT_UNKNOWN = re.compile(r"is\s+not\s+unknown\b", re.IGNORECASE)


def double_negative(coverage: CoverageIndex, report: Report) -> None:
    for unit in report.units_without_errors(coverage.scope.units):
        for guard in guards_of(unit.item):
            if not _check_guard(unit, guard, report):
                _check_condition(unit, guard.condition, report)
        for step in unit.steps:
            if isinstance(step, If):
                _check_condition(unit, step.condition, report)


def _check_guard(unit: CheckedBlock, guard: Guard, report: Report) -> bool:
    """`unless not …`, `unless … is not …`."""
    if guard.word is not GuardWord.UNLESS:
        return False
    found = _UNLESS_NOT.match(unit.block.text, guard.span.start)
    if isinstance(guard.condition, Not) and found:
        span = Span(*found.span())
        _report(unit, span, '"unless not" is "when".', 'Write "when".', ((span, "when"),), report)
        return True
    if isinstance(guard.condition, Compare) and _says_not(guard.condition):
        message = '"unless" and "not" take each other back.'
        text = unit.block.text[guard.span.start : guard.span.end]
        plain = _IS_NOT.sub("=" if "!=" in text else "is", _UNLESS.sub("when", text), count=1)
        _report(unit, guard.span, message, f"Write: {plain}", ((guard.span, plain),), report)
        return True
    return False


def _check_condition(unit: CheckedBlock, condition: Condition, report: Report) -> None:
    for outer in _nots(condition):
        inner = outer.part
        if isinstance(inner, Not) or (isinstance(inner, Compare) and _says_not(inner)):
            _report(
                unit, outer.span, "Two negatives take each other back.", "Say it without both.", (), report
            )
            return
    for atom in atoms(condition):
        found = _NOT_UNKNOWN.search(unit.block.text, atom.span.start, atom.span.end)
        if isinstance(atom, Compare) and BY_OP[atom.op].family is Family.PRESENCE and found:
            span = Span(*found.span())
            _report(unit, span, '"is not unknown" is "is known".', "", ((span, "is known"),), report)


def _says_not(compare: Compare) -> bool:
    """Whether its words hold a "not"; "is unknown" reads as a plain question."""
    row = BY_OP[compare.op]
    return row.negative and row.family is not Family.PRESENCE


def _nots(condition: Condition) -> list[Not]:
    match condition:
        case Not(part):
            return [condition, *_nots(part)]
        case And(parts) | Or(parts):
            return [found for part in parts for found in _nots(part)]
        case Compare() | During() | Holiday():
            return []


def _report(unit: CheckedBlock, span: Span, message: str, hint: str, edits: Edits, report: Report) -> None:
    report.add(DOUBLE_NEGATIVE, unit.block, span, message, hint or "Write it without the negatives.", edits)
