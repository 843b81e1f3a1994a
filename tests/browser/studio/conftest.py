"""The studio as a manager has it: the real page, bundled, in a real browser, with the real server behind it.

Where the page is not bundled it is bundled once (.ci/wheel/bundle.py, which needs npm); where that can't be, these tests are
skipped, unless `CI` or `BROWSER_REQUIRED` says that nothing may be.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import portalocker
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from flowrules import CallSession, Engine, Settings
from flowrules.sandbox import Sandbox
from flowrules.studio.on_disk import RulesOnDisk
from flowrules.studio.server import Studio

ROOT = Path(__file__).parents[3]
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def bundled() -> None:
    """The page is bundled, of the files as they are."""
    with portalocker.Lock(Path(tempfile.gettempdir()) / "flowrules-studio-bundle.lock", timeout=300):
        made = subprocess.run(
            [sys.executable, ".ci/wheel/bundle.py"], cwd=ROOT, capture_output=True, text=True, check=False
        )
    if made.returncode:
        why = f"the page of the studio can't be bundled: {made.stderr[-600:]}"
        if os.environ.get("CI") or os.environ.get("BROWSER_REQUIRED"):
            pytest.fail(why)
        pytest.skip(why)


@dataclass
class Window:
    """A tab in which the studio is open."""

    page: Page
    studio: Studio
    rules: Path
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """Addresses beyond the studio's own."""

    @property
    def editor(self) -> Locator:
        return self.page.locator("#editor .cm-content")

    @property
    def panel(self) -> Locator:
        return self.page.locator("#panel")

    @property
    def findings(self) -> Locator:
        return self.page.locator("#findings > li")

    async def at_end(self, text: str) -> None:
        """Type at the end of the file."""
        await self.editor.click()
        await self.page.keyboard.press("Control+End")
        await self.page.keyboard.type(text)

    async def open_panel(self, name: str) -> None:
        await self.page.get_by_role("tab", name=name, exact=True).click()

    async def replace(self, old: str, new: str) -> None:
        """Type something over what stands in the editor once."""
        await self.page.evaluate(
            """([was, now]) => {
              const view = document.querySelector('#editor .cm-content').cmTile.view;
              const from = view.state.doc.toString().indexOf(was);
              view.dispatch({ selection: { anchor: from, head: from + was.length } });
              view.focus();
            }""",
            [old, new],
        )
        await self.page.keyboard.insert_text(new)

    async def text(self) -> str:
        """What stands in the editor, all of it."""
        return await self.page.evaluate(  # type: ignore[no-any-return]
            "document.querySelector('#editor .cm-content').cmTile.view.state.doc.toString()"
        )

    async def until(self, holds: Callable[[], Awaitable[bool]]) -> None:
        """Wait until it holds."""
        async with asyncio.timeout(45):
            while not await holds():  # noqa: ASYNC110 (a page has no event for it)
                await asyncio.sleep(0.05)

    async def until_text(self, part: str, *, there: bool = True) -> None:
        """Wait until something stands in the editor, visible or not; or no longer."""

        async def holds() -> bool:
            return (part in await self.text()) is there

        await self.until(holds)

    async def save(self) -> None:
        await self.page.keyboard.press("Control+s")
        # A save is judged in a process that the first one starts: where a processor is busy that takes long.
        await expect(self.page.locator("#state")).to_have_text("All is saved", timeout=100_000)


Open = Callable[..., Awaitable[Window]]


@pytest_asyncio.fixture(loop_scope="session")
async def open_studio(bundled: None, browser: Browser) -> AsyncIterator[Open]:
    """`await open_studio(folder, width=1280, height=800, dark=False, beside=None)`: the studio of a folder of rules; `beside` is a
    window on the same studio; `tour`: it is the first time that this browser opens one; `before` sees the page before that."""
    async with AsyncExitStack() as stack:

        async def one(
            rules: Path,
            *,
            width: int = 1280,
            height: int = 800,
            dark: bool = False,
            beside: Window | None = None,
            stories: float = 2.0,
            recording: Path | None = None,
            journal: Path | None = None,
            tour: bool = False,
            before: Callable[[Page], Awaitable[None]] | None = None,
            **options: Any,
        ) -> Window:
            studio = (
                beside.studio
                if beside is not None
                else await stack.enter_async_context(
                    Studio(
                        RulesOnDisk(rules),
                        port=0,
                        story_seconds=stories,
                        recording=recording,
                        journal=journal,
                    )
                )
            )
            context = await browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if dark else "light",
                reduced_motion="reduce",
                **options,
            )
            stack.push_async_callback(context.close)
            if not tour:  # Whoever opens the page has seen it before.
                await context.add_init_script("localStorage.setItem('flowrules.tour', 'yes')")
            window = Window(await context.new_page(), studio, rules)
            window.page.on(
                "console",
                lambda said: (
                    window.complaints.append(said.text) if said.type in ("error", "warning") else None
                ),
            )
            window.page.on("pageerror", lambda error: window.complaints.append(str(error)))
            own = f"127.0.0.1:{studio.port}/"
            window.page.on(
                "request",
                lambda asked: (
                    None
                    if asked.url.startswith(("data:", f"http://{own}"))
                    else window.asked.append(asked.url)
                ),
            )
            if before is not None:
                await before(window.page)
            await window.page.goto(studio.address)
            await window.page.locator("body[data-ready]").wait_for()
            return window

        yield one


NewCall = Callable[[], Awaitable[CallSession]]


@pytest_asyncio.fixture(loop_scope="session")
async def new_call(rules: Path, tmp_path: Path) -> AsyncIterator[NewCall]:
    """Calls of an engine that takes the rules as they are saved, and keeps its journal in `tmp_path / "journal"`."""
    async with AsyncExitStack() as stack:
        platform = await stack.enter_async_context(Sandbox())
        settings = Settings(base_url=platform.base_url, journal=tmp_path / "journal", journal_fsync="never")
        engine = await stack.enter_async_context(Engine(rules, settings=settings))

        async def begin() -> CallSession:
            return engine.call_from((await platform.open_call()).metadata)

        yield begin


@pytest.fixture(scope="session")
def axe(bundled: None) -> str:
    """The script of axe-core, which looks for what keeps people out; it is installed where it is not there."""
    web = ROOT / "flowrules" / "studio" / "web"
    script = web / "node_modules" / "axe-core" / "axe.min.js"
    with portalocker.Lock(Path(tempfile.gettempdir()) / "flowrules-studio-axe.lock", timeout=300):
        if not script.exists():
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
            subprocess.run(command, cwd=web, check=True, capture_output=True)
    return script.read_text("utf-8")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A small rule set without a finding."""
    folder = tmp_path / "office"
    folder.mkdir()
    (folder / "calls.rules").write_text(CALLS, "utf-8", newline="\n")
    return folder


CALLS = """\
timezone Asia/Kolkata

hours office
  mon to fri 09:00 to 18:00
end

fact balance is number

rule "A person for sales"
  on intent=sales
  when office is open
  transfer queue sales_team
  otherwise say "Our office is closed. We call you back tomorrow."
end

rule "A small balance"
  on intent=billing
  when balance < 500
  say "Your balance is small. Nothing is due."
end

test "sales in the office"
  given time is 2026-01-05 11:00
  on intent=sales
  expect transfer
end

test "a small balance"
  given balance is 300
  on intent=billing
  expect say
end
"""
