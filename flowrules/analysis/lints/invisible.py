"""invisible

What: a value or name holds a character that can't be seen, a space of another kind, or one at its end.

Why: pasted text may hold such characters; the platform is sent them as they stand, and knows no such name.

Avoid:
    on intent="new​ plan" transfer queue sales

Prefer:
    on intent="new plan" transfer queue sales
"""

import unicodedata

from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.written import written_in
from flowrules.diagnostics.codes.hygiene import INVISIBLE

JOINERS = frozenset("\u200c\u200d")
"""They belong to Indic names and are left out when names are compared."""


def invisible(coverage: CoverageIndex, report: Report) -> None:
    for unit in report.units_without_errors(coverage.scope.units):
        for word in written_in(unit):
            hidden = None if word.text.isascii() else next(filter(_is_hidden, word.text), None)
            if hidden is not None:
                name = unicodedata.name(hidden, "a control character").lower()
                raw = unit.block.text[word.span.start : word.span.end]
                message = f'"{_shown(word.text)}" holds a character that can\'t be seen ({name}).'
                hint = "Type the text again instead of pasting it."
                report.add(INVISIBLE, unit.block, word.span, message, hint, ((word.span, _cleaned(raw)),))
            elif word.text != word.text.strip():
                message = f'"{word.text}" begins or ends with a space.'
                hint = "Take it out: what is compared leaves it out, and what is sent does not."
                report.add(INVISIBLE, unit.block, word.span, message, hint)


def _is_hidden(character: str) -> bool:
    if character in JOINERS:
        return False
    return unicodedata.category(character) in ("Cf", "Cc") or _is_odd_space(character)


def _is_odd_space(character: str) -> bool:
    return character != " " and unicodedata.category(character) == "Zs"


def _cleaned(text: str) -> str:
    spaced = "".join(" " if _is_odd_space(character) else character for character in text)
    return "".join(character for character in spaced if not _is_hidden(character))


def _shown(text: str) -> str:
    return _cleaned(text)
