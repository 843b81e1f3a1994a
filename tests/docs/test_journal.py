"""docs/journal.md: its commands and its program run on a journal of real calls, and it tells the format that there is."""

import json
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flowrules.cli import application
from flowrules.runtime.journal.exporting import COLUMNS
from flowrules.runtime.journal.format import FORMAT, schema
from tests.reporting.sample import HOSTILE, write

PAGE = (Path(__file__).parents[2] / "docs" / "journal.md").read_text("utf-8")


async def test_its_commands_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each on the journal as it was written."""
    whole = await write(tmp_path)
    commands = re.findall(r"^\| `flowrules (.+?)` \|", PAGE, re.M)
    commands += re.findall(r"^    flowrules (.+)$", PAGE, re.M)
    assert len(commands) == 13
    for number, command in enumerate(commands):
        folder = tmp_path / str(number)
        shutil.copytree(whole, folder / "journal")
        monkeypatch.chdir(folder)
        told = re.sub(r'"\+91 98123 45678"|WHO', HOSTILE, command)
        words = told.replace(" CALL ", " c1 ").replace("ID", "c1").split()
        done = CliRunner().invoke(application(words[0]), words)
        assert done.exit_code == 0, (command, done.output)
        for name in re.findall(r"(?:-o|--parquet) (\S+)", command):
            assert (folder / name).stat().st_size > 100


async def test_its_program_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await write(tmp_path)
    monkeypatch.chdir(tmp_path)
    (program,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(program, {})
    said = capsys.readouterr().out
    assert said.splitlines()[0] == "6 18"
    assert "Sales 5 0 5" in said


def test_it_tells_the_format() -> None:
    kinds = {one["$ref"].rpartition("/")[2] for one in json.loads(schema())["oneOf"]} - {"erased"}
    (row,) = re.findall(r"^\| `kind` \| (.+) \|$", PAGE, re.M)
    assert set(re.findall(r"`(\w+)`", row)) == kinds
    assert f"It is {FORMAT}." in PAGE
    assert re.findall(r"^\| (\d) \|", PAGE, re.M) == [str(number) for number in range(FORMAT, 0, -1)]


def test_it_names_the_columns_in_their_order() -> None:
    (told,) = re.findall(r"new ones come behind them:\s(.+?)\nJSON", PAGE, re.DOTALL)
    assert re.findall(r"`(\w+)`", told) == [name for name, _ in COLUMNS]
