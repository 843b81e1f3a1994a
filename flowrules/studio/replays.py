"""Replays for one tab: recorded calls under the rules as they are edited, one replay at a time, the newest question
first. It runs beside the page: in a thread, and of a large recording in processes of its own."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from flowrules.compiler.ruleset import RuleSet
from flowrules.recordings.arrow import ParquetMissing
from flowrules.recordings.layout import BadMapping
from flowrules.recordings.record import BadRecording
from flowrules.replaying.answer import Answer
from flowrules.replaying.run import replay_recording
from flowrules.replaying.running.job import HoldsToken, OtherVersion
from flowrules.replaying.running.processes import WorkersDie
from flowrules.replaying.running.run import Where

PATIENCE = 3.0
"""Seconds. Where the last replay took longer, the next one begins when somebody asks for it, not with each edit."""
_CANT = (BadMapping, BadRecording, HoldsToken, OtherVersion, ParquetMissing, WorkersDie)


@dataclass(frozen=True, eq=False)
class Question:
    """`old`: the rules to compare with; None: with what the recording says was done. `columns` as `replay_recording`
    has them."""

    new: RuleSet
    old: RuleSet | None
    columns: Mapping[str, str]

    @property
    def key(self) -> tuple[object, ...]:
        """Equal where the texts of the rules, and the names of the columns, are."""
        old = self.old.revision if self.old is not None else None
        return self.new.revision, old, tuple(sorted(self.columns.items()))


class _Superseded(Exception):
    """Somebody asks something else meanwhile."""


class Replays:
    """`answered` is the question that `answer` answers, or that `problem` says can't be answered. `changed` is called
    in the event loop whenever there is something else to show."""

    def __init__(self, recording: Path, changed: Callable[[], None]) -> None:
        self._recording = recording
        self._changed = changed
        self._wanted: Question | None = None
        self._task: asyncio.Task[None] | None = None
        self._took = 0.0
        self.answered: Question | None = None
        self.answer: Answer | None = None
        self.problem = ""
        self.done = self.rows = 0
        """How far the replay is that runs, in rows of the recording."""

    @property
    def runs(self) -> bool:
        return self._task is not None and not self._task.done()

    @property
    def is_slow(self) -> bool:
        """Whether a replay waits until somebody asks for it."""
        return self._took > PATIENCE

    def ask(self, question: Question, *, pressed: bool = False) -> None:
        """Answer this question; not again the one that was asked last, and none where replays take long, unless
        somebody has pressed for it."""
        if not pressed and (self.is_slow or (self._wanted is not None and question.key == self._wanted.key)):
            return
        self._wanted = question
        if not self.runs:
            self._task = asyncio.get_running_loop().create_task(self._answer())

    def close(self) -> None:
        """Nobody asks any more."""
        self._wanted = None
        if self._task is not None:
            self._task.cancel()

    # --- inside ---

    async def _answer(self) -> None:
        while (question := self._wanted) is not None and question is not self.answered:
            self.done = self.rows = 0
            began, answer, problem = time.monotonic(), None, ""
            watching = _Progress(self, question, asyncio.get_running_loop())
            try:
                answer = await asyncio.to_thread(self._play, question, watching)
            except _Superseded:
                continue
            except OSError as error:
                problem = f"{error.filename or self._recording} can't be read: {error.strerror or error}."
            except _CANT as error:
                problem = f"{str(error).rstrip('.')}."
            self._took = time.monotonic() - began
            self.answered, self.answer, self.problem = question, answer, problem
            self._changed()

    def _play(self, question: Question, watching: "_Progress") -> Answer:
        return replay_recording(
            self._recording,
            question.new,
            question.old,
            columns=question.columns,
            where=Where(None),
            watching=watching,
        )

    def _is_wanted(self, question: Question) -> bool:
        return self._wanted is question

    def _played(self, question: Question, done: int, rows: int) -> None:
        if self._is_wanted(question):
            self.done, self.rows = done, rows
            self._changed()


class _Progress:
    """Is told in the thread that replays."""

    def __init__(self, replays: Replays, question: Question, loop: asyncio.AbstractEventLoop) -> None:
        self._replays = replays
        self._question = question
        self._loop = loop
        self._done = self._rows = 0

    def prepared(self, rows: int) -> None:
        self._go_on()

    def begins(self, rows: int) -> None:
        self._rows = rows
        self._go_on()

    def answered(self, rows: int, events: int) -> None:
        self._done += rows
        self._go_on()

    def _go_on(self) -> None:
        """Raises _Superseded."""
        if not self._replays._is_wanted(self._question):
            raise _Superseded
        self._loop.call_soon_threadsafe(self._replays._played, self._question, self._done, self._rows)
