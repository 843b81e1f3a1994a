"""A test whose event behind `meanwhile` comes too late to be played does not pass, and says why."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run

RULES = """\
on intent=manager transfer queue managers
urgent on intent=do_not_call set_lead_status dnd
on intent=bye say "Goodbye." then hangup
after 9 minutes 50 seconds say "I have to go now. Goodbye." then hangup
after 10 seconds of silence wait 5 seconds then say "Hello?"
on hangup_interrupted advise "Listen."
"""


def played(run: Run, folder: Path, *lines: str) -> dict[str, Any]:
    rules = folder / "a.rules"
    test = "".join(f"  {line}\n" for line in lines)
    rules.write_text(f'{RULES}test "t"\n{test}  expect not schedule_callback\nend\n', "utf-8")
    (case,) = json.loads(run("test", rules, "--json").stdout)["tests"]
    assert isinstance(case, dict)
    return case


@pytest.mark.parametrize("joint", ["meanwhile", "and in the same turn"])
def test_an_event_that_comes_when_the_call_is_over_fails_the_test(
    run: Run, tmp_path: Path, joint: str
) -> None:
    case = played(run, tmp_path, f"on intent=manager {joint} intent=do_not_call")
    assert not case["passed"]
    (shortfall,) = case["shortfalls"]
    assert shortfall["line"] == 8
    assert shortfall["expected"].startswith('"intent=do_not_call" was not played. ')
    assert ("had nothing to wait for" in shortfall["expected"]) is (joint == "meanwhile")
    assert "the call was over: transfer ended the AI's session" in shortfall["expected"]
    shown = run("test", tmp_path)
    assert shown.exit_code == 1
    assert '"intent=do_not_call" was not played' in " ".join(shown.stdout.split())


@pytest.mark.parametrize(
    "line",
    [
        "on intent=bye meanwhile intent=do_not_call",
        'after 9 minutes 50 seconds meanwhile said="But"',
        'after 10 seconds of silence meanwhile said="I am here"',
        "on intent=manager",
    ],
)
def test_an_event_that_comes_while_steps_wait_needs_no_word(run: Run, tmp_path: Path, line: str) -> None:
    case = played(run, tmp_path, line)
    assert case["passed"]
    assert case["notes"] == []


@pytest.mark.parametrize(
    "line", ["on intent=do_not_call meanwhile intent=bye", "after 3 minutes meanwhile intent=bye"]
)
def test_an_event_behind_which_nothing_waits_is_noted(run: Run, tmp_path: Path, line: str) -> None:
    case = played(run, tmp_path, line)
    assert case["passed"]
    (note,) = case["notes"]
    assert note["note"].startswith("Nothing was under way when what stands behind")


def test_a_time_that_is_past_is_noted(run: Run, tmp_path: Path) -> None:
    case = played(run, tmp_path, "after 3 minutes", "after 2 minutes")
    assert [note["note"] for note in case["notes"]] == [
        "The call is past this time already, so no time passes here."
    ]
