"""Network paths between hosts and their database through proxies on loopback, in a separate process."""

import asyncio
import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from flowrules.chaos.fleet.proxy import Proxy
from flowrules.chaos.fleet.way import Commands, Way

_ADDRESS = "127.0.0.1"


@contextmanager
def ways(host: str, port: int, count: int) -> Iterator[Sequence[Way]]:
    """Yield `count` paths to a database."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(host, port, count, theirs), daemon=True
    )
    process.start()
    theirs.close()
    try:
        ports = ours.recv()
        yield [Way(number, _ADDRESS, at, ours) for number, at in enumerate(ports)]
    finally:
        process.kill()
        process.join()


def _serve(host: str, port: int, count: int, commands: Commands) -> None:
    async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(host, port)

    async def serve() -> None:
        proxies = [Proxy(connect, _ADDRESS) for _ in range(count)]
        for proxy in proxies:
            await proxy.__aenter__()
        commands.send([proxy.port for proxy in proxies])
        while True:
            match await asyncio.to_thread(commands.recv):
                case (int(number), bool(is_open)):
                    if is_open:
                        proxies[number].heal()
                    else:
                        proxies[number].cut()
                    commands.send(None)

    with suppress(EOFError, OSError):
        asyncio.run(serve())
