"""`flowrules replay` from the command line, and `flowrules.replay` from a script."""

import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

import flowrules
from flowrules.replaying.told.as_json import as_data

from .conftest import Run

RULES = """timezone Asia/Kolkata
rule "Sales"
  on intent=sales when balance is at least 800
  set_disposition interested
  transfer queue sales
end
rule "Human"
  on intent=human 2 times
  say "One moment."
  transfer queue agents
end
"""


@pytest.fixture
def sides(tmp_path: Path) -> tuple[Path, Path]:
    old, new = tmp_path / "old.rules", tmp_path / "new.rules"
    old.write_text(RULES)
    new.write_text(RULES.replace("800", "500"))
    return new, old


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    rows = [
        {"call_id": "a", "at": "2026-11-23T10:00:00", "label": "sales", "balance": 600},
        {"call_id": "a", "at": "2026-11-23T10:00:20", "signal": "close"},
        {"call_id": "b", "at": "2026-11-23T10:00:00", "label": "human"},
        {"call_id": "b", "at": "2026-11-23T10:00:09", "label": "human"},
        {"call_id": "0", "at": "2026-11-23T10:00:09", "label": "<b>|[x](y)"},
        {"call_id": "d", "at": "soon", "label": "sales"},
    ]
    path = tmp_path / "calls.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_manager_reads_what_would_change(run: Run, sides: tuple[Path, Path], recording: Path) -> None:
    new, old = sides
    words = ("replay", new, "--over", recording, "--against", old, "--map", "intent=label")
    shown = run(*words, "--cost", "transfer=3.20")
    assert shown.exit_code == 1
    assert "3 calls with 4 events: 1 call would go otherwise (33.3 %)." in shown.stdout
    assert "now: set_disposition interested, then transfer agent_queue sales (Sales)" in shown.stdout
    assert "transfer at 3.20: 1 before, 2 now, +3.20" in shown.stdout
    assert "could not be played again" in shown.stdout
    assert "calls.jsonl, line 6" in shown.stdout
    assert run("replay", old, *words[2:]).exit_code == 0


def test_a_program_reads_the_same(run: Run, sides: tuple[Path, Path], recording: Path) -> None:
    new, old = sides
    shown = run(
        *("replay", new, "--over", recording, "--against", old, "--map", "intent=label"),
        *("--json", "--cost", "transfer=3.20", "--suppose", "transfer=unavailable"),
    )
    told = json.loads(shown.stdout)
    assert (told["format"], told["version"], told["old"]) == ("flowrules replay", 1, "rules")
    assert told["verbs"]["transfer"]["new"] == 0
    assert told["costs"]["difference"] == "0.00"
    answer = flowrules.replay(
        new, recording, old, columns={"intent": "label"}, supposing={"transfer": "unavailable"}
    )
    assert as_data(answer, {"transfer": Decimal("3.20")}) == told


@pytest.mark.parametrize("form", ["--markdown", "--html"])
def test_what_somebody_said_stays_a_text(
    run: Run, sides: tuple[Path, Path], recording: Path, tmp_path: Path, form: str
) -> None:
    new, _ = sides
    new.write_text(RULES + 'on anything log "x"\n')
    page = tmp_path / "page"
    words = ("--against", sides[1], "--map", "intent=label", form, "-o", page)
    assert run("replay", new, "--over", recording, *words).exit_code == 1
    text = page.read_text()
    assert "<b>" not in text
    assert "[x](y)" not in text or form == "--html"
    assert "&lt;b&gt;" in text


def test_without_what_was_done_there_is_nothing_to_compare_with(
    run: Run, sides: tuple[Path, Path], recording: Path
) -> None:
    shown = run("replay", sides[0], "--over", recording, "--map", "intent=label")
    assert shown.exit_code == 2
    assert "name the rules to compare with" in shown.stdout


def test_it_goes_on_where_it_was_stopped(
    run: Run, sides: tuple[Path, Path], recording: Path, tmp_path: Path
) -> None:
    new, old = sides
    words = ("replay", new, "--over", recording, "--against", old, "--map", "intent=label", "--json")
    shown = run(*words)
    first = run(*words, "--work", tmp_path / "work", "--jobs", "2")
    (answer,) = (tmp_path / "work").rglob("*.answer")
    made = answer.stat().st_mtime_ns
    assert run(*words, "--work", tmp_path / "work").stdout == first.stdout == shown.stdout
    assert answer.stat().st_mtime_ns == made


def test_a_cluster_that_is_not_there(
    run: Run, sides: tuple[Path, Path], recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowrules.replaying.running.cluster.CONNECT", "1s")
    shown = run("replay", sides[0], "--over", recording, "--cluster", "tcp://127.0.0.1:9")
    assert shown.exit_code == 2
    assert "the cluster at tcp://127.0.0.1:9 can't be reached" in shown.stderr


def test_an_edit_is_told_from_a_script(sides: tuple[Path, Path]) -> None:
    new, old = sides
    assert flowrules.diff(old, new).changes
    assert not flowrules.diff(old, old).acts


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal")
def test_a_terminal_shows_how_far_it_is(sides: tuple[Path, Path], recording: Path) -> None:
    new, old = sides
    ours, theirs = os.openpty()
    words = ("replay", new, "--over", recording, "--against", old, "--map", "intent=label", "--jobs", "1")
    process = subprocess.Popen(
        [sys.executable, "-m", "flowrules", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "120"},
    )
    os.close(theirs)
    shown = read_to_the_end(ours)
    printed, _ = process.communicate()
    assert process.returncode == 1
    bar = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    assert "Replaying" in bar
    assert "100%" in bar
    assert re.search(r"5 events, [\d,]+ a second", bar), bar
    assert re.search(r"\d:\d\d:\d\d", bar), "the time that is left"
    # It is gone at the end, and nothing of it stands among what is told.
    assert shown.rindex("\x1b[2K") > shown.rindex("Replaying")
    assert printed.decode().startswith("3 calls with 4 events")


def read_to_the_end(terminal: int) -> str:
    """All that is written to a pseudo-terminal until whoever writes is gone."""
    found = b""
    while True:
        try:
            piece = os.read(terminal, 65_536)
        except OSError:  # Linux says so where others tell an end.
            piece = b""
        if not piece:
            os.close(terminal)
            return found.decode()
        found += piece


def test_who_pipes_the_messages_sees_no_bar(run: Run, sides: tuple[Path, Path], recording: Path) -> None:
    new, old = sides
    shown = run("replay", new, "--over", recording, "--against", old, "--map", "intent=label")
    assert "Replaying" not in shown.stderr
