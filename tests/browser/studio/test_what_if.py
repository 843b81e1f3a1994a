"""What an edit would have changed, beside the editor."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.studio.conftest import CALLS, Open

pytestmark = pytest.mark.asyncio(loop_scope="session")


def recorded(calls: int = 40) -> Iterator[dict[str, object]]:
    """Callers who ask for their bill, with a balance from 0 to 780."""
    for number in range(calls):
        call, at = f"call-{number:02}", f"2026-11-16T10:{number:02}"
        yield {"call_id": call, "at": f"{at}:00", "signal": "bot_finished"}
        yield {"call_id": call, "at": f"{at}:10", "intent": "billing", "balance": 20 * number}
        yield {"call_id": call, "at": f"{at}:30", "signal": "close"}


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "last-week.jsonl"
    write(path, "intent")
    return path


def write(path: Path, intent: str) -> None:
    """`intent`: how its column is called."""
    lines = "".join(json.dumps(row) + "\n" for row in recorded())
    path.write_text(lines.replace('"intent"', f'"{intent}"'), "utf-8")


async def test_an_edit_that_is_not_saved_is_played_over_the_recording(
    open_studio: Open, rules: Path, recording: Path
) -> None:
    window = await open_studio(rules, recording=recording)
    await window.open_panel("What if")
    await expect(window.panel).to_contain_text("40 calls with 40 events of last-week.jsonl")
    await expect(window.panel).to_contain_text("No call would go otherwise.")
    await window.replace("balance < 500", "balance < 310")
    # Balances from 320 to 480.
    await expect(window.panel).to_contain_text("9 calls would go otherwise (22.5 %).")
    table = window.panel.get_by_role("table", name="For 9 events")
    await expect(table).to_contain_text("say (A small balance)")
    await expect(table).to_contain_text("nothing (no rule)")
    picture = window.panel.locator("svg.plot")
    await expect(picture.locator("text", has_text="25")).to_be_visible()
    await expect(picture.locator("text", has_text="16")).to_be_visible()
    # One call of that kind, old beside new.
    await window.panel.get_by_text("One of them: call call-16").first.click()
    story = window.panel.get_by_role("table", name="call call-16")
    await expect(story).to_contain_text("intent=billing balance=320")
    await expect(story.locator(".mark.warning")).to_have_text("nothing")
    # The rule that makes the difference leads to where it stands.
    await window.panel.get_by_role("button", name="A small balance").click()
    await expect(window.page.locator(".cm-activeLine").first).to_contain_text("A small balance")
    # Saved, the edit is what is compared with; nothing was written before.
    assert (rules / "calls.rules").read_text("utf-8") == CALLS
    await window.save()
    await expect(window.panel).to_contain_text("No call would go otherwise.")
    assert window.complaints == window.asked == []


async def test_what_can_not_be_compared_is_said(open_studio: Open, rules: Path, recording: Path) -> None:
    window = await open_studio(rules, recording=recording)
    await window.open_panel("What if")
    await expect(window.panel).to_contain_text("No call would go otherwise.")
    await window.panel.get_by_label("Compare with").select_option("what was done then")
    await window.panel.get_by_role("button", name="Compare").click()
    await expect(window.panel).to_contain_text("No call could be played again.")
    await window.panel.get_by_text("What this rests on").click()
    await expect(window.panel).to_contain_text("the recording does not say what was done")
    # A column that has another name.
    write(recording, "label")
    await window.panel.get_by_label("Compare with").select_option("the rules as they are saved")
    await window.panel.get_by_label("Other names of columns").fill("intent=label")
    await window.panel.get_by_role("button", name="Compare").click()
    await window.replace("balance < 500", "balance < 310")
    await expect(window.panel).to_contain_text("9 calls would go otherwise")
    # A recording that is gone.
    os.unlink(recording)
    await window.panel.get_by_role("button", name="Play again").click()
    await expect(window.panel.locator(".note.bad")).to_contain_text("last-week.jsonl")
    assert window.complaints == []


async def test_without_a_recording_the_panel_says_how_to_have_one(open_studio: Open, rules: Path) -> None:
    window = await open_studio(rules)
    await window.open_panel("What if")
    await expect(window.panel).to_contain_text("--recording")
