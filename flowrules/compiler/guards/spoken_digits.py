"""How many digits a text holds, those included that were said as words: "double five two" are three.

The words are those of the numbers 0 to 9 of Unicode CLDR's spell-out rules (`en`, `hi`, `ta`), and the spellings beside
them that recognisers write: spoken Tamil, English numbers in Devanagari and in Tamil script. Words count only in
languages that the rules declare (`fact language is one of hi, en, ta`; English where they declare none): "दो" is two,
and also "give".
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache

import regex

from flowrules.language.names import fold
from flowrules.language.values import Scalar

Languages = tuple[str, ...]
"""Codes such as `hi`, in order."""

_WORDS: Mapping[str, str] = {
    "en": "zero one two three four five six seven eight nine",
    "hi": "शून्य एक दो तीन चार पाँच छह सात आठ नौ",
    "ta": "பூஜ்ஜியம் ஒன்று இரண்டு மூன்று நான்கு ஐந்து ஆறு ஏழு எட்டு ஒன்பது",
}
"""The words for 0 to 9."""
_ALSO: Mapping[str, str] = {
    "en": "nought naught nil",
    "hi": "ज़ीरो जीरो पांच पॉंच छः छे छ छै वन टू थ्री फोर फाइव सिक्स सेवन एट नाइन",
    "ta": "பூஜ்யம் சுழியம் ஒண்ணு ஒன்னு ரெண்டு மூணு மூனு நாலு அஞ்சு ஒம்பது ஜீரோ ஒன் டூ த்ரீ ஃபோர் ஃபைவ் சிக்ஸ் செவன் எயிட் நைன்",
}
_LETTER_O: Mapping[str, str] = {"en": "oh o", "hi": "ओ", "ta": "ஓ"}
"""What is nought only beside another digit."""
_REPEATED: Mapping[str, Mapping[str, int]] = {
    "en": {"double": 2, "triple": 3},
    "hi": {"डबल": 2, "ट्रिपल": 3},
    "ta": {"டபுள்": 2, "டபுல்": 2, "ட்ரிபிள்": 3},
}
"""What says the next digit so many times."""

LANGUAGES = frozenset(_WORDS)
_TOKEN = regex.compile(r"\p{Nd}|[\p{L}\p{M}\u200c\u200d]+|[^\s]")
_BETWEEN = frozenset(".,-–()#/")
"""What may stand among the digits of a number, or at its end."""


@lru_cache(maxsize=64)
def _said(languages: Languages) -> tuple[frozenset[str], frozenset[str], Mapping[str, int]]:
    """Digits, what is nought beside another digit, and what repeats the next; all folded."""
    known = [one for one in languages if one in LANGUAGES]
    words = frozenset(fold(word) for one in known for word in f"{_WORDS[one]} {_ALSO[one]}".split())
    noughts = frozenset(fold(word) for one in known for word in _LETTER_O[one].split())
    return words, noughts, {fold(word): times for one in known for word, times in _REPEATED[one].items()}


def some_digits(value: Scalar, languages: Languages = ()) -> int | None:
    """How many digits a text holds, wherever they stand, in any script. None: it is no text and no whole number."""
    if type(value) is bool or type(value) is float:
        return None
    text = str(value)
    if not languages:
        return sum(map(str.isdecimal, text))
    return sum(count for count in _counts(text, languages) if count)


def only_digits(value: Scalar, languages: Languages = ()) -> int | None:
    """How many digits a text holds that holds nothing else; spaces, hyphens and a # at its end aside. None: it holds
    something else, or none."""
    text = str(value)
    if not languages and text.isdecimal():
        return len(text)
    counts = list(_counts(text, languages))
    return sum(filter(None, counts)) or None if None not in counts else None


def _counts(text: str, languages: Languages) -> Iterator[int | None]:
    """Of each part of a text: how many digits it says; None: it says something else."""
    words, noughts, repeated = _said(languages)
    tokens = [fold(token) for token in _TOKEN.findall(text)]
    last, times = False, 1
    for place, token in enumerate(tokens):
        follows = tokens[place + 1] if place + 1 < len(tokens) else ""
        if token in repeated and _is_digit(follows, words, noughts):
            times = repeated[token]
            continue
        is_digit = _is_digit(token, words)
        if token in noughts:
            is_digit = last or times > 1 or _is_digit(follows, words)
        yield times if is_digit else 0 if token in _BETWEEN else None
        last, times = is_digit, 1


def _is_digit(token: str, *words: frozenset[str]) -> bool:
    return token.isdecimal() or any(token in some for some in words)
