"""Calls that stand in the columns of a table are looked up as they would be played, also where rules quote what callers are
called.

`REPLAY_SEED` says from which seed, what fails prints it.
"""

import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flowrules.recordings.call import RecordedCall
from flowrules.recordings.column_calls import ColumnCall
from flowrules.recordings.layout import Layout
from flowrules.recordings.recording import open_recording, read_columns, read_piece
from flowrules.replaying.answer import encode
from flowrules.replaying.judge import Judge
from tests.replaying.calls import rules

SEED = int(os.environ.get("REPLAY_SEED") or random.SystemRandom().randrange(1_000_000_000))
START = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)
OLD = """
timezone Asia/Kolkata
hours office
  mon to fri 09:00 to 12:30
end
on intent=sales when balance is at least 500 transfer queue sales_main
on intent=human 2 times say "Goodbye {name}." then hangup
on intent=greet say "Hello {name}, you have {balance}."
on intent=billing when lead.language is hi set_disposition billing
on intent=later when office is open schedule_callback next office
on intent=vip when name is "Asha" log "vip {name}"
on intent=other set_lead_field note to "{city}"
on city=Pune set_disposition pune
"""
EDITS = {
    "a bound": ("at least 500", "at least 700"),
    "a count": ("2 times", "3 times"),
    "a longer sentence": ("Hello {name}, you", "A very good day {name}, you"),
    "a sentence of the same length": ("Hello {name}, you", "Hallo {name}, you"),
    "another fact": ('note to "{city}"', 'note to "{name}"'),
    "a name": ('is "Asha"', 'is "Ravi"'),
    "an opening hour": ("to 12:30", "to 11:00"),
}
NAMES = (
    "Asha",
    "Ravi",
    "Li",
    "Anna-Maria",
    "Jean Paul",
    "0'Brien",
    "x{y}",
    "Ö",
    "Asha ",
    "Wolfeschlegelsteinhausenbergerdorff",
)


def rows(chance: random.Random, calls: int) -> Iterator[dict[str, Any]]:
    for call in range(calls):
        at = START + timedelta(minutes=chance.randrange(600))
        name, city = chance.choice(NAMES), chance.choice(("Pune", "Asha", "Ravi", None))
        language = chance.choice(("hi", "en", None))
        for _ in range(chance.randint(1, 6)):
            at += timedelta(seconds=chance.choice((0, 1, 2, 4, 9, 40)))
            yield {
                "call_id": f"c{call:05d}",
                "at": at,
                "intent": chance.choice(
                    ("sales", "human", "greet", "billing", "later", "vip", "other", "none")
                ),
                "balance": chance.choice((0, 1, 480, 500, 640, 700, 900, None)),
                "name": chance.choice((name, None)),
                "city": city,
                "lead.language": language,
            }


def answers(path: Path, old: str, new: str, *, look_up: bool) -> tuple[bytes, int]:
    judge = Judge(rules(new), rules(old), look_up=look_up)
    recording = open_recording(path, Layout())
    for piece in recording.pieces(path.parent):
        read = read_columns if look_up else read_piece
        judge.add(read(piece.reads, recording.layout, rules(new).zone))
    return encode(judge.answer.in_order()), judge.looked_up


@pytest.mark.parametrize("edit", EDITS)
def test_columns_are_looked_up_as_they_would_be_played(tmp_path: Path, edit: str) -> None:
    print(f"to play these again: REPLAY_SEED={SEED}")
    before, after = EDITS[edit]
    assert before in OLD
    new = OLD.replace(before, after)
    chance = random.Random(f"{SEED}{edit}")
    table = pa.Table.from_pylist(list(rows(chance, 400)))
    pq.write_table(table, tmp_path / "calls.parquet", row_group_size=500)
    played, _ = answers(tmp_path / "calls.parquet", OLD, new, look_up=False)
    known, looked_up = answers(tmp_path / "calls.parquet", OLD, new, look_up=True)
    assert known == played
    assert looked_up > 0


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("part", [1 << 14, 1 << 24])
def test_rows_of_text_are_looked_up_as_they_would_be_played(
    tmp_path: Path, edit: str, part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some lack columns, tell nothing or no time, are odd, or stand elsewhere in the file."""
    print(f"to play these again: REPLAY_SEED={SEED}")
    before, after = EDITS[edit]
    monkeypatch.setattr("flowrules.recordings.grouping.PART_BYTES", part)
    new, chance = OLD.replace(before, after), random.Random(f"{SEED}{edit}{part}")
    lines = []
    for row in rows(chance, 300):
        told = {**row, "at": row["at"].isoformat()}
        if chance.random() < 0.01:
            told |= chance.choice(({"at": ""}, {"balance": 10**400}, {"balance": [1]}, {"said": "hello"}))
        if chance.random() < 0.02:
            del told[chance.choice(("name", "lead.language", "balance"))]
        place = len(lines) if chance.random() < 0.98 else chance.randrange(len(lines) + 1)
        lines.insert(place, json.dumps(told) if chance.random() < 0.999 else json.dumps(told)[:-7])
    path = tmp_path / "calls.jsonl"
    path.write_text("\n".join(lines) + "\n")
    recording = open_recording(path, Layout())
    found = Counter(
        type(call)
        for piece in recording.pieces(tmp_path)
        for call in read_columns(piece.reads, recording.layout, rules(new).zone)
    )
    assert (len(recording.pieces(tmp_path)) > 1) is (part == 1 << 14)
    assert found[ColumnCall] > 30
    assert found[RecordedCall] > 0
    played, _ = answers(path, OLD, new, look_up=False)
    known, looked_up = answers(path, OLD, new, look_up=True)
    assert known == played
    assert looked_up > 0


def test_a_rule_that_quotes_a_name_does_not_have_each_call_played(tmp_path: Path) -> None:
    chance = random.Random(3)
    letters = "abcdefghijklmnopqrstuvwxyz"
    table = pa.Table.from_pylist(
        [
            {
                "call_id": f"c{call}",
                "at": START + timedelta(seconds=60 * call + 20 * number),
                "intent": chance.choice(("sales", "greet")),
                "name": "".join(chance.choices(letters, k=chance.randint(3, 12))).title(),
                "balance": chance.randrange(100_000),
            }
            for call in range(600)
            for number in range(3)
        ]
    )
    pq.write_table(table, tmp_path / "calls.parquet")
    old = 'on intent=greet say "Hello {name}, you have {balance}."\non intent=sales when balance is at least 500 log "sale"\n'
    new = old.replace("500", "700").replace("Hello", "Good morning")
    played, _ = answers(tmp_path / "calls.parquet", old, new, look_up=False)
    known, looked_up = answers(tmp_path / "calls.parquet", old, new, look_up=True)
    assert known == played
    assert looked_up > 540
