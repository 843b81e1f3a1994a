"""Work that goes on in the background, for whoever shows such things."""

from collections.abc import Callable
from typing import Protocol


class Progress(Protocol):
    """Shows one piece of work at a time."""

    async def begin(self, title: str, message: str, called_off: Callable[[], None]) -> None:
        """A piece of work begins. `called_off` is told where somebody does not want to wait for the end of it."""

    def end(self) -> None:
        """It is over."""
