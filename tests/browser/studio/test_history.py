"""Earlier versions of the rules, from git: seen, and brought back into the editor."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.studio.conftest import CALLS, Open
from tests.browser.studio.test_accessibility import complaints
from tests.browser.studio.test_pictures import picture
from tests.studio.test_history import git, needs_git

pytestmark = [pytest.mark.asyncio(loop_scope="session"), needs_git]


async def test_an_old_version_comes_back_as_an_edit_that_is_not_saved(
    open_studio: Open, rules: Path, axe: str
) -> None:
    file = rules / "calls.rules"
    git(rules, "init", "-q")
    git(rules, "add", ".")
    git(rules, "commit", "-qm", "Say that a small balance is not due")
    lower = CALLS.replace("balance < 500", "balance < 310")
    file.write_text(lower, "utf-8", newline="\n")
    git(rules, "commit", "-qam", "Lower the bound of a small balance")
    window = await open_studio(rules)
    page, panel = window.page, window.panel
    await window.open_panel("History")
    newest, oldest = panel.locator(".card").first, panel.locator(".card").last
    await expect(newest).to_contain_text("Lower the bound of a small balance")
    await expect(newest).to_contain_text("Asha & Rao, 2026-03-02 11:05")
    await newest.get_by_role("button", name="What it changed").click()
    table = panel.get_by_role("table", name="What changed in the rules")
    await expect(table).to_contain_text("A small balance")
    lines = panel.get_by_role("table", name="Lines of calls.rules that changed")
    await expect(lines.get_by_role("row")).to_have_count(2)
    await expect(lines).to_contain_text("when balance < 500")
    await expect(lines).to_contain_text("when balance < 310")
    await page.evaluate(axe)
    assert await complaints(window) == []
    await picture(window, "studio-history")
    await panel.get_by_role("button", name="All versions").click()
    await oldest.get_by_role("button", name="What it changed").click()
    await panel.get_by_role("button", name="Bring calls.rules back as it was then").click()
    await window.until_text("balance < 500")
    await expect(page.locator("#state")).to_have_text("1 file is not saved")
    assert file.read_text("utf-8") == lower
    # One step takes it back; brought back once more, it is saved like any edit.
    await page.get_by_role("button", name="Undo").click()
    await window.until_text("balance < 310")
    await panel.get_by_role("button", name="Bring calls.rules back as it was then").click()
    await window.until_text("balance < 500")
    await window.save()
    assert file.read_text("utf-8") == CALLS
    assert window.complaints == window.asked == []
