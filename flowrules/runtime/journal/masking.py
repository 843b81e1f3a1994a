"""What the journal may not show, replaced by a digest: equal values keep equal digests, so a replay still works.

Masked are facts that came from the caller, facts that the host named, and card numbers wherever they stand.
"""

import hmac
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import pydantic_core

from flowrules.engine.event import Source
from flowrules.language.names import fold
from flowrules.language.values import Value

_CARD = re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?!\d)")
"""13 to 19 digits (ISO/IEC 7812), single spaces or hyphens between them."""
_MAYBE_CARD = re.compile(rb"\d(?:[ -]?\d){12}")
_SHORT = 4
"""Values shorter than this are masked in texts only where they stand as a word of their own."""


def passes_luhn(digits: str) -> bool:
    """The check digit of card numbers (ISO/IEC 7812, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (1 + place % 2)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


class Masker:
    """`key` digests; `names` are the facts that the host wants masked, folded or not."""

    def __init__(self, key: bytes, names: Iterable[str] = ()) -> None:
        self._key = key
        self._names = frozenset(fold(name) for name in names)

    def digest(self, value: object) -> str:
        """`masked:` and 16 hex digits. Texts that compare equal have equal digests."""
        return (
            "masked:"
            + hmac.digest(self._key, fold(str(value)).encode("utf-8", "replace"), "sha256").hex()[:16]
        )

    def hides(self, name: str, source: Source) -> bool:
        return source is Source.CALLER or name in self._names

    def value(self, value: Value) -> Value:
        """A hidden fact's value; of several, each its own digest."""
        return tuple(self.digest(item) for item in value) if isinstance(value, tuple) else self.digest(value)

    def over(self, facts: Mapping[str, Value], sources: Mapping[str, Source]) -> "Cover":
        """The cover for one event: knows which values are not to be shown."""
        hidden = {name for name in facts if self.hides(name, sources.get(name, Source.HOST))}
        return Cover(self, facts, hidden)


class Cover:
    """Masks what belongs to one event: its facts, and every text that may quote them."""

    __slots__ = ("_escaped", "_hidden", "_masker", "_pattern", "_values")

    def __init__(self, masker: Masker, facts: Mapping[str, Value], hidden: set[str]) -> None:
        self._masker = masker
        self._hidden = hidden
        self._values: dict[str, str] = {}
        for name in hidden:
            value = facts[name]
            for item in value if isinstance(value, tuple) else (value,):
                if not isinstance(item, bool) and str(item):
                    self._values[str(item)] = self._values[fold(str(item))] = masker.digest(item)
        self._pattern = _any_of(self._values)
        self._escaped = any(
            as_json(value)[1:-1] != value.encode("utf-8", "replace") for value in self._values
        )

    def fact(self, name: str, value: Value | None) -> Any:
        if name in self._hidden and value is not None:
            return self._masker.value(value)
        return self.any(value)

    def json(self, value: Any) -> Any:
        """As `any`, for what seldom holds anything to mask: it is searched as a whole first."""
        text = as_json(value)
        if self._escaped or _MAYBE_CARD.search(text):
            return self.any(value)
        if self._pattern is not None and self._pattern.search(text.decode()):
            return self.any(value)
        return value

    def any(self, value: Any) -> Any:
        """The same JSON, every text and number in it masked where it has to be."""
        match value:
            case str():
                return self.text(value)
            case bool() | None:
                return value
            case int() | float():
                masked = self.text(str(value))
                return value if masked == str(value) else masked
            case Mapping():
                return {key: self.any(inner) for key, inner in value.items()}
            case list() | tuple():
                return [self.any(inner) for inner in value]
        return self.text(str(value))

    def text(self, text: str) -> str:
        if self._pattern is not None:
            text = self._pattern.sub(lambda match: self._values[match[0]], text)
        if len(text) > 12:
            text = _CARD.sub(self._card, text)
        return text

    def _card(self, match: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", match[0])
        return self._masker.digest(digits) if passes_luhn(digits) else match[0]


def as_json(value: Any) -> bytes:
    """JSON of anything. What UTF-8 can't say (half of a surrogate pair) is escaped, what JSON can't, told in words."""
    try:
        return pydantic_core.to_json(value, inf_nan_mode="null", fallback=str)
    except pydantic_core.PydanticSerializationError:
        return json.dumps(value, default=str).encode()


def _any_of(values: Mapping[str, str]) -> re.Pattern[str] | None:
    if not values:
        return None
    longest_first = sorted(values, key=len, reverse=True)
    return re.compile(
        "|".join(
            rf"(?<!\w){re.escape(value)}(?!\w)" if len(value) < _SHORT else re.escape(value)
            for value in longest_first
        )
    )
