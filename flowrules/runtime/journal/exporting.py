"""What a journal keeps, taken out of it: all of a caller, or every entry as a row of a Parquet file."""

import json
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowrules.runtime.journal.reader import Entry, read_journal

if TYPE_CHECKING:
    import pyarrow

MISSING = "Parquet needs an extra package: pip install 'flowrules[parquet]'"
COLUMNS = (
    ("seq", "int64"), ("at", "timestamp"), ("kind", "string"), ("call", "string"), ("session", "string"),
    ("event", "string"), ("revision", "string"), ("mode", "string"), ("source", "string"), ("timer", "string"),
    ("rules", "list"), ("outcomes", "list"), ("rule", "string"), ("path", "string"), ("verb", "string"),
    ("key", "string"), ("by", "string"), ("status", "string"), ("reason", "string"), ("http_status", "int64"),
    ("code", "string"), ("attempts", "int64"), ("may_have_acted", "bool"), ("message", "string"), ("why", "string"),
    ("erased", "bool"), ("entry", "string"),
)  # fmt: skip
"""The columns, which stay: others may come behind them. `rules` are the ids of those that took an event, `outcomes`
beside them how; `entry` is the whole entry as JSON."""
_ROWS = 10_000
"""Rows of a group: so many are held in memory."""


def kept_of(folder: Path, calls: Collection[str]) -> Iterator[dict[str, Any]]:
    """All that is kept of these calls, line by line: their entries, and of entries about many calls their part. Raises
    OSError, and JournalError for what a newer version wrote."""
    for entry in read_journal(folder):
        fields = entry.fields
        if entry.call in calls:
            yield dict(fields)
        elif entry.kind in ("journal", "checkpoint"):
            open_calls = {call: what for call, what in (fields.get("calls") or {}).items() if call in calls}
            intents = [one for one in fields.get("intents") or () if one.get("call") in calls]
            if open_calls or intents:
                head = {name: fields[name] for name in ("seq", "at", "kind")}
                yield {**head, "calls": open_calls, "intents": intents}


def write_parquet(folder: Path, output: Path) -> int:
    """Write every entry as a row; how many there are. The file is there when it is whole. Raises OSError, JournalError
    for what a newer version wrote, and ImportError with a sentence where the library is missing."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise ImportError(MISSING) from error
    schema = pyarrow.schema([(name, _types(pyarrow)[kind]) for name, kind in COLUMNS])
    fresh = output.with_name(f"{output.name}.new")
    count = 0
    try:
        with parquet.ParquetWriter(fresh, schema, compression="zstd") as writer:
            for rows in _groups(read_journal(folder)):
                writer.write_table(pyarrow.Table.from_pylist(rows, schema))
                count += len(rows)
        fresh.replace(output)
    finally:
        fresh.unlink(missing_ok=True)
    return count


# --- inside ---


def _types(arrow: Any) -> dict[str, "pyarrow.DataType"]:
    return {
        "int64": arrow.int64(),
        "string": arrow.string(),
        "bool": arrow.bool_(),
        "timestamp": arrow.timestamp("ms", tz="UTC"),
        "list": arrow.list_(arrow.string()),
    }


def _groups(entries: Iterator[Entry]) -> Iterator[list[dict[str, Any]]]:
    rows: list[dict[str, Any]] = []
    for entry in entries:
        rows.append(_row(entry))
        if len(rows) == _ROWS:
            yield rows
            rows = []
    if rows:
        yield rows


def _row(entry: Entry) -> dict[str, Any]:
    fields = entry.fields
    row = {name: fields.get(name) for name, _ in COLUMNS}
    took = fields.get("rules") if entry.kind == "decided" else None
    row["at"] = datetime.fromisoformat(entry.at)
    row["rules"] = None if took is None else [rule["id"] for rule in took]
    row["outcomes"] = None if took is None else [rule["outcome"] for rule in took]
    row["erased"] = entry.is_erased
    row["entry"] = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return row
