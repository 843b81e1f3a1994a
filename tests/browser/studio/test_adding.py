"""A new block at the press of a button, with the names that the rules have."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.studio.conftest import Open

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_button_puts_a_block_to_fill_in_at_the_end_of_the_file(
    open_studio: Open, rules: Path
) -> None:
    window = await open_studio(rules)
    saved = await window.text()
    await window.page.get_by_role("button", name="+ Rule").click()
    await window.until_text('rule "name"')
    # What is typed now is the name, and Tab leads to the next place.
    await window.page.keyboard.type("Two declined")
    await window.until_text('rule "Two declined"')
    await window.page.get_by_role("button", name="+ Promise").click()
    await window.until_text('promise "name"')
    text = await window.text()
    assert text.startswith(f'{saved.rstrip()}\n\nrule "Two declined"\n  on ')
    assert text.endswith('\nend\n\npromise "name" never transfer when office is closed')
    # Behind the last place Tab goes nowhere: what is typed next is not to press a button.
    for _ in range(5):
        await window.page.keyboard.press("Tab")
    await expect(window.editor).to_be_focused()
    await window.page.keyboard.press("Escape")  # This ends the places to fill in, if any are left.
    await window.page.keyboard.press("Escape")
    await window.page.keyboard.press("Tab")
    await expect(window.editor).not_to_be_focused()
    while await window.text() != saved:
        await window.page.get_by_role("button", name="Undo").click()
    # Nothing is left to save, and the page says so.
    await expect(window.page.locator("#state")).to_have_text("All is saved")
    assert window.complaints == []
