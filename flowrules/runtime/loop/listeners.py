"""Who wants to be told. A listener is the host's code: whatever it raises is its own affair, and nobody else's."""

from collections.abc import Callable
from typing import Generic, ParamSpec

from flowrules.runtime.log import Log

P = ParamSpec("P")
_log = Log(__name__)


def shielded(listener: Callable[P, object], on_broken: Callable[[], None]) -> Callable[P, None]:
    """The listener, with what it raises logged and told to `on_broken`. Only what ends the process (KeyboardInterrupt,
    SystemExit) goes further."""

    def tell(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            listener(*args, **kwargs)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:  # CancelledError among them: nobody cancelled us, a listener raised it.
            on_broken()
            _log.exception("listener.broken")

    return tell


class Listeners(Generic[P]):
    """Told one after the other, each of them shielded: one that raises is counted in `broken`, and the others are told
    all the same."""

    def __init__(self, on_broken: Callable[[], None] = lambda: None) -> None:
        self._listeners: list[Callable[P, None]] = []
        self._on_broken = on_broken
        self.broken = 0

    def __bool__(self) -> bool:
        return bool(self._listeners)

    def add(self, listener: Callable[P, object]) -> Callable[[], None]:
        """Returns what takes it out again."""
        told = shielded(listener, self._note_broken)
        self._listeners.append(told)
        return lambda: self._listeners.remove(told) if told in self._listeners else None

    def tell(self, *args: P.args, **kwargs: P.kwargs) -> None:
        for listener in tuple(self._listeners):
            listener(*args, **kwargs)

    def _note_broken(self) -> None:
        self.broken += 1
        self._on_broken()
