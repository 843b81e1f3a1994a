"""Whole runs, the sandbox in a process of its own."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flowrules.chaos.rules import broken_rules, rules
from flowrules.chaos.run import chaos
from flowrules.chaos.script import script
from flowrules.chaos.setup import COUNTINGS, Setup
from flowrules.cli import application
from flowrules.compiler.loading.load import load_rules
from flowrules.sandbox import Fault
from flowrules.source import source_from_text


@pytest.mark.parametrize("seed", range(1, 7))
def test_the_drawn_rules_can_go_live(seed: int) -> None:
    for edition in range(3):
        assert load_rules((source_from_text(rules(seed, edition)),)).ruleset is not None
    assert load_rules((source_from_text(broken_rules(seed)),)).ruleset is None
    assert rules(seed) != rules(seed, 1) != rules(seed, 2)


def test_a_seed_is_a_seed() -> None:
    assert rules(3) == rules(3) != rules(4)
    assert script(3, 1) == script(3, 1) != script(3, 2)
    drawn = [Setup.drawn(seed, 1) for seed in range(1, 11)]
    assert {(one.keys_enforced, one.counting) for one in drawn} == {
        (keys, counting) for keys in (True, False) for counting in COUNTINGS
    }


async def test_journal_and_ledger_tell_the_same_story(tmp_path: Path) -> None:
    setup = Setup.drawn(2, 30, events=4)
    result = await chaos(setup, tmp_path)
    assert result.sound, str(result.account)
    figures = result.account.figures
    assert figures["calls"] == 30
    assert figures["requests"] > 200
    assert 0.1 < figures["requests that were struck by a fault"] / figures["requests"] < 0.3
    assert len(result.played.reported) == result.played.answered > 60
    assert figures["loads of rules: live"] > 1


async def test_a_killed_process_leaves_what_reconciles_and_the_next_one_goes_on(tmp_path: Path) -> None:
    setup = Setup.drawn(4, 24, events=3, fault_rate=0.4, mix=(Fault(kind="slow", seconds=3),))
    result = await chaos(setup, tmp_path, kill=True)
    assert result.at_the_kill is not None
    assert result.at_the_kill.sound, str(result.at_the_kill)
    assert result.at_the_kill.figures["verbs open"] > 0
    assert result.sound, str(result.account)
    assert result.account.figures["processes that wrote the journal"] == 2
    assert "verbs open" not in result.account.figures
    assert result.account.figures["verbs unknown"] >= result.at_the_kill.figures["verbs open"]


def test_the_command_prints_figures_and_fails_on_a_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["chaos", "--calls", "3", "--events", "1", "--faults", "0"]
    kept = tmp_path / "kept"
    fine = CliRunner().invoke(application("chaos"), [*words, "--into", str(kept)])
    assert fine.exit_code == 0, fine.output
    assert "0  duplicated effects" in fine.output
    assert "tell the same story" in fine.output
    assert json.loads((kept / "ledger.json").read_text())["entries"]
    again = CliRunner().invoke(application("chaos"), [*words, "--into", str(kept)])
    assert again.exit_code == 2
    assert "not empty" in again.output

    monkeypatch.setattr("flowrules.runtime.calls.recorder.Recorder._received", lambda *words: None)
    wrong = CliRunner().invoke(application("chaos"), words)
    assert wrong.exit_code == 1
    assert "does not add up" in wrong.output
