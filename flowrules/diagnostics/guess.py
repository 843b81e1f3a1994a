"""What was meant: the one known name that a mistyped word is close to."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_LONG = 12
_PARTS = re.compile(r"[_\-.\s]+")


def closest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` was most probably meant to be, as it is written there, or None.

    Letters changed, left out, added or swapped with their neighbour count one each (the optimal string
    alignment distance): none to spare in names of up to two letters, one up to four, two up to nine, three
    beyond. Where no name is that close, one whose parts hold all of the word's parts, or the other way round
    (`billing`, `billing_q`), is meant if it is the only one.
    """
    key, letters = _form(word)
    allowed = _allowed(len(key))
    best: str | None = None
    related: list[str] = []
    parts = set(_PARTS.split(key))
    for candidate in candidates:
        other, mask = _form(candidate)
        if other == key:
            return candidate
        limit = min(allowed, _allowed(len(other)))
        if abs(len(other) - len(key)) <= limit and (mask ^ letters).bit_count() <= 2 * limit:
            distance = _distance(key, other, limit)
            if distance <= limit:
                best, allowed = candidate, distance - 1
                if allowed < 1:
                    break
        if best is None and _holds(parts, set(_PARTS.split(other))):
            related.append(candidate)
    if best is None and len(related) == 1:
        return related[0]
    return best


def slip(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` is a slip of the keyboard for: one letter off, in long names (12 letters) two.

    For names that may well be somebody's own; `closest` guesses more boldly.
    """
    key, letters = _form(word)
    for candidate in candidates:
        other, mask = _form(candidate)
        limit = 2 if min(len(key), len(other)) >= _LONG else 1
        likely = abs(len(other) - len(key)) <= limit and (mask ^ letters).bit_count() <= 2 * limit
        if key != other and likely and _distance(key, other, limit) <= limit:
            return candidate
    return None


def _holds(parts: set[str], others: set[str]) -> bool:
    smaller = parts if len(parts) < len(others) else others
    return (parts < others or others < parts) and all(len(part) > 2 for part in smaller)


@lru_cache(maxsize=65_536)
def _form(word: str) -> tuple[str, int]:
    """A word as it is compared, and its letters as a set of bits, which rules most candidates out cheaply."""
    key = unicodedata.normalize("NFC", word.casefold())
    letters = 0
    for letter in key:
        letters |= 1 << (ord(letter) & 63)
    return key, letters


def _allowed(length: int) -> int:
    if length <= 2:
        return 0
    if length <= 4:
        return 1
    return 2 if length <= 9 else 3


def _distance(a: str, b: str, limit: int) -> int:
    """Optimal string alignment distance; anything above `limit` once it is sure to be above."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        new = [i]
        for j, other in enumerate(b, 1):
            cost = min(new[j - 1] + 1, row[j] + 1, row[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            new.append(cost)
        if min(new) > limit:
            return limit + 1
        before, row = row, new
    return row[-1]
