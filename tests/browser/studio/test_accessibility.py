"""What keeps people out: axe-core looks at every panel, by day and by night, on a screen and on a tablet."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from flowrules.studio.panels.registry import PANELS
from flowrules.studio.texts import texts
from tests.browser.studio.conftest import NewCall, Open, Window
from tests.browser.studio.test_what_if import write

pytestmark = pytest.mark.asyncio(loop_scope="session")
LOOK = """async () => {
  const found = await axe.run(document, { resultTypes: ['violations'] });
  return found.violations.filter(one => one.impact !== 'minor')
    .flatMap(one => one.nodes.map(node => `${one.impact} ${one.id}: ${node.target} ${node.html.slice(0, 160)}`));
}"""


async def complaints(window: Window) -> list[str]:
    return await window.page.evaluate(LOOK)  # type: ignore[no-any-return]


@pytest.mark.parametrize("dark", [False, True], ids=["day", "night"])
@pytest.mark.parametrize("size", [(1280, 800), (820, 1180)], ids=["screen", "tablet"])
@pytest.mark.timeout(240)
async def test_nothing_keeps_people_out(
    open_studio: Open,
    rules: Path,
    new_call: NewCall,
    tmp_path: Path,
    axe: str,
    dark: bool,
    size: tuple[int, int],
) -> None:
    recording = tmp_path / "last-week.jsonl"
    write(recording, "intent")
    call = await new_call()
    await call.event(intent="billing", balance=300, turn_id="t1")
    await call.event(intent="weather", turn_id="t2")
    window = await open_studio(
        rules, dark=dark, width=size[0], height=size[1], recording=recording, journal=tmp_path / "journal"
    )
    await window.page.evaluate(axe)
    # An error and a warning: findings, with what mends them, and panels of the rules as they were.
    await window.replace("balance < 500", "balance < 310")
    await window.at_end('on intent=refund then say "no" tranfer\n')
    await expect(window.findings.first).to_be_visible()
    assert await complaints(window) == []
    await window.until_text("tranfer")
    for _ in range(3):
        await window.page.keyboard.press("Control+z")
    await window.until_text("tranfer", there=False)
    for name in PANELS:
        await window.open_panel(texts()(f"panel.{name}"))
        await fill(window, name)
        for one in await window.panel.locator("details:not([open]) > summary").all():
            if await one.is_visible():
                await one.click()
        assert await complaints(window) == [], name


async def fill(window: Window, name: str) -> None:
    """Have a panel show what it has to show."""
    match name:
        case "try":
            await window.panel.get_by_label("Something happens").fill("intent=billing balance=300")
            await window.panel.get_by_role("button", name="Let it happen").click()
            await expect(window.panel.locator(".bubble.bot")).to_be_visible()
        case "map":
            await expect(window.panel.locator("svg")).to_be_visible()
        case "what_if":
            await expect(window.panel).to_contain_text("would go otherwise")
        case "live":
            await expect(window.panel).to_contain_text("intent=weather")
        case _:
            await expect(window.panel).not_to_be_empty()


async def test_two_versions_are_shown_to_everybody(open_studio: Open, rules: Path, axe: str) -> None:
    window = await open_studio(rules)
    await window.page.evaluate(axe)
    await window.at_end("# mine\n")
    text = (rules / "calls.rules").read_text("utf-8")
    (rules / "calls.rules").write_text("# theirs\n" + text, "utf-8", newline="\n")
    await expect(window.page.get_by_role("dialog")).to_be_visible()
    assert await complaints(window) == []


@pytest.mark.parametrize("language", ["hi", "ta"])
async def test_in_another_language_the_page_says_so_and_fits(
    open_studio: Open, rules: Path, axe: str, language: str
) -> None:
    window = await open_studio(rules, locale=f"{language}-IN")
    page = window.page
    assert await page.locator("html").get_attribute("lang") == language
    await expect(page.locator("#save")).to_have_text(texts(language)("save.button"))
    await window.open_panel(texts(language)("panel.try"))
    await expect(window.panel).to_contain_text(texts(language)("try.begin"))
    await page.evaluate(axe)
    assert await complaints(window) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # The menu leads to the other ones, and the tab keeps its key.
    await page.locator("#language").select_option(label="English")
    await expect(page.locator("#save")).to_have_text("Save")
    await expect(window.editor).to_contain_text("A person for sales")


async def test_by_keyboard_alone_a_panel_is_chosen_and_used(
    open_studio: Open, rules: Path, tmp_path: Path
) -> None:
    recording = tmp_path / "last-week.jsonl"
    write(recording, "intent")
    window = await open_studio(rules, recording=recording)
    page = window.page
    await window.replace("balance < 500", "balance < 310")
    for _ in range(12):
        await page.keyboard.press("F6")
        if await page.evaluate("document.activeElement.getAttribute('role')") == "tab":
            break
    while not await page.evaluate("document.activeElement.id === 'tab-what_if'"):
        await page.keyboard.press("ArrowRight")
    await expect(window.panel).to_contain_text("9 calls would go otherwise")
    for _ in range(30):
        await page.keyboard.press("Tab")
        if (await page.evaluate("document.activeElement.textContent")).startswith("One of them"):
            break
    await page.keyboard.press("Enter")
    await expect(window.panel.get_by_role("table", name="call call-16")).to_be_visible()
    for _ in range(10):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.textContent") == "A small balance":
            break
    await page.keyboard.press("Enter")
    await expect(page.locator(".cm-activeLine").first).to_contain_text("A small balance")
    assert await page.evaluate("document.getElementById('editor').contains(document.activeElement)")
