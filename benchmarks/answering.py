"""A platform that accepts every verb and does nothing else, in a process of its own: what is measured against it is the
client, not the server."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from multiprocessing.connection import Connection


@lru_cache(maxsize=4096)
def answer_about(call_id: bytes) -> bytes:
    """The platform's own envelope: an answer that does not name the call is none."""
    body = b'{"ok": true, "call_id": "%s", "dispatched_at": "2026-05-18T10:04:48Z", "result": {}}' % call_id
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    return head + body


class _Answering(asyncio.Protocol):
    """HTTP/1.1 as far as it is needed: requests with a Content-Length, one after the other."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end].lower()
            length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
            if len(self._received) < end + 4 + length:
                return
            self._received = self._received[end + 4 + length :]
            self._transport.write(answer_about(head.split(b"/", 5)[4]))


@contextmanager
def answering_process() -> Iterator[str]:
    """Its base URL."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.kill()
        process.join()


def _serve(asked: Connection) -> None:
    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(_Answering, "127.0.0.1", 0)
        asked.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())
