"""A studio that listens on this machine, with a page that is a stub: what the page itself does is in tests/browser/studio."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect

from flowrules.studio import bundle
from flowrules.studio.on_disk import RulesOnDisk
from flowrules.studio.server import Studio

RULES = """\
timezone Asia/Kolkata

rule "Sales"
  on intent=sales
  transfer queue sales_q
end

test "sales"
  on intent=sales
  expect transfer
end
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "sales.rules").write_text(RULES, "utf-8", newline="\n")
    return folder


def static_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that is a stub is what a studio sends from here on."""
    static = tmp_path / "static"
    static.mkdir()
    for name in (bundle.SCRIPT, bundle.STYLE, bundle.LICENSES):
        (static / name).write_text(f"/* {name} */")
    monkeypatch.setattr(bundle.assets, "__defaults__", (static,))


@pytest_asyncio.fixture
async def studio(rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Studio]:
    static_page(tmp_path, monkeypatch)
    async with Studio(RulesOnDisk(rules), port=0, story_seconds=-1) as running:
        yield running


class Peer:
    """A tab without a browser. What came is kept by kind."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def send(self, **message: Any) -> None:
        await self._socket.send(json.dumps(message))

    async def until(self, **wanted: Any) -> dict[str, Any]:
        """The next message that has these values."""
        while True:
            message: dict[str, Any] = json.loads(await self._socket.recv())
            if all(message.get(key) == value for key, value in wanted.items()):
                return message


Join = Callable[[], Awaitable[Peer]]


@pytest_asyncio.fixture
async def join(studio: Studio) -> AsyncIterator[Join]:
    """`await join()`: another tab."""
    async with AsyncExitStack() as stack:

        async def one() -> Peer:
            return Peer(await stack.enter_async_context(dial(studio)))

        yield one


def dial(
    studio: Studio, *, key: str | None = None, host: str | None = None, origin: str | None = "own"
) -> connect:
    """A WebSocket to the studio, as its own page opens one, or otherwise."""
    own = studio.address.partition("key=")[2]
    base = f"127.0.0.1:{studio.port}"
    return connect(
        f"ws://{host or base}/tab",
        host="127.0.0.1",
        port=studio.port,
        subprotocols=["flowrules.studio", f"flowrules.key.{own if key is None else key}"],  # type: ignore[list-item]
        origin=f"http://{base}" if origin == "own" else origin,  # type: ignore[arg-type]
        max_size=None,
        proxy=None,
    )
