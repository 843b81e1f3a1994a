"""What the two ends of the line say, as JSON: the platform's ledger, and the host's list of what it reported."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One control request. `at` is the machine's time, in seconds since 1970: the platform's own, less what its clock
    had been wound by. `status` is None where nothing was answered; `fault` names what went wrong on purpose."""

    seq: int
    at: float
    call: str
    verb: str
    key: str | None
    body: Any
    status: int | None
    token_call: str | None
    acted: bool
    fault: str | None

    def __str__(self) -> str:
        return f"{self.verb} (ledger entry {self.seq}, status {self.status})"


def read_ledger(path: Path) -> Sequence[Row]:
    """`{"entries": [...]}`, as `GET /sandbox/ledger` answers. Raises OSError and ValueError."""
    return read_rows(json.loads(path.read_bytes())["entries"])


def read_rows(entries: Iterable[Mapping[str, Any]]) -> Sequence[Row]:
    """The control requests among them."""
    return tuple(_row(entry) for entry in entries if entry["request"] == "control")


def read_reported(path: Path) -> Sequence[tuple[str, str]]:
    """`[[call, event], ...]`: what the host says that it reported. Raises OSError and ValueError."""
    return tuple((call, event) for call, event in json.loads(path.read_bytes()))


def _row(entry: Mapping[str, Any]) -> Row:
    return Row(
        entry["seq"],
        datetime.fromisoformat(entry["at"]).timestamp() - entry["wound"],
        entry["call_id"],
        entry["verb"] or "",
        entry["idempotency_key"],
        entry["body"],
        entry["status"],
        entry["token_call_id"],
        entry["acted"],
        entry["fault"],
    )
