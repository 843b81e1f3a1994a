"""A built rule set: one file with the texts of rule files and, beside them, what a load has made of them.

    flowrules rules 1 <bytes of the texts> <digest of the texts> <digest of the rest>
    <the texts, MessagePack><key of the load><the load, MessagePack>

A signed one has one line more in front of these, which `rollout/envelope.py` describes; whoever reads a built rule set
from a file of his own passes it over.

Nothing in it runs. Where the rest is of another engine or for another host, or is damaged, the texts are read and
checked as they would be from their own files; without whole texts it is a rule file that can't be read.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

SUFFIX = ".frb"
_MARK = b"flowrules rules 1"
SIGNED = b"flowrules signed 1 "
"""How the line with the signatures begins."""
_KEY = 64
"""Characters of a key."""

Texts = Sequence[tuple[str, bytes]]
"""Paths and what stands in the files."""


def is_built(path: Path) -> bool:
    """Whether a path is, by its name, a built rule set."""
    return path.suffix == SUFFIX


def whole(texts: Texts, key: str, load: bytes) -> bytes:
    """The bytes of the file. `key` and `load` as `compiler.loading.stored` makes them."""
    assert len(key) == _KEY
    first = msgspec.msgpack.encode(list(texts))
    rest = key.encode() + load
    return b"%s %d %s %s\n" % (_MARK, len(first), _digest(first), _digest(rest)) + first + rest


def texts_of(data: bytes) -> list[tuple[str, bytes]]:
    """The rule files in it. Raises ValueError where they are not whole."""
    size, digest, _, body = _parts(data)
    if len(body) < size or _digest(body[:size]) != digest:
        raise ValueError("the texts are not whole")
    return msgspec.msgpack.decode(body[:size], type=list[tuple[str, bytes]])


def load_of(data: bytes) -> tuple[str, bytes] | None:
    """The key and the bytes of the load; None where they are not whole."""
    try:
        size, _, digest, body = _parts(data)
    except ValueError:
        return None
    rest = body[size:]
    if len(rest) < _KEY or _digest(rest) != digest:
        return None
    return rest[:_KEY].decode("ascii", "replace"), rest[_KEY:]


def unsealed(data: bytes) -> bytes:
    """A built rule set without its signatures, which nobody has looked at."""
    return data.partition(b"\n")[2] if data.startswith(SIGNED) else data


def _parts(data: bytes) -> tuple[int, bytes, bytes, bytes]:
    data = unsealed(data)
    head, _, body = data.partition(b"\n")
    if not head.startswith(_MARK):
        raise ValueError("this is no built rule set")
    size, of_texts, of_rest = head.removeprefix(_MARK).split()
    return int(size), of_texts, of_rest, body


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()
