"""Texts and findings on their way between the server and the process that plays calls.

A finding points into texts that both sides have, so a text goes as its path and a code as its id: what arrives points
into the receiver's own objects.
"""

import io
import pickle
from collections.abc import Mapping
from typing import Any

from flowrules.diagnostics.codes import BY_ID
from flowrules.diagnostics.diagnostic import Code
from flowrules.editor.played import FAILING_TEST
from flowrules.source import SourceFile

_CODES = {**BY_ID, FAILING_TEST.id: FAILING_TEST}
_NUMBER = 8
HEAD = 2 * _NUMBER
"""Bytes before each message: the number of its question, and how long it is."""


def packed(number: int, message: object, *, texts: bool = False) -> bytes:
    """A message of a question, or about it. `texts`: it brings the texts themselves."""
    body = io.BytesIO()
    (pickle.Pickler(body) if texts else _Packing(body)).dump(message)
    data = body.getvalue()
    return number.to_bytes(_NUMBER) + len(data).to_bytes(_NUMBER) + data


def head_of(data: bytes) -> tuple[int, int]:
    """The number of a question, and the length of what follows."""
    return int.from_bytes(data[:_NUMBER]), int.from_bytes(data[_NUMBER:])


def unpacked(data: bytes, texts: Mapping[str, SourceFile] | None = None) -> Any:
    """A message without its head. `texts`: the receiver's own, by their paths."""
    return _Unpacking(io.BytesIO(data), texts or {}).load()


class _Packing(pickle.Pickler):
    def persistent_id(self, obj: object) -> tuple[str, str] | None:
        match obj:
            case SourceFile(path=path):
                return "text", path
            case Code(id=id_):
                return "code", id_
        return None


class _Unpacking(pickle.Unpickler):
    """Reads what the other side of our own has written."""

    def __init__(self, body: io.BytesIO, texts: Mapping[str, SourceFile]) -> None:
        super().__init__(body)
        self._texts = texts

    def persistent_load(self, pid: tuple[str, str]) -> object:
        kind, name = pid
        return self._texts[name] if kind == "text" else _CODES[name]
