"""Hands a connection of the platform over to another process: its descriptor, and what was read of it so far.

    <two lengths, 4 bytes each, with the descriptor beside them><the head of the request><what followed it>

One byte comes back once the worker has it. Without that byte the call is nobody's, and the connection is closed.
"""

import os
import socket
import struct
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from flowrules.runtime.log import Log

PATIENCE = 10.0
"""Seconds that either side waits for the other."""
MAX_READ = 2 * 1024 * 1024
"""Bytes that were read of one connection at most."""
_LENGTHS = struct.Struct("!II")
_TAKEN = b"+"
_NOT_HERE = "no connection can be handed over between processes of Windows"
_log = Log(__name__)


class Connection(NamedTuple):
    """`head` is the request of the handshake, `rest` what came behind it. Whoever has the `socket` closes it."""

    socket: socket.socket
    head: bytes
    rest: bytes


def give(path: Path, connection: Connection) -> None:
    """In a thread. Raises OSError where the worker has not taken it. The socket here is closed in any case."""
    with connection.socket, unix_socket() as to:
        to.settimeout(PATIENCE)
        to.connect(str(path))
        lengths = _LENGTHS.pack(len(connection.head), len(connection.rest))
        sent = _send(to, lengths, connection.socket)
        to.sendall(lengths[sent:] + connection.head + connection.rest)
        if to.recv(1) != _TAKEN:
            raise ConnectionResetError("the worker has not taken the connection")


class Taker:
    """Listens for connections that are handed over, in a thread; `take` is called there with each, and says whether it
    has it."""

    def __init__(self, path: Path, take: Callable[[Connection], bool]) -> None:
        """Raises OSError."""
        self._take = take
        self._listener = unix_socket()
        try:
            self._listener.bind(str(path))
            self._listener.listen(256)
        except OSError:
            self._listener.close()
            raise
        self._thread = threading.Thread(target=self._run, name="flowrules-take", daemon=True)
        self._thread.start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    # --- in the thread ---

    def _run(self) -> None:
        while True:
            try:
                giver, _ = self._listener.accept()
            except OSError:
                return
            with giver:
                giver.settimeout(PATIENCE)
                try:
                    self._from(giver)
                except OSError as error:
                    _log.warning("connection.not_taken", why=error.strerror or str(error))

    def _from(self, giver: socket.socket) -> None:
        data, descriptors = _receive(giver)
        if len(descriptors) != 1:
            for descriptor in descriptors:
                os.close(descriptor)
            raise OSError("no connection came")
        platform = socket.socket(fileno=descriptors[0])
        try:
            data += _exactly(giver, _LENGTHS.size - len(data))
            head, rest = _LENGTHS.unpack(data)
            if head + rest > MAX_READ:
                raise OSError("too much was read of a connection")
            connection = Connection(platform, _exactly(giver, head), _exactly(giver, rest))
            if not self._take(connection):
                raise OSError("the worker takes no calls any more")
        except BaseException:
            platform.close()
            raise
        giver.sendall(_TAKEN)


def unix_socket() -> socket.socket:
    """Raises OSError on Windows."""
    if sys.platform != "win32":
        return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    raise OSError(_NOT_HERE)


def _send(to: socket.socket, data: bytes, descriptor: socket.socket) -> int:
    """How many bytes went out, with the descriptor beside the first."""
    if sys.platform != "win32":
        return socket.send_fds(to, [data], [descriptor.fileno()])
    raise OSError(_NOT_HERE)


def _receive(giver: socket.socket) -> tuple[bytes, list[int]]:
    if sys.platform != "win32":
        data, descriptors, _, _ = socket.recv_fds(giver, _LENGTHS.size, 1)
        return data, descriptors
    raise OSError(_NOT_HERE)


def _exactly(of: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        chunk = of.recv(min(65_536, size - len(data)))
        if not chunk:
            raise OSError("the front broke off")
        data += chunk
    return bytes(data)
