"""The same calls, read from JSON lines, CSV and Parquet, in order or scattered, in one piece or in many."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from flowrules.recordings import grouping, parquet_parts, parquet_rows
from flowrules.recordings.call import NotReplayed, Recorded, RecordedCall
from flowrules.recordings.layout import Layout
from flowrules.recordings.recording import open_recording
from tests.recordings.reading import calls, happened, read_all, write_lines

START = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)
SCHEMA = pa.schema(
    [
        ("call_id", pa.string()),
        ("at", pa.timestamp("us", "UTC")),
        ("intent", pa.string()),
        ("said", pa.string()),
        ("dtmf", pa.string()),
        ("event", pa.string()),
        ("balance", pa.float64()),
        ("tries", pa.int32()),
        ("verified", pa.bool_()),
        ("lead.city", pa.string()),
        ("known.vip", pa.bool_()),
    ]
)
TEXTS = st.sampled_from(["sales", "बिक्री", "no", "x y", " … ", "", "yt_cb_", "12"]) | st.text(max_size=6)
ROWS = st.fixed_dictionaries(
    {
        "call_id": st.sampled_from(["a", "b", "c", "d", "", None]),
        "at": st.integers(0, 900).map(
            lambda seconds: START + timedelta(seconds=seconds, microseconds=seconds)
        ),
        "intent": st.none() | TEXTS,
        "said": st.none() | TEXTS,
        "dtmf": st.none() | st.sampled_from(["1", "#", "."]),
        "event": st.none() | st.sampled_from(["paid", "Call_Ended", "step_failed", "turn", ""]),
        "balance": st.none() | st.floats(-1e6, 1e6) | st.just(float("inf")),
        "tries": st.none() | st.integers(-5, 5),
        "verified": st.none() | st.booleans(),
        "lead.city": st.none() | st.sampled_from(["Pune", "Agra"]),
        "known.vip": st.none() | st.booleans(),
    }
)


def plain(found: Sequence[Recorded]) -> list[Any]:
    """What is the same however a recording is read: all but where things stand."""
    return sorted((one._replace(origin="") for one in found), key=lambda one: (one.call_id, str(one[1])))


def by_call(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: row["call_id"] or "")


@settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(rows=st.lists(ROWS, min_size=1, max_size=25), seed=st.integers(0, 99))
def test_a_table_tells_what_json_lines_tell(
    rows: list[dict[str, Any]], seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("forms")
    random = Random(seed)
    written = [{**row, "at": row["at"].isoformat()} for row in rows]
    lines = write_lines(folder / "a.jsonl", [json.dumps(row).replace("Infinity", "1e999") for row in written])
    expected = [
        # What JSON can't say, a table can: the line as a whole can't be read there.
        one
        for one in plain(read_all(lines))
        if "no JSON" not in one
    ]
    if any(row["balance"] == float("inf") for row in rows):
        return
    table = pa.Table.from_pylist(by_call(rows), SCHEMA)
    kinds = [pa.dictionary(pa.int16(), pa.string()) if kind == pa.string() and random.random() < 0.3
             else pa.large_string() if kind == pa.string() and random.random() < 0.3 else kind
             for kind in SCHEMA.types]  # fmt: skip
    table = table.cast(pa.schema(list(zip(SCHEMA.names, kinds, strict=True))))
    pq.write_table(table, folder / "sorted.parquet", row_group_size=random.randint(1, 9))
    assert plain(read_all(folder / "sorted.parquet")) == expected
    pq.write_table(
        pa.Table.from_pylist(rows, SCHEMA), folder / "any.parquet", row_group_size=random.randint(1, 9)
    )
    assert plain(read_all(folder / "any.parquet")) == expected


def test_numbers_that_are_none_are_nothing_and_infinite_ones_cant_be_read(tmp_path: Path) -> None:
    rows = [
        {"call_id": "a", "at": START, "intent": "x", "balance": float("nan")},
        {"call_id": "b", "at": START, "intent": "x", "balance": float("inf")},
    ]
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), tmp_path / "a.parquet")
    good, bad = read_all(tmp_path / "a.parquet")
    assert happened(good) == [("03-02T05:30:00", "Reported", {"intent": "x"})]
    assert isinstance(bad, NotReplayed)
    assert bad.origin == "a.parquet, row 2"


def many(count: int = 400) -> list[dict[str, Any]]:
    random = Random(5)
    return [
        {
            "call_id": f"call-{number // 7:04d}",
            "at": (START + timedelta(seconds=number)).isoformat(),
            "intent": random.choice(["sales", "billing", "human"]),
            "balance": float(number),
        }
        for number in range(count)
    ]


def test_pieces_do_not_change_what_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = many()
    shuffled = Random(6).sample(rows, len(rows))
    expected = plain(calls(write_lines(tmp_path / "whole.jsonl", rows)))
    assert len(expected) == 58
    monkeypatch.setattr(grouping, "PART_BYTES", 3000)
    monkeypatch.setattr(parquet_parts, "RANGE_ROWS", 30)
    monkeypatch.setattr(parquet_rows, "BATCH_ROWS", 11)
    files = {
        "a.jsonl": write_lines(tmp_path / "a.jsonl", shuffled),
        "sorted.parquet": write_parquet(tmp_path / "sorted.parquet", rows),
        "any.parquet": write_parquet(tmp_path / "any.parquet", shuffled),
    }
    path = tmp_path / "a.csv"
    path.write_text(
        "".join(",".join(map(str, line)) + "\n" for line in [rows[0], *[row.values() for row in shuffled]])
    )
    files["a.csv"] = path
    for path in files.values():
        recording = open_recording(path, Layout())
        (tmp_path / "parts").mkdir(exist_ok=True)
        assert len(recording.pieces(tmp_path / "parts")) > 4
        found = plain(calls(path))
        # In CSV all are texts.
        assert len(found) == 58 if path.suffix == ".csv" else found == expected


def write_parquet(path: Path, rows: list[dict[str, Any]]) -> Path:
    rows = [{**row, "at": datetime.fromisoformat(row["at"])} for row in rows]
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=45)
    return path


def test_calls_that_go_on_in_the_next_file(tmp_path: Path) -> None:
    rows = many(30)
    (tmp_path / "r").mkdir()
    write_parquet(tmp_path / "r" / "1.parquet", rows[:10])
    write_parquet(tmp_path / "r" / "2.parquet", rows[10:])
    recording = open_recording(tmp_path / "r", Layout())
    (piece,) = recording.pieces(tmp_path)
    assert plain(calls(tmp_path / "r")) == plain(calls(write_lines(tmp_path / "a.jsonl", rows)))
    assert piece.rows == 30


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Europe/Berlin", "Australia/Lord_Howe", "America/New_York"])
def test_local_times_of_tables(tmp_path: Path, zone: str) -> None:
    """Also where the clock jumps, and where it shows an hour twice."""
    local = [
        datetime(2026, month, 1) + timedelta(minutes=97 * step)
        for month in (3, 4, 10, 11)
        for step in range(450)
    ]
    rows = [{"call_id": str(number), "at": at, "intent": "x"} for number, at in enumerate(local)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    lines = write_lines(tmp_path / "a.jsonl", [{**row, "at": row["at"].isoformat()} for row in rows])
    assert plain(calls(tmp_path / "a.parquet", ZoneInfo(zone))) == plain(calls(lines, ZoneInfo(zone)))


def test_kinds_of_columns(tmp_path: Path) -> None:
    from decimal import Decimal

    row = {
        "call_id": 7,
        "at": datetime(2026, 3, 2, 11),
        "due": datetime(2026, 3, 9, 10, tzinfo=UTC),
        "day": datetime(2026, 3, 2).date(),
        "amount": Decimal("12.50"),
        "whole": Decimal("12"),
        "wait": timedelta(minutes=2),
        "intent": ["sales", None, "billing"],
        "order": {"total": 5, "lines": {"first": "a"}},
        "nothing": None,
    }
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "a.parquet")
    (call,) = calls(tmp_path / "a.parquet")
    assert call.call_id == "7"
    assert happened(call) == [
        (
            "03-02T05:30:00",
            "Reported",
            {
                "due": "2026-03-09T10:00+00:00",
                "day": "2026-03-02",
                "amount": 12.5,
                "whole": 12,
                "wait": 120.0,
                "intent": ("sales", "billing"),
                "order.total": 5,
                "order.lines.first": "a",
            },
        )
    ]


@pytest.mark.parametrize("column", [0, 1])
@pytest.mark.parametrize("scattered", [False, True])
def test_a_damaged_part_is_counted(tmp_path: Path, scattered: bool, column: int) -> None:
    rows = many(200)
    if scattered:
        rows = Random(3).sample(rows, len(rows))
    path = tmp_path / "a.parquet"
    table = pa.Table.from_pylist([{**row, "at": datetime.fromisoformat(row["at"])} for row in rows])
    pq.write_table(table, path, row_group_size=50, compression="zstd", use_dictionary=False)
    group = pq.ParquetFile(path).metadata.row_group(1)
    damaged = group.column(column)
    data = bytearray(path.read_bytes())
    size = damaged.total_compressed_size
    data[damaged.data_page_offset : damaged.data_page_offset + size] = bytes(size)
    path.write_bytes(data)
    found = read_all(path)
    lost = [one for one in found if isinstance(one, NotReplayed) and not one.call_id]
    assert [(one.reason, one.events, one.origin) for one in lost] == [
        ("a part of the file is damaged", 50, "a.parquet, row group 2")
    ]
    if not scattered:
        # The calls at its borders may lack rows; of those that stand elsewhere, none does.
        beside = [one.call_id for one in found if isinstance(one, NotReplayed) and one.call_id]
        assert beside == ["call-0007", "call-0014"]
        return
    # Where rows are scattered, whoever had one among them lacks it: by the ids, or by which ids the file says there are.
    ids = [row["call_id"] for row in rows[50:100]]
    lacking = {one.call_id for one in found if isinstance(one, NotReplayed) and one.call_id}
    whole = {one.call_id for one in found if isinstance(one, RecordedCall)}
    assert not whole & set(ids)
    assert not whole & lacking
    had_others = {row["call_id"] for row in (*rows[:50], *rows[100:])}
    assert whole | lacking == had_others
    assert lacking == {
        one for one in had_others if (min(ids) <= one <= max(ids) if column == 0 else one in ids)
    }
    assert {one.reason for one in found if isinstance(one, NotReplayed) and one.call_id} == {
        "rows of the recording can't be read, and some may be its own"
    }


def test_no_parquet(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"hello")
    with pytest.raises(ValueError, match=r"a\.parquet can't be read as Parquet"):
        read_all(tmp_path / "a.parquet")


def test_two_columns_for_one_thing(tmp_path: Path) -> None:
    row = {"call_id": "a", "at": START, "callId": "b", "timestamp": 5}
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "a.parquet")
    assert [one.call_id for one in calls(tmp_path / "a.parquet")] == ["a"]
    pq.write_table(pa.Table.from_pylist([{"call": "a", "callId": "b", "at": START}]), tmp_path / "b.parquet")
    with pytest.raises(ValueError, match="call and callId may both hold its call_id"):
        read_all(tmp_path / "b.parquet")
    pq.write_table(pa.Table.from_pylist([{"id": "a", "at": START}]), tmp_path / "c.parquet")
    with pytest.raises(ValueError, match="no column is known to hold its call_id"):
        read_all(tmp_path / "c.parquet")
