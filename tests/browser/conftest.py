"""Fixtures for pages that a person looks at: a real Chromium, driven by Playwright.

`.ci/run` installs Debian's Chromium. Where there is none these tests are skipped, unless `CI` or `BROWSER_REQUIRED` says that
nothing may be. All tests of a run share one browser, so a module of them says
`pytestmark = pytest.mark.asyncio(loop_scope="session")`.
"""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
_MISSING = "no Chromium is installed: apt-get install -y chromium"


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Chromium stands."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        if os.environ.get("CI") or os.environ.get("BROWSER_REQUIRED"):
            pytest.fail(_MISSING)
        pytest.skip(_MISSING)
    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """A browser with an empty profile."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        yield running
        await running.close()


@dataclass
class Opened:
    """A page that was opened: what it complained of, and what it asked for beside itself."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    async def too_wide(self) -> list[str]:
        """What stands out of the window to the right, outside of parts that scroll by themselves."""
        return await self.page.evaluate(_TOO_WIDE)  # type: ignore[no-any-return]

    async def headings(self) -> list[tuple[int, str]]:
        """Level and text of each heading, in order."""
        found = await self.page.evaluate(
            "[...document.querySelectorAll('h1,h2,h3,h4')].map(one => [Number(one.tagName[1]), one.textContent])"
        )
        return [(level, text) for level, text in found]

    async def contrast(self) -> list[str]:
        """Texts that are hard to read: less than 4.5 : 1 between their colour and what is behind them (WCAG 2.2)."""
        return await self.page.evaluate(_CONTRAST)  # type: ignore[no-any-return]


_TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  const scrolls = one => one && (['auto', 'scroll'].includes(getComputedStyle(one).overflowX) || scrolls(one.parentElement));
  const found = [...document.body.querySelectorAll('*')]
    .filter(one => one.getBoundingClientRect().right > width + 1 && !scrolls(one) && !one.ownerSVGElement)
    .map(one => one.tagName + ': ' + one.textContent.slice(0, 60));
  return document.documentElement.scrollWidth > width ? ['the page scrolls sideways', ...found] : found;
}"""
_CONTRAST = """() => {
  const colour = text => { const [r, g, b, a] = text.match(/[\\d.]+/g).map(Number); return {r, g, b, a: a ?? 1}; };
  const light = ({r, g, b}) => { const [x, y, z] = [r, g, b].map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * x + .7152 * y + .0722 * z; };
  const behind = one => { for (; one; one = one.parentElement) { const c = colour(getComputedStyle(one).backgroundColor);
    if (c.a > 0) return c; } return matchMedia('(prefers-color-scheme: dark)').matches ? {r: 0, g: 0, b: 0} : {r: 255, g: 255, b: 255}; };
  const texts = [...document.querySelectorAll('body *')].filter(one => !['STYLE', 'DESC', 'TITLE'].includes(one.tagName.toUpperCase())
    && [...one.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && one.getClientRects().length);
  return texts.filter(one => { const style = getComputedStyle(one);
    const [a, b] = [light(colour(one.ownerSVGElement ? style.fill : style.color)), light(behind(one))].sort((x, y) => y - x);
    return (a + .05) / (b + .05) < 4.5; }).map(one => one.tagName + ': ' + one.textContent.slice(0, 60));
}"""
Look = Callable[..., Awaitable[Opened]]


@pytest_asyncio.fixture(loop_scope="session")
async def look(browser: Browser) -> AsyncIterator[Look]:
    """Open a page: `await look(path or address, width=1280, dark=False, media="screen")`. Whatever it asks for is noted, and
    nothing is let through that is not of its own origin."""
    contexts = []

    async def open_page(
        where: Path | str,
        *,
        width: int = 1280,
        dark: bool = False,
        media: Literal["screen", "print"] = "screen",
    ) -> Opened:
        address = where.as_uri() if isinstance(where, Path) else where
        context = await browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        opened = Opened(await context.new_page())
        own = address if address.startswith("file:") else "/".join(address.split("/")[:3])

        async def gate(route: Any) -> None:
            if route.request.url.split("#")[0] != address:
                opened.requests.append(route.request.url)
            await (route.continue_() if route.request.url.startswith((own, "data:")) else route.abort())

        await context.route("**/*", gate)
        opened.page.on(
            "console",
            lambda said: opened.complaints.append(said.text) if said.type in ("error", "warning") else None,
        )
        opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        await opened.page.emulate_media(media=media)
        await opened.page.goto(address)
        return opened

    yield open_page
    for context in contexts:
        await context.close()
