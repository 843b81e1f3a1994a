"""What was meant: the known names that a mistyped word is close to, and whether a machine may write one for it."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

_PARTS = re.compile(r"[_\-.\s]+")
_DIGITS = re.compile(r"\d+")
_LONG = 12
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Guess:
    """The candidates that come equally near, as they are written there; false where none does."""

    names: tuple[str, ...] = ()
    is_slip: bool = False
    """There is one, and it differs from what was typed by a slip of the keyboard."""

    def __bool__(self) -> bool:
        return bool(self.names)

    @property
    def fix(self) -> str | None:
        """What a machine may write in place of the word. Anything else than a slip may well be another real thing."""
        return self.names[0] if self.is_slip else None

    def words(self) -> str:
        """`"a", "b" or "c"`."""
        quoted = [f'"{name}"' for name in self.names[:_SHOWN]]
        return f"{', '.join(quoted[:-1])} or {quoted[-1]}" if len(quoted) > 1 else "".join(quoted)

    def question(self, otherwise: str = "", what: str = "") -> str:
        """The hint for a name that is not known. `what` says what it would be, such as `verb`."""
        return f"Did you mean {f'the {what} ' if what else ''}{self.words()}?" if self.names else otherwise

    def unsure(self) -> "Guess":
        """The same, for a place in which nothing may be written."""
        return Guess(self.names)


NO_GUESS = Guess()


def nearest(word: str, candidates: Iterable[str], *, keywords: bool = False) -> Guess:
    """The candidates that `word` was most probably meant to be.

    Letters changed, left out, added or swapped with their neighbour count one each (the optimal string
    alignment distance): none to spare in names of up to two letters, one up to four, two up to nine, three
    beyond. Where no name is that close, one whose parts hold all of the word's parts, or the other way round
    (`billing`, `billing_q`), is meant if it is the only one.

    `keywords` are words of the language: nobody has one of his own that is nearly the same.
    """
    key, letters = _form(word)
    allowed = _allowed(len(key))
    best: list[str] = []
    related: list[str] = []
    parts = set(_PARTS.split(key))
    for candidate in candidates:
        other, mask = _form(candidate)
        if other == key:
            return Guess((candidate,), True)
        limit = min(allowed, _allowed(len(other)))
        if abs(len(other) - len(key)) <= limit and (mask ^ letters).bit_count() <= 2 * limit:
            distance = _distance(key, other, limit)
            if distance <= limit:
                if distance < allowed:
                    best, allowed = [], distance
                best.append(candidate)
        if not best and _holds(parts, set(_PARTS.split(other))):
            related.append(candidate)
    if not best:
        return Guess(tuple(related)) if len(related) == 1 else NO_GUESS
    names = tuple(dict.fromkeys(best))
    return Guess(names, len(names) == 1 and _is_slip(key, _form(names[0])[0], keywords))


def closest(word: str, candidates: Iterable[str]) -> str | None:
    """The first of the nearest candidates, for telling what kind of thing a line is about."""
    return next(iter(nearest(word, candidates).names), None)


def near_miss(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` is one letter off, in long names (12 letters) two: for a note on a name that may well
    be somebody's own."""
    key, letters = _form(word)
    for candidate in candidates:
        other, mask = _form(candidate)
        limit = 2 if min(len(key), len(other)) >= _LONG else 1
        likely = abs(len(other) - len(key)) <= limit and (mask ^ letters).bit_count() <= 2 * limit
        if key != other and likely and _distance(key, other, limit) <= limit:
            return candidate
    return None


def slip_of(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` is most probably a slip for, where both may be names of somebody's own: one letter off,
    in names of up to four letters a slip of the keyboard. Names that only their digits tell apart are two."""
    key, _ = _form(word)
    for candidate in candidates:
        other, _ = _form(candidate)
        if key == other or _DIGITS.sub("", key) == _DIGITS.sub("", other) or abs(len(key) - len(other)) > 1:
            continue
        short = min(len(key), len(other)) < _ENOUGH
        if _is_slip(key, other, keywords=False) if short else _distance(key, other, 1) <= 1:
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


# --- slips of the keyboard -----------------------------------------------------------------------------------

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = {frozenset(pair) for row in _ROWS for pair in pairwise(row)} | {
    frozenset(pair)
    for upper, lower in pairwise(_ROWS)
    for pair in (*zip(upper, lower, strict=False), *zip(upper[1:], lower, strict=False))
}
"""Keys that lie side by side."""
_ENOUGH = 5
_FEW = 4
"""A word of fewer letters is one letter away from too many others: `gold`, `hold`, `fold`."""


def _is_slip(typed: str, meant: str, keywords: bool) -> bool:
    """Whether one press of a key tells them apart: two letters swapped, a key beside the right one, a letter doubled or
    dropped. A digit, a mark, a short part of a name (`refund_a`) or its last letter (`vip`, `vips`) may tell two real
    things apart, so they never are a slip."""
    start = next(
        (i for i, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b), min(len(typed), len(meant))
    )
    end = 0
    while end < min(len(typed), len(meant)) - start and typed[-1 - end] == meant[-1 - end]:
        end += 1
    wrong, right = typed[start : len(typed) - end], meant[start : len(meant) - end]
    if keywords and (wrong or right) in ("_", "-", "."):
        return not (wrong and right)
    if not all(map(_is_letter, wrong + right)):
        return False
    longer, at = (meant, start) if len(meant) >= len(typed) else (typed, start)
    first, last = _part(longer, at)
    if last - first < (_FEW if keywords or len(wrong) == len(right) == 2 else _ENOUGH):
        return False
    match len(wrong), len(right):
        case 2, 2:
            return wrong == right[::-1]
        case 1, 1:
            return frozenset(wrong + right) in _NEIGHBOURS
        case 0, 1:
            return keywords or first < start < last - 1
        case 1, 0:
            beside = typed[max(start - 1, 0) : start] + typed[start + 1 : start + 2]
            hit = wrong in beside or any(frozenset(wrong + key) in _NEIGHBOURS for key in beside)
            return hit and (keywords or (first < start < last - 1))
    return False


def _is_letter(character: str) -> bool:
    return unicodedata.category(character)[0] in "LM"


def _part(name: str, at: int) -> tuple[int, int]:
    """Where the run of letters around a place begins and ends."""
    first, last = at, at
    while first > 0 and _is_letter(name[first - 1]):
        first -= 1
    while last < len(name) and _is_letter(name[last]):
        last += 1
    return first, last
