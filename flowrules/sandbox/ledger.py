"""The ledger: everything that was asked of the platform, in order, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from flowrules.sandbox.clock import iso

CredentialKind = Literal["callback_token", "tenant_key", "none"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One request.

    `status` is what the platform decided to answer, None where it answered nothing. `acted` tells whether it did
    what was asked; a `replay` got the first answer again and did nothing. A callback token is named by the call it
    belongs to and its number in that call (1, 2, …), never by its text. `at` is the platform's time, `wound` the
    seconds by which its clock was ahead of this machine's.
    """

    seq: int
    at: float
    wound: float
    call_id: str
    request: Literal["control", "revoke_token"]
    verb: str | None
    body: Any
    status: int | None
    idempotency_key: str | None
    credential: CredentialKind
    token_call_id: str | None
    token_number: int | None
    acted: bool
    replay: bool
    effect: str | None
    error: str | None
    fault: str | None
    result: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        row = {name: getattr(self, name) for name in self.__slots__}
        row["at"] = iso(self.at)
        return row


class Ledger:
    """All entries in order, and each call's own. Entries of calls that do not exist stand in the first only."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._by_call: dict[str, list[Entry]] = {}

    @property
    def next_seq(self) -> int:
        return len(self._entries) + 1

    def append(self, entry: Entry) -> None:
        self._entries.append(entry)
        self._by_call.setdefault(entry.call_id, []).append(entry)

    def all(self) -> Sequence[Entry]:
        return self._entries

    def of(self, call_id: str) -> Sequence[Entry]:
        return self._by_call.get(call_id, ())
