"""Two rule sets, and a recording that is read in many pieces."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flowrules.compiler.loading.load import load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.recordings import grouping, parquet_parts
from flowrules.recordings.layout import Layout
from flowrules.recordings.recording import Recording, open_recording
from flowrules.source import source_from_text

OLD = """
on intent=sales when balance is at least 500 transfer queue sales_main
on intent=human 2 times transfer queue people
on intent=billing set_disposition billing then hangup
"""
NEW = OLD.replace("at least 500", "at least 700").replace("2 times", "3 times")
START = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)


def rules(text: str) -> RuleSet:
    ruleset = load_rules([source_from_text(text, "a.rules")]).ruleset
    assert ruleset is not None
    return ruleset


@pytest.fixture
def new() -> RuleSet:
    return rules(NEW)


@pytest.fixture
def old() -> RuleSet:
    return rules(OLD)


@pytest.fixture
def scattered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recording:
    """The rows of each call do not follow one another, neither in a table nor in lines of text."""
    monkeypatch.setattr(parquet_parts, "RANGE_ROWS", 90)
    monkeypatch.setattr(grouping, "PART_BYTES", 4096)
    folder = tmp_path / "scattered"
    folder.mkdir()
    random = Random(5)
    rows = [
        {
            "call_id": f"c{number % 150:05d}",
            "at": START + timedelta(seconds=5 * number),
            "intent": random.choice(["sales", "human", "billing", "other"]),
            "balance": random.randrange(1000),
        }
        for number in range(900)
    ]
    pq.write_table(pa.Table.from_pylist(rows), folder / "calls.parquet", row_group_size=200)
    lines = [
        json.dumps({**row, "call_id": f"l{row['call_id']}", "at": row["at"].isoformat()}) for row in rows
    ]
    (folder / "calls.jsonl").write_text("\n".join(lines))
    return open_recording(folder, Layout())


@pytest.fixture
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recording:
    monkeypatch.setattr(parquet_parts, "RANGE_ROWS", 90)
    random = Random(4)
    rows = [
        {
            "call_id": f"c{number // 6:05d}",
            "at": START + timedelta(seconds=5 * number),
            "intent": random.choice(["sales", "human", "billing", "other"]),
            "balance": random.randrange(1000),
        }
        for number in range(900)
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "calls.parquet", row_group_size=200)
    return open_recording(tmp_path / "calls.parquet", Layout())
