"""What an event that a host reports may be: of bounded size, in whole characters, and none of the engine's own."""

import json
import re

from flowrules.engine.event import BadEvent, Event

MAX_KEYS = 256
MAX_TEXT = 16_384
"""Of an event: so many keys, and so many characters of each text."""
MAX_ID = 256
"""Characters of an event's id, or a turn's."""

_ENGINES_OWN = frozenset({"step_failed", "hangup_interrupted", "call_ended"})
_LIKE_OURS = re.compile(r'[#"]|.*[>@]', re.DOTALL)
"""What the engine calls events itself: `#1`, `e1>failed1`, `silence@…`."""


def told_apart(event_id: str) -> str:
    """A host's id for an event, in quotes where one of the engine's own could be the same: two events of one id would
    share their Idempotency-Keys, and the platform would answer the second from its memory."""
    return json.dumps(event_id) if _LIKE_OURS.match(event_id) else event_id


def check_event(event: Event) -> None:
    """Raises BadEvent for what no host may report."""
    if not _ENGINES_OWN.isdisjoint(event.keys):
        raise BadEvent("step_failed, hangup_interrupted and call_ended are raised by the engine itself")
    if len(event.event_id) > MAX_ID or len(event.turn_id) > MAX_ID:
        raise BadEvent(f"event_id and turn_id have {MAX_ID} characters at most")
    if len(event.keys) > MAX_KEYS:
        raise BadEvent(f"an event may carry {MAX_KEYS} keys at most")
    for name, value in event.keys.items():
        if isinstance(value, str):
            _check_text(name, value)
        elif isinstance(value, tuple):
            for item in value:
                if isinstance(item, str):
                    _check_text(name, item)


def _check_text(name: str, text: str) -> None:
    if len(text) > MAX_TEXT:
        raise BadEvent(f"{name[:40]} is longer than {MAX_TEXT} characters")
    if not text.isascii() and not _is_unicode(text):
        raise BadEvent(f"{name[:40]} holds half of a surrogate pair")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
