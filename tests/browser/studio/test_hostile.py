"""Somebody else's page, rules that were written to do harm, and very many rules."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.async_api import expect

from flowrules.studio.panels.registry import PANELS
from flowrules.studio.texts import texts
from tests.browser.studio.conftest import CALLS, NewCall, Open
from tests.browser.studio.test_accessibility import fill
from tests.browser.studio.test_what_if import write
from tests.studio.test_history import git, needs_git

pytestmark = pytest.mark.asyncio(loop_scope="session")
MARKUP = "<img src=x onerror=document.title='owned'><b>bold</b>"
EVIL = f"""
list labels is "{MARKUP}", "<b>bold</b>"

fact mood is one of "<b>sad</b>", "{MARKUP}"

event payment_declined

rule "{MARKUP}"
  on intent=evil or intent=billing
  when mood is unknown or campaign is in labels
  say "<script>document.title='owned'</script>{MARKUP}"
  log "{MARKUP}"
end

rule "{MARKUP} again"
  on payment_declined
  say "{MARKUP}"
end
"""
WRONG = f"""
test "{MARKUP}"
  given mood is "{MARKUP}"
  on intent=evil
  expect hangup
end

promise "{MARKUP}" after payment_declined before the call ends log
"""
FRAME = """<!DOCTYPE html><title>another page</title><iframe id="frame"></iframe><script>
window.told = {};
frame.src = location.hash.slice(1);
fetch(location.hash.slice(1)).then(() => told.fetch = 'read', () => told.fetch = 'refused');
for (const key of ['wrong', new URLSearchParams(location.search).get('key')]) {
  const socket = new WebSocket(location.hash.slice(1).replace('http', 'ws') + 'tab', ['flowrules.studio', 'flowrules.key.' + key]);
  socket.onopen = () => told[key] = 'open';
  socket.onclose = () => told[key] ??= 'refused';
}
</script>"""


@pytest.fixture
def rules(rules: Path) -> Path:
    (rules / "calls.rules").write_text(CALLS + EVIL, "utf-8", newline="\n")
    return rules


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(FRAME.encode())

    def log_message(self, *_: object) -> None:
        """Nobody wants to read it."""


async def test_a_page_of_another_origin_gets_nothing(open_studio: Open, rules: Path) -> None:
    """Not in a frame, not by fetch, and not over the socket, even with the right key."""
    window = await open_studio(rules)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        own, _, key = window.studio.address.partition("#key=")
        page = await window.page.context.new_page()
        await page.goto(f"http://127.0.0.1:{server.server_port}/?key={key}#{own}")

        async def is_told() -> bool:
            return await page.evaluate("Object.keys(told).length") == 3  # type: ignore[no-any-return]

        await window.until(is_told)
        assert await page.evaluate("told") == {"fetch": "refused", "wrong": "refused", key: "refused"}
        inside = page.frames[1]
        assert await inside.locator("#editor").count() == 0
    finally:
        server.shutdown()
        server.server_close()
    # The studio's own tab goes on.
    await window.at_end("on intent=x tranfer y\n")
    await expect(window.findings.first).to_be_visible()


@needs_git
@pytest.mark.timeout(300)
async def test_markup_in_rules_calls_and_versions_is_text_in_every_panel(
    open_studio: Open, rules: Path, tmp_path: Path, new_call: NewCall
) -> None:
    recording = tmp_path / "last-week.jsonl"
    write(recording, "intent")
    git(rules, "init", "-q")
    git(rules, "add", ".")
    git(rules, "commit", "-qm", MARKUP)
    call = await new_call()
    await call.event(intent="evil", note=MARKUP)
    await call.event(intent="weather")
    window = await open_studio(rules, recording=recording, journal=tmp_path / "journal", stories=20)
    page = window.page
    await window.replace("balance < 500", "balance < 310")
    await window.at_end("")
    await page.keyboard.insert_text(WRONG)
    # What is found of them: a test that fails, and a promise that is broken.
    await expect(window.findings.filter(has_text=MARKUP).first).to_be_visible(timeout=60_000)
    for name in PANELS:
        await window.open_panel(texts()(f"panel.{name}"))
        if name == "try":
            await window.panel.get_by_label("Something happens").fill("intent=evil")
            await window.panel.get_by_role("button", name="Let it happen").click()
            await window.panel.get_by_label("The caller says").fill(MARKUP)
            await window.panel.get_by_role("button", name="Say", exact=True).click()
            await expect(window.panel.locator(".bubble.caller")).to_contain_text(MARKUP)
            await expect(window.panel.locator(".bubble.bot")).to_contain_text("<script>")
        else:
            await fill(window, name)
        # A picture cuts long names off.
        await expect(window.panel).to_contain_text("<img src=x" if name == "map" else MARKUP, timeout=60_000)
        for one in await window.panel.locator("details:not([open]) > summary").all():
            if await one.is_visible():
                await one.click()
        if name == "history":
            await window.panel.get_by_role("button", name="What it changed").click()
            await expect(window.panel.get_by_role("table")).to_contain_text(f'rule "{MARKUP}"')
        made = page.locator(":is(#panel, #files, #below, #editor, #said) :is(img, b, i, script)")
        assert await made.count() == 0, name
        assert "owned" not in await page.title(), name
    await page.keyboard.press("Control+s")
    await expect(page.locator("#banner")).to_contain_text("<b>bold</b>", timeout=100_000)
    assert await page.locator("#banner :is(img, b)").count() == 0
    # What stands at a place in the text, for whoever points at it.
    await window.editor.get_by_text("tranfer").or_(window.editor.get_by_text("payment_declined")).last.hover()
    await expect(page.locator(".cm-tooltip.cm-tooltip-hover")).to_be_visible()
    assert await page.locator(".cm-tooltip :is(img, b)").count() == 0
    assert "owned" not in await page.title()
    assert (rules / "calls.rules").read_text("utf-8") == CALLS + EVIL
    assert window.complaints == window.asked == []


@pytest.mark.timeout(300)
async def test_five_thousand_rules_are_opened_and_edited(open_studio: Open, tmp_path: Path) -> None:
    folder = tmp_path / "large"
    folder.mkdir()
    for part in range(5):
        text = "".join(
            f'rule "Rule {part}-{number}"\n  on intent=wish_{part}_{number}\n'
            f"  transfer queue desk_{number % 7}\nend\n\n"
            for number in range(1_000)
        )
        (folder / f"part-{part}.rules").write_text(text, "utf-8", newline="\n")
    window = await open_studio(folder, stories=1)
    await expect(window.editor).to_contain_text("Rule 0-0")
    await window.at_end('on intent=refund when balance less than 5 then log "refund"\n')
    found = window.findings.filter(has_text='another spelling for "less than"')
    await expect(found).to_be_visible(timeout=100_000)
    await found.get_by_role("button", name='Write "is less than"').click()
    await window.until_text("when balance is less than 5")
    await expect(found).to_have_count(0)
    await window.page.locator("#files .file", has_text="part-3.rules").click()
    await expect(window.editor).to_contain_text("Rule 3-0")
    await window.page.get_by_label("Find a rule").fill("Rule 4-999")
    await window.page.get_by_role("button", name="Rule 4-999").click()
    await expect(window.page.locator("#editor .cm-activeLine").first).to_contain_text("Rule 4-999")
    await window.open_panel("Tests")
    await expect(window.panel).to_contain_text("Rule", timeout=100_000)
    assert "refund" not in (folder / "part-0.rules").read_text("utf-8")
    assert window.complaints == window.asked == []
