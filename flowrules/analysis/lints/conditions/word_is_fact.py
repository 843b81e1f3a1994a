"""word-is-fact

What: a bare word stands as a value, and a fact has that name.

Why: a word on the right is always text. It is not replaced by what the fact of that name holds, so the comparison
asks for something else than it seems to.

Avoid:
    fact limit is number
    fact plan is text
    on intent=sales when plan is limit transfer queue gold

Prefer:
    fact limit is number
    fact plan is text
    on intent=sales when plan is "limit" transfer queue gold
"""

from collections.abc import Iterator

from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.builtin import COMPUTED
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.references import ASKED
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope
from flowrules.analysis.model.types import values_of
from flowrules.diagnostics.codes.hygiene import WORD_IS_FACT
from flowrules.language.names import fold
from flowrules.language.nodes import Compare, Kind, Literal, OtherVerb, Remember, VerbStep
from flowrules.language.traverse import atoms


def word_is_fact(coverage: CoverageIndex, report: Report) -> None:
    scope = coverage.scope
    for unit in report.units_without_errors(scope.units):
        for value, known, braces in _values(unit, scope):
            key = fold(str(value.value))
            if value.kind is Kind.WORD and key not in known and not braces and key in scope.lists:
                message = f'"{value.raw}" is a list, and stands here as plain text.'
                hint = f'For one of its values write: is in {value.raw}. If the word itself is meant: "{value.raw}".'
                report.add(WORD_IS_FACT, unit.block, value.span, message, hint)
            elif value.kind is Kind.WORD and key not in known and _is_fact(key, scope):
                hint = f'If the word itself is meant, put it in quotes: "{value.raw}".'
                if braces:
                    hint += f' For what the fact holds: "{{{value.raw}}}".'
                message = f'"{value.raw}" is a fact, and stands here as plain text.'
                report.add(WORD_IS_FACT, unit.block, value.span, message, hint)


def _is_fact(key: str, scope: Scope) -> bool:
    """A name that is a fact for certain, or that a guard asks for. The name of a conference's member is a label."""
    if key in COMPUTED or key in scope.facts.found or key.startswith(("lead.", "call.")):
        return True
    asked = scope.says(ASKED, key) and not scope.is_carried(key)
    return (asked or key in scope.remembered) and key not in scope.members


def _values(unit: CheckedBlock, scope: Scope) -> Iterator[tuple[Literal, frozenset[str], bool]]:
    """Values with the values that their fact is declared to have, and whether a text there may quote facts. What a
    rule waits for is left out: an intent may well be called as the fact that it leads to."""
    asked = (atom for condition in unit.conditions for atom in atoms(condition))
    for atom in asked:
        if isinstance(atom, Compare):
            known = frozenset(map(fold, values_of(atom.fact.key, scope)))
            yield from ((value, known, False) for value in atom.values)
    for step in unit.steps:
        match step:
            case Remember(name, value):
                yield value, frozenset(map(fold, values_of(name.key, scope))), False
            case OtherVerb(pairs=pairs):
                yield from ((pair.value, frozenset(), True) for pair in pairs)
            case VerbStep(arguments=arguments):
                for argument in arguments:
                    match argument.name, argument.value:
                        case "value", Literal() as value:
                            yield value, frozenset(), True
                        case _, tuple() as pairs:
                            yield from ((pair.value, frozenset(), True) for pair in pairs)
