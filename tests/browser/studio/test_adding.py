"""A new block at the press of a button, with the names that the rules have."""

from pathlib import Path

import pytest

from tests.browser.studio.conftest import Open

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_button_puts_a_block_to_fill_in_at_the_end_of_the_file(
    open_studio: Open, rules: Path
) -> None:
    window = await open_studio(rules)
    before = (await window.text()).rstrip()
    await window.page.get_by_role("button", name="+ Rule").click()
    await window.until_text('rule "name"')
    # What is typed now is the name, and Tab leads to the next place.
    await window.page.keyboard.type("Two declined")
    await window.until_text('rule "Two declined"')
    await window.page.get_by_role("button", name="+ Promise").click()
    await window.until_text('promise "name"')
    text = await window.text()
    assert text.startswith(f'{before}\n\nrule "Two declined"\n  on ')
    assert '\nend\n\npromise "name" at the end ' in text
    # Each is one step, and leaves nothing behind.
    while 'rule "' in (await window.text()).removeprefix(before):
        await window.page.get_by_role("button", name="Undo").click()
    assert (await window.text()).rstrip() == before
    assert window.complaints == []
