"""Which worker owns a call."""

import hashlib


def owner_of(call_id: str, workers: int) -> int:
    """From 1 to `workers`, the same in every process and after every start. Rendezvous hashing: with one worker more,
    the calls that change their owner all go to the new one."""
    return max(range(1, workers + 1), key=lambda worker: _weight(call_id, worker))


def _weight(call_id: str, worker: int) -> bytes:
    return hashlib.sha256(f"{worker}:{call_id}".encode()).digest()
