"""Who wants to be told. A listener is the host's code: whatever it raises is its own affair, and nobody else's."""

from collections.abc import Callable
from typing import Generic, ParamSpec

from flowrules.runtime.log import Log

P = ParamSpec("P")
_log = Log(__name__)


class Listeners(Generic[P]):
    """Told one after the other. One that raises is logged and counted in `broken`, and the others are told all the
    same. Only what ends the process (KeyboardInterrupt, SystemExit) goes further."""

    def __init__(self, on_broken: Callable[[], None] = lambda: None) -> None:
        self._listeners: list[Callable[P, object]] = []
        self._on_broken = on_broken
        self.broken = 0

    def __bool__(self) -> bool:
        return bool(self._listeners)

    def add(self, listener: Callable[P, object]) -> Callable[[], None]:
        """Returns what takes it out again."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def tell(self, *args: P.args, **kwargs: P.kwargs) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(*args, **kwargs)
            except (KeyboardInterrupt, SystemExit):
                raise
            except BaseException:  # CancelledError among them: nobody cancelled us, a listener raised it.
                self.broken += 1
                self._on_broken()
                _log.exception("listener.broken")
