"""Ways between a host and its database: what passes while they are cut, and once they are healed."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager

import pytest

from flowrules.chaos.fleet import loopback, namespaces
from flowrules.chaos.fleet.way import Way

REQUIRED = "NAMESPACES_REQUIRED"
"""In the environment: a machine that permits no network namespaces fails the tests, and does not pass them over."""
SILENCE = 0.3
"""Seconds without an answer. Too short a time can only pass a way that is not cut: it fails nothing that works."""


@pytest.fixture
async def echo() -> AsyncIterator[int]:
    """The port of a server, outside of all namespaces, that says again what it hears."""

    async def say_again(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while heard := await reader.read(1000):
            writer.write(heard)
        writer.close()

    server = await asyncio.start_server(say_again, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


@pytest.fixture(params=["namespaces", "loopback"])
def kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    if kind == "namespaces" and (why := namespaces.not_permitted()):
        assert REQUIRED not in os.environ, why
        pytest.skip(why)
    return kind


@contextmanager
def ways(kind: str, port: int, count: int) -> Iterator[Sequence[Way]]:
    made = namespaces.ways if kind == "namespaces" else loopback.ways
    with made("127.0.0.1", port, count) as found:
        yield found


def interfaces() -> set[str]:
    return {name for _, name in socket.if_nameindex()}


async def silent(reader: asyncio.StreamReader) -> bool:
    try:
        async with asyncio.timeout(SILENCE):
            await reader.readexactly(1)
    except TimeoutError:
        return True
    return False


async def test_nothing_passes_while_a_way_is_cut_and_all_of_it_once_it_is_healed(
    kind: str, echo: int
) -> None:
    with ways(kind, echo, 2) as (cut, other):
        (reader, writer), (others_reader, others_writer) = [
            await asyncio.open_connection(way.host, way.port) for way in (cut, other)
        ]
        for number in range(3):
            await cut.cut()
            writer.write(b"under way %d" % number)
            assert await silent(reader)
            new = asyncio.create_task(asyncio.open_connection(cut.host, cut.port))
            # The other way is another's.
            others_writer.write(b"meanwhile")
            assert await others_reader.readexactly(9) == b"meanwhile"
            await cut.heal()
            assert await reader.readexactly(11) == b"under way %d" % number
            new_reader, new_writer = await new
            new_writer.write(b"new")
            assert await new_reader.readexactly(3) == b"new"
            new_writer.close()
        writer.close()
        others_writer.close()


async def test_a_namespace_is_left_as_it_was_found(echo: int) -> None:
    if why := namespaces.not_permitted():
        assert REQUIRED not in os.environ, why
        pytest.skip(why)
    with ways("namespaces", echo, 2):
        assert interfaces() >= {"lo", "near0", "near1"}
        with pytest.raises(ConnectionRefusedError):  # There is no way out but the links.
            await asyncio.open_connection("127.0.0.1", echo)
    assert "near0" not in interfaces()
    _, writer = await asyncio.open_connection("127.0.0.1", echo)
    writer.close()
