"""The editor in the page: what is typed, found, mended and saved."""

import random
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.studio.conftest import CALLS, Open

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_page_opens_under_its_strict_policy_and_asks_for_nothing_elsewhere(
    open_studio: Open, rules: Path
) -> None:
    window = await open_studio(rules)
    page = window.page
    await expect(page.locator("#name")).to_have_text("office")
    await expect(window.editor).to_contain_text("A person for sales")
    await expect(page.locator("#editor .w-keyword").first).to_be_visible()
    await expect(page.locator("#count")).to_have_text("Nothing is wrong here.")
    assert "key=" not in page.url
    assert window.complaints == window.asked == []
    # Reloaded, the tab still has its key; a window without it is told so.
    await page.reload()
    await expect(window.editor).to_contain_text("A person for sales")
    stranger = await page.context.new_page()
    await stranger.goto(window.studio.address.partition("#")[0])
    await expect(stranger.locator("#banner")).to_contain_text("no key")


async def test_a_finding_comes_is_read_and_is_mended_as_one_step(open_studio: Open, rules: Path) -> None:
    window = await open_studio(rules)
    page = window.page
    await window.at_end('on intent=refund when balance less than 5 then say "no"\n')
    await expect(window.findings.first).to_be_visible()
    await expect(page.locator("#count")).to_contain_text("finding")
    before = await window.text()
    mend = window.findings.get_by_role("button", name="is less than")
    await mend.click()
    await window.until_text("when balance is less than 5")
    await page.keyboard.press("Control+z")
    assert await window.text() == before


async def test_what_is_typed_at_speed_stays_as_it_was_typed(open_studio: Open, rules: Path) -> None:
    """While findings, words and panels arrive, on both sides."""
    window = await open_studio(rules)
    dice = random.Random(7)
    await window.editor.click()
    await window.page.keyboard.press("Control+End")
    typed = ""
    for number in range(12):
        line = f"# line {number} {'😀' * dice.randrange(3)} on intent=x tranfer \u2028 {dice.random()}\n"
        await window.page.keyboard.insert_text(line)
        typed += line
        for letter in f"# ты {number} " + "abc" * dice.randrange(4):
            await window.page.keyboard.type(letter, delay=dice.choice([0, 0, 3, 9]))
            typed += letter
        await window.page.keyboard.press("Enter")
        typed += "\n"
    assert await window.text() == CALLS + typed
    await window.save()
    assert (rules / "calls.rules").read_bytes().decode() == CALLS + typed


async def test_completion_and_hover_say_what_the_editor_service_says(open_studio: Open, rules: Path) -> None:
    window = await open_studio(rules)
    page = window.page
    await window.at_end("on intent=refund trans")
    await expect(page.locator(".cm-tooltip-autocomplete li").first).to_contain_text("transfer")
    await page.wait_for_timeout(150)  # The editor takes no key for a choice that came just before it.
    await page.keyboard.press("Enter")
    await page.keyboard.type(" queue sales")
    await expect(page.locator(".cm-tooltip-autocomplete li").first).to_contain_text("sales_team")
    await page.keyboard.press("Escape")
    await page.locator(".w-function", has_text="transfer").first.hover()
    await expect(page.locator(".told.hover")).to_contain_text("transfer")


async def test_a_new_file_takes_what_is_typed_next(open_studio: Open, rules: Path) -> None:
    window = await open_studio(rules)
    await window.page.get_by_role("button", name="New file").click()
    await window.page.keyboard.type("refunds")
    await window.page.keyboard.press("Enter")
    await expect(window.page.locator(".cm-content")).to_be_focused()
    await window.page.keyboard.type("# refunds")
    await window.until_text("# refunds")
    assert await window.text() == "# refunds"


async def test_by_keyboard_alone_a_finding_is_found_and_mended(open_studio: Open, rules: Path) -> None:
    window = await open_studio(rules)
    page = window.page
    await window.at_end('on intent=refund when balance less than 5 then say "no"\n')
    # The finding of the whole line, not one of a line that is still being typed.
    mend = window.findings.get_by_role("button", name='Write "is less than"')
    await expect(mend).to_be_visible()
    while not await page.evaluate("document.getElementById('findings').contains(document.activeElement)"):
        await page.keyboard.press("F6")
    while not await mend.evaluate("one => one === document.activeElement"):
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await window.until_text("when balance is less than 5")


async def test_two_windows_and_an_edit_on_disk(open_studio: Open, rules: Path) -> None:
    one = await open_studio(rules)
    other = await open_studio(rules, beside=one)
    file = rules / "calls.rules"
    await one.at_end("# from one\n")
    await one.save()
    await other.until_text("# from one")
    # Undo goes back beyond the save.
    for _ in range(3):
        await one.page.keyboard.press("Control+z")
    await one.until_text("# from one", there=False)
    await expect(one.page.locator("#state")).to_have_text("1 file is not saved")
    # Somebody else saves meanwhile: both are shown, nothing is overwritten.
    theirs = "# from the disk\n" + file.read_text("utf-8")
    file.write_text(theirs, "utf-8", newline="\n")
    dialog = one.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Two versions of calls.rules")
    await expect(dialog.locator(".cm-merge-a")).to_contain_text("# from the disk")
    assert file.read_text("utf-8") == theirs
    await one.page.keyboard.press("Escape")
    await one.page.keyboard.press("Control+s")
    await expect(dialog).to_be_visible()
    assert file.read_text("utf-8") == theirs
    await dialog.get_by_role("button", name="Take the right side").click()
    await one.save()
    assert file.read_text("utf-8") == "# from the disk\n" + CALLS
    await other.until_text("# from the disk")


async def test_what_was_typed_survives_the_window_and_the_server(open_studio: Open, rules: Path) -> None:
    window = await open_studio(rules)
    page = window.page
    await window.at_end("# not saved\n")
    await window.until(
        lambda: page.evaluate("Object.keys(localStorage).some(key => key.endsWith('calls.rules'))")
    )
    await page.goto("about:blank")
    await page.goto(window.studio.address)
    await window.until_text("# not saved")
    await expect(page.locator("#state")).to_have_text("1 file is not saved")
    # Both sides have it: it can be saved.
    await window.save()
    assert (rules / "calls.rules").read_text("utf-8") == CALLS + "# not saved\n"


async def test_a_rule_with_markup_in_its_name_is_text(open_studio: Open, rules: Path) -> None:
    name = "<img src=x onerror=document.title='owned'><b>bold</b>"
    (rules / "evil.rules").write_text(
        f'rule "{name}"\n  on intent=evil\n  say "<script>alert(1)</script>"\nend\n'
    )
    window = await open_studio(rules)
    await window.page.locator("#files button.file", has_text="evil.rules").click()
    await expect(window.page.locator("#files li", has_text="<b>bold</b>")).to_be_visible()
    await window.open_panel("Explain")
    await expect(window.panel).to_contain_text("<b>bold</b>")
    assert await window.page.locator("#panel b, #panel img, #files b, #files img").count() == 0
    assert "owned" not in await window.page.title()
    assert window.complaints == []
