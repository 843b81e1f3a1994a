"""`flowrules check`: findings in every format, exit codes, mending."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]


def test_a_clean_rule_set_is_counted(run: Run, folder: Path) -> None:
    shown = run("check", folder, "--no-stories")
    assert shown.stdout == "2 files, 3 rules: nothing to mend.\n"
    assert shown.exit_code == 0


def test_short_stories_are_played_besides_and_it_says_how_far(run: Run, folder: Path) -> None:
    shown = run("check", folder)
    assert "stories in which up to 2 things happen" in shown.stdout
    assert "stories" not in run("check", folder, "--no-stories").stdout
    assert "false-disposition" in shown.stdout
    assert "A call in which it happens:" in shown.stdout
    found = run("check", folder, "--json")
    assert "up to 2 things" in found.stderr
    (finding,) = json.loads(found.stdout)["findings"]
    assert finding["name"] == "false-disposition"
    assert finding["story"][0].startswith("A call comes up")


def test_an_error_is_shown_with_its_line_and_ends_with_1(run: Run, folder: Path) -> None:
    with (folder / "b.rules").open("a") as file:
        file.write("on intent=x when plan is in golld hangup\n")
    shown = run("check", folder)
    assert shown.exit_code == 1
    assert f"{folder.as_posix()}/b.rules:4:29 error FR" in shown.stdout
    assert "4 | on intent=x when plan is in golld hangup" in shown.stdout
    assert "^^^^^" in shown.stdout
    assert "gold" in shown.stdout.split("^^^^^")[1]
    assert shown.stdout.endswith("1 error\n")


def test_all_files_are_checked_together_and_shown_in_order(run: Run, folder: Path) -> None:
    (folder / "a.rules").write_text("on a when plan is in golld hangup\n")
    (folder / "b.rules").write_text("on intent=b tranfer agent x\non c when plan is in gone hangup\n")
    shown = run("check", folder, "--format", "concise")
    places = [line.split(": ")[0] for line in shown.stdout.splitlines()]
    assert [place.removeprefix(f"{folder.as_posix()}/") for place in places] == [
        "a.rules:1:22",
        "b.rules:1:13",
        "b.rules:2:22",
    ]
    assert shown.exit_code == 1


@pytest.mark.parametrize("option", [["--json"], ["--format", "json"]])
def test_json(run: Run, folder: Path, option: list[str]) -> None:
    assert json.loads(run("check", folder, "--no-stories", *option).stdout) == {"findings": []}
    (folder / "b.rules").write_text("on intent=b tranfer agent x\n")
    shown = run("check", folder, *option)
    (finding,) = [f for f in json.loads(shown.stdout)["findings"] if f["severity"] == "error"]
    assert (finding["line"], finding["column"], finding["end_line"], finding["end_column"]) == (1, 13, 1, 20)
    assert finding["file"] == (folder / "b.rules").as_posix()
    assert "transfer" in finding["message"] + finding["hint"]
    assert shown.exit_code == 1


def test_what_a_comment_answers_is_not_lost(run: Run, folder: Path) -> None:
    rule = "on intent=b verb future_verb with level 2\n"
    (folder / "a.rules").unlink()
    (folder / "b.rules").write_text(f"# allow FR606: the platform's new verb\n{rule}")
    assert "nothing to mend. 1 finding answered in comments.\n" in run("check", folder).stdout
    assert run("check", folder, "--format", "concise").stdout == ""
    assert run("check", folder, "--format", "github").stdout == ""
    (finding,) = json.loads(run("check", folder, "--json").stdout)["findings"]
    assert (finding["name"], finding["answered"]) == ("unchecked-verb", "the platform's new verb")
    with (folder / "b.rules").open("a") as file:
        file.write(rule.replace("=b", "=c"))
    assert "1 warning, 1 answered\n" in run("check", folder).stdout


def test_github_annotations(run: Run, folder: Path) -> None:
    (folder / "b.rules").write_text("on intent=b tranfer agent x\n")
    assert run("check", folder, "--format", "github").stdout.startswith("::error file=")


def test_fix_mends_the_file_and_shows_the_rest(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "x.rules"
    path.write_bytes("\ufeffrule x\r\n  on a\r\n  hangup".encode())
    shown = run("check", path, "--fix")
    assert path.read_bytes() == "\ufeffrule x\r\n  on a\r\n  hangup\r\nend".encode()
    assert "mended" in shown.stderr
    assert shown.stdout.splitlines()[0] == "1 file, 1 rule: nothing to mend."
    assert shown.exit_code == 0


def test_fix_leaves_what_no_machine_may_mend(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "x.rules"
    path.write_text("on a when plan is in gone hangup\n")
    shown = run("check", path, "--fix")
    assert path.read_text() == "on a when plan is in gone hangup\n"
    assert shown.exit_code == 1


def test_without_fix_nothing_is_written(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "x.rules"
    path.write_text("rule x\n  on a\n  hangup")
    run("check", path)
    assert path.read_text() == "rule x\n  on a\n  hangup"


def test_a_file_that_is_no_text_is_a_finding(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "x.rules"
    path.write_bytes(b"on a hangup \xff\xfe\x00")
    shown = run("check", path, "--format", "concise")
    assert "not-utf8" in shown.stdout
    assert shown.exit_code == 1


def test_the_environment_of_the_host_has_a_say(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "b.rules").write_text(
        "on intent=a transfer number +911234567890\non intent=b transfer number +19005551234\n"
    )
    shown = run("check", folder, "--format", "concise")
    assert "b.rules:2:29" in shown.stdout
    assert "b.rules:1:29" not in shown.stdout
    monkeypatch.setenv("FLOWRULES_DENY_PREMIUM_RATE", "no")
    assert run("check", folder).exit_code == 0
    monkeypatch.setenv("FLOWRULES_DENY_NUMBERS", '["+91 12345"]')
    shown = run("check", folder, "--format", "concise")
    assert shown.exit_code == 1
    assert "b.rules:1:29" in shown.stdout
    assert "the host's deny-list holds this number" in shown.stdout
    assert run("preview", folder, "intent=a").exit_code == 1


@pytest.mark.parametrize("value", ['["0900"]', "0900", "7"])
def test_an_environment_that_makes_no_sense_is_told_in_words(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("FLOWRULES_DENY_NUMBERS", value)
    for command in ("check", "run"):
        shown = run(command, folder)
        assert shown.exit_code == 2
        assert shown.stderr.startswith("The settings can't be used: ")
        assert "deny_numbers" in shown.stderr


def test_what_looks_like_rules_and_is_not_read_is_named(run: Run, folder: Path) -> None:
    (folder / "RAILS.RULES").write_text("never transfer when x is yes\n")
    shown = run("check", folder, "--format", "concise")
    assert shown.exit_code == 0
    assert "RAILS.RULES:1:1: warning FR161 passed-over: This does not end in" in shown.stdout
    assert "nothing to mend" not in run("check", folder).stdout
    named = [
        finding["file"]
        for finding in json.loads(run("check", folder, "--no-stories", "--json").stdout)["findings"]
    ]
    assert named == [(folder / "RAILS.RULES").as_posix()]


def test_what_can_not_be_read_is_an_error_beside_all_others(run: Run, folder: Path) -> None:
    (folder / "rails.rules").symlink_to("nowhere")
    (folder / "b.rules").write_text("on intent=b tranfer agent x\n")
    shown = run("check", folder, "--format", "concise")
    assert shown.exit_code == 1
    assert "b.rules:1:13" in shown.stdout
    assert "rails.rules:1:1: error FR160 not-read: This is a link that leads nowhere." in shown.stdout


def test_a_folder_without_rules_says_what_looks_like_some(run: Run, tmp_path: Path) -> None:
    (tmp_path / "rails.rules.txt").write_text("on a hangup\n")
    shown = run("check", tmp_path)
    assert shown.exit_code == 2
    assert 'rails.rules.txt does not end in ".rules" but in ".txt", so it is not read' in shown.stderr


@pytest.mark.parametrize("command", ["fmt", "show"])
def test_what_can_not_be_read_is_never_written(run: Run, folder: Path, command: str) -> None:
    (folder / "rails.rules").symlink_to("nowhere")
    words = ("fmt", folder) if command == "fmt" else ("show", "ast", folder)
    shown = run(*words)
    assert "Traceback" not in shown.stderr
    assert not isinstance(shown.exception, OSError)
    assert (folder / "rails.rules").is_symlink()
    assert not (folder / "nowhere").exists()


def test_stories_of_the_same_rules_are_played_once(
    run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was kept is shown again word by word; other rules are played, and so is what was spoiled on the disk."""
    monkeypatch.setenv("FLOWRULES_CACHE", str(tmp_path / "kept"))
    first = run("check", folder).stdout
    played = []
    monkeypatch.setattr("flowrules.exploration.short.explore", lambda *_, **__: played.append(1))
    assert run("check", folder).stdout == first
    assert "false-disposition" in first
    assert played == []
    for kept in (tmp_path / "kept").glob("*.stories"):
        kept.write_bytes(kept.read_bytes().replace(b"FR802", b"FR801"))
    assert run("check", folder).exception is not None
    assert played == [1]


