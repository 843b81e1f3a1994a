"""Pieces of a recording, replayed by the workers of a Dask cluster (extra `cluster`).

The workers read the recording's files themselves, so these must stand under the same paths for them, on a disk that
they share. The rules are sent once to each worker, by a plugin that a worker which joins later gets, too; a worker
keeps them by their digest. Of a piece is sent where it stands. What a worker was at that died is given to another one.

Dask sends pickled Python: a cluster is trusted with the rules and the machine, and whoever can connect to it can run
code there. `tls://…` encrypts what is sent (Dask's own settings name the certificates).
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from flowrules.recordings.recording import Reads
from flowrules.replaying.running.job import Job, replay_piece

MISSING = "A cluster needs an extra package: pip install 'flowrules[cluster]'"
CONNECT = "10s"
"""How long a scheduler has to answer."""
RETRIES = 5
"""How many workers may die at one piece."""


NOT_FOUND = (
    "A worker of the cluster does not find what it is to read. The recording must stand under the same path for every "
    "worker, and so must the folder that --work names: rows that are scattered in the recording, and large text, are "
    "put there. Without --work they stand in a folder of this machine"
)


class ClusterMissing(ImportError):
    """The extra is not installed. The message says how it is."""


class ClusterFailed(RuntimeError):
    """The cluster can't be reached, its workers die at one piece again and again, or do not find the recording. The
    message says which."""


class Rules:
    """A plugin of Dask's workers: it brings them a job, by its digest."""

    idempotent = False

    def __init__(self, job: Job) -> None:
        self.name = f"flowrules-{job.digest}"
        self.job = job

    def setup(self, worker: Any) -> None:
        _jobs[self.job.digest] = self.job

    def teardown(self, worker: Any) -> None:
        _jobs.pop(self.job.digest, None)


_jobs: dict[str, Job] = {}
"""Those that this worker was sent, by their digests."""


def replay_on_cluster(job: Job, pieces: Mapping[int, Reads], address: str) -> Iterator[tuple[int, bytes]]:
    """The number and the answer of each piece, as they come. Raises ClusterMissing, ClusterFailed, and what
    `replay_piece` raises."""
    try:
        distributed: Any = import_module("distributed")
    except ImportError as error:
        raise ClusterMissing(f"{MISSING} ({error})") from None
    try:
        client = distributed.Client(address, timeout=CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterFailed(f"the cluster at {address} can't be reached: {error}") from None
    with client:
        plugin = _as_plugin(distributed, job)
        client.register_plugin(plugin)
        try:
            running = {
                client.submit(
                    replay_on_worker, job.digest, reads, key=f"flowrules-{job.digest[:16]}-{number}", pure=False,
                    retries=RETRIES,
                ): number
                for number, reads in pieces.items()
            }  # fmt: skip
            finished = distributed.as_completed(list(running), loop=client.loop)
            for future in finished:
                number = running.pop(future)
                try:
                    answer = future.result()
                except distributed.KilledWorker as error:
                    raise ClusterFailed(f"workers die at {pieces[number]}: {error}") from None
                except FileNotFoundError as error:
                    raise ClusterFailed(f"{NOT_FOUND} ({error})") from None
                future.release()
                yield number, answer
        finally:
            client.unregister_worker_plugin(plugin.name)


def replay_on_worker(digest: str, reads: Reads) -> bytes:
    """Run by a worker."""
    return replay_piece(_jobs[digest], reads)


def _as_plugin(distributed: Any, job: Job) -> Any:
    """A `Rules` that Dask takes for a plugin: it looks at the class."""
    kind = type("RulesPlugin", (Rules, distributed.WorkerPlugin), {"__module__": __name__})
    return kind(job)
