"""The words of a text, and whether a phrase stands among them.

A text is folded (`names.py`) and cut into words, each between single spaces, so that whole words are found by looking
for ` word `. What a word is follows from Unicode's properties of its letters, as nobody says which language is spoken:

- A run of letters, marks and digits is a word: `sales` is not in `wholesales`, nor `रिफ` in `रिफंड`.
- In a script that puts no spaces between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese) each character that a
  reader sees is a word of its own: a phrase of `客服` is found wherever its characters stand side by side.
- In a script whose languages write endings onto their nouns (`ENDINGS`) a phrase is found where a word begins with it:
  `상담원` in `상담원이랑`. One character alone begins too many words, so it is found as a whole word only.

A letter of one of these kinds also ends a word of another: the `kt` of `KT로` is a word.
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import regex

from flowrules.language.names import fold

ENDINGS: Final = (
    "Hangul",
    "Tamil",
    "Telugu",
    "Kannada",
    "Malayalam",
    "Sinhala",
    "Bengali",
    "Gujarati",
    "Oriya",
)
"""Scripts in which a case ending is part of the word that it is put to. Devanagari is none: Hindi writes its
postpositions apart."""
STEM: Final = "*"
"""Stands in a phrase behind a word that may have an ending."""
_LONGEST_KEY: Final = 24

_UNSPACED = r"[\p{Line_Break=SA}\p{Ideographic}\p{Script=Hiragana}\p{Script=Katakana}\u30fc]"
_WITH_ENDINGS = r"[[{}]&&[\p{{L}}\p{{M}}]]".format("".join(map(r"\p{{Script={}}}".format, ENDINGS)))
_LETTER = r"[\p{L}\p{M}\p{N}]"
_FIRST = r"[\p{L}\p{N}]"
_PLAIN = regex.compile(rf"{_FIRST}{_LETTER}*+")
_SPECIAL = regex.compile(rf"{_UNSPACED}|{_WITH_ENDINGS}", regex.V1)
_WORD = regex.compile(
    rf"(?={_UNSPACED})\X|{_WITH_ENDINGS}[{_WITH_ENDINGS}\p{{M}}]*+"
    rf"|[{_FIRST}--{_UNSPACED}--{_WITH_ENDINGS}][{_LETTER}--{_UNSPACED}--{_WITH_ENDINGS}]*+",
    regex.V1,
)
_STEMMED = regex.compile(_WITH_ENDINGS, regex.V1)
_ALONE = regex.compile(rf"(?={_UNSPACED})\X", regex.V1)
_CHARACTER = regex.compile(r"\X")
_BREAKS = {code: " " for code in range(128) if not chr(code).isalnum()}
"""The same as `_PLAIN` for ASCII, where it is many times faster."""
_VIRAMA = 9
"""The combining class of the sign that ends a consonant, whose place an ending takes."""


@lru_cache(maxsize=4096)
def words(text: str) -> str:
    """A text's words, folded, each between single spaces."""
    folded = fold(text)
    return f" {' '.join(folded.translate(_BREAKS).split() if folded.isascii() else _cut(folded))} "


def _cut(folded: str) -> list[str]:
    found: list[str] = (_WORD if _SPECIAL.search(folded) else _PLAIN).findall(folded)
    return found


@lru_cache(maxsize=4096)
def phrase(text: str) -> str:
    """What is looked for among the words of another text. A text without a word is found nowhere."""
    folded = fold(text)
    if folded.isascii():
        return words(text) if words(text).strip() else "\n"
    found: list[str] = []
    end = 0
    for word in _WORD.finditer(folded):
        found.append(_stem(word[0], begins=word.start() > end or not found))
        end = word.end()
    return f" {' '.join(found)} " if found else "\n"


def _stem(word: str, *, begins: bool) -> str:
    """A word of a phrase. A lone character that something stands right before (`2번`) begins few words."""
    if not _STEMMED.match(word):
        return word
    stem = word[:-1] if unicodedata.combining(word[-1]) == _VIRAMA else word
    return stem + STEM if not begins or len(_CHARACTER.findall(stem)) > 1 else word


def is_plain(wanted: str) -> bool:
    """Whether a phrase is found by looking for it as it stands."""
    return STEM not in wanted


def holds(said: str, wanted: str) -> bool:
    """Whether a phrase stands among the words of a text."""
    return wanted in said if STEM not in wanted else _pattern(wanted).search(said) is not None


@lru_cache(maxsize=4096)
def _pattern(wanted: str) -> regex.Pattern[str]:
    return regex.compile(regex.escape(wanted).replace(regex.escape(STEM), "[^ ]*+"))


def is_unspaced(text: str) -> bool:
    """Whether a text is one character of a script that puts no spaces between words."""
    return _ALONE.fullmatch(fold(text)) is not None


def is_bare(text: str) -> bool:
    """Whether a text is one character of a script with endings, so that it is found as a whole word only."""
    wanted = phrase(text).split()
    return len(wanted) == 1 and _STEMMED.match(wanted[0]) is not None and not wanted[0].endswith(STEM)


# --- the place of a phrase in an index -----------------------------------------------------------------------


@lru_cache(maxsize=4096)
def keys(text: str) -> frozenset[str]:
    """The places under which a phrase that stands in this text can be filed: its words, and the beginnings of those
    that may have an ending."""
    found = frozenset(words(text).split())
    return found if text.isascii() else found.union(*map(_beginnings, filter(_STEMMED.match, found)))


def _beginnings(word: str) -> Iterator[str]:
    return (word[:end] + STEM for end in range(1, min(len(word), _LONGEST_KEY) + 1))


def key(wanted: str) -> tuple[str, bool] | None:
    """Where a phrase is filed: under the longest of its words, as the likely rarest; and whether a text that has this
    key is sure to hold the phrase. None for a phrase that is found nowhere."""
    found = wanted.split()
    if not found:
        return None
    longest = max(found, key=len)
    if longest.endswith(STEM) and len(longest) > _LONGEST_KEY + 1:
        return longest[:_LONGEST_KEY] + STEM, False
    return longest, len(found) == 1
