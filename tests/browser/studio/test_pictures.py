"""The pictures of docs/studio.md, and that what they show can be had. `STUDIO_PICTURES=docs` writes them anew."""

import os
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import expect

from tests.browser.studio.conftest import NewCall, Open, Window
from tests.docs import replay_walk

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """The rules of docs/replay.md, with a week of recorded calls beside them."""
    replay_walk.set_up(tmp_path, replay_walk.PAGE.read_text("utf-8"))
    return tmp_path / "my-centre"


async def picture(window: Window, name: str) -> None:
    if folder := os.environ.get("STUDIO_PICTURES"):
        shot = Image.open(BytesIO(await window.page.screenshot())).convert("RGB")
        # A page has few colours: so it takes a third of the room.
        shot.quantize(128, dither=Image.Dither.NONE).save(Path(folder) / f"{name}.png", optimize=True)


async def test_a_conversation_and_a_week_of_calls(open_studio: Open, rules: Path, tmp_path: Path) -> None:
    window = await open_studio(rules, recording=tmp_path / "last-week.jsonl", stories=30)
    await window.open_panel("Try")
    happens = window.panel.get_by_label("Something happens")
    for number, event in enumerate(("intent=repeat", "intent=human", "intent=human"), 1):
        await happens.fill(event)
        await happens.press("Enter")
        await expect(window.panel.locator(".bubble.call", has_text="intent=")).to_have_count(number)
    await expect(window.panel.locator(".bubble.bot").last).to_contain_text("I put you through.")
    await expect(window.page.locator("#files .sign.good")).to_have_count(4)
    await picture(window, "studio-try")
    await window.open_panel("What if")
    await window.panel.get_by_label("Other names of columns").fill("intent=label")
    await window.panel.get_by_role("button", name="Compare").click()
    await window.replace("at least 800", "at least 500")
    # What docs/replay.md says of the same edit.
    await expect(window.panel).to_contain_text("37 calls would go otherwise (9.2 %).")
    await expect(window.panel.get_by_role("table", name="For 66 events")).to_be_visible()
    await picture(window, "studio-what-if")


async def test_the_first_start(open_studio: Open, rules: Path) -> None:
    window = await open_studio(rules, stories=30, tour=True)
    tour = window.page.get_by_role("dialog")
    await expect(window.page.locator("#files .sign.good")).to_have_count(4)
    for _ in range(4):
        await tour.get_by_role("button", name="Next").click()
    await expect(tour).to_have_accessible_name("Try a call")
    await expect(window.panel).to_contain_text("Nothing has happened yet")
    await picture(window, "studio-tour")


async def test_two_live_calls(open_studio: Open, rules: Path, tmp_path: Path, new_call: NewCall) -> None:
    window = await open_studio(rules, journal=tmp_path / "journal", dark=True)
    await window.open_panel("Live")
    first, second = await new_call(), await new_call()
    await first.event(intent="sales", balance=900)
    await second.event(intent="repeat")
    await second.event(intent="human")
    await expect(window.panel.locator(".card .card")).to_have_count(3)
    await expect(window.panel).not_to_contain_text("no answer yet")
    await picture(window, "studio-live")
    for call in (first, second):
        await call.close()
