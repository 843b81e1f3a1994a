"""short-phrase

What: a phrase of one character after `contains`, in a script where that says too much or too little; or one without a
letter or digit.

Why: where no spaces stand between words, a single character is found in many words; where words have endings, it is
found only as a word of its own. What holds no word, such as "?" or a picture, is found nowhere.

Avoid:
    on said contains 款 transfer queue refunds

Prefer:
    on said contains 退款 transfer queue refunds
"""

from collections.abc import Iterator

from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope
from flowrules.diagnostics.codes.hygiene import SHORT_PHRASE
from flowrules.language.nodes import Compare
from flowrules.language.operators import BY_OP, Family
from flowrules.language.texts import is_bare, is_unspaced, phrase
from flowrules.source import Span


def short_phrase(coverage: CoverageIndex, report: Report) -> None:
    for unit in report.units_without_errors(coverage.scope.units):
        for text, span in _phrases(unit, coverage.scope):
            if is_unspaced(text):
                message = f'"{text}" is found inside every word that holds this character.'
                hint = "Write a longer phrase, so that it can be told apart."
            elif is_bare(text):
                message = f'"{text}" is found only as a word of its own, without an ending.'
                hint = "Write the word with its endings too, behind contains any of."
            elif not phrase(text).strip():
                message = f'"{text}" holds no letter or digit, so it is found nowhere.'
                hint = "Write words that the caller says."
            else:
                continue
            report.add(SHORT_PHRASE, unit.block, span, message, hint)


def _phrases(unit: CheckedBlock, scope: Scope) -> Iterator[tuple[str, Span]]:
    """Each phrase that is looked for, with its place; of a list, the place where it is named."""
    for atom in unit.asked:
        if isinstance(atom, Compare) and BY_OP[atom.op].family is Family.PHRASE:
            yield from ((str(value.value), value.span) for value in atom.values)
            listed = scope.lists.node(atom.list.key) if atom.list else None
            if atom.list and listed:
                yield from ((str(value.value), atom.list.span) for value in listed.values)
