"""Keys, bundles, and an HTTP server that can do all that servers do wrong."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from flowrules.compiler.loading.load import load_rules
from flowrules.ready import build
from flowrules.rollout.envelope import Statement, digest_of, private_key, sealed
from flowrules.source import read

Answer = Callable[[str, dict[str, str], asyncio.StreamWriter], Awaitable[None]]


class Server:
    """Serves one object with an ETag. `answer` may be replaced by something that misbehaves."""

    def __init__(self) -> None:
        self.data = b""
        self.etag = ""
        self.requests: list[dict[str, str]] = []
        self.statuses: list[int] = []
        self.answer: Answer = self.serve
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/desk.frb"

    def put(self, data: bytes) -> None:
        self.data, self.etag = data, f'"{digest_of(data)[:16]}"'

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def kill(self) -> None:
        self._server.close()
        await asyncio.sleep(0)

    async def serve(self, path: str, headers: dict[str, str], writer: asyncio.StreamWriter) -> None:
        if headers.get("if-none-match") == self.etag:
            await self.send(writer, 304, {"ETag": self.etag})
        else:
            await self.send(
                writer, 200, {"ETag": self.etag, "Content-Length": str(len(self.data))}, self.data
            )

    async def send(
        self, writer: asyncio.StreamWriter, status: int, headers: dict[str, str], body: bytes = b""
    ) -> None:
        self.statuses.append(status)
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"HTTP/1.1 {status} X\r\n{head}Connection: close\r\n\r\n".encode() + body)
        await writer.drain()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {
                name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:] if line)
            }
            self.requests.append(headers)
            await self.answer(lines[0].split()[1], headers, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    it = Server()
    await it.start()
    yield it
    await it.kill()


class Signer:
    """A key in files, and bundles that are signed with it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self.keyfile, self.public = folder / "signer.pem", folder / "signer.pub"
        key = Ed25519PrivateKey.generate()
        self.keyfile.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self.keyfile.chmod(0o600)
        self.public.write_bytes(
            key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        )
        self._issued = datetime.now(UTC) - timedelta(hours=1)

    def built(self, text: str) -> tuple[bytes, str]:
        """A built rule set of one file, and its revision."""
        rules = self._folder / "desk.rules"
        rules.write_text(text)
        target = self._folder / "desk.frb"
        loaded = load_rules(read(rules))
        assert loaded.ruleset is not None
        build(loaded, target)
        return target.read_bytes(), loaded.ruleset.revision

    def bundle(
        self, text: str, *, issued: datetime | None = None, author: str = "ana", reason: str = ""
    ) -> bytes:
        """A signed bundle; each is issued a minute after the one before."""
        data, revision = self.built(text)
        self._issued += timedelta(minutes=1)
        statement = Statement(digest_of(data), revision, issued or self._issued, author, reason)
        return self.seal(data, statement)

    def seal(self, data: bytes, statement: Statement) -> bytes:
        return sealed(data, statement, private_key(self.keyfile))


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer(tmp_path / "signer")
