"""A way to a database, and the process that cuts and heals it."""

import asyncio
from typing import Protocol


class Commands(Protocol):
    """One end of a pipe, which has another type on Windows."""

    def send(self, obj: object) -> None: ...

    def recv(self) -> object: ...


class Way:
    """`host` and `port` are where it begins."""

    def __init__(self, number: int, host: str, port: int, commands: Commands) -> None:
        self._number, self._commands = number, commands
        self.host, self.port = host, port

    async def cut(self) -> None:
        """Nothing passes once this is over."""
        await self._tell(is_open=False)

    async def heal(self) -> None:
        await self._tell(is_open=True)

    async def _tell(self, *, is_open: bool) -> None:
        def tell() -> None:
            self._commands.send((self._number, is_open))
            self._commands.recv()

        await asyncio.to_thread(tell)
