"""Who may talk to the studio: a page that it served itself, on this machine, by a name of this machine.

A page of somebody else may ask any address of this machine in the name of whoever looks at it, and may have given this
machine a name of its own (DNS rebinding): so the Host is looked at in each request, and the Origin where there is one.
What the page and its files say is the same for all; the rules come over the WebSocket alone, which the key opens.
"""

import hmac
from collections.abc import MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

PROTOCOL = "flowrules.studio"
"""The WebSocket's subprotocol; the key comes as a second one."""
_KEY = "flowrules.key."
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """`port` is where the studio listens, on this machine alone."""

    def __init__(self, app: ASGIApp, port: int, key: str) -> None:
        self._app = app
        self._key = key
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        if port == 80:
            self._hosts |= {"127.0.0.1", "localhost"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        is_socket = scope["type"] == "websocket"
        if (status := self._refusal(headers, scope, is_socket)) is not None:
            refuse = WebSocketClose(1008) if is_socket else PlainTextResponse("Refused.", status)
            await refuse(scope, receive, send)
            return

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                own = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    own.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send if is_socket else with_headers)

    def _refusal(self, headers: Headers, scope: Scope, is_socket: bool) -> int | None:
        """The status by which a request is turned away; None: it is let in."""
        host, origin = headers.get("host", ""), headers.get("origin")
        if host not in self._hosts:
            return 400
        if origin is not None and origin != f"http://{host}":
            return 403
        if is_socket and (origin is None or not self._has_key(scope.get("subprotocols", []))):
            return 403
        return None

    def _has_key(self, protocols: list[str]) -> bool:
        shown = next((one.removeprefix(_KEY) for one in protocols if one.startswith(_KEY)), "")
        return hmac.compare_digest(shown.encode(), self._key.encode())


def policy(nonce: str) -> str:
    """The page's Content-Security-Policy: its own script, style and socket, and style elements with its nonce (the
    editor writes some)."""
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
