"""The studio in a real browser: from its address to rules in the editor, and from a key to the finding in the list.

The server is a process of its own, as people have it. Both are measured inside of the page: a key's time is when the
browser hears of it, a finding's when it stands in the page. Beside these stands the processor's time of one key, of the
server and of the page, with all that follows in half a second, and that of opening: where a machine is busy it says
more. It needs Chromium and the page, bundled (`python .ci/wheel/bundle.py`).
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import CDPSession, Page, sync_playwright

from benchmarks.editing import HEAD
from benchmarks.results import Results, Spread, Table, Target
from benchmarks.workload import make_workload, rule_text

SIZES = (10, 1_000, 5_000)
OPENED = "from the address to rules in the editor"
FOUND = "from a key to its finding"
GONE = "from a key to the finding gone"
OPENING = "processor, opening: server and page"
SERVER, SCRIPT, LAYOUT = (
    "processor, a key: server",
    "processor, a key: scripts of the page",
    "processor, a key: layout",
)
REST = 500
"""Milliseconds between two keys."""
LETTERS = "abcdefghij"
_WATCH = """() => {
  window.keyed = 0;
  addEventListener("keydown", () => { window.keyed = performance.now(); }, true);
  const list = document.getElementById("findings");
  window.until = (part, there) => new Promise((done) => {
    const look = () => {
      if (list.textContent.includes(part) === there) { seen.disconnect(); done(performance.now() - window.keyed); }
    };
    const seen = new MutationObserver(look);
    seen.observe(list, { childList: true, subtree: true, characterData: true });
  });
}"""
_READY = """() => new Promise((done) => {
  const look = () => document.querySelector("body[data-ready] #editor .cm-line .w-keyword")
    ? done(performance.now()) : requestAnimationFrame(look);
  look();
})"""


def run(sizes: tuple[int, ...] | None, rounds: int, *, quick: bool = False) -> Results:
    sizes = sizes or SIZES
    found = {size: _measured(size, min(rounds, 3 if quick else 7)) for size in sizes}
    columns = tuple(f"{size:,} rules" for size in sizes)
    names = (OPENED, FOUND, GONE, OPENING, SERVER, SCRIPT, LAYOUT)
    times = {name: tuple(Spread.of(found[size][name]) for size in sizes) for name in names}
    targets = []
    if 1_000 in found:
        targets = [
            Target("opening 1,000 rules", 2_000, Spread.of(found[1_000][OPENED]).median, unit="ms"),
            Target("key to finding at 1,000 rules", 150, Spread.of(found[1_000][FOUND]).median, unit="ms"),
        ]
    return Results(
        "studio", (Table("The studio in a browser", columns, times, "Milliseconds."),), tuple(targets)
    )


def _measured(size: int, rounds: int) -> Mapping[str, list[float]]:
    times: dict[str, list[float]] = {
        name: [] for name in (OPENED, FOUND, GONE, OPENING, SERVER, SCRIPT, LAYOUT)
    }
    with _studio(size) as (address, server), sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        for number in range(rounds + 1):
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            context.add_init_script("localStorage.setItem('flowrules.tour', 'yes')")
            page = context.new_page()
            devtools = context.new_cdp_session(page)
            devtools.send("Performance.enable")
            before = _spent(devtools, server)
            page.goto(address)
            opened = page.evaluate(_READY)
            if number:  # The first one warms up the server.
                times[OPENED].append(opened)
                after = _spent(devtools, server)
                times[OPENING].append(sum(after[name] - before[name] for name in after))
            if number == rounds:
                _keys(page, times, devtools, server)
            page.context.close()
        browser.close()
    return times


def _keys(page: Page, times: dict[str, list[float]], devtools: CDPSession, server: int) -> None:
    """A verb that there is not is typed, letter by letter: each has a finding of its own. Then it is taken out."""
    page.evaluate(_WATCH)
    page.locator("#editor .cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text("\non intent=new zz")
    page.locator("#findings", has_text='"zz"').wait_for()
    page.wait_for_timeout(4 * REST)  # Calls are played beside it for a while.
    word = "zz"
    for letter in LETTERS:
        word += letter
        before = _spent(devtools, server)
        times[FOUND].append(_key(page, letter, f'"{word}"', there=True))
        page.wait_for_timeout(REST)
        for name, spent in _spent(devtools, server).items():
            times[name].append(spent - before[name])
    for _ in LETTERS:
        last, word = word, word[:-1]
        times[GONE].append(_key(page, "Backspace", f'"{last}"', there=False))
        page.wait_for_timeout(REST)


def _spent(devtools: CDPSession, server: int) -> dict[str, float]:
    """Milliseconds of a processor so far."""
    numbers = {
        one["name"]: 1_000 * one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]
    }
    fields = Path(f"/proc/{server}/stat").read_text("utf-8").rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])  # utime and stime, proc(5)
    return {
        SERVER: 1_000 * ticks / os.sysconf("SC_CLK_TCK"),
        SCRIPT: numbers["ScriptDuration"],
        LAYOUT: numbers["LayoutDuration"] + numbers["RecalcStyleDuration"],
    }


def _key(page: Page, key: str, part: str, *, there: bool) -> float:
    page.evaluate("([part, there]) => { window.spent = window.until(part, there); }", [part, there])
    page.keyboard.press(key)
    return float(page.evaluate("() => window.spent"))


@contextmanager
def _studio(size: int) -> Iterator[tuple[str, int]]:
    """The address, and the process that serves it."""
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder) / "work.rules"
        rules.write_text(HEAD + rule_text(make_workload("plain", size, events=1)), "utf-8")
        command = [sys.executable, "-m", "flowrules", "studio", str(rules), "--no-browser", "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
            try:
                assert running.stdout is not None
                found = re.search(r"http://\S+", running.stdout.readline())
                assert found is not None, "the studio does not say where it is"
                yield found[0], running.pid
            finally:
                running.terminate()
