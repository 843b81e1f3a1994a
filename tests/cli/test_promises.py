"""`flowrules test` and promises: which hold, which a story breaks, and what is said to programs."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run

GOLDENS = Path(__file__).parent / "promises"
RULES = """\
timezone UTC
promise "A wish for a person is answered" after intent=human before the call ends transfer or schedule_callback
promise "Only who is known" never transfer unless verified is yes
promise "Nobody is left on hold" after hold within 3 minutes unhold or the call ends

rule "To a person"
  on intent=human
  transfer queue people
    if it fails then schedule_callback in 2 hours
end

test "a wish for a person"
  on intent=human
  expect transfer
end
"""


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.rules").write_text(RULES)
    return Path("a.rules")


def test_promises_are_told_beside_the_tests(
    run: Run, rules: Path, golden: Callable[[Path, str], None]
) -> None:
    done = run("test", rules)
    golden(GOLDENS / "broken.txt", done.output)
    assert done.exit_code == 1


def test_what_a_promise_shows_can_be_pasted_and_passes_once_the_rules_are_right(
    run: Run, rules: Path
) -> None:
    shown = json.loads(run("test", rules, "--json").output)
    broken = next(one for one in shown["promises"] if one["broken"])
    mended = RULES.replace(
        "  on intent=human\n  transfer", "  on intent=human\n  when verified is yes\n  transfer"
    )
    mended = mended.replace('wish for a person"\n', 'wish for a person"\n  given verified is yes\n')
    rules.write_text(f"{mended}{broken['test']}")
    done = run("test", rules)
    assert "2 passed, 0 failed" in done.output
    assert 'promise "Only who is known": holds' in done.output


def test_programs_get_the_story_and_the_bound(run: Run, rules: Path) -> None:
    shown = json.loads(run("test", rules, "--json").output)
    assert shown["passed"] is False
    first, second, third = shown["promises"]
    assert (first["holds"], second["holds"], third["holds"]) == (True, False, False)
    assert (second["broken"], third["broken"]) == (True, False)
    assert second["line"] == 3
    assert first["bound"] == "in every story in which up to 3 things happen"
    assert any("intent=human" in line for line in second["story"])


def test_rules_without_promises_are_not_played(run: Run, rules: Path) -> None:
    rules.write_text("on intent=human transfer queue people\n")
    done = run("test", rules)
    assert "promise" not in done.output
    assert done.exit_code == 0


def test_why_and_preview_name_the_promises_that_speak_of_what_happens(run: Run, rules: Path) -> None:
    told = [
        'promise "A wish for a person is answered" (a.rules, line 2) speaks of this',
        'promise "Only who is known" (a.rules, line 3) speaks of this',
    ]
    for command in ("why", "preview"):
        shown = run(command, rules, "intent=human").output.splitlines()
        assert [line for line in shown if line.startswith("promise")] == told
        assert not [
            line for line in run(command, rules, "intent=bye").output.splitlines() if "promise" in line
        ]