def test_stories_that_the_clock_cut_off_are_played_again(
    run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow moment says nothing about the rules."""
    monkeypatch.setenv("FLOWRULES_CACHE", str(tmp_path / "kept"))
    monkeypatch.setattr("flowrules.exploration.short.INPUTS", 5)
    assert "Played some stories" in run("check", folder).stdout
    monkeypatch.undo()
    monkeypatch.setenv("FLOWRULES_CACHE", str(tmp_path / "kept"))
    assert "Played all stories" in run("check", folder).stdout


def test_one_fault_is_told_once(run: Run, tmp_path: Path) -> None:
    """What a story shows is not told a second time as it was read, and a cure fits the failure line that is there."""
    (tmp_path / "a.rules").write_text(
        'rule "Sales"\n  on intent=sales\n  transfer agent a_1\n'
        "    if it fails then schedule_callback in 2 hours\n  set_disposition SOLD\nend\n"
        'on intent=offer remember offered is yes then say "We have a plan for you."\n'
        'rule "Price"\n  on intent=price\n  unless offered is yes\n  say "May I make you an offer?"\nend\n'
    )
    shown = run("check", tmp_path, "--json")
    found = {finding["name"]: finding for finding in json.loads(shown.stdout)["findings"]}
    assert list(found) == ["false-disposition", "never-no"]
    assert 'first behind the "if it fails then"' in found["false-disposition"]["hint"]
    assert "the steps of this rule never run" in found["never-no"]["message"]
    assert "write instead: when offered is unknown" in found["never-no"]["hint"]


def test_rules_without_a_test_are_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.rules").write_text(
        'on intent=a advise "A"\non intent=b advise "B"\non intent=c advise "C"\n'
        'test "a"\n  on intent=a\n  expect advise "A"\nend\n'
    )
    shown = run("check", tmp_path, "--no-stories").stdout
    assert shown.count("untested") == 1
    assert "No test plays the events of 2 rules: lines 2 and 3." in shown
    assert shown.endswith("2 warnings\n")
    assert run("check", tmp_path, "--no-stories", "--format", "concise").stdout.count("untested") == 2
