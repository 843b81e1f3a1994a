"""The studio's server: a page, its files, and a WebSocket for each tab. It listens on this machine alone."""

import asyncio
import contextlib
import secrets
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Self

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from uvicorn import Config, Server

from flowrules.background.player_process import PlayerProcess
from flowrules.runtime.log import Log
from flowrules.studio.bundle import Asset, assets
from flowrules.studio.following.live import LiveCalls
from flowrules.studio.guard import PROTOCOL, Guard, policy
from flowrules.studio.messages import MOST_BYTES, Unreadable, read_message
from flowrules.studio.on_disk import RulesOnDisk
from flowrules.studio.page import page
from flowrules.studio.tab import Tab
from flowrules.studio.texts import texts

HOST = "127.0.0.1"
PORT = 7845
"""Where nothing else is said and it is free: what a browser keeps of a page, it keeps by its port."""
MOST_TABS = 12
MOST_WAITING = 2_000
"""Messages that a tab has not taken yet; one that takes none is closed."""
STORY_SECONDS = 10.0
"""How long stories are played after an edit, at most."""
_FOR_EVER = "public, max-age=31536000, immutable"
_POLICY, _TRY_AGAIN = 1008, 1013
"""The WebSocket's codes for a peer that broke the rules, and for one too many (RFC 6455, and its registry)."""
_log = Log(__name__)


class Studio:
    """Serves one rule set, at `PORT` or another that is free where no port is named. `async with Studio(on_disk) as
    studio:` listens; `address` is what opens the page."""

    def __init__(
        self,
        on_disk: RulesOnDisk,
        *,
        port: int | None = None,
        story_seconds: float = STORY_SECONDS,
        recording: Path | None = None,
        journal: Path | None = None,
    ) -> None:
        """`recording`: calls that edits are tried on; `journal`: the folder of an engine that runs.

        Raises NotBuilt where the page is not built, OSError where the port is taken."""
        self._on_disk = on_disk
        self._assets = assets()
        self._by_name = {one.name: one for one in self._assets.values()}
        self._story_seconds = story_seconds
        self._recording = recording
        self._live = LiveCalls(journal) if journal is not None else None
        self._key = secrets.token_urlsafe(24)
        self._tabs = 0
        self._process = PlayerProcess(on_disk.fence, lambda why: _log.warning("studio.not_played", why=why))
        self._socket = _listen(port)
        self.port: int = self._socket.getsockname()[1]
        routes = [
            Route("/", self._page, methods=["GET"]),
            Route("/files/{name}", self._file, methods=["GET"]),
            WebSocketRoute("/tab", self._tab),
        ]
        self._server = _Server(
            Config(
                Guard(Starlette(routes=routes), self.port, self._key),
                ws="websockets-sansio",
                ws_max_size=MOST_BYTES,
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=1,
            )
        )
        self._serving: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        """Where the page is, with the key in it, which browsers send to nobody."""
        return f"http://{HOST}:{self.port}/#key={self._key}"

    async def __aenter__(self) -> Self:
        self._on_disk.start()
        if self._live is not None:
            self._live.start()
        # Nobody waits for it: the first check of a process reads the grammar, and the first page may come meanwhile.
        self._serving = asyncio.create_task(self._server.serve([self._socket]))
        while not self._server.started and not self._serving.done():  # noqa: ASYNC110 (uvicorn has no event for it)
            await asyncio.sleep(0.01)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = True
        if self._serving is not None:
            await self._serving
        await self._process.closed()
        if self._live is not None:
            await self._live.close()
        await self._on_disk.close()

    async def _page(self, request: Request) -> Response:
        nonce = secrets.token_urlsafe(16)
        wanted = request.query_params.get("language") or request.headers.get("accept-language", "")
        html = page(self._assets, texts(wanted.split(",")[0]), nonce)
        return HTMLResponse(
            html, headers={"Content-Security-Policy": policy(nonce), "Cache-Control": "no-store"}
        )

    async def _file(self, request: Request) -> Response:
        asset = self._by_name.get(request.path_params["name"])
        return Response(status_code=404) if asset is None else _answer(asset, request)

    async def _tab(self, websocket: WebSocket) -> None:
        if self._tabs >= MOST_TABS:
            await websocket.close(_TRY_AGAIN)
            return
        await websocket.accept(PROTOCOL)
        self._tabs += 1
        waiting: asyncio.Queue[dict[str, Any]] = asyncio.Queue(MOST_WAITING)
        over = asyncio.Event()

        def send(message: dict[str, Any]) -> None:
            try:
                waiting.put_nowait(message)
            except asyncio.QueueFull:
                over.set()

        language = texts(websocket.query_params.get("language", ""))
        tab = Tab(
            self._on_disk,
            self._process,
            send,
            language,
            self._story_seconds,
            self._recording,
            self._live,
        )
        sending = asyncio.create_task(_send_all(websocket, waiting))
        receiving = asyncio.create_task(_receive_all(websocket, tab))
        leaving = asyncio.create_task(over.wait())
        try:
            await asyncio.wait((sending, receiving, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._tabs -= 1
            for task in (sending, receiving, leaving):
                task.cancel()
            for ended in await asyncio.gather(sending, receiving, leaving, return_exceptions=True):
                if isinstance(ended, Exception) and not isinstance(ended, WebSocketDisconnect):
                    _log.failure("studio.tab_broken", ended)
            await tab.close()
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await websocket.close()


def _listen(port: int | None) -> socket.socket:
    if port is None:
        with contextlib.suppress(OSError):
            return socket.create_server((HOST, PORT))
    return socket.create_server((HOST, port or 0))


async def _send_all(websocket: WebSocket, waiting: asyncio.Queue[dict[str, Any]]) -> None:
    while True:
        await websocket.send_text(msgspec.json.encode(await waiting.get()).decode())


async def _receive_all(websocket: WebSocket, tab: Tab) -> None:
    await tab.open()
    async for text in _texts(websocket):
        try:
            tab.take(read_message(text))
        except Unreadable:
            await websocket.close(_POLICY)
            return
        await asyncio.sleep(0)  # Somebody else has a turn between two messages.


async def _texts(websocket: WebSocket) -> AsyncIterator[str]:
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return
        yield message.get("text") or ""


def _answer(asset: Asset, request: Request) -> Response:
    packs = "gzip" in request.headers.get("accept-encoding", "")
    headers = {"Cache-Control": _FOR_EVER, "Vary": "Accept-Encoding"}
    if packs:
        headers["Content-Encoding"] = "gzip"
    return Response(asset.packed if packs else asset.data, headers=headers, media_type=asset.content_type)


class _Server(Server):
    """uvicorn's server as a part of this program: signals are the program's own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
