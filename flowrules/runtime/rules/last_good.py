"""The last good rules: the rule set that went live last, kept beside the journal so that a restart can run on it.

`last-good.rules` holds the texts with their origin, and what a load has made of them, as data that nothing runs:

    flowrules last good 1 <digest of the rest>
    <MessagePack of LastGood>

It is written whole or not at all. A file that is damaged, that somebody else may write, or that was kept for other
rule files is not used, and `NotUsable` says why.
"""

import hashlib
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from flowrules.compiler.compile import revision_of
from flowrules.kept import is_ours
from flowrules.redaction import holds_token
from flowrules.runtime.journal.file import write_whole
from flowrules.runtime.rules.loads import now
from flowrules.source import SourceFile, source_from_text

NAME = "last-good.rules"
_MARK = b"flowrules last good 1"
_MOST = 256 * 1024 * 1024
"""Bytes that such a file has at most."""


class NotUsable(Exception):
    """Why the file can't be used, or can't be kept."""


class Text(msgspec.Struct, frozen=True, array_like=True):
    """A rule file. `digest` is that of its bytes, which may have been in another encoding than `text`."""

    path: str
    digest: str
    text: str


class LastGood(msgspec.Struct, frozen=True, array_like=True):
    """`origin` is the absolute path that the texts were read from; `accepted` is when they went live, by the clock of
    that moment, for people to read: nothing depends on it. `key` and `load` are as `compiler.loading.stored` makes
    them; empty where nothing was at hand."""

    revision: str
    origin: str
    accepted: datetime
    texts: tuple[Text, ...]
    key: str = ""
    load: bytes = b""

    @property
    def sources(self) -> tuple[SourceFile, ...]:
        made = []
        for text in self.texts:
            read = source_from_text(text.text, text.path)
            made.append(SourceFile(read.path, read.text, text.digest, line_starts=read.line_starts))
        return tuple(made)


def last_good_of(
    sources: Sequence[SourceFile], path: Path, key: str = "", load: bytes = b"", at: datetime | None = None
) -> LastGood:
    """What is kept of rules that have gone live. Raises NotUsable where a text holds a token: none is written down."""
    for source in sources:
        if holds_token(source.text):
            raise NotUsable(f"{source.path} holds a token, which is never written down")
    texts = tuple(Text(source.path, source.digest, source.text) for source in sources)
    return LastGood(revision_of(tuple(sources)), origin_of(path), at or now(), texts, key, load)


def origin_of(path: Path) -> str:
    """Links are not followed: those of a mounted ConfigMap point to another folder after each change."""
    return os.path.abspath(path)


def write(folder: Path, kept: LastGood) -> None:
    """Raises OSError."""
    data = msgspec.msgpack.encode(kept)
    write_whole(folder / NAME, b"%s %s\n" % (_MARK, _digest(data)) + data)


def forget(folder: Path) -> None:
    """Delete what is kept: it is not the last any more. Raises OSError."""
    (folder / NAME).unlink(missing_ok=True)


def read(folder: Path, path: Path) -> LastGood | None:
    """What was kept for the rule files at a path; None where nothing was. Raises NotUsable."""
    try:
        with (folder / NAME).open("rb") as file:
            found = os.fstat(file.fileno())
            if not is_ours(found):
                raise NotUsable("somebody else may write it")
            head, data = file.readline(300), file.read(_MOST)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NotUsable(f"it can't be read: {error.strerror or error}") from None
    if not head.startswith(_MARK + b" "):
        raise NotUsable("it was written by another version")
    if head.split()[-1] != _digest(data):
        raise NotUsable("it is damaged")
    try:
        kept = msgspec.msgpack.decode(data, type=LastGood)
        whole = revision_of(kept.sources) == kept.revision
    except (msgspec.MsgspecError, ValueError):
        raise NotUsable("it was written by another version") from None
    if not whole:
        raise NotUsable("it is damaged")
    if kept.origin != origin_of(path):
        raise NotUsable(f"it was kept for the rules in {kept.origin}")
    return kept


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()
