"""docs/studio.md: its commands start what it says, its panels are those that there are, and its pictures are there.

The pictures are taken by tests/browser/studio/test_pictures.py.
"""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from flowrules.studio.panels.registry import PANELS
from flowrules.studio.texts import languages, texts
from tests.docs.replay_walk import week_as_text

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "studio.md").read_text("utf-8")
COMMANDS = [
    line.removeprefix("$ ")
    for block in re.findall(r"^```console\n(.*?)^```$", TEXT, re.M | re.S)
    for line in block.splitlines()
    if line.startswith("$ ")
]
PICTURES = re.findall(r"^!\[.+\]\(([\w-]+\.png)\)$", TEXT, re.M)
MOST_BYTES = 150_000


def test_its_commands_start_the_studio(tmp_path: Path) -> None:
    """Each with all of its options, one after the other in one folder. Where the page is not built, each says how."""
    (tmp_path / "last-week.jsonl").write_text(week_as_text(), "utf-8")
    (tmp_path / "journal").mkdir()
    for command in COMMANDS:
        program, *words = shlex.split(command)
        assert program == "flowrules"
        whole = [sys.executable, "-m", program, *words]
        if words[0] == "studio":
            first = first_line([*whole, "--no-browser", "--port", "0"], tmp_path)
            told = re.sub(r":\d+/#key=\S+", ":7845/#key=…", first)
            assert told in TEXT or ".ci/wheel/bundle.py" in told, told
        else:
            subprocess.run(whole, cwd=tmp_path, check=True, capture_output=True)


def first_line(command: list[str], folder: Path) -> str:
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        assert running.stdout is not None
        try:
            return running.stdout.readline().strip()
        finally:
            running.terminate()


def test_its_panels_are_those_that_there_are_in_their_order() -> None:
    table = TEXT.partition("| panel |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| ([\w ]+) \|", table, re.M) == [texts()(f"panel.{name}") for name in PANELS]


def test_its_languages_are_those_that_there_are() -> None:
    assert "English, Hindi and Tamil" in TEXT
    assert len(languages()) == 3


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_there_and_small(name: str) -> None:
    data = (DOCS / name).read_bytes()
    assert data.startswith(b"\x89PNG")
    assert len(data) < MOST_BYTES


@pytest.mark.parametrize("name", ["whatif.again", "save.button", "edit.undo", "try.test", "whatif.columns"])
def test_what_it_quotes_stands_on_the_page(name: str) -> None:
    assert f'"{texts()(name)}"' in TEXT
