"""Network paths between hosts and their database through Linux network namespaces, whose links go down and up.

The run, its sandbox and its hosts move into a namespace that has a loopback and links, and no way out. The other ends
of the links are in a second namespace, where a relay listens that connects to the database from where the run was
started. While a link is down, the kernel silently drops each packet between host and relay, in both directions.
Connections stay open, and TCP retransmits once the link is up.

It takes Linux, the program `ip` (package iproute2) and the right to make namespaces (root, or CAP_SYS_ADMIN and
CAP_NET_ADMIN). The kernel removes a namespace, and its links, once no process and no socket uses it.
"""

import asyncio
import ctypes
import multiprocessing
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

from flowrules.chaos.fleet.proxy import Proxy
from flowrules.chaos.fleet.way import Commands, Way

_NETWORK = "/proc/thread-self/ns/net"
_CLONE_NEWNET = 0x40000000
_IP_TIMEOUT = 30.0
"""Seconds that `ip` may take."""
_CONNECT_TIMEOUT = 10.0
"""Seconds that the relay waits for the database."""


def not_permitted() -> str:
    """Why network namespaces can't be used here; '' if they can."""
    if not os.path.exists(_NETWORK) or shutil.which("ip") is None:
        return "they take Linux and the program ip (package iproute2)"
    before = os.open(_NETWORK, os.O_RDONLY)
    try:
        _new_namespace()
        try:
            _ip("link", "add", "near", "type", "veth", "peer", "name", "far")
        finally:
            _enter(before)
    except RuntimeError as error:
        return str(error)
    finally:
        os.close(before)
    return ""


@contextmanager
def ways(host: str, port: int, count: int) -> Iterator[Sequence[Way]]:
    """Yield `count` paths to a database. Meanwhile this thread, and the processes that it starts, run in their own
    namespace. Raises RuntimeError."""
    before = os.open(_NETWORK, os.O_RDONLY)
    ours, theirs = multiprocessing.Pipe()
    relay = multiprocessing.get_context("spawn").Process(
        target=_relay, args=(host, port, count, theirs), daemon=True
    )
    try:
        relay.start()
        theirs.close()
        _expect(ours)
        _new_namespace()
        try:
            _link(relay.pid, count)
            ours.send(None)
            _expect(ours)
            yield [Way(number, _far_end(number), port, ours) for number in range(count)]
        finally:
            _enter(before)
    finally:
        relay.kill()
        relay.join()
        ours.close()
        os.close(before)


def _link(relay: int | None, count: int) -> None:
    """A loopback, and our ends of the links. The other ends are in the relay's namespace."""
    _ip("link", "set", "lo", "up")
    for number in range(count):
        near, far = f"near{number}", f"far{number}"
        _ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", str(relay))
        _ip("address", "add", f"{_near_end(number)}/30", "dev", near)
        _ip("link", "set", near, "up")


def _near_end(number: int) -> str:
    """The host's address of a link, from the range for network benchmarks (RFC 2544)."""
    return f"198.18.{number}.1"


def _far_end(number: int) -> str:
    return f"198.18.{number}.2"


def _expect(commands: Commands) -> None:
    """Wait until the relay has done its part. Raises RuntimeError with what it says."""
    try:
        said = commands.recv()
    except EOFError:
        said = "the relay has ended"
    if said is not None:
        raise RuntimeError(str(said))


# --- the relay's process ---


def _relay(host: str, port: int, count: int, commands: Commands) -> None:
    """Listen at the far ends, in a namespace of their own. The database is reached from the one before it."""
    # A thread stays in the namespace that it was started in.
    outside = ThreadPoolExecutor(1)
    outside.submit(int).result()
    try:
        _new_namespace()
        commands.send(None)
        commands.recv()
        for number in range(count):
            _ip("address", "add", f"{_far_end(number)}/30", "dev", f"far{number}")
            _ip("link", "set", f"far{number}", "up")
    except (RuntimeError, EOFError) as error:
        commands.send(str(error) or "the run has ended")
        return

    def connected() -> socket.socket:
        made = socket.create_connection((host, port), _CONNECT_TIMEOUT)
        made.setblocking(False)
        return made

    async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        made = await asyncio.get_running_loop().run_in_executor(outside, connected)
        return await asyncio.open_connection(sock=made)

    async def serve() -> None:
        for number in range(count):
            await Proxy(connect, _far_end(number), port).__aenter__()
        commands.send(None)
        while True:
            match await asyncio.to_thread(commands.recv):
                case (int(number), bool(is_open)):
                    await asyncio.to_thread(_ip, "link", "set", f"far{number}", "up" if is_open else "down")
                    commands.send(None)

    with suppress(EOFError, OSError):
        asyncio.run(serve())


# --- the system ---


def _new_namespace() -> None:
    _call("unshare", _CLONE_NEWNET)


def _enter(namespace: int) -> None:
    _call("setns", namespace, _CLONE_NEWNET)


def _call(name: str, *arguments: int) -> None:
    """Raises RuntimeError. Python has these two from 3.12 on."""
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments):
        raise RuntimeError(f"{name}: {os.strerror(ctypes.get_errno())}")


def _ip(*arguments: str) -> None:
    """Raises RuntimeError."""
    done = subprocess.run(  # noqa: S603
        ["ip", *arguments],  # noqa: S607
        capture_output=True,
        text=True,
        timeout=_IP_TIMEOUT,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
