"""Pages as a person sees them, in a real browser."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from flowrules.pages import Section, joined, page, paragraph, table

pytestmark = pytest.mark.asyncio(loop_scope="session")
LONG = "a_very_long_name_" * 12
PAGE = page(
    'Calls & <b>"rules"</b>',
    paragraph("What the page is about."),
    [
        Section("In figures", table("Rules", ["rule", "times"], [("<script>alert(1)</script>", 1234567), (LONG, 0.5)])),
        Section("Texts", joined(paragraph("soft", class_="soft"), paragraph(LONG), paragraph("a\x1b[31mb"))),
    ],
)  # fmt: skip


@pytest.fixture
def shown(tmp_path: Path) -> Path:
    path = tmp_path / "page.html"
    path.write_text(PAGE, "utf-8")
    return path


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [1280, 390])
async def test_a_page_fits_and_can_be_read(
    look: Callable[..., Awaitable[Any]], shown: Path, width: int, dark: bool
) -> None:
    opened = await look(shown, width=width, dark=dark)
    assert opened.complaints == opened.requests == []
    assert await opened.too_wide() == []
    assert await opened.contrast() == []
    assert await opened.headings() == [(1, 'Calls & <b>"rules"</b>'), (2, "In figures"), (2, "Texts")]
    assert await opened.page.locator("tbody th").all_inner_texts() == ["<script>alert(1)</script>", LONG]
    assert await opened.page.locator("td").all_inner_texts() == ["1,234,567", "0.5"]
    await opened.page.screenshot(path=shown.parent / f"{width}{'-dark' if dark else ''}.png", full_page=True)


async def test_a_page_is_printed_black_on_white(look: Callable[..., Awaitable[Any]], shown: Path) -> None:
    opened = await look(shown, dark=True, media="print")
    assert await opened.contrast() == []
    colours = await opened.page.evaluate(
        "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    )
    assert colours == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    assert not await opened.page.locator("nav").is_visible()
    (shown.parent / "page.pdf").write_bytes(await opened.page.pdf())


async def test_the_eye_of_these_tests_sees(look: Callable[..., Awaitable[Any]], tmp_path: Path) -> None:
    """A page that does everything wrong."""
    bad = tmp_path / "bad.html"
    bad.write_text(
        '<body style="color:#aaa;background:#fff"><p style="width:3000px">wide</p><img src="https://example.invalid/x.png">'
        "<script>nothing.here()</script>"
    )
    opened = await look(bad)
    assert any("wide" in one for one in await opened.too_wide())
    assert any("wide" in one for one in await opened.contrast())
    assert opened.requests == ["https://example.invalid/x.png"]
    assert any("nothing is not defined" in one for one in opened.complaints)
