"""The record of erasures, beside the journal: which lines were replaced, when, and by what.

`erasures.jsonl` holds a line for each erasure: `format`, `number` (1, 2, …), `prev` (the link of the line before, as in
the journal), `at`, and `lines`: the number of each journal line that was replaced, with the digest of what stands there
now. It names nobody. A line that was erased later again, since it spoke of several callers, is told by the last record.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from flowrules.language.unicode import read_json
from flowrules.runtime.journal.file import write_whole
from flowrules.runtime.journal.reader import link

LOG = "erasures.jsonl"
FORMAT = 1
PENDING = ".erasing"
"""How the names of files end that are to take the places of others."""


def read_log(folder: Path) -> tuple[dict[int, str], int]:
    """The digest of each line that was erased, and the number of the first line of the log that does not fit; 0 where
    all do. Raises OSError."""
    digests: dict[int, str] = {}
    bad = 0
    before = ""
    for number, raw in enumerate(_lines(folder), start=1):
        record = _record(raw)
        if record is None or record["prev"] != before or record["number"] != number:
            bad = bad or number
        if record is not None:
            digests |= {int(seq): str(digest) for seq, digest in record["lines"].items()}
        before = link(raw)
    return digests, bad


def last_number(folder: Path) -> int:
    """How many erasures are on record. Raises OSError."""
    return len(_lines(folder))


def put_on_record(folder: Path, now: datetime, lines: Mapping[int, str]) -> None:
    """Add an erasure: whole or not at all. Raises OSError."""
    before = _lines(folder)
    record = {
        "format": FORMAT,
        "number": len(before) + 1,
        "prev": link(before[-1]) if before else "",
        "at": now.isoformat(timespec="milliseconds"),
        "lines": {str(seq): digest for seq, digest in lines.items()},
    }
    written = json.dumps(record, separators=(",", ":")).encode()
    write_whole(folder / LOG, b"".join(one + b"\n" for one in (*before, written)))


def pending(folder: Path) -> list[Path]:
    """Files that an erasure has made, and that have not taken their places: it goes on, or was cut short."""
    return sorted(folder.glob(f"journal-*{PENDING}"))


def _lines(folder: Path) -> list[bytes]:
    try:
        return [line for line in (folder / LOG).read_bytes().split(b"\n") if line]
    except FileNotFoundError:
        return []


def _record(raw: bytes) -> dict[str, Any] | None:
    try:
        record: Any = read_json(raw)
    except ValueError:
        return None
    match record:
        case {"format": int(), "number": int(), "prev": str(), "lines": dict(lines)} if all(
            map(str.isdecimal, lines)
        ):
            return record  # type: ignore[no-any-return]
    return None
