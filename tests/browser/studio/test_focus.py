"""Lists that are shown anew while somebody stands in them: the focus and the place in the list stay."""

from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from tests.browser.studio.conftest import Open, Window

pytestmark = pytest.mark.asyncio(loop_scope="session")

MISTAKES = "".join(f'on intent=refund when balance less than {number} then log "r"\n' for number in range(8))


async def write_at(window: Window, start: str, text: str) -> None:
    """Write into the text before `start`, as another hand would: whoever has the focus keeps it."""
    await window.page.evaluate(
        """([start, text]) => {
          const view = document.querySelector('#editor .cm-content').cmTile.view;
          const from = view.state.doc.toString().indexOf(start);
          view.dispatch({ changes: { from, insert: text } });
        }""",
        [start, text],
    )


async def erase(window: Window, text: str) -> None:
    await window.page.evaluate(
        """(text) => {
          const view = document.querySelector('#editor .cm-content').cmTile.view;
          const from = view.state.doc.toString().indexOf(text);
          view.dispatch({ changes: { from, to: from + text.length } });
        }""",
        text,
    )


def lead(window: Window, line: int) -> Locator:
    return window.findings.get_by_role("button", name=f"Go to line {line}", exact=True)


async def test_whoever_stands_at_a_finding_stays_at_it_while_others_come_and_go(
    open_studio: Open, rules: Path
) -> None:
    file = rules / "calls.rules"
    first = file.read_text("utf-8").count("\n") + 1
    file.write_text(file.read_text("utf-8") + MISTAKES, "utf-8", newline="\n")
    window = await open_studio(rules)
    await expect(lead(window, first + 7)).to_be_visible()
    # Findings that say the same are told apart: the fifth keeps the focus while a line is written above it.
    await lead(window, first + 4).focus()
    await write_at(window, "on intent=refund", "# a line\n")
    await expect(lead(window, first + 5)).to_be_focused()
    # Another kind of finding comes before it.
    await write_at(window, "on intent=refund", "on intent=x tranfer y\n")
    await expect(window.findings.filter(has_text='There is no verb "tranfer"')).to_be_visible()
    await expect(lead(window, first + 6)).to_be_focused()
    # All of its kind are mended, elsewhere: the nearest of what is left has the focus, at what changes nothing.
    await erase(window, MISTAKES)
    await expect(window.findings).to_have_count(1)
    await expect(lead(window, first + 1)).to_be_focused()
    # None is left: the focus is at the list, not lost.
    await erase(window, "on intent=x tranfer y\n")
    await expect(window.findings).to_have_count(0)
    await expect(window.page.locator("#findings")).to_be_focused()


async def test_a_list_that_was_scrolled_stays_at_its_finding_or_begins_anew(
    open_studio: Open, rules: Path
) -> None:
    file = rules / "calls.rules"
    first = file.read_text("utf-8").count("\n") + 1
    file.write_text(file.read_text("utf-8") + MISTAKES, "utf-8", newline="\n")
    window = await open_studio(rules)
    seen, scroller = lead(window, first + 6), window.page.locator("#below")
    await expect(seen).to_be_visible()
    top = "(one) => one.closest('#findings > li').getBoundingClientRect().top"
    await scroller.evaluate("(one) => { one.scrollTop = 300; }")
    where = await seen.evaluate(top)
    await write_at(window, "on intent=refund", "on intent=x tranfer y\n")
    await expect(window.findings).to_have_count(9)
    # One more line and one more finding stand above it.
    assert abs(await lead(window, first + 7).evaluate(top) - where) <= 1
    # What was looked at is gone: the list is shown from its beginning.
    await erase(window, MISTAKES)
    await write_at(window, "on intent=x", MISTAKES.replace("less than", "greater than"))
    await expect(window.findings.filter(has_text="greater than")).not_to_have_count(0)
    await expect(window.findings.filter(has_text='"less than"')).to_have_count(0)
    assert await scroller.evaluate("(one) => one.scrollTop") == 0


async def test_whoever_stands_in_the_list_of_rules_stays_at_the_rule(open_studio: Open, rules: Path) -> None:
    window = await open_studio(rules)
    small = window.page.locator("#files li", has_text="A small balance").first.get_by_role("button")
    await small.focus()
    await write_at(window, 'rule "A person', 'rule "Another"\n  on intent=other\n  log "other"\nend\n\n')
    await expect(window.page.locator("#files li", has_text="Another")).to_be_visible()
    await expect(small).to_be_focused()
    (window.rules / "also.rules").write_text('on intent=also then log "also"\n', "utf-8", newline="\n")
    await expect(window.page.locator("#files button.file", has_text="also.rules")).to_be_visible()
    await expect(small).to_be_focused()
    # The rule and its test go: what stood next to the rule has the focus.
    await write_at(window, 'rule "A small balance"', "# ")
    await expect(window.page.locator("#files li", has_text="A small balance")).to_have_count(1)
    assert await window.page.evaluate("document.querySelector('#files').contains(document.activeElement)")


async def test_a_button_that_can_not_be_pressed_any_more_hands_the_focus_on(
    open_studio: Open, rules: Path
) -> None:
    window = await open_studio(rules)
    await window.open_panel("Try")
    await window.panel.get_by_label("The caller says").fill("Hello")
    await window.page.keyboard.press("Enter")
    undo = window.panel.get_by_role("button", name="Take back")
    await expect(undo).to_be_enabled()
    await undo.focus()
    await window.page.keyboard.press("Enter")
    await expect(undo).to_be_disabled()
    await expect(window.panel.locator(":focus")).to_have_count(1)
    await expect(undo).not_to_be_focused()
