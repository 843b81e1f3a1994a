"""What the journal may not show, replaced by a digest: equal values keep equal digests, so a replay still works.

Masked are facts that came from the caller, facts that the host named, and card numbers wherever they stand.
"""

import hmac
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pydantic_core

from flowrules.engine.event import Event, Source
from flowrules.language.names import fold
from flowrules.language.unicode import mended_data
from flowrules.language.values import Scalar, Value

_CARD = re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?!\d)")
"""13 to 19 digits (ISO/IEC 7812), single spaces or hyphens between them."""
_MAYBE_CARD = re.compile(rb"\d(?:[ -]?\d){12}")
_DIGITS = bytes.maketrans(b"0123456789", b"0" * 10)
_THIRTEEN_DIGITS = b"0" * 13
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
        """`masked:` and 16 hex digits. Texts that compare equal have equal digests. Those of one character are alike:
        which key is which would show in the rules that took some, and with that the number that was keyed in."""
        text = fold(str(value))
        data = text.encode("utf-8", "replace") if len(text) > 1 else b""
        return f"masked:{hmac.digest(self._key, data, 'sha256').hex()[:16]}"

    def fingerprint(self, data: bytes) -> str:
        """A digest that tells nothing of what was digested, and is the same in the next process."""
        return hmac.digest(self._key, data, "sha256").hex()[:32]

    def hides(self, name: str) -> bool:
        """Whether the host wants a fact masked, whoever said it."""
        return name in self._names

    def value(self, value: Value) -> Value:
        """A hidden fact's value; of several, each its own digest."""
        return tuple(self.digest(item) for item in value) if isinstance(value, tuple) else self.digest(value)

    def over(
        self, facts: Mapping[str, Value], sources: Mapping[str, Source], event: Event | None = None
    ) -> "Cover":
        """The cover for one event, with what was known before it: knows which values are not to be shown."""
        hidden: dict[str, Value] = {}
        if Source.CALLER in sources.values():
            hidden = {
                name: facts[name]
                for name, source in sources.items()
                if source is Source.CALLER and name in facts
            }
        if self._names:
            hidden |= {name: facts[name] for name in self._names & facts.keys()}
        if event is not None and (self._names or event.source is Source.CALLER or event.sources):
            for name, value in event.keys.items():
                if event.source_of(name) is Source.CALLER or name in self._names:
                    hidden[name] = value
        return Cover(self, hidden)


class Cover:
    """Masks what belongs to one event: its facts, and every text that may quote them. `hidden` are the facts that are
    not to be shown."""

    __slots__ = ("_hidden", "_masker", "_masks", "_needles", "_pattern")

    def __init__(self, masker: Masker, hidden: Mapping[str, Value]) -> None:
        self._masker = masker
        self._hidden = hidden
        self._needles = tuple(_needles(hidden.values())) if hidden else ()
        self._masks: dict[str, str] | None = None
        self._pattern: re.Pattern[str] | None = None

    def json(self, value: Any) -> bytes:
        """JSON of a value, every text and number in it masked where it has to be."""
        data = as_json(value)
        return data if self.clears(data) else as_json(self.any(value))

    def clears(self, data: bytes) -> bool:
        """Whether nothing in this JSON has to be masked. Most of what is written has nothing: so it is searched as a
        whole, and walked through only where something may be found."""
        if b"\\ud" in data:  # Half of a surrogate pair has had everything escaped: no needle would be found.
            return False
        if any(needle in data for needle in self._needles):
            return False
        return _THIRTEEN_DIGITS not in data.translate(_DIGITS, b" -") or _MAYBE_CARD.search(data) is None

    def named(self, facts: Mapping[str, Value | None]) -> dict[str, Any]:
        """Facts, the hidden ones masked; no look at what else they may quote."""
        hidden, masker = self._hidden, self._masker
        if hidden.keys().isdisjoint(facts):
            return dict(facts)
        return {
            name: masker.value(value) if name in hidden and value is not None else value
            for name, value in facts.items()
        }

    def fact(self, name: str, value: Value | None) -> Any:
        if name in self._hidden and value is not None:
            return self._masker.value(value)
        return self.any(value)

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
        if self._masks is None:
            self._masks = dict(self._every_mask())
            self._pattern = _any_of(self._masks)
        if self._pattern is not None:
            masks = self._masks
            text = self._pattern.sub(lambda match: masks[match[0]], text)
        if len(text) > 12:
            text = _CARD.sub(self._card, text)
        return text

    def _every_mask(self) -> Iterator[tuple[str, str]]:
        for item in _items(self._hidden.values()):
            digest = self._masker.digest(item)
            yield str(item), digest
            yield fold(str(item)), digest

    def _card(self, match: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", match[0])
        return self._masker.digest(digits) if passes_luhn(digits) else match[0]


def as_json(value: Any) -> bytes:
    """JSON of anything. What UTF-8 can't say (half of a surrogate pair) is mended, what JSON can't, told in words."""
    try:
        return pydantic_core.to_json(value, inf_nan_mode="null", fallback=str)
    except pydantic_core.PydanticSerializationError:
        plain = json.loads(json.dumps(value, default=str))
        return pydantic_core.to_json(mended_data(plain), inf_nan_mode="null")


def _items(values: Iterable[Value]) -> Iterator[Scalar]:
    """The single values that are looked for in texts."""
    for value in values:
        for item in value if isinstance(value, tuple) else (value,):
            if not isinstance(item, bool) and str(item):
                yield item


def _needles(values: Iterable[Value]) -> Iterator[bytes]:
    """What JSON would hold somewhere if it held one of these."""
    for item in _items(values):
        if isinstance(item, str):
            yield as_json(item)[1:-1]
            yield as_json(fold(item))[1:-1]
        else:
            yield str(item).encode()
            yield as_json(item)


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
