"""`flowrules explore`: findings with their stories, coverage, tests to keep."""

import json
from collections.abc import Callable
from pathlib import Path

from typer.testing import Result

Run = Callable[..., Result]
PAUSES = """\
on intent=card recording_pause because "card number" then say "Please read it out."
on intent=paid recording_resume
on intent=human transfer queue people
"""


def test_what_goes_wrong_is_told_as_a_story_and_as_a_test(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.rules").write_text(PAUSES)
    shown = run("explore", tmp_path, "--depth", "2")
    assert shown.exit_code == 1
    assert "warning FR801 stays-paused" in shown.stdout
    assert "A call in which it happens:" in shown.stdout
    assert "intent=card is reported." in shown.stdout
    assert 'test "stays-paused, line 1"' in shown.stdout
    assert "3 of 3 rules ran" in shown.stdout
    assert "Every story was played in which up to 2 things happen." in shown.stdout


def test_json(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.rules").write_text(PAUSES)
    shown = run("explore", tmp_path, "--depth", "2", "--json")
    data = json.loads(shown.stdout)
    found = {finding["name"]: finding for finding in data["findings"]}
    assert found["stays-paused"]["story"][0].startswith("A call comes up")
    assert found["stays-paused"]["test"].startswith("test ")
    coverage = data["coverage"]
    assert (coverage["depth"], coverage["complete"], coverage["rules_not_run"]) == (2, True, [])
    assert json.loads(run("explore", tmp_path, "--depth", "2", "--json").stdout) == data


def test_rules_in_which_nothing_goes_wrong_end_with_0(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.rules").write_text('on intent=hello advise "Be kind."\n')
    shown = run("explore", tmp_path)
    assert shown.exit_code == 0, shown.stdout
    assert shown.stdout.startswith("Nothing was found.\nPlayed ")


def test_what_was_not_played_to_the_end_is_said_first(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.rules").write_text(
        "".join(f'on intent=i{number} advise "Be kind."\n' for number in range(400))
    )
    shown = run("explore", tmp_path, "--seconds", "0.1")
    assert shown.exit_code == 0, shown.stderr
    assert shown.stdout.startswith("Nothing was found so far. Not every story was played in which up to ")


def test_the_tests_that_are_written_are_rules_that_can_be_played(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.rules").write_text(PAUSES)
    written = tmp_path / "found.rules"
    run("explore", tmp_path, "--depth", "2", "--write-tests", written)
    assert "# " in written.read_text()
    assert run("check", tmp_path, "--no-stories").exit_code == 0
    played = run("test", tmp_path, "--json")
    assert len(json.loads(played.stdout)["tests"]) >= 1
    again = run("explore", tmp_path, "--write-tests", written)
    assert again.exit_code == 2
    assert "is there already" in again.stderr


def test_rules_with_errors_are_not_played(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.rules").write_text("on intent=b tranfer agent x\n")
    assert run("explore", tmp_path).exit_code == 1
    assert run("explore", tmp_path / "gone").exit_code == 2


def test_what_was_not_reached_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.rules").write_text(
        'on intent=a transfer queue people if it fails because limited then advise "Busy."\n'
        'on intent=b 3 times advise "The third time."\n'
    )
    shown = run("explore", tmp_path, "--depth", "1").stdout
    assert 'on intent=b 3 times advise "The third time.": it ran in no story' in shown
    assert '"if it fails because limited" below transfer ran in no story' in shown
    assert '"if it fails' not in run("explore", tmp_path, "--depth", "3").stdout.rpartition("Played")[2]
