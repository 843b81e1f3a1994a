"""The walk of a manager: from the first look at the page to a saved rule with a test and a promise."""

import os
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.studio.conftest import NewCall, Open, Window
from tests.browser.studio.test_what_if import write

pytestmark = pytest.mark.asyncio(loop_scope="session")

DECLINED = """
rule "Declined"
  on payment_declined
  say "We could not take the payment."
end
"""
PROMISE = '\npromise "A decline is written down" after payment_declined before the call ends log\n'
WRITTEN_DOWN = """
rule "Write down a decline"
  also on payment_declined
  log "a payment was declined"
end
"""


async def picture(window: Window, name: str) -> None:
    """A picture for whoever looks at these tests, and for the documentation: into STUDIO_PICTURES, where that is set."""
    if folder := os.environ.get("STUDIO_PICTURES"):
        size = window.page.viewport_size
        assert size is not None
        await window.page.screenshot(path=Path(folder) / f"{name}-{size['width']}.png")


async def fits(window: Window) -> None:
    """Nothing stands out of the window, and the page itself does not scroll."""
    wide, high = await window.page.evaluate(
        "[document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight]"
    )
    assert wide <= 0
    assert high <= 0


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (820, 1180)])
async def test_a_manager_goes_from_a_finding_to_a_live_call_that_follows_the_rule(
    open_studio: Open, rules: Path, tmp_path: Path, new_call: NewCall, width: int, height: int
) -> None:
    file, recording = rules / "calls.rules", tmp_path / "last-week.jsonl"
    write(recording, "intent")
    call = await new_call()
    # 1. Open.
    window = await open_studio(
        rules, width=width, height=height, stories=20, recording=recording, journal=tmp_path / "journal"
    )
    page = window.page
    await expect(page.locator("#count")).to_contain_text("Nothing is wrong")
    await picture(window, "1-open")
    await fits(window)

    # 2. Read a finding; 3. take the fix.
    await window.at_end('on intent=refund when balance less than 5 then log "refund"\n')
    finding = window.findings.filter(has_text='another spelling for "less than"')
    await expect(finding).to_be_visible()
    await picture(window, "2-finding")
    await finding.get_by_role("button", name='Write "is less than"').click()
    await window.until_text("when balance is less than 5")
    await expect(finding).to_have_count(0)
    while "intent=refund" in await window.text():
        await page.get_by_role("button", name="Undo").click()

    # 4. Try a conversation under a rule that was never saved.
    await page.locator("#editor .cm-content").click()
    await page.keyboard.press("Control+End")
    await page.keyboard.insert_text(DECLINED)
    await window.open_panel("Try")
    await window.panel.get_by_label("Something happens").fill("payment_declined")
    await page.keyboard.press("Enter")
    bubble = window.panel.locator(".bubble.bot")
    await expect(bubble).to_contain_text("We could not take the payment.")
    await expect(window.panel.get_by_role("button", name="Declined", exact=True)).to_be_visible()
    await window.panel.get_by_label("The caller says").fill("What <b>now</b>?")
    await page.keyboard.press("Enter")
    await expect(window.panel.locator(".bubble.caller")).to_contain_text("What <b>now</b>?")
    await expect(window.panel).to_contain_text("No rule takes it.")
    await window.panel.get_by_text("Why?").last.click()
    await expect(window.panel.locator("details[open]").last).to_contain_text("A person for sales")
    await picture(window, "3-try")
    await fits(window)

    # 5. Make it a test.
    await window.panel.get_by_label("Name of the test").fill("a payment is declined")
    await window.panel.get_by_role("button", name="Make a test of this conversation").click()
    await window.until_text('test "a payment is declined"')
    await window.until_text("on payment_declined\n  expect say\n")
    await window.open_panel("Tests")
    await expect(window.panel.locator(".card", has_text="a payment is declined")).to_contain_text("passed")
    await picture(window, "4-tests")

    # 6. Break a promise and see its story.
    await page.locator("#editor .cm-content").click()
    await page.keyboard.press("Control+End")
    await page.keyboard.insert_text(PROMISE)
    await window.open_panel("Stories")
    story = window.panel.locator(".card.bad")
    await expect(story).to_contain_text("promise broken", timeout=60_000)
    await expect(story).to_contain_text("Step 1 of")
    await story.get_by_role("button", name="Next").click()
    await expect(story).to_contain_text("payment_declined is reported")
    await story.get_by_role("button", name="To the end").click()
    await expect(story).to_contain_text("The call ends.")
    await picture(window, "5-stories")
    await fits(window)

    # 7. A rule with a broken promise is not saved.
    before = file.read_text("utf-8")
    await page.keyboard.press("Control+s")
    await expect(page.locator("#banner")).to_contain_text("A decline is written down")
    assert file.read_text("utf-8") == before
    await page.locator("#banner").get_by_role("button", name="Close").click()

    # 8. Mend it.
    await page.locator("#editor .cm-content").click()
    await page.keyboard.press("Control+End")
    await page.keyboard.insert_text(WRITTEN_DOWN)
    await expect(story).to_have_count(0, timeout=60_000)

    # 9. What if: the calls of last week under a bound that is not saved.
    await window.open_panel("What if")
    await expect(window.panel).to_contain_text("No call would go otherwise.", timeout=60_000)
    await window.replace("balance < 500", "balance < 310")
    await expect(window.panel).to_contain_text("9 calls would go otherwise (22.5 %).", timeout=60_000)
    await expect(window.panel.locator("svg.plot")).to_be_visible()
    await picture(window, "6-what-if")
    await fits(window)

    # 10. Save, and a call that goes on follows the new rule.
    await window.open_panel("Live")
    await call.event(intent="billing", balance=400, turn_id="t1")
    card = window.panel.locator(".card", has_text=call.call_id).first
    await expect(card.locator(".card")).to_have_count(1)
    await expect(card.get_by_role("button", name="A small balance")).to_be_visible()
    await window.save()
    saved = file.read_text("utf-8")
    assert saved == await window.text()
    for part in (DECLINED, PROMISE, WRITTEN_DOWN, 'test "a payment is declined"'):
        assert part in saved

    await expect(window.panel).to_contain_text(
        "The engine decides by the rules as they are saved.", timeout=60_000
    )
    await call.event(intent="billing", balance=400, turn_id="t2")
    await call.event(payment_declined=True, turn_id="t3")
    await expect(card.locator(".card")).to_have_count(3)
    await expect(card).to_contain_text("Decided by rules that are not live any more.")
    await expect(card.get_by_role("button", name="A small balance")).to_have_count(1)
    await expect(card.get_by_role("button", name="Declined", exact=True)).to_be_visible()
    await picture(window, "7-live")
    await fits(window)

    # The page that a manager signs, and the picture that leads to the rule.
    await window.open_panel("Explain")
    await expect(window.panel).to_contain_text("A decline is written down")
    await picture(window, "8-explain")
    await window.open_panel("Map")
    box = window.panel.get_by_role("link", name="Write down a decline")
    await expect(box).to_be_visible()
    await picture(window, "9-map")
    await box.focus()
    await page.keyboard.press("Enter")
    await expect(window.editor).to_be_focused()
    await expect(page.locator("#editor .cm-activeLine")).to_contain_text('rule "Write down a decline"')
    await fits(window)

    # Undo goes back beyond the save, can be saved too, and the call follows it.
    while "balance < 310" in await window.text():
        await page.get_by_role("button", name="Undo").click()
    await window.until_text("balance < 500")
    await expect(page.locator("#state")).not_to_have_text("All is saved")
    await window.save()
    assert "balance < 500" in file.read_text("utf-8")
    await window.open_panel("Live")
    await expect(window.panel).to_contain_text(
        "The engine decides by the rules as they are saved.", timeout=60_000
    )
    await call.event(intent="billing", balance=400, turn_id="t4")
    await expect(card.get_by_role("button", name="A small balance")).to_have_count(2)
    await call.close()
    assert window.complaints == window.asked == []


async def test_the_page_is_dark_where_that_is_wished(open_studio: Open, rules: Path) -> None:
    window = await open_studio(rules, dark=True)
    back = await window.page.evaluate(
        "getComputedStyle(document.querySelector('#editor .cm-editor')).backgroundColor"
    )
    assert max(int(part) for part in back.removeprefix("rgb(").rstrip(")").split(",")) < 60
    await window.open_panel("Try")
    await expect(window.panel.get_by_label("The caller says")).to_be_visible()
    await picture(window, "10-dark")
