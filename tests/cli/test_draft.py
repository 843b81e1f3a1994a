"""`flowrules draft review`."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

READY = """\
rule "Bills"
  on intent=bill
  transfer queue sales
    if it fails then (say "Nobody is free." then schedule_callback in 2 hours)
end

test "a bill goes to the desk"
  on intent=bill
  expect transfer queue sales
end
"""


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    path = tmp_path / "bills.rules"
    path.write_text(READY)
    return path


def test_the_exit_code_is_the_verdict(run: Run, draft: Path, folder: Path) -> None:
    shown = run("draft", "review", draft)
    assert (shown.exit_code, shown.stdout.splitlines()[0]) == (0, "Verdict: ready")
    assert "Transfer the caller to the queue “sales”." in shown.stdout
    shown = run("draft", "review", draft, "--rules", folder)
    assert (shown.exit_code, shown.stdout.splitlines()[0]) == (3, "Verdict: to look at")
    assert '- The intent "bill" is new' in shown.stdout
    assert "1. intent=bill" in shown.stdout
    draft.write_text(READY.replace("expect transfer", "expect not transfer"))
    shown = run("draft", "review", draft)
    assert (shown.exit_code, shown.stdout.splitlines()[0]) == (1, "Verdict: not ready")
    assert "bills.rules:7 failed: a bill goes to the desk" in shown.stdout


def test_a_draft_on_standard_input_of_a_named_file(run: Run, folder: Path) -> None:
    before = (folder / "b.rules").read_text()
    text = before.replace("hangup", "mute")
    shown = run("draft", "review", "-", "--rules", folder, "--as", "b.rules", "--json", input=text.encode())
    data = json.loads(shown.stdout)
    (change,) = data["changes"]["examples"]
    assert [one["event"] for one in (*change["old"]["requests"], *change["new"]["requests"])] == [
        "hangup",
        "mute",
    ]
    assert (folder / "b.rules").read_text() == before


def test_a_recording_is_asked_about_both(run: Run, folder: Path, tmp_path: Path) -> None:
    recording = tmp_path / "calls.jsonl"
    at = "2026-03-01T11:00:00+00:00"
    recording.write_text(
        "".join(json.dumps({"event": {"intent": one}, "at": at}) + "\n" for one in ("late", "late", "sales"))
    )
    text = (folder / "b.rules").read_text().replace("hangup", "mute")
    (tmp_path / "b.rules").write_text(text)
    shown = run("draft", "review", tmp_path / "b.rules", "--rules", folder, "--over", recording)
    assert "3 calls with 3 events: 2 calls would go otherwise (66.7 %)." in shown.stdout
    assert shown.exit_code == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere.rules"], "nowhere.rules can't be read: No such file or directory"),
        (["{draft}", "--over", "x"], "name the rule set with --rules"),
        (["{draft}", "--rules", "nowhere"], "nowhere can't be read: there is no such file or folder"),
        (["{draft}", "--rules", "{folder}", "--as", "../x.rules"], "is no name for a rule file"),
        (["{draft}", "--rules", "{folder}", "--over", "{draft}"], "whose name ends in .parquet"),
        (["{draft}", "--rules", "{folder}", "--over", "nowhere"], "nowhere can't be read"),
    ],
)
def test_what_can_not_be_read_is_said(
    run: Run, draft: Path, folder: Path, words: list[str], said: str
) -> None:
    shown = run("draft", "review", *(word.format(draft=draft, folder=folder) for word in words))
    assert (shown.exit_code, shown.exception.__class__) == (2, SystemExit)
    assert said in shown.stderr
