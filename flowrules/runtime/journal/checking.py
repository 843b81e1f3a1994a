"""Whether a journal is whole: every line there, unchanged, and every verb that went out with its outcome."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flowrules.runtime.journal.format import check_format
from flowrules.runtime.journal.reader import Entry, Line, read_lines
from flowrules.runtime.journal.retention.erasures import LOG, pending, read_log

_UNREADABLE = "this line can't be read"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not fit, in words."""

    path: Path
    line: int
    message: str


def verify(folder: Path) -> tuple[Problem, ...]:
    """What does not fit: lines that are missing, changed or torn by something else than a crash, receipts without an
    intent, verbs whose fate was never written down, and lines that were erased without a record of it. Raises OSError,
    and JournalError for what a newer version wrote.

    A torn line is accepted where a process was killed: right before the next one began, or at the very end.
    """
    checker = Checker(folder)
    problems = [problem for line in read_lines(folder) for problem in checker.take(line)]
    return (*problems, *checker.at_the_end())


class Checker:
    """Takes the lines of a journal in order, and says what does not fit."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError."""
        self._folder = folder
        self._log, self._bad_log = read_log(folder)
        self._before: Entry | None = None
        self._torn: Line | None = None
        self._from_start = True
        self._intents: dict[tuple[str, ...], Line] = {}
        self._erased_intents: Counter[tuple[str, ...]] = Counter()
        """By rule, path and verb: whose call it was nobody can tell any more."""

    def take(self, line: Line) -> Iterator[Problem]:
        """Raises JournalError for what a newer version wrote."""
        entry = line.entry
        if entry is None:
            if self._torn is not None:
                yield _of(self._torn, _UNREADABLE)
            self._torn = line
            return
        check_format(entry)
        if self._torn is not None and entry.kind != "journal":
            yield _of(self._torn, _UNREADABLE)
        self._torn = None
        yield from (_of(line, message) for message in self._chained(entry))
        yield from (_of(line, message) for message in self._recorded(entry))
        self._before = entry
        if entry.is_erased:
            yield from (_of(line, message) for message in self._erased(entry))
        elif entry.kind == "sending":
            if entry.step in self._intents:
                yield _of(line, "this step was sent before, and has no receipt yet")
            self._intents[entry.step] = line
        elif entry.kind == "receipt" and self._intents.pop(entry.step, None) is None and self._from_start:
            yield _of(line, "a receipt for what was not being sent")
        if not self._from_start and entry.kind in ("journal", "checkpoint"):
            self._learn(line, entry)

    def at_the_end(self) -> Iterator[Problem]:
        """What is wrong when the last line was taken."""
        for line in self._intents.values():
            yield _of(line, "nobody knows what became of this verb")
        for (_, _, verb), times in self._erased_intents.items():
            if times > 0:
                yield Problem(self._folder, 0, f"nobody knows what became of {verb}, in an erased call")
        if self._bad_log:
            yield Problem(
                self._folder / LOG, self._bad_log, "the line before this one was changed, or this one"
            )
        if pending(self._folder):
            yield Problem(self._folder, 0, "an erasure was cut short: the next one finishes it")

    # --- inside ---

    def _chained(self, entry: Entry) -> Iterator[str]:
        before = self._before
        if before is None:
            # Files before this one may have been deleted for their age, and with them what was on the wire then.
            self._from_start = entry.seq == 1
        elif entry.seq != before.seq + 1:
            yield f"line {entry.seq} follows line {before.seq}"
        elif entry.prev != before.link:
            yield "the line before this one was changed"

    def _recorded(self, entry: Entry) -> Iterator[str]:
        """Whether what was erased is on record, and nothing of it is back."""
        digest = self._log.get(entry.seq)
        if entry.is_erased and digest is None:
            yield f"this line was erased, and {LOG} does not say so"
        elif entry.is_erased and digest != entry.own:
            yield "this line was erased, and changed since"
        elif digest is not None and not entry.is_erased and not pending(self._folder):
            yield f"this line was erased, says {LOG}, and stands here"

    def _erased(self, entry: Entry) -> Iterator[str]:
        of = entry.step[3:], str(entry.fields.get("verb", ""))
        step = (*of[0], of[1])
        if entry.kind == "sending":
            self._erased_intents[step] += 1
        elif entry.kind == "receipt":
            self._erased_intents[step] -= 1
            if self._erased_intents[step] < 0 and self._from_start:
                yield "a receipt for what was not being sent"

    def _learn(self, line: Line, checkpoint: Entry) -> None:
        """What was on the wire at the first line that says so: the files before it are gone."""
        for intent in checkpoint.fields.get("intents") or ():
            if isinstance(intent, Mapping):
                self._learn_intent(line, replace(checkpoint, fields=intent), intent)
        self._from_start = True

    def _learn_intent(self, line: Line, entry: Entry, intent: Mapping[str, Any]) -> None:
        if "call" in intent:
            self._intents.setdefault(entry.step, line)
        else:
            self._erased_intents[(*entry.step[3:], str(intent.get("verb", "")))] += 1


def _of(line: Line, message: str) -> Problem:
    return Problem(line.path, line.number, message)
