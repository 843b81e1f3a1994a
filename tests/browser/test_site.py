"""The documentation site in a browser: what is searched for is found, and no other host is asked for anything."""

import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")
BUILDER = Path(__file__).parents[2] / "docs" / "site" / "build.py"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a web server with these files."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site that `.ci/run` has built and names, or one that is built now."""
    if built := os.environ.get("BUILT_SITE"):
        return Path(built)
    pytest.importorskip("zensical")
    folder = tmp_path_factory.mktemp("site") / "site"
    subprocess.run([sys.executable, str(BUILDER), str(folder)], check=True)
    return folder


async def test_a_reader_searches_the_site_and_opens_what_is_found(
    site: Path, look: Callable[..., Awaitable[Any]]
) -> None:
    with served(site) as address:
        opened = await look(f"{address}/index.html")
        page = opened.page
        await page.get_by_role("button", name="Search").first.click()
        await page.get_by_role("combobox").fill("Kleene")
        await page.get_by_role("option").filter(has_text="Unknown is an answer").first.click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text(
            "Unknown is an answer", timeout=30_000
        )
        assert opened.complaints == []
        assert opened.requests
        assert [url for url in opened.requests if not url.startswith((address, "data:", "blob:"))] == []


async def test_the_reference_shows_signatures_and_docstrings(
    site: Path, look: Callable[..., Awaitable[Any]]
) -> None:
    with served(site) as address:
        opened = await look(f"{address}/api/live.html")
        await expect(opened.page.locator("[id='flowrules.Engine']")).to_be_visible(timeout=30_000)
        text = await opened.page.locator("article").inner_text()
        assert "settings: Settings | None = None" in text
        assert "Use as an async context manager" in text
        assert opened.complaints == []
