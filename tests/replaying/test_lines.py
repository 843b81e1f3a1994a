"""Calls of a journal that are looked up by less than all of their lines: they are told as the whole lines tell them, and the
answer is that of playing them.

`REPLAY_WORLDS` says how many simulated worlds, `REPLAY_SEED` of which seed.
"""

import os
from collections import Counter
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import pytest

from benchmarks.journal_of_calls import write_journal
from benchmarks.replaying import rows
from benchmarks.replaying import rules as policy
from flowrules.chaos.simulated.play import REPLAYED, Run, play, rule_set
from flowrules.compiler.ruleset import RuleSet
from flowrules.recordings.layout import Layout
from flowrules.recordings.recording import open_recording, read_columns, read_piece
from flowrules.replaying.answer import encode
from flowrules.replaying.judge import Judge
from tests.replaying.calls import rules
from tests.replaying.lines import UTC, told_as_made

WORLDS = int(os.environ.get("REPLAY_WORLDS", "8"))
SEED = int(os.environ.get("REPLAY_SEED") or 5)


def answer(path: Path, old: RuleSet, new: RuleSet, *, look_up: bool) -> tuple[bytes, int]:
    judge = Judge(new, old, look_up=look_up)
    recording = open_recording(path, Layout())
    for piece in recording.pieces(path.parent):
        if look_up:
            judge.add(read_columns(piece.reads, recording.layout, UTC, done=False))
        else:
            judge.add(read_piece(piece.reads, recording.layout, UTC))
    return encode(judge.answer.in_order()), judge.looked_up


def test_simulated_calls_are_told_as_by_all_their_lines(tmp_path: Path) -> None:
    counted = Counter[str]()
    for number in range(0, WORLDS * REPLAYED, REPLAYED):
        path = tmp_path / f"{number}.jsonl"
        path.write_bytes(b"".join(line + b"\n" for line in play(Run(SEED), number).lines))
        counted += told_as_made(path)
        old, new = (rule_set(SEED, number, edition) for edition in (0, 1))
        assert answer(path, old, new, look_up=True)[0] == answer(path, old, new, look_up=False)[0]
    print(dict(counted))
    assert counted["whole"] > 0


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That of an engine whose calls went well, each of them twice."""
    folder = tmp_path_factory.mktemp("live")
    write_journal(
        folder, policy(500), (list(one) for _, one in groupby(rows(40), key=itemgetter("call_id"))), 2
    )
    return folder / "journal" / "journal.jsonl"


def test_calls_that_went_well_are_told_by_less_than_their_lines(journal: Path) -> None:
    counted = told_as_made(journal)
    assert counted["quick"] == 80
    assert counted["in order"] > 40


@pytest.mark.parametrize("edit", ["a bound", "verbs that others had", "nothing"])
def test_lines_are_looked_up_as_they_would_be_played(journal: Path, edit: str) -> None:
    old = policy(500)
    new = {
        "a bound": policy(600),
        "verbs that others had": old.replace("set_disposition d3", "set_disposition d7"),
        "nothing": old,
    }[edit]
    assert (new == old) is (edit == "nothing")
    played, _ = answer(journal, rules(old), rules(new), look_up=False)
    known, looked_up = answer(journal, rules(old), rules(new), look_up=True)
    assert known == played
    assert looked_up > 10
