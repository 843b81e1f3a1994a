"""not-of-unknown

What: `is not` about a fact that may be unknown, in a guard rail, or in a rule that starts by itself.

Why: of a fact that nobody has told, `is not` is unknown too, and not yes. A guard rail with `when` does not hold then,
and a rule that starts by itself does not run: there is no rule below that would.

Avoid:
    never transfer when verified is not yes
    on intent=human transfer queue people

Prefer:
    never transfer unless verified is yes
    on intent=human transfer queue people
"""

from collections.abc import Iterator

from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.builtin import ALWAYS_KNOWN
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.references import PRESENCE
from flowrules.analysis.model.report import Report
from flowrules.diagnostics.codes.logic import NOT_OF_UNKNOWN
from flowrules.language.nodes import (
    AfterCall,
    AfterFact,
    And,
    AtTime,
    Before,
    Compare,
    Condition,
    During,
    GuardWord,
    Holiday,
    Never,
    Not,
    Or,
    Rule,
)
from flowrules.language.operators import BY_OP, Family
from flowrules.language.traverse import guards_of


def not_of_unknown(coverage: CoverageIndex, report: Report) -> None:
    scope = coverage.scope
    for unit in report.units_without_errors((*scope.rules, *scope.rails)):
        for atom in _negated(unit):
            name = atom.fact
            if name.key in ALWAYS_KNOWN or scope.says(PRESENCE, name.key):
                continue
            what = (
                "this rule does not run" if isinstance(unit.item, Rule) else "this guard rail does not hold"
            )
            message = f'Where nobody has told "{name.text}", {what}.'
            hint = f"Say that this case is meant too: ({_turned(atom, unit)} or {name.text} is unknown)"
            report.add(NOT_OF_UNKNOWN, unit.block, atom.span, message, hint)
            break


def _negated(unit: CheckedBlock) -> Iterator[Compare]:
    """The questions that a "not" turns round, and that keep the block from acting where the fact is unknown."""
    item = unit.item
    by_itself = isinstance(item, Rule) and isinstance(item.trigger, AtTime | AfterCall | AfterFact)
    if not (by_itself or isinstance(item, Never | Before)):
        return
    if isinstance(item, Rule) and item.otherwise is not None:
        return
    for guard in guards_of(item):
        if guard.word is GuardWord.WHEN:
            yield from _nots(guard.condition, turned=False)
        elif guard.word is GuardWord.UNLESS and by_itself:
            yield from _nots(guard.condition, turned=True)


def _nots(condition: Condition, turned: bool) -> Iterator[Compare]:
    match condition:
        case Compare(op=op):
            row = BY_OP[op]
            if row.family is not Family.PRESENCE and row.negative is not turned:
                yield condition
        case During() | Holiday():
            pass
        case Not(part):
            yield from _nots(part, not turned)
        case And(parts) | Or(parts):
            for part in parts:
                yield from _nots(part, turned)


def _turned(atom: Compare, unit: CheckedBlock) -> str:
    """A question as it stands, with a "not" before it where its own words hold none."""
    text = " ".join(unit.block.text[atom.span.start : atom.span.end].split())
    return text if BY_OP[atom.op].negative else f"not ({text})"
