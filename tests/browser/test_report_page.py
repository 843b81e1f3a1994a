"""The page of a report, as whoever answers for the calls sees it. The pictures stay in the test's folder."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from flowrules.reporting import report
from flowrules.reporting.page import report_page
from tests.reporting.sample import HOSTILE, write

pytestmark = pytest.mark.asyncio(loop_scope="session")
HEADINGS = [
    "What the calls did", "Calls and events", "Rules", "Rules that never took an event", "What nobody knew", "Verbs",
    "Waits", "Edits of the rules", "What live calls have reached", "Slowest steps",
]  # fmt: skip
KEPT = Path(__file__).parents[1] / "runtime" / "journals" / "2"


async def test_the_page_of_a_report(look: Callable[..., Awaitable[Any]], tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    for folder, plots in ((await write(tmp_path), 3), (KEPT, 5)):
        path.write_text(report_page(report(folder)), "utf-8")
        for width, dark in ((1280, False), (390, True)):
            opened = await look(path, width=width, dark=dark)
            assert opened.complaints == opened.requests == []
            assert await opened.too_wide() == []
            assert await opened.contrast() == []
            headings = await opened.headings()
            assert [text for level, text in headings if level < 3] == HEADINGS
            assert await opened.page.locator("figure svg").count() == plots
            assert await opened.page.locator("script").count() == 0
            name = f"{folder.name}-{width}{'-dark' if dark else ''}.png"
            await opened.page.screenshot(path=tmp_path / name, full_page=True)


async def test_the_page_shows_what_the_report_says(
    look: Callable[..., Awaitable[Any]], tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    path.write_text(report_page(report(await write(tmp_path))), "utf-8")
    opened = await look(path, media="print", dark=True)
    text = await opened.page.locator("main").inner_text()
    assert HOSTILE not in text
    assert "Each of the" not in text
    for said in (
        "The journal is whole",
        "lead.vip",
        "was refused",
        "gave way to",
        "2 of the 3 rules",
        "333.3",
    ):
        assert said in text, said
    assert await opened.contrast() == []
    (tmp_path / "report.pdf").write_bytes(await opened.page.pdf())
