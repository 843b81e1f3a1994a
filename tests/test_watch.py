"""The watch for tokens, on tests that leak one."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

LEAKS = """
import asyncio, logging, subprocess, sys
import pytest
from flowrules.control.errors import RequestFailed

TOKEN = "yt_" + "cb_01ARZ3NDEKTSV4RRFFQ69G5FAV"
SAY = [sys.executable, "-c", "print('yt_' + 'live_' + '01ARZ3NDEKTSV4RRFFQ69G5FAV')"]

def test_print():
    print(TOKEN)

def test_print_read_away(capsys):
    print(TOKEN)
    capsys.readouterr()

def test_log():
    logging.getLogger("flowrules.x").debug("renewed %s", TOKEN)

def test_log_of_a_library():
    logging.getLogger("httpcore").debug("sent %s", TOKEN)

def test_log_with_an_exception():
    try:
        raise ValueError(TOKEN)
    except ValueError:
        logging.getLogger("flowrules.x").exception("broken")

def test_file(tmp_path):
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / "journal.jsonl").write_text(TOKEN)

def test_error_that_nobody_sees():
    try:
        raise RequestFailed(f"the token {TOKEN} was refused")
    except RequestFailed:
        pass

def test_exception_that_was_expected():
    with pytest.raises(ValueError):
        raise ValueError(TOKEN)

def test_process():
    subprocess.run(SAY, capture_output=True)

async def test_process_of_the_loop():
    process = await asyncio.create_subprocess_exec(*SAY, stdout=subprocess.PIPE)
    await process.communicate()

def test_failure():
    assert TOKEN == ""

@pytest.mark.hands_out_tokens
def test_fine_on_purpose():
    print(TOKEN)

def test_fine():
    print("yt_cb_[redacted]", "yt_test_x")
"""


@pytest.mark.hands_out_tokens
def test_every_way_out_is_watched(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_bytes((Path(__file__).parent / "conftest.py").read_bytes())
    (tmp_path / "test_leaks.py").write_text(LEAKS)
    words = ["--asyncio-mode=auto", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, *words],
        capture_output=True,
        text=True,
        check=False,
    )
    found = set(re.findall(r"^ERROR .*::(test_\w+)", run.stdout, re.MULTILINE))
    every = set(re.findall(r"def (test_\w+)", LEAKS))
    assert found == {name for name in every if not name.startswith("test_fine")}, run.stdout
    assert "a process: …yt_live_…" in run.stdout
