"""The lock of a journal's folder: one process writes there.

The lock belongs to the process that took it. A child that was forked inherits the descriptor, and with it, as far as
the system can tell, the lock: so a child lets its copy go at once, without unlocking what its parent still needs.
"""

import errno
import os
import weakref
from contextlib import suppress
from pathlib import Path

from flowrules.runtime.errors import JournalError

LOCK = "journal.lock"
WORKERS_LOCK = "workers.lock"
"""The lock of the folder that holds several workers' journals."""
BUNDLES_LOCK = "rollout.lock"
"""The lock of a folder of bundles."""
KEEPING = "journal.keeping"
"""The lock of whoever erases or forgets: an engine may write meanwhile."""


class FolderLock:
    """Held from `acquire` to `release`. Of two locks on one folder the second can't be acquired, be it in another
    process or in this one."""

    def __init__(self, folder: Path, name: str = LOCK) -> None:
        self._path = folder / name
        self._file: int | None = None
        _held.add(self)

    def acquire(self) -> None:
        """Raises JournalError where another process has it, OSError where the folder can't be used."""
        # Imported when needed: it takes longer than most of what is imported beside it.
        import portalocker

        if self._file is not None and self._is_ours(self._file):
            return
        file = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
        except portalocker.AlreadyLocked:
            os.close(file)
            raise JournalError(self._taken()) from None
        except portalocker.LockException as error:
            os.close(file)
            raise OSError(errno.ENOLCK, f"its lock can't be had: {error}") from None
        self.release()
        self._file = file

    def release(self) -> None:
        """Let the folder go. A forked child that still has a copy of the descriptor does not keep it locked."""
        import portalocker

        file, self._file = self._file, None
        if file is not None:
            with suppress(portalocker.LockException):
                portalocker.unlock(file)
            os.close(file)

    def forget(self) -> None:
        """In a forked child: give up the copy. To unlock it would unlock the parent's."""
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                os.close(file)

    def _taken(self) -> str:
        where = repr(str(self._path.parent))
        if self._path.name == KEEPING:
            return f"another process erases or forgets in the journal in {where}: wait until it has ended"
        return f"another engine writes the journal in {where}: close it first, or give this one a folder of its own"

    def _is_ours(self, file: int) -> bool:
        """Whether the file that is locked still stands in the folder."""
        try:
            return os.path.samestat(os.fstat(file), self._path.stat())
        except OSError:
            return False


_held: "weakref.WeakSet[FolderLock]" = weakref.WeakSet()


def _forget_all() -> None:
    for lock in tuple(_held):
        lock.forget()


if hasattr(os, "register_at_fork"):  # Windows forks nothing.
    os.register_at_fork(after_in_child=_forget_all)
