"""A test whose event behind `meanwhile` comes too late to be played says so."""

import json
from pathlib import Path

from tests.cli.conftest import Run

RULES = """\
on intent=manager transfer queue managers
urgent on intent=do_not_call set_lead_status dnd
on intent=bye say "Goodbye." then hangup
"""


def played(run: Run, folder: Path, line: str) -> list[dict[str, object]]:
    rules = folder / "a.rules"
    rules.write_text(f'{RULES}test "t"\n  {line}\n  expect not schedule_callback\nend\n', "utf-8")
    (case,) = json.loads(run("test", rules, "--json").stdout)["tests"]
    assert case["passed"]
    return list(case["notes"])


def test_an_event_that_comes_when_the_call_is_over_is_noted(run: Run, tmp_path: Path) -> None:
    (note,) = played(run, tmp_path, "on intent=manager meanwhile intent=do_not_call")
    assert note["line"] == 5
    assert str(note["note"]).startswith('What stands behind "meanwhile" was not played')
    shown = run("test", tmp_path).stdout
    assert "a.rules:5 What stands behind" in " ".join(shown.split())


def test_an_event_that_is_decided_is_not_noted(run: Run, tmp_path: Path) -> None:
    assert played(run, tmp_path, "on intent=bye meanwhile intent=do_not_call") == []
    assert played(run, tmp_path, "on intent=do_not_call meanwhile intent=bye") == []
    assert played(run, tmp_path, "on intent=manager") == []
