"""Calls of a running engine, as they happen: a real engine on the sandbox, whose journal the page follows."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.studio.conftest import NewCall, Open

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_live_call_is_seen_and_follows_the_new_rule(
    open_studio: Open, rules: Path, new_call: NewCall, tmp_path: Path
) -> None:
    window = await open_studio(rules, journal=tmp_path / "journal")
    await window.open_panel("Live")
    await expect(window.panel).to_contain_text("The engine decides by the rules as they are saved.")
    call = await new_call()
    await call.event(intent="billing", balance=300, turn_id="t1")
    card = window.panel.locator(".card", has_text=call.call_id).first
    await expect(card).to_contain_text("goes on")
    await expect(card).to_contain_text("intent=billing balance=300")
    await expect(card.get_by_role("button", name="A small balance")).to_be_visible()
    await expect(card).to_contain_text("accepted")
    await card.locator("summary").first.click()
    await expect(
        card.get_by_text("A small balance: took the event because balance is 300").first
    ).to_be_visible()
    # An edit on the page goes live with the save, and the same call follows it with its next event.
    await window.replace('say "Your balance is small. Nothing is due."', 'say "Nothing is due."')
    await window.save()
    # The engine checks the rules first, in a process of its own: where a processor is busy that takes long.
    await expect(window.panel).to_contain_text(
        "The engine decides by the rules as they are saved.", timeout=60_000
    )
    await call.event(intent="billing", balance=300, turn_id="t2")
    await expect(card.locator(".card")).to_have_count(2)
    await expect(card).to_contain_text("Decided by rules that are not live any more.")
    await call.close()
    await expect(card).to_contain_text("over: ")
    assert window.complaints == window.asked == []


async def test_what_stands_in_a_call_is_text(
    open_studio: Open, rules: Path, new_call: NewCall, tmp_path: Path
) -> None:
    window = await open_studio(rules, journal=tmp_path / "journal")
    await window.open_panel("Live")
    call = await new_call()
    await call.event(intent="<img src=x onerror=document.title='owned'>", note="yt_live_abcdefghijkl")
    await expect(window.panel).to_contain_text("<img src=x")
    assert await window.panel.locator("img").count() == 0
    assert "yt_live_abc" not in await window.page.content()
    assert window.complaints == []


async def test_without_a_journal_the_panel_says_how_to_have_one(open_studio: Open, rules: Path) -> None:
    window = await open_studio(rules)
    await window.open_panel("Live")
    await expect(window.panel).to_contain_text("--journal")
