"""Somebody else's page gets nothing of the studio."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.async_api import expect

from tests.browser.studio.conftest import Open

pytestmark = pytest.mark.asyncio(loop_scope="session")
FRAME = """<!DOCTYPE html><title>another page</title><iframe id="frame"></iframe><script>
window.told = {};
frame.src = location.hash.slice(1);
fetch(location.hash.slice(1)).then(() => told.fetch = 'read', () => told.fetch = 'refused');
for (const key of ['wrong', new URLSearchParams(location.search).get('key')]) {
  const socket = new WebSocket(location.hash.slice(1).replace('http', 'ws') + 'tab', ['flowrules.studio', 'flowrules.key.' + key]);
  socket.onopen = () => told[key] = 'open';
  socket.onclose = () => told[key] ??= 'refused';
}
</script>"""


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(FRAME.encode())

    def log_message(self, *_: object) -> None:
        """Nobody wants to read it."""


async def test_a_page_of_another_origin_gets_nothing(open_studio: Open, rules: Path) -> None:
    """Not in a frame, not by fetch, and not over the socket, even with the right key."""
    window = await open_studio(rules)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        own, _, key = window.studio.address.partition("#key=")
        page = await window.page.context.new_page()
        await page.goto(f"http://127.0.0.1:{server.server_port}/?key={key}#{own}")

        async def is_told() -> bool:
            return await page.evaluate("Object.keys(told).length") == 3  # type: ignore[no-any-return]

        await window.until(is_told)
        assert await page.evaluate("told") == {"fetch": "refused", "wrong": "refused", key: "refused"}
        inside = page.frames[1]
        assert await inside.locator("#editor").count() == 0
    finally:
        server.shutdown()
        server.server_close()
    # The studio's own tab goes on.
    await window.at_end("on intent=x tranfer y\n")
    await expect(window.findings.first).to_be_visible()
