"""Where an engine is in its life, and why it takes no calls there."""

from enum import Enum, auto


class Phase(Enum):
    """In their order; an engine that is closed may be started again."""

    NEW = auto()
    STARTING = auto()
    RUNNING = auto()
    DRAINING = auto()
    CLOSING = auto()
    CLOSED = auto()

    @property
    def why_no_call(self) -> str:
        """Why it takes no calls; '' where it does."""
        return _WHY_NO_CALL.get(self, "")


_SHUTTING_DOWN = "the engine is shutting down: it takes no new calls"
_WHY_NO_CALL = {
    Phase.NEW: "the engine was not started, so nothing would be sent: "
    "make calls inside `async with Engine(…) as engine:`",
    Phase.STARTING: "the engine is still starting: make calls when `async with` has begun",
    Phase.DRAINING: _SHUTTING_DOWN,
    Phase.CLOSING: _SHUTTING_DOWN,
    Phase.CLOSED: "the engine is closed: nothing would be sent",
}
