"""Text that comes from outside, as text that UTF-8 can say: one rule for every door.

Python and JSON let half of a surrogate pair stand in a text (a name that was cut in the middle of an emoji, say); UTF-8
does not, so such a text could be taken in but neither sent nor written down. Two halves that belong together become
one character, and a half that stands alone becomes U+FFFD, the character for what could not be read.
"""

import json
from collections.abc import Mapping
from typing import Any

import pydantic_core


def mended(text: str) -> str:
    """The same text, every half of a surrogate pair mended."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def mended_data(value: Any) -> Any:
    """The same JSON data, every text in it mended, and every name."""
    match value:
        case str():
            return mended(value)
        case Mapping():
            return {mended_data(name): mended_data(inner) for name, inner in value.items()}
        case list() | tuple():
            return [mended_data(inner) for inner in value]
    return value


def read_json(text: str | bytes) -> Any:
    """JSON data, its texts mended. Raises ValueError for what is no JSON; NaN and infinity are none."""
    data = text if isinstance(text, bytes) else mended(text).encode()
    try:
        return pydantic_core.from_json(data, allow_inf_nan=False)
    except ValueError:
        if b"\\u" not in data and _is_utf8(data):
            raise
    # The quick reader refuses half of a pair as an escape, and bytes that are no UTF-8.
    try:
        return mended_data(json.loads(data.decode("utf-8", "replace"), parse_constant=_refuse))
    except RecursionError:
        raise ValueError("nested too deep") from None


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
