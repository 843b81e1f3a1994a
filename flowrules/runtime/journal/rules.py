"""The texts of the rules by which calls were decided, beside the journal that names their revisions: with them a call
can be replayed.

`rules-<revision>.json` is written once, whole or not at all. It is as old as the last journal file that may name it,
and is forgotten with that one. A text that holds a token of the platform is written without it, and says so.
"""

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from flowrules.compiler.ruleset import RuleSet
from flowrules.control.clock import Clock
from flowrules.redaction import redact_json
from flowrules.runtime.journal.file import write_whole
from flowrules.runtime.journal.masking import as_json
from flowrules.source import SourceFile

FORMAT = 1
_TRY_AGAIN = 5.0
"""Seconds after which texts are written again that could not be."""
_BEFORE = 1.0
"""Seconds by which texts that only the closed file may name are older than the one that begins."""


class RuleTexts(NamedTuple):
    """What the rules of a revision are made of."""

    revision: str
    sources: tuple[SourceFile, ...]
    side: str = "live"
    """Which rules of the engine's: of each side those that came last are needed on."""


def texts_of(ruleset: RuleSet, side: str = "live") -> RuleTexts:
    return RuleTexts(ruleset.revision, tuple(file.source for file in ruleset.checked.files), side)


class RulesFolder:
    """The texts in a journal's folder, kept by the thread that writes it. `problem` says why some can't be written;
    that stops no call."""

    def __init__(self, folder: Path, keep_days: int | None, clock: Clock) -> None:
        self.problem = ""
        self._folder = folder
        self._keep_days = keep_days
        self._clock = clock
        self._live: dict[str, RuleTexts] = {}
        self._owed: dict[str, RuleTexts] = {}
        self._try_at = 0.0
        """When what is owed is written (time.monotonic)."""

    def keep(self, texts: RuleTexts) -> None:
        """Write the texts of rules that decide from now on, unless they are there."""
        self._live[texts.side] = texts
        self._owe(texts)
        self.catch_up()

    def catch_up(self) -> None:
        """Write what could not be written before."""
        if not self._owed or time.monotonic() < self._try_at:
            return
        try:
            for revision, texts in tuple(self._owed.items()):
                self._write(texts)
                del self._owed[revision]
            self.problem = ""
        except OSError as error:
            self.problem = error.strerror or str(error)
            self._try_at = time.monotonic() + _TRY_AGAIN

    def file_begins(self, began: datetime) -> None:
        """The journal's file that began then is closed, and another begins: the texts that the old one may name are as
        old as it is, and those of the live rules are needed on."""
        with suppress(OSError):
            for path in self._since(began):
                self._date(path, _BEFORE)
        self.file_is_new()

    def file_is_new(self) -> None:
        """The journal's file is another one, or somebody has removed the folder: the live rules belong beside it."""
        for texts in self._live.values():
            self._owe(texts)
        self.catch_up()

    def forget(self, began: datetime) -> None:
        """Delete texts that no file of the journal names; the one that is written now began then."""
        if self._keep_days is None:
            return
        oldest = min(self._clock.now() - timedelta(days=self._keep_days), began).timestamp()
        with suppress(OSError):
            for path in self._folder.glob("rules-*.json"):
                if path.stat().st_mtime < oldest:
                    path.unlink()

    # --- inside ---

    def _owe(self, texts: RuleTexts) -> None:
        self._owed[texts.revision] = texts
        self._try_at = 0.0

    def _write(self, texts: RuleTexts) -> None:
        path = rules_path(self._folder, texts.revision)
        if not path.exists():
            write_whole(path, _as_bytes(texts))
        self._date(path)

    def _date(self, path: Path, before: float = 0.0) -> None:
        now = self._clock.now().timestamp() - before
        os.utime(path, (now, now))

    def _since(self, began: datetime) -> Iterator[Path]:
        for path in self._folder.glob("rules-*.json"):
            if path.stat().st_mtime >= began.timestamp() - _BEFORE / 2:
                yield path


def rules_path(folder: Path, revision: str) -> Path:
    return folder / f"rules-{revision}.json"


def digest_of(text: str) -> str:
    """That of a source is of its file's bytes, which may have been in another encoding."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _as_bytes(texts: RuleTexts) -> bytes:
    files = [
        {
            "path": source.path,
            "digest": source.digest,
            "sha256": digest_of(source.text),
            "text": source.text,
        }
        for source in texts.sources
    ]
    written = as_json({"files": files})
    shown = redact_json(written)
    head = as_json({"format": FORMAT, "revision": texts.revision, "redacted": shown != written})
    return head[:-1] + b"," + shown[1:] + b"\n"
