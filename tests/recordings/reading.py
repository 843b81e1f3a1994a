"""Recordings for tests: written to files, and read back."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flowrules.recordings.call import NotReplayed, Recorded, RecordedCall
from flowrules.recordings.layout import Layout
from flowrules.recordings.recording import open_recording, read_piece

KOLKATA = ZoneInfo("Asia/Kolkata")
Row = Mapping[str, Any]


def write_lines(path: Path, rows: Iterable[Row | str]) -> Path:
    lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def read_all(
    path: Path, zone: ZoneInfo = KOLKATA, /, ignored: Sequence[str] = (), **mapped: str
) -> list[Recorded]:
    """Everything that a recording holds, by the ids of the calls, then by where it stands."""
    layout = Layout({name.replace("__", "."): column for name, column in mapped.items()}, ignored)
    folder = path.parent / f"{path.name}.parts"
    folder.mkdir(exist_ok=True)
    recording = open_recording(path, layout)
    found = [one for piece in recording.pieces(folder) for one in read_piece(piece.reads, layout, zone)]
    return sorted((*found, *recording.unread), key=lambda one: (one.call_id, one.origin))


def calls(path: Path, zone: ZoneInfo = KOLKATA, /, **options: Any) -> list[RecordedCall]:
    found = read_all(path, zone, **options)
    assert not [one for one in found if isinstance(one, NotReplayed)]
    return [one for one in found if isinstance(one, RecordedCall)]


def happened(call: Recorded) -> list[tuple[str, str, Mapping[str, object]]]:
    """What happened to a call, as (UTC time, kind, facts)."""
    assert isinstance(call, RecordedCall), call
    told = []
    for at, received in call.inputs:
        event = getattr(received, "event", None)
        facts = event.keys if event is not None else getattr(received, "facts", {})
        told.append((f"{at:%m-%dT%H:%M:%S}", type(received).__name__, facts))
    return told
