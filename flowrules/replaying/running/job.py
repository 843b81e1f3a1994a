"""What one piece of a recording needs to be replayed anywhere: data that can be sent to another process.

It holds the rules and how the recording is read, and nothing of the host's settings: no token, no key.
"""

import gc
import hashlib
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from flowrules.compiler.ruleset import RuleSet
from flowrules.recordings.layout import Layout
from flowrules.recordings.recording import Reads, read_columns
from flowrules.redaction import holds_token
from flowrules.replaying.answer import VERSION, encode
from flowrules.replaying.judge import Judge
from flowrules.replaying.outcomes import Supposing


class HoldsToken(ValueError):
    """Rules that hold a token of the platform are not sent anywhere."""


@dataclass(frozen=True, slots=True)
class Job:
    """`rules`: the new rule set and the old one, or None, pickled: what they were compiled from. `digest` is that of
    all of it; `code` that of the flowrules that made it."""

    digest: str
    code: str
    rules: bytes
    layout: Layout
    supposing: Supposing


class OtherVersion(RuntimeError):
    """A worker runs another flowrules than whoever sent the job: its answer might be another one."""


def make_job(new: RuleSet, old: RuleSet | None, layout: Layout, supposing: Supposing) -> Job:
    """Raises HoldsToken."""
    for ruleset in (new, old):
        for file in () if ruleset is None else ruleset.checked.files:
            if holds_token(file.source.text):
                raise HoldsToken(
                    f"{file.source.path} holds a token of the platform: take it out of the rules"
                )
    revisions = [None if one is None else (one.revision, one.agent_type) for one in (new, old)]
    told = (VERSION, code(), revisions, layout.mapped, layout.ignored, sorted(supposing.items()))
    digest = hashlib.sha256(repr(told).encode()).hexdigest()
    return Job(digest, code(), pickle.dumps((new, old)), layout, dict(supposing))


def replay_piece(job: Job, reads: Reads) -> bytes:
    """The answer for one piece, encoded. Raises OtherVersion, OSError, ParquetMissing and BadRecording."""
    if job.code != code():
        raise OtherVersion(
            "a worker has another version of flowrules installed: install the same one everywhere"
        )
    judge, zone = _judge(job)
    try:
        with _seldom_collecting():
            judge.add(read_columns(reads, job.layout, zone, done=judge.asks_what_was_done))
    except BaseException:
        _kept.clear()  # Half of a piece is no part of the next one's answer.
        raise
    return encode(judge.take())


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """Calls are read and forgotten without cycles, while what is known of rules only grows: a collector that looks
    after every 700 objects takes a tenth of the time, and finds nothing."""
    as_before = gc.get_threshold()
    if as_before[0]:  # Where it is off it stays so.
        gc.set_threshold(max(as_before[0], _ALLOCATED), *as_before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*as_before)


_ALLOCATED = 50_000
"""Objects between two looks: some megabytes."""

_kept: dict[str, tuple[Judge, ZoneInfo]] = {}
"""The judge of the job that this process works on, by the job's digest: its rules are compiled once, and what it played
for one piece it knows for the next."""


def _judge(job: Job) -> tuple[Judge, ZoneInfo]:
    found = _kept.get(job.digest)
    if found is None:
        _kept.clear()
        new, old = pickle.loads(job.rules)  # noqa: S301 - who sends jobs sends code anyway
        found = _kept[job.digest] = Judge(new, old, job.supposing), new.zone
    return found


@cache
def code() -> str:
    """A digest of flowrules itself: an answer that another one gave may be another answer."""
    home = Path(__file__).parents[2]
    digest = hashlib.sha256()
    for file in sorted(home.rglob("*.py")):
        digest.update(file.relative_to(home).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()
