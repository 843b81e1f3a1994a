"""A way between a host and its database that can be cut: a TCP proxy on loopback.

While it is cut nothing passes, in neither direction, and nobody is told: connections stay as they are, as they do
where a network loses every packet. What was under way passes when it is healed. New connections wait.
"""

import asyncio
import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Protocol, Self

_PIECE = 64 * 1024


class Proxy:
    """Use as an async context manager. `port` is where it listens."""

    def __init__(self, host: str, port: int) -> None:
        self._to = host, port
        self._open = asyncio.Event()
        self._open.set()
        self._server: asyncio.Server | None = None
        self._under_way: set[asyncio.Task[None]] = set()
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def cut(self) -> None:
        self._open.clear()

    def heal(self) -> None:
        self._open.set()

    # --- inside ---

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._under_way.add(task)
        try:
            await self._open.wait()
            other_reader, other_writer = await asyncio.open_connection(*self._to)
            with suppress(OSError):
                ways = (self._pass(reader, other_writer), self._pass(other_reader, writer))
                tasks = [asyncio.ensure_future(way) for way in ways]
                try:
                    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for one in tasks:
                        one.cancel()
                    other_writer.close()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            self._under_way.discard(task)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(_PIECE):
                await self._open.wait()
                writer.write(piece)
                await writer.drain()


class _Commands(Protocol):
    """One end of a pipe, which has another type on Windows."""

    def send(self, obj: tuple[int, bool]) -> None: ...


class Way:
    """One host's way to the database: `port` is where it connects."""

    def __init__(self, number: int, port: int, commands: _Commands) -> None:
        self._number, self.port, self._commands = number, port, commands

    def cut(self) -> None:
        self._commands.send((self._number, False))

    def heal(self) -> None:
        self._commands.send((self._number, True))


@contextmanager
def ways(host: str, port: int, count: int) -> Iterator[Sequence[Way]]:
    """So many ways to a database."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(host, port, count, theirs), daemon=True
    )
    process.start()
    try:
        yield [Way(number, at, ours) for number, at in enumerate(ours.recv())]
    finally:
        process.kill()
        process.join()


def _serve(host: str, port: int, count: int, commands: "Connection[object, tuple[int, bool]]") -> None:
    async def serve() -> None:
        proxies = [Proxy(host, port) for _ in range(count)]
        for proxy in proxies:
            await proxy.__aenter__()
        commands.send([proxy.port for proxy in proxies])
        while True:
            number, is_open = await asyncio.to_thread(commands.recv)
            if is_open:
                proxies[number].heal()
            else:
                proxies[number].cut()

    with suppress(EOFError, OSError):
        asyncio.run(serve())
