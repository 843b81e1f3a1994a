"""The walk of docs/replay.md: its rules, a week of recorded calls, its commands with what they print, and its pictures.

`python tests/docs/replay_walk.py` writes outputs and pictures anew; it takes Chromium (`CHROMIUM` names another one).
"""

import json
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "replay.md"
RULES = re.compile(r"^```rules\n(.*?)^```$", re.M | re.S)
SHOWN = re.compile(r"^```console\n\$ (?P<command>[^\n]+)\n(?P<output>.*?)^```$", re.M | re.S)
MONDAY = datetime(2026, 11, 16, 9, 0)
INTENTS = ("sales", "sales", "human", "callback", "repeat", "opening_hours", "thanks")
PICTURES = {"replay-day.png": "light", "replay-night.png": "dark"}
WIDTH, HEIGHT = 900, 1500


class Shown(NamedTuple):
    """A command of the page, and what it says that it prints."""

    command: str
    output: str


def commands(page: str) -> Iterator[Shown]:
    for found in SHOWN.finditer(page):
        yield Shown(found["command"], found["output"])


def set_up(folder: Path, page: str) -> None:
    """The manager's folder: the rules that are live, the edited ones, and what was recorded last week."""
    (rules,) = RULES.findall(page)
    for name, text in (("my-centre", rules), ("edited", rules.replace("at least 800", "at least 500"))):
        (folder / name).mkdir()
        (folder / name / "sales.rules").write_text(text, "utf-8")
    (folder / "last-week.jsonl").write_text(week_as_text(), "utf-8")


def week_as_text() -> str:
    return "".join(json.dumps(row) + "\n" for row in week())


def week() -> Iterator[dict[str, object]]:
    """400 calls from Monday to Friday. The same ones every time."""
    dice = random.Random(20)
    for number in range(400):
        now = MONDAY + timedelta(days=dice.randrange(5), seconds=dice.randrange(9 * 3600))
        call = f"call-{number:03}"
        yield {
            "call_id": call,
            "at": _at(now),
            "lead.tier": dice.choice(("gold", "silver")),
            "signal": "bot_finished",
        }
        for _ in range(dice.randint(1, 5)):
            now += timedelta(seconds=dice.randint(4, 18))
            row: dict[str, object] = {"call_id": call, "at": _at(now), "label": dice.choice(INTENTS)}
            if dice.random() < 0.5:
                row["balance"] = dice.randrange(100, 1500)
            yield row
        yield {"call_id": call, "at": _at(now + timedelta(seconds=9)), "signal": "close"}


def _at(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def run(command: str, folder: Path) -> str:
    """What a command of the page prints, in that folder."""
    words = shlex.split(command)
    if words[0] == "cp":
        shutil.copytree(folder / words[2], folder / words[3], dirs_exist_ok=True)
        return ""
    assert words[0] == "flowrules", command
    done = subprocess.run(
        [sys.executable, "-m", "flowrules", *words[1:]],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def main() -> None:
    page = PAGE.read_text("utf-8")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        set_up(folder, page)
        for shown in commands(page):
            before = f"$ {shown.command}\n{shown.output}"
            page = page.replace(before, f"$ {shown.command}\n{run(shown.command, folder)}")
        for picture, scheme in PICTURES.items():
            _photograph(folder / "last-week.html", DOCS / picture, scheme)
    PAGE.write_text(page, "utf-8")


def _photograph(page: Path, picture: Path, scheme: str) -> None:
    dark = ["--blink-settings=preferredColorScheme=0", "--force-dark-mode"] if scheme == "dark" else []
    subprocess.run(
        [
            *(os.environ.get("CHROMIUM", "chromium"), "--headless", "--no-sandbox", "--hide-scrollbars"),
            *(f"--window-size={WIDTH},{HEIGHT}", *dark, f"--screenshot={picture}", page.as_uri()),
        ],
        check=True,
        capture_output=True,
    )


if __name__ == "__main__":
    main()
