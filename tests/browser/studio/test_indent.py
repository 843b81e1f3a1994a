"""Lines stand where they belong while they are typed."""

from pathlib import Path

import pytest

from tests.browser.studio.conftest import CALLS, Open

pytestmark = pytest.mark.asyncio(loop_scope="session")

WRITTEN = """\

rule "Two declined"
  on payment_declined 2 times
  when office is open
  transfer queue sales_team
    if it fails then say "Nobody is free."
  otherwise say "We are closed."
end

test "two declined"
  given time is 2026-01-05 11:00
  on payment_declined
  on payment_declined
  expect transfer
end

on intent=x then say "y"
on intent=z then say "y"
"""


async def test_enter_indents_within_a_block_and_end_goes_back(open_studio: Open, rules: Path) -> None:
    window = await open_studio(rules)
    await window.editor.click()
    await window.page.keyboard.press("Control+End")
    for line in WRITTEN.splitlines():
        # As somebody types it, who never presses the space bar at a line's start.
        await window.page.keyboard.type(line.strip())
        await window.page.keyboard.press("Escape")  # Whatever completion proposes.
        await window.page.keyboard.press("Enter")
    assert await window.text() == CALLS + WRITTEN
