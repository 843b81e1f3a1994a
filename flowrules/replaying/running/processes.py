"""Pieces of a recording, replayed by processes of this machine. One that dies is replaced, and its piece begun anew."""

import multiprocessing
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from flowrules.recordings.recording import Reads
from flowrules.replaying.running.job import Job, replay_piece

MOST_DEATHS = 3
"""So often may a process die while it works on the same piece."""


class WorkersDie(RuntimeError):
    """Processes die again and again at the same piece. The message names it."""


def processors() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


def replay_in_processes(job: Job, pieces: Mapping[int, Reads], count: int) -> Iterator[tuple[int, bytes]]:
    """The number and the answer of each piece, as they come. Raises WorkersDie, and what `replay_piece` raises."""
    left = dict(pieces)
    deaths: Counter[int] = Counter()
    while left:
        # Threads of this process, and what they hold, do not come along.
        pool = ProcessPoolExecutor(
            min(count, len(left)), multiprocessing.get_context("spawn"), initializer=_begin, initargs=(job,)
        )
        running: dict[Future[bytes], int] = {}
        try:
            running = {pool.submit(_replay, reads): number for number, reads in left.items()}
            for future in as_completed(running):
                answer = future.result()
                number = running[future]
                del left[number]
                yield number, answer
        except BrokenProcessPool:
            # It was at one of those that were begun first: which one, nobody knows.
            deaths.update(list(left)[:count])
            worst, times = deaths.most_common(1)[0]
            if times >= MOST_DEATHS:
                raise WorkersDie(
                    f"a process that replays died {times} times, the last time at or near {left[worst]}"
                ) from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


_job: Job | None = None


def _begin(job: Job) -> None:
    global _job
    _job = job


def _replay(reads: Reads) -> bytes:
    assert _job is not None
    return replay_piece(_job, reads)
