"""The README, followed to the letter: its commands, its rule, its program."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest

from flowrules.language.parse import parse
from flowrules.source import source_from_text

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command line of the README, with this interpreter's flowrules."""
    words = [sys.executable, "-m", *command.split()]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    assert "    flowrules new desk\n" in README
    assert run("flowrules new desk", tmp_path).returncode == 0
    return tmp_path


def test_the_rule_it_shows_is_the_starters(desk: Path):
    (shown,) = re.findall(r"```rules\n(.*?)```", README, re.DOTALL)
    assert shown in (desk / "desk" / "hello.rules").read_text("utf-8")
    assert not parse(source_from_text(shown))[1]


def test_its_commands_work(desk: Path):
    commands = re.findall(r"^    (flowrules (?:check|preview|why|test) +desk.*)$", README, re.MULTILINE)
    assert len(commands) == 4
    for command in commands:
        done = run(command, desk)
        assert done.returncode == 0, done.stderr


def test_its_slip_is_answered_as_shown_and_mended(desk: Path):
    (slip,) = re.findall(r"^    (on intent=billing tranfer .*)$", README, re.MULTILINE)
    rules = desk / "desk" / "hello.rules"
    rules.write_text(rules.read_text("utf-8") + slip + "\n", "utf-8")
    answer = run("flowrules check desk", desk)
    shown = re.search(r"    desk/hello\.rules:\d+(:19 error FR103 unknown-verb\n(?:    .*\n)+)", README)
    assert shown is not None
    words = [line.strip() for line in shown[1].splitlines() if "|" not in line]
    assert [word for word in words if word not in answer.stdout] == []
    assert run("flowrules check desk --fix", desk).returncode == 0
    preview = run("flowrules preview desk intent=billing", desk)
    assert preview.stdout.index('"event": "set_disposition"') < preview.stdout.index('"event": "transfer"')
    assert "the AI session ends there" in preview.stdout


async def test_its_program_transfers_a_call(desk: Path):
    (program,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    path = desk / "program.py"
    path.write_text(program, "utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(path), cwd=desk, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(60):
        output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    # By the clock of the day the desk is open or closed; either way the caller is answered.
    last = output.decode().splitlines()[-1]
    assert last in ("transfer accepted", "play_audio accepted")


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", README))
def test_its_links_lead_somewhere(link: str):
    assert (ROOT / link).exists()
