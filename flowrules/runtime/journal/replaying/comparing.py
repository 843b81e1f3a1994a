"""Whether what a replay would put on record is what is on record. What the journal masks can be anything."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

MASK = re.compile(r"masked:[0-9a-f]{16}")
_OF_ITS_LINE = frozenset({"seq", "prev", "at", "inputs", "salt"})
"""Fields that belong to a line and to no entry."""
_LOOKED_AT = frozenset({"facts", "trace", "notes", "spoken"})
"""What of a decision says how it came about."""


def holds_mask(value: Any) -> bool:
    """Whether something in JSON data is masked."""
    match value:
        case str():
            return "masked:" in value and MASK.search(value) is not None
        case Mapping():
            return any(map(holds_mask, value.values()))
        case list() | tuple():
            return any(map(holds_mask, value))
    return False


def differs(recorded: Mapping[str, Any], replayed: Mapping[str, Any]) -> str:
    """Where two entries differ first, in words; '' where they say the same. A decision on something masked is compared
    without what it looked at: the replay can't see that."""
    left_out = _OF_ITS_LINE
    if recorded.get("kind") == "decided" and (holds_mask(recorded) or holds_mask(replayed)):
        left_out |= _LOOKED_AT
    for name in {**recorded, **replayed}:
        if name not in left_out:
            for place, one, other in _differences(name, recorded.get(name), replayed.get(name)):
                return f"{place} is {_shown(one)} on record, and {_shown(other)} in the replay"
    return ""


def alike(recorded: Any, replayed: Any) -> bool:
    """Whether JSON data may be the same, whatever stands behind the masks."""
    return next(_differences("", recorded, replayed), None) is None


def _differences(place: str, one: Any, other: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in {**one, **other}:
            yield from _differences(f"{place}.{name}" if place else name, one.get(name), other.get(name))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (inner, beside) in enumerate(zip(one, other, strict=True), start=1):
            yield from _differences(f"{place}[{number}]", inner, beside)
    elif not _same(one, other):
        yield place, one, other


def _same(one: Any, other: Any) -> bool:
    if one == other and (isinstance(one, bool) is isinstance(other, bool)):
        return True
    if not holds_mask(one) and not holds_mask(other):
        return False
    if one is None or other is None:
        return False
    if not isinstance(one, str) or not isinstance(other, str):
        # A number, or yes and no, that is masked is a text.
        return any(isinstance(value, str) and MASK.fullmatch(value) is not None for value in (one, other))
    ours, theirs = MASK.split(one), MASK.split(other)
    if len(ours) > 1 and len(theirs) > 1:
        return _one_begins(ours[0], theirs[0]) and _one_begins(ours[-1][::-1], theirs[-1][::-1])
    masked, text = (ours, other) if len(ours) > 1 else (theirs, one)
    return re.fullmatch(".*".join(map(re.escape, masked)), text, re.DOTALL) is not None


def _one_begins(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:200]}…"
