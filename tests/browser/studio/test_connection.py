"""The server ends, hangs, and comes back: the page says so, keeps what was typed, and sends it."""

from pathlib import Path

import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from flowrules.studio.on_disk import RulesOnDisk
from flowrules.studio.server import Studio
from tests.browser.studio.conftest import CALLS, Open

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Line:
    """The page's connection, which can be cut, and which can hang: then nothing comes through any more."""

    def __init__(self) -> None:
        self.sockets: list[WebSocketRoute] = []
        self.hangs = False

    async def lay(self, page: Page) -> None:
        await page.route_web_socket("**/tab*", self._connect)

    def _connect(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        dropped: list[object] = []

        def carry(data: str | bytes, to: WebSocketRoute) -> None:
            if self.hangs:
                dropped.append(data)
            # Of a connection nothing is left out in the middle: one that has hung is dead.
            if not dropped:
                to.send(data)

        socket.on_message(lambda data: carry(data, server))
        server.on_message(lambda data: carry(data, socket))
        self.sockets.append(socket)

    async def cut(self) -> None:
        await self.sockets[-1].close()


async def test_a_lost_connection_is_told_and_what_was_typed_meanwhile_is_sent_later(
    open_studio: Open, rules: Path
) -> None:
    line = Line()

    async def before(page: Page) -> None:
        await page.clock.install()
        await line.lay(page)

    window = await open_studio(rules, before=before)
    page, banner = window.page, window.page.locator("#banner")
    await expect(page.locator("#count")).to_contain_text("Nothing is wrong")
    await page.clock.pause_at(await page.evaluate("Date.now() + 1000"))  # It tries again when we say so.
    await line.cut()
    await expect(banner).to_contain_text("The connection to flowrules is lost.")
    await window.at_end("# typed alone\n")
    await page.clock.run_for(100)
    await expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    await page.clock.resume()
    await expect(banner).to_be_hidden()
    await expect(page.locator("#said")).to_have_text("The connection is back. What you typed is still here.")
    await window.save()
    assert (rules / "calls.rules").read_text("utf-8") == CALLS + "# typed alone\n"


async def test_a_server_that_hangs_is_told_too(open_studio: Open, rules: Path) -> None:
    line = Line()

    async def before(page: Page) -> None:
        await page.clock.install()
        await line.lay(page)

    window = await open_studio(rules, before=before)
    page, banner = window.page, window.page.locator("#banner")
    line.hangs = True
    # The clock jumps, and does not run: what is begun anew has its full patience by the clock on the wall.
    await page.clock.fast_forward(26_000)
    await expect(banner).to_contain_text("The connection to flowrules is lost.")
    line.hangs = False
    await page.clock.fast_forward(21_000)  # What was begun while it hung is given up, and begun anew.
    await expect(page.locator("#said")).to_have_text("The connection is back. What you typed is still here.")
    await expect(banner).to_be_hidden()


async def test_a_page_of_a_studio_that_was_started_anew_is_told_where_its_text_is(
    open_studio: Open, rules: Path
) -> None:
    window = await open_studio(rules)
    page = window.page
    await window.at_end("# not saved\n")
    await window.until(
        lambda: page.evaluate("Object.keys(localStorage).some(key => key.endsWith('calls.rules'))")
    )
    await window.studio.__aexit__(None, None, None)
    await expect(page.locator("#banner")).to_contain_text("The connection to flowrules is lost.")
    async with Studio(RulesOnDisk(rules), port=window.studio.port) as other:
        await expect(page.locator("#banner")).to_contain_text("was started anew")
        await page.goto("about:blank")
        await page.goto(other.address)
        await window.until_text("# not saved")
        await window.save()
        assert (rules / "calls.rules").read_text("utf-8") == CALLS + "# not saved\n"


async def test_a_save_says_what_is_going_on(open_studio: Open, rules: Path) -> None:
    window = await open_studio(rules)
    page = window.page
    state = page.locator("#state")
    await expect(state).to_have_attribute("role", "status")
    await page.evaluate(
        """() => {
          const state = document.getElementById('state');
          window.told = [];
          new MutationObserver(() => window.told.push(state.textContent)).observe(state, { childList: true });
        }"""
    )
    await window.at_end("# new\n")
    await expect(state).to_have_text("1 file is not saved")
    await window.save()
    told = await page.evaluate("window.told")
    assert told[0] == "1 file is not saved"
    assert any(one.startswith("Saving") for one in told)
    assert told[-1] == "All is saved"
    await expect(page.locator("#said")).to_contain_text("Saved.")
