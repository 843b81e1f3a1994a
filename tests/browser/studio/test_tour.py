"""The tour: what somebody sees who opens the page for the first time."""

import os
import re
import sys
from asyncio import create_subprocess_exec, subprocess
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from flowrules.studio.texts import texts
from tests.browser.studio.conftest import Open
from tests.browser.studio.test_accessibility import complaints
from tests.browser.studio.test_walk import picture

pytestmark = pytest.mark.asyncio(loop_scope="session")
STEPS = 7


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (820, 1180)])
async def test_it_is_walked_by_keyboard_and_does_not_come_again(
    open_studio: Open, rules: Path, axe: str, width: int, height: int
) -> None:
    window = await open_studio(rules, width=width, height=height, tour=True)
    page, tour = window.page, window.page.get_by_role("dialog")
    await expect(tour).to_have_accessible_name("Welcome")
    await expect(tour).to_have_accessible_description(texts()("tour.text.1"))
    await expect(tour.get_by_role("button", name="Next")).to_be_focused()
    await page.evaluate(axe)
    for number in range(1, STEPS + 1):
        await expect(tour).to_have_accessible_name(texts()(f"tour.title.{number}"))
        await expect(tour).to_contain_text(f"Step {number} of {STEPS}")
        box = await tour.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height
        assert await page.locator(".toured").count() == (number > 1)
        if number > 1:
            await expect(page.locator(".toured")).to_be_visible()
        if number == 6:
            await expect(page.get_by_role("tab", name="Stories")).to_have_attribute("aria-selected", "true")
            await picture(window, "tour")
        if number in (1, 4):
            assert await complaints(window) == [], number
        if number == 2:
            await page.keyboard.press("Shift+Tab")
            await page.keyboard.press("Enter")
            await expect(tour).to_have_accessible_name("Welcome")
            await expect(tour.get_by_role("button", name="Next")).to_be_focused()
            await page.keyboard.press("Enter")
            await expect(tour).to_contain_text("Step 2")
        await page.keyboard.press("Enter")
    await expect(tour).to_have_count(0)
    assert await page.locator(".toured").count() == 0
    await expect(window.editor).to_be_focused()
    await page.reload()
    await page.locator("body[data-ready]").wait_for()
    await expect(window.editor).to_contain_text("A person for sales")
    await expect(tour).to_have_count(0)
    # Somebody wants to see it again; Escape closes it, and leads back.
    await page.get_by_role("button", name="Show the tour").click()
    await expect(tour).to_have_accessible_name("Welcome")
    await page.keyboard.press("Escape")
    await expect(tour).to_have_count(0)
    await expect(page.get_by_role("button", name="Show the tour")).to_be_focused()
    assert window.complaints == window.asked == []


@pytest.mark.parametrize("language", ["hi", "ta"])
async def test_it_speaks_the_language_of_the_page(
    open_studio: Open, rules: Path, axe: str, language: str
) -> None:
    window = await open_studio(rules, tour=True, locale=f"{language}-IN")
    t, tour = texts(language), window.page.get_by_role("dialog")
    await expect(tour).to_have_accessible_name(t("tour.title.1"))
    await window.page.evaluate(axe)
    assert await complaints(window) == []
    for _ in range(STEPS - 1):
        await tour.get_by_role("button", name=t("tour.next")).click()
    await tour.get_by_role("button", name=t("tour.done")).click()
    await expect(tour).to_have_count(0)


async def test_who_has_no_rules_yet_takes_it_on_those_of_the_demonstration(
    bundled: None, browser: Browser, tmp_path: Path
) -> None:
    """`flowrules studio` in an empty folder."""
    command = [sys.executable, "-P", "-m", "flowrules", "studio", "--no-browser", "--port", "0"]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(place for place in sys.path if place)}
    running = await create_subprocess_exec(*command, cwd=tmp_path, stdout=subprocess.PIPE, env=env)
    assert running.stdout is not None
    try:
        said = ""
        while (found := re.search(r"http://\S+", said)) is None:
            line = await running.stdout.readline()
            assert line, said
            said += line.decode()
        assert "There are no rules in this folder" in said
        context = await browser.new_context()
        page = await context.new_page()
        await page.goto(found[0])
        await expect(page.get_by_role("dialog")).to_have_accessible_name("Welcome")
        await expect(page.locator("#name")).to_have_text("front-desk")
        await expect(page.locator("#files .k-rule").first).to_be_visible()
        await context.close()
    finally:
        running.terminate()
        await running.wait()
    assert os.listdir(tmp_path) == []
