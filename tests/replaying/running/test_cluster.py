"""The same replay by the workers of a Dask cluster, one of which is killed in the middle."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flowrules.compiler.ruleset import RuleSet
from flowrules.recordings.recording import Recording, RowsPart
from flowrules.replaying.answer import encode
from flowrules.replaying.outcomes import NOTHING_FAILS
from flowrules.replaying.running.cluster import ClusterFailed, replay_on_cluster
from flowrules.replaying.running.job import make_job
from flowrules.replaying.running.run import Where, replay_pieces
from tests.replaying.running.test_run import Watch

pytest.importorskip("distributed")


class Cluster:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        self.start("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
                   "--scheduler-file", str(folder / "scheduler.json"))  # fmt: skip
        self.wait_for(folder / "scheduler.json")
        for _ in range(2):
            self.start("distributed.cli.dask_worker", "--scheduler-file", str(folder / "scheduler.json"),
                       "--no-nanny", "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1",
                       "--local-directory", str(folder))  # fmt: skip

    def start(self, module: str, *arguments: str) -> None:
        with (self.folder / f"{len(self.processes)}.log").open("wb") as log:
            self.processes.append(
                subprocess.Popen([sys.executable, "-m", module, *arguments], stdout=log, stderr=log)
            )

    def wait_for(self, path: Path) -> None:
        until = time.monotonic() + 90
        while not path.exists() or not path.stat().st_size:
            assert time.monotonic() < until, self.processes[0].poll()
            time.sleep(0.05)

    @property
    def address(self) -> str:
        import json

        return str(json.loads((self.folder / "scheduler.json").read_text())["address"])

    def kill_a_worker(self) -> None:
        self.processes[1].send_signal(signal.SIGKILL)

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path)
    yield cluster
    cluster.stop()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_worker_is_killed_and_the_counts_are_exact(
    cluster: Cluster, recording: Recording, new: RuleSet, old: RuleSet, tmp_path: Path
) -> None:
    expected = replay_pieces(recording, new, old, where=Where(1))
    watch = Watch(cluster.kill_a_worker)
    found = replay_pieces(recording, new, old, where=Where(cluster=cluster.address), watching=watch)
    assert cluster.processes[1].wait() == -signal.SIGKILL
    assert encode(found) == encode(expected)
    assert (watch.pieces, watch.events) == (10, 900)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_rows_that_are_scattered_are_found_by_the_workers(
    cluster: Cluster, scattered: Recording, new: RuleSet, old: RuleSet, tmp_path: Path
) -> None:
    expected = replay_pieces(scattered, new, old, where=Where(1))
    assert (expected.calls, expected.events) == (300, 1800)
    assert 0 < expected.changed_calls < 300
    watch = Watch(cluster.kill_a_worker)
    where = Where(cluster=cluster.address, work=tmp_path / "work")
    assert encode(replay_pieces(scattered, new, old, where=where, watching=watch)) == encode(expected)
    assert watch.events == 1800
    assert watch.pieces > 10
    # Without a folder that workers share, the parts stand in this machine's temporary one: here, they find them, too.
    found = replay_pieces(scattered, new, old, where=Where(cluster=cluster.address))
    assert encode(found) == encode(expected)
    # On another machine they would not.
    job = make_job(new, old, scattered.layout, NOTHING_FAILS)
    nowhere = tmp_path / "nowhere" / "part-0001"
    with pytest.raises(ClusterFailed, match=f"(?s)--work.*{nowhere}"):
        list(replay_on_cluster(job, {0: RowsPart(((nowhere, "calls.jsonl"),), nowhere)}, cluster.address))


def test_no_cluster(recording: Recording, new: RuleSet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowrules.replaying.running.cluster.CONNECT", "1s")
    with pytest.raises(ClusterFailed, match="can't be reached"):
        replay_pieces(recording, new, where=Where(cluster="tcp://127.0.0.1:9"))
