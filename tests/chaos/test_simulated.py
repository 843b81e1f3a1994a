"""Simulated runs: a seed is a seed, processes die in them, and what goes wrong is cut down to a short story."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flowrules.chaos.reconciler import reconcile
from flowrules.chaos.simulated.play import Run, play
from flowrules.chaos.simulated.run import simulate
from flowrules.chaos.simulated.shrink import shortest
from flowrules.chaos.simulated.story import story
from flowrules.chaos.simulated.world import World
from flowrules.cli import application
from flowrules.runtime.calls.recorder import Recorder

CALLS = 100
"""Enough for every kind of fault, and a few seconds."""

DIGESTS = """
import hashlib
from flowrules.chaos.simulated.play import Run, play
for number in range(6):
    played = play(Run(seed=3), number)
    print(hashlib.sha256(b"\\n".join(played.lines)).hexdigest(), len(played.rows))
"""


@pytest.mark.parametrize("seed", [1, 2, 3, 7])
def test_journal_and_ledger_tell_the_same_story(seed: int) -> None:
    result = simulate(Run(seed), CALLS)
    assert result.sound, str(result.account)
    figures = result.account.figures
    assert figures["calls"] >= CALLS
    assert figures["requests"] > 3 * CALLS
    assert 0.1 < figures["requests that were struck by a fault"] / figures["requests"] < 0.3
    assert figures["processes that wrote the journal"] > result.worlds
    assert figures["verbs unknown"] > 10
    assert figures["requests answered 401"] > 10
    assert figures["events pre-empted"] > 0
    assert figures["loads of rules: live"] > result.worlds


def test_more_faults_and_more_things_are_no_other_world() -> None:
    result = simulate(Run(5, things=6, changes=(("fault_rate", 0.6),)), 40)
    assert result.sound, str(result.account)
    assert result.figures["events queue full"] > 0


def test_a_seed_is_a_seed_in_every_process() -> None:
    """No set's order, no clock and no chance of the machine's own gets into a journal."""
    printed = {
        subprocess.run(
            [sys.executable, "-c", DIGESTS],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(printed) == 1
    assert story(3, 1, 3) == story(3, 1, 3) != story(3, 2, 3)


def test_things_of_one_moment_come_in_the_order_of_their_lots() -> None:
    world, order = World(1), []
    for name, seconds, lot in (("c", 1.0, 0.9), ("a", 0.5, 0.9), ("b", 1.0, 0.1)):
        world.after(seconds, lambda name=name: order.append((name, world.monotonic())), lot)
    world.after(0.7, lambda: order.append(("never", 0.0))).cancel()
    assert world.run(10)
    assert order == [("a", 0.5), ("b", 1.0), ("c", 1.0)]


def test_a_world_that_never_comes_to_rest_is_told() -> None:
    world = World(1)

    def again() -> None:
        world.after(0.0, again)

    again()
    assert not world.run(100)


def test_the_process_dies_at_any_point_and_the_next_one_goes_on() -> None:
    run, deaths, torn, unknown = Run(seed=4), [], 0, 0
    for number in range(0, 240, 6):
        played = play(run, number)
        assert played.sound, played.contradictions
        died = [met.name for met in played.met if met.what == "the process dies"]
        if not died:
            continue
        deaths += [name.rsplit(" ", 1)[-1] for name in died]
        entries = [_entry(line) for line in played.lines]
        torn += entries.count(None)
        unknown += sum(
            entry["message"] == "the process ended before the answer came"
            for entry in entries
            if entry is not None and entry["kind"] == "receipt" and "message" in entry
        )
        begun = sum(entry is not None and entry["kind"] == "journal" for entry in entries)
        assert begun == len(died) + 1
    assert {"intended", "leaves", "answered", "recorded"} <= set(deaths)
    assert torn
    assert unknown


def test_a_failure_is_cut_down_to_a_short_story(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Receipts of unknown outcome are swallowed. It takes one event and one fault, or a death, to see it; the command
    that is printed plays just that."""
    write = Recorder.write
    monkeypatch.setattr(
        Recorder,
        "write",
        lambda self, entry: (
            None
            if getattr(getattr(entry, "receipt", None), "attempts", 0) and entry.receipt.may_have_acted
            else write(self, entry)
        ),
    )
    run = Run(1, 8, (("fault_rate", 0.2), ("keys_enforced", None), ("counting", None)))
    result = simulate(run, 200)
    kept, last = shortest(run, result.failed)
    failed = next(played for played in result.failed if played.number == last.number)
    assert len(kept) <= 3
    assert len(failed.scenes) > 6
    assert last.contradictions.keys() & failed.contradictions.keys()
    for name in kept:
        assert play(run, failed.number, frozenset(kept) - {name}).contradictions != last.contradictions

    wrong = CliRunner().invoke(
        application("chaos"), ["chaos", "--simulated", "--calls", "200", "--events", "8"]
    )
    assert wrong.exit_code == 1
    assert "does not add up" in wrong.output
    printed = next(line for line in wrong.output.splitlines() if "--only" in line)
    words = shlex.split(printed)
    assert words[words.index("--only") + 1] == ",".join(kept)
    folder = tmp_path / "again"
    again = CliRunner().invoke(application("chaos"), [*words[1:], "--into", str(folder)])
    assert again.exit_code == 1
    for claim, sentences in last.contradictions.items():
        assert claim in again.output
        assert sentences[0] in again.output
    account = reconcile(folder, folder / "ledger.json")
    assert last.contradictions.items() & {
        (claim, found) for claim, found in account.contradictions.items() if found
    }

    monkeypatch.undo()
    fine = CliRunner().invoke(application("chaos"), words[1:])
    assert fine.exit_code == 0, fine.output
    assert "adds up" in fine.output


def test_the_command_prints_figures() -> None:
    fine = CliRunner().invoke(application("chaos"), ["chaos", "--simulated", "--calls", "20", "--seed", "2"])
    assert fine.exit_code == 0, fine.output
    assert "calls a minute" in fine.output
    assert "0  duplicated effects" in fine.output
    assert "tell the same story" in fine.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--simulated", "--kill"], "processes die anyway"),
        (["--call", "3"], "are for --simulated"),
        (["--only", "a1"], "are for --simulated"),
        (["--simulated", "--only", "a1"], "goes with --call"),
        (["--calls", "20000"], "at most 10,000"),
    ],
)
def test_what_makes_no_sense_is_said(words: list[str], said: str) -> None:
    told = CliRunner().invoke(application("chaos"), ["chaos", *words])
    assert told.exit_code == 2
    assert said in told.output


def test_the_page_shows_commands_that_are_there() -> None:
    page = (Path(__file__).parents[2] / "docs" / "chaos.md").read_text("utf-8")
    commands = [shlex.split(line) for line in page.splitlines() if line.strip().startswith("flowrules chaos")]
    assert len(commands) == 6
    for words in commands:
        smaller = [str(min(int(word), 5)) if word.isdigit() else word for word in words[1:]]
        if "--simulated" in words:
            told = CliRunner().invoke(application("chaos"), smaller)
            assert told.exit_code == 0, told.output


def _entry(line: bytes) -> dict[str, object] | None:
    try:
        entry: dict[str, object] = json.loads(line)
    except ValueError:
        return None
    return entry
