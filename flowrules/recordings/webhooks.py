"""The platform's webhooks, as they were received: what each tells of its call.

They come in two shapes: `{"event_id", "event_type", "timestamp", "data"}`, and of AI sessions `{"id", "type",
"created_at", "tenant_id", "data"}` (the platform's public documentation and its client, 0.2.1). A host that passes them
on reports `ai_session.transferred` with its data as the event `ai_session.transferred` with the facts `ai_session.…`;
`examples/webhooks.py` does. They are delivered at least once and in no order.
"""

from collections.abc import Iterator, Mapping
from typing import Any

_CALL_ID = ("call_id", "callId", "call_sid", "callSid", "ai_session_id")
_METADATA = ("lead", "caller", "called", "campaign")
_STARTS = frozenset({"call.started", "call.answered", "ai_session.started"})
_ENDS = frozenset({"call.ended", "ai_session.ended"})


def is_webhook(record: Mapping[str, Any]) -> bool:
    """Whether an object is a delivery of the platform."""
    data = record.get("data")
    if not isinstance(data, Mapping):
        return False
    kind = record.get("type") or record.get("event_type")
    return isinstance(kind, str) and "." in kind and ("created_at" in record or "timestamp" in record)


def as_row(delivery: Mapping[str, Any]) -> dict[str, Any]:
    """A delivery as a row of the usual layout."""
    data: Mapping[str, Any] = delivery["data"]
    kind = delivery.get("type") or delivery.get("event_type")
    row: dict[str, Any] = {
        "call_id": next((data[name] for name in _CALL_ID if data.get(name)), None),
        "at": delivery.get("created_at") or delivery.get("timestamp"),
    }
    if kind in _STARTS:
        row |= {name: data[name] for name in _METADATA if isinstance(data.get(name), Mapping)}
    if isinstance(kind, str) and kind.startswith("ai_session."):
        row["events"] = [kind]
        row["event_id"] = str(delivery.get("id") or delivery.get("event_id") or "")
        row["facts"] = {"ai_session": dict(_plain(data))}
    if kind in _ENDS:
        row["signal"] = "close"
    return row


def _plain(data: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """What a rule could ask for; lists of log entries and the like are left out."""
    for name, value in data.items():
        if name not in _METADATA:
            if isinstance(value, Mapping):
                yield name, dict(_plain(value))
            elif isinstance(value, str | int | float | bool):
                yield name, value
