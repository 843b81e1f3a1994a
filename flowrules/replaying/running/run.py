"""A whole recording, replayed: its pieces are found, answered where that was not done before, and added up."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from flowrules.compiler.ruleset import RuleSet
from flowrules.recordings.recording import Reads, Recording
from flowrules.replaying.answer import Answer, decode
from flowrules.replaying.judge import Judge
from flowrules.replaying.outcomes import NOTHING_FAILS, Supposing
from flowrules.replaying.running.job import Job, make_job, replay_piece
from flowrules.replaying.running.kept import KeptAnswers
from flowrules.replaying.running.processes import processors, replay_in_processes


class Watching(Protocol):
    """Is told how far a replay is."""

    def prepared(self, rows: int) -> None:
        """So many rows were read, to find out which belong together."""

    def begins(self, rows: int) -> None:
        """So many rows, about, are to be replayed."""

    def answered(self, rows: int, events: int) -> None:
        """A piece with about so many rows is done, which held so many events."""


class Nobody:
    """Does not watch."""

    def prepared(self, rows: int) -> None: ...
    def begins(self, rows: int) -> None: ...
    def answered(self, rows: int, events: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Where:
    """Who replays. `processes`: how many, None: as many as there are processors; 1: this one. `cluster`: the address of
    a Dask scheduler, whose workers do it instead. `work`: a folder in which answers are kept, so that a second run goes
    on where the first one was stopped."""

    processes: int | None = None
    cluster: str | None = None
    work: Path | None = None


HERE = Where(1)
"""This process alone."""
FEW = 20_000
"""Rows that one process has replayed before others have started."""


def replay_pieces(
    recording: Recording,
    new: RuleSet,
    old: RuleSet | None = None,
    supposing: Supposing = NOTHING_FAILS,
    where: Where = HERE,
    watching: Watching | None = None,
) -> Answer:
    """The answer is the same whoever replays, in how many pieces at a time. Raises OSError, ParquetMissing,
    BadRecording, HoldsToken, WorkersDie, ClusterMissing and ClusterFailed."""
    watching = watching or Nobody()
    job = make_job(new, old, recording.layout, supposing)
    with _folder(where, job, recording) as (kept, folder):
        pieces = kept.pieces() if kept is not None else None
        if pieces is None:
            pieces = recording.pieces(folder, watching.prepared)
            if kept is not None:
                kept.keep_pieces(pieces)
        judge = Judge(new, old, supposing)
        judge.add(recording.unread)
        answer = judge.answer
        watching.begins(sum(piece.rows for piece in pieces))
        left: dict[int, Reads] = {}
        for number, piece in enumerate(pieces):
            before = None if kept is None else kept.answer(number)
            if before is None:
                left[number] = piece.reads
            else:
                watching.answered(piece.rows, events_in(before))
                answer.merge(before)
        rows = sum(pieces[number].rows for number in left)
        for number, data in _answers(job, left, rows, where):
            if kept is not None:
                kept.keep_answer(number, data)
            found = decode(data)
            watching.answered(pieces[number].rows, events_in(found))
            answer.merge(found)
    return answer.in_order()


def events_in(answer: Answer) -> int:
    """Those that were played, and those that could not be."""
    return answer.events + sum(one.events for one in answer.unplayed.values())


def _answers(job: Job, pieces: Mapping[int, Reads], rows: int, where: Where) -> Iterator[tuple[int, bytes]]:
    if where.cluster is not None:
        from flowrules.replaying.running.cluster import replay_on_cluster

        return replay_on_cluster(job, pieces, where.cluster)
    few = where.processes is None and rows < FEW
    count = 1 if few else where.processes or processors()
    if count > 1 and len(pieces) > 1:
        return replay_in_processes(job, pieces, count)
    return ((number, replay_piece(job, reads)) for number, reads in pieces.items())


@contextmanager
def _folder(where: Where, job: Job, recording: Recording) -> Iterator[tuple[KeptAnswers | None, Path]]:
    """Where answers are kept, if they are, and where rows can be put that are scattered."""
    if where.work is not None:
        kept = KeptAnswers(where.work, job.digest, recording.identity())
        yield kept, kept.parts
        return
    with tempfile.TemporaryDirectory(prefix="flowrules-replay-") as folder:
        yield None, Path(folder)
