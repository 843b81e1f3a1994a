"""Following a journal: nothing that was written is passed over, and nothing comes twice."""

import json
import os
import random
from pathlib import Path

import pytest

from flowrules.runtime.errors import JournalError
from flowrules.runtime.journal.reader import CURRENT, closed_name
from flowrules.studio.following.live import MOST_CALLS, LiveCalls
from flowrules.studio.following.tail import FIRST, Tail

pytestmark = pytest.mark.not_replayed


def line(seq: int, kind: str = "note", **fields: object) -> bytes:
    told = {"seq": seq, "prev": "", "at": "2026-11-30T10:00:00+00:00", "kind": kind, **fields}
    return json.dumps(told).encode() + b"\n"


class Writer:
    """Writes as an engine does: lines in pieces, and other names for files that are full."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seq = 0

    def write(self, count: int = 1) -> None:
        with (self.folder / CURRENT).open("ab") as file:
            for _ in range(count):
                self.seq += 1
                file.write(line(self.seq))

    def rotate(self) -> None:
        os.rename(self.folder / CURRENT, self.folder / closed_name(self.seq))


def test_lines_come_once_each_over_any_number_of_files(tmp_path: Path) -> None:
    dice = random.Random(3)
    writer, tail = Writer(tmp_path), Tail(tmp_path)
    seen: list[int] = []
    assert tail.read() == []  # There is no file yet.
    writer.write()
    seen += [one.seq for one in tail.read()]
    for _ in range(200):
        match dice.randrange(4):
            case 0 if (tmp_path / CURRENT).exists():
                writer.rotate()
            case 1:
                seen += [one.seq for one in tail.read()]
            case _:
                writer.write(dice.randrange(1, 4))
    writer.write()
    seen += [one.seq for one in tail.read()]
    assert seen == list(range(1, writer.seq + 1))


def test_a_line_that_is_half_written_waits_for_its_other_half(tmp_path: Path) -> None:
    whole = line(1)
    (tmp_path / CURRENT).write_bytes(whole[:20])
    tail = Tail(tmp_path)
    assert tail.read() == []
    with (tmp_path / CURRENT).open("ab") as file:
        file.write(whole[20:])
    assert [one.seq for one in tail.read()] == [1]


def test_a_torn_line_that_is_cut_off_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / CURRENT).write_bytes(line(1) + b'{"seq":2,"pr')
    tail = Tail(tmp_path)
    assert [one.seq for one in tail.read()] == [1]
    os.truncate(tmp_path / CURRENT, len(line(1)))
    assert tail.read() == []
    with (tmp_path / CURRENT).open("ab") as file:
        file.write(line(2))
    assert [one.seq for one in tail.read()] == [2]


def test_of_a_long_journal_the_end_is_read(tmp_path: Path) -> None:
    (tmp_path / CURRENT).write_bytes(b"".join(line(seq) for seq in range(1, 20_001)))
    seen = [one.seq for one in Tail(tmp_path).read()]
    assert seen == list(range(seen[0], 20_001))
    assert seen[0] > 1
    assert sum(len(line(seq)) for seq in seen) <= FIRST


def test_a_newer_format_is_said_and_nothing_is_misread(tmp_path: Path) -> None:
    (tmp_path / CURRENT).write_bytes(line(1, "journal", format=99) + line(2, "call", call="c", session="s"))
    with pytest.raises(JournalError):
        Tail(tmp_path).read()
    live = LiveCalls(tmp_path)
    assert live.look()
    assert "newer version" in live.problem
    assert not live.calls


def test_calls_that_are_over_make_room_for_others(tmp_path: Path) -> None:
    live = LiveCalls(tmp_path)
    lines = [line(1, "call", call="goes on", session="s")]
    for number in range(MOST_CALLS + 20):
        lines += [
            line(2 * number + 2, "call", call=f"c{number}", session="s"),
            line(2 * number + 3, "ended", call=f"c{number}", why="closed"),
        ]
    (tmp_path / CURRENT).write_bytes(b"".join(lines))
    assert live.look()
    assert len(live.calls) == MOST_CALLS
    assert "goes on" in live.calls
    assert not live.look()


def test_lines_of_another_shape_are_passed_over(tmp_path: Path) -> None:
    lines = [
        line(1, "decided", call="c", event="e", trace=7),
        line(2, "rules"),
        line(3, "decided", call="c", event="e", rules=[], trace=[["r", "taken", "as it says"]]),
        b"nothing\n",
    ]
    (tmp_path / CURRENT).write_bytes(b"".join(lines))
    live = LiveCalls(tmp_path)
    live.look()
    assert [one.trace for one in live.calls["c"].events] == [(("r", "taken", "as it says"),)]


def test_a_journal_that_is_begun_anew_is_followed(tmp_path: Path) -> None:
    writer, tail = Writer(tmp_path), Tail(tmp_path)
    writer.write(5)
    tail.read()
    (tmp_path / "new").write_bytes(line(1) + line(2))
    os.replace(tmp_path / "new", tmp_path / CURRENT)
    assert [one.seq for one in tail.read()] == [1, 2]
