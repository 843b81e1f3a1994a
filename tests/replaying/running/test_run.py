"""A replay of a recording: the same answer whoever replays it, and whatever happens on the way."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from flowrules.compiler.ruleset import RuleSet
from flowrules.recordings.recording import Recording, Rows
from flowrules.replaying.answer import encode
from flowrules.replaying.judge import Judge
from flowrules.replaying.running.job import HoldsToken, Job, OtherVersion, make_job, replay_piece
from flowrules.replaying.running.processes import WorkersDie, replay_in_processes
from flowrules.replaying.running.run import Nobody, Where, replay_pieces
from tests.replaying.running.conftest import OLD, rules


class Watch(Nobody):
    def __init__(self, after_first: Callable[[], None] = lambda: None) -> None:
        self.rows = self.done = self.events = self.pieces = 0
        self._after_first = after_first

    def begins(self, rows: int) -> None:
        self.rows = rows

    def answered(self, rows: int, events: int) -> None:
        self.pieces += 1
        self.done += rows
        self.events += events
        if self.pieces == 1:
            self._after_first()


def kill_one() -> None:
    os.kill(multiprocessing.active_children()[0].pid or 0, signal.SIGKILL)


def test_every_way_gives_the_same_answer(
    recording: Recording, new: RuleSet, old: RuleSet, tmp_path: Path
) -> None:
    alone, many, killed, first, second = Watch(), Watch(), Watch(kill_one), Watch(), Watch()
    expected = replay_pieces(recording, new, old, where=Where(1), watching=alone)
    assert (expected.calls, expected.events) == (150, 900)
    assert 0 < expected.changed_calls < 150
    assert (alone.rows, alone.done, alone.events) == (900, 900, 900)
    assert encode(replay_pieces(recording, new, old, where=Where(2), watching=many)) == encode(expected)
    # A worker that is killed takes nothing along, and nothing is counted twice.
    assert encode(replay_pieces(recording, new, old, where=Where(2), watching=killed)) == encode(expected)
    assert many.events == killed.events == 900
    # Stopped in the middle, it goes on where it was.
    work = tmp_path / "work"

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replay_pieces(recording, new, old, where=Where(1, work=work), watching=Watch(stop))
    answers = list(work.rglob("*.answer"))
    assert len(answers) == 1
    again = replay_pieces(recording, new, old, where=Where(1, work=work), watching=first)
    assert encode(again) == encode(expected)
    made = {path: path.stat().st_mtime_ns for path in work.rglob("*.answer")}
    assert len(made) == first.pieces == 10
    again = replay_pieces(recording, new, old, where=Where(1, work=work), watching=second)
    assert encode(again) == encode(expected)
    assert {path: path.stat().st_mtime_ns for path in work.rglob("*.answer")} == made
    # Another rule, or another recording, is another replay.
    other = replay_pieces(recording, old, new, where=Where(1, work=work))
    assert encode(other) != encode(expected)
    assert len(list(work.rglob("*.answer"))) == 20


def test_a_changed_file_is_replayed_anew(
    recording: Recording, new: RuleSet, old: RuleSet, tmp_path: Path
) -> None:
    path = recording.tables[0][0]
    replay_pieces(recording, new, old, where=Where(1, work=tmp_path / "work"))
    stat = path.stat()
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    watch = Watch()
    replay_pieces(recording, new, old, where=Where(1, work=tmp_path / "work"), watching=watch)
    assert len(list((tmp_path / "work").iterdir())) == 2


def test_a_piece_that_kills_whoever_reads_it_ends_the_replay(
    recording: Recording, new: RuleSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fifo = tmp_path / "calls.jsonl"
    os.mkfifo(fifo)
    job = make_job(new, new, recording.layout, {})
    stuck = Rows(((fifo, "calls.jsonl"),))
    answers = replay_in_processes(job, {0: stuck}, 1)
    import threading
    import time

    def kill_all() -> None:
        while thread_runs:
            for child in multiprocessing.active_children():
                os.kill(child.pid or 0, signal.SIGKILL)
            time.sleep(0.01)

    thread_runs = [True]
    killer = threading.Thread(target=kill_all)
    killer.start()
    try:
        with pytest.raises(WorkersDie, match="died 3 times"):
            list(answers)
    finally:
        thread_runs.clear()
        killer.join()


def test_a_job_holds_no_token_and_is_of_one_version(recording: Recording, new: RuleSet) -> None:
    token = "yt_cb_01H" + "Z" * 23
    with pytest.raises(HoldsToken, match=r"a\.rules holds a token"):
        make_job(rules(f'{OLD}on x log "{token}"\n'), new, recording.layout, {})
    job = make_job(new, None, recording.layout, {})
    other = Job(job.digest, "another", job.rules, job.layout, job.supposing)
    with pytest.raises(OtherVersion):
        replay_piece(other, Rows(()))
    assert Judge(new).answer.calls == 0
