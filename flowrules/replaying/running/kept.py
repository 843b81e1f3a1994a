"""Answers that are kept, so that a replay which was stopped goes on where it was.

An answer is a file of its own, written in one step. Its key holds everything that it depends on: the rules of both
sides, the files of the recording and how they are read, and flowrules itself. So one that no longer holds is not found.
"""

import hashlib
import pickle
from collections.abc import Sequence
from pathlib import Path

from flowrules import kept
from flowrules.recordings.recording import Piece
from flowrules.replaying.answer import Answer, decode

_MOST = 1_000_000
"""Files that are kept of one replay: all of them."""
_PIECES = "pieces"


class KeptAnswers:
    """In a folder of its own inside `work`, for one job and one state of a recording."""

    def __init__(self, work: Path, job_digest: str, recording_identity: str) -> None:
        """Raises OSError."""
        self._key = hashlib.sha256(f"{job_digest} {recording_identity}".encode()).hexdigest()
        self.folder = work / f"replay-{self._key[:24]}"
        self.parts = self.folder / "parts"
        """Where rows are put that are scattered in the recording."""
        work.mkdir(parents=True, exist_ok=True)
        for folder in (self.folder, self.parts):
            folder.mkdir(mode=0o700, exist_ok=True)

    def pieces(self) -> tuple[Piece, ...] | None:
        """What the recording was divided into before; None where that is not known."""
        data = kept.fetch(self.folder, f"all.{_PIECES}", self._key)
        if data is None:
            return None
        found: tuple[Piece, ...] = pickle.loads(data)  # noqa: S301 - a file that only its owner may write
        return found

    def keep_pieces(self, pieces: Sequence[Piece]) -> None:
        kept.store(self.folder, f"all.{_PIECES}", self._key, pickle.dumps(tuple(pieces)), most=_MOST)

    def answer(self, number: int) -> Answer | None:
        data = kept.fetch(self.folder, _name(number), self._key)
        return None if data is None else decode(data)

    def keep_answer(self, number: int, answer: bytes) -> None:
        kept.store(self.folder, _name(number), self._key, answer, most=_MOST)


def _name(number: int) -> str:
    return f"{number:06d}.answer"
