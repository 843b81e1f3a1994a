"""look-alike

What: a name holds a letter of another alphabet that looks like a Latin one, or two names differ in such letters
only.

Why: letters of other alphabets look the same on the page and are never equal to each other, so the rule waits for
a name that nobody ever says.

Avoid:
    on intent=sаles transfer queue sales

Prefer:
    on intent=sales transfer queue sales
"""

import unicodedata
from collections.abc import Iterator

from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.written import written_in
from flowrules.diagnostics.codes.hygiene import LOOK_ALIKE
from flowrules.language.names import fold

_CYRILLIC = dict(zip("аеорсухіјѕһԁԛԝАВЕЗІЈКМНОРСТУХЅ", "aeopcyxijshdqwABE3IJKMHOPCTYXS", strict=True))
_GREEK = dict(zip("ονρΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ovpABEZHIKMNOPTYX", strict=True))
LATIN = _CYRILLIC | _GREEK
"""Letters that can't be told from a Latin one in common typefaces (Unicode's confusables, the plain cases)."""


def plain_letters(name: str) -> str:
    """A name as it looks on the page, in Latin letters, folded: full-width and look-alike letters made plain."""
    plain = unicodedata.normalize("NFKC", name)
    return fold("".join(LATIN.get(letter, letter) for letter in plain))


def look_alike(coverage: CoverageIndex, report: Report) -> None:
    written = [
        (unit, word)
        for unit in report.units_without_errors(coverage.scope.units)
        for word in written_in(unit)
    ]
    plain = {fold(word.text): word.text for _, word in written if word.text.isascii()}
    said: set[tuple[int, str]] = set()
    for unit, word in written:
        if word.text.isascii() or (id(unit.block), word.text) in said:
            continue
        latin = "".join(LATIN.get(letter, letter) for letter in word.text)
        strange = next(_strange(word.text), None)
        if strange is None or not (_is_mixed(word.text) or fold(latin) in plain):
            continue
        said.add((id(unit.block), word.text))
        name = unicodedata.name(strange, "another").title()
        twin = plain.get(fold(latin))
        message = f'"{word.text}" holds "{strange}" ({name}), which looks like "{LATIN[strange]}".'
        hint = (
            f'Elsewhere "{twin}" is written in Latin letters.'
            if twin
            else f'Write "{latin}" in Latin letters.'
        )
        raw = unit.block.text[word.span.start : word.span.end]
        mended = "".join(LATIN.get(letter, letter) for letter in raw)
        edits = ((word.span, mended),) if _is_mixed(word.text) else ()
        report.add(LOOK_ALIKE, unit.block, word.span, message, hint, edits)


def _strange(text: str) -> Iterator[str]:
    return (letter for letter in text if letter in LATIN)


def _is_mixed(text: str) -> bool:
    """Latin letters in the same word as one that only looks so, and no other letter of that alphabet."""
    return any("a" <= letter <= "z" for letter in text.lower()) and all(
        letter in LATIN or letter.isascii() or not letter.isalpha() for letter in text
    )
