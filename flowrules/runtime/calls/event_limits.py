"""What an event that a host reports may be: of bounded size, in whole characters, without a token of the platform, and
none of the engine's own."""

import json
import re
from collections.abc import Mapping

from flowrules.engine.event import BadEvent, Event, Source
from flowrules.language.values import Value
from flowrules.redaction import holds_token, redact

MAX_KEYS = 256
MAX_TEXT = 16_384
"""Of an event: so many keys, and so many characters of each text."""
MAX_ID = 256
"""Characters of an event's id, or a turn's; and of a fact's name."""
MAX_ITEMS = 1_000
"""Values in one list."""

_ENGINES_OWN = frozenset({"step_failed", "hangup_interrupted", "call_ended"})
_LIKE_OURS = re.compile(r'[#"]|.*[>@]', re.DOTALL)
"""What the engine calls events itself: `#1`, `e1>failed1`, `silence@…`."""


def escaped_event_id(event_id: str) -> str:
    """A host's id for an event, in quotes where one of the engine's own could be the same: two events of one id would
    share their Idempotency-Keys, and the platform would answer the second from its memory."""
    return json.dumps(event_id) if _LIKE_OURS.match(event_id) else event_id


def check_told(bare: tuple[object, ...], source: object, *ids: object) -> None:
    """Raises BadEvent for what a host without a type checker may take for a name, a source or an id."""
    if not all(isinstance(name, str) for name in bare):
        raise BadEvent("a bare event is a name; what an event carries goes into facts=…")
    if not isinstance(source, Source):
        raise BadEvent("source is Source.HOST, Source.MODEL, Source.CALLER or Source.PLATFORM")
    if not all(isinstance(name, str) for name in ids):
        raise BadEvent("event_id and turn_id are text")


def validated_event(event: Event) -> Event:
    """The event as it may be taken: a host that passes on a whole frame passes on its token, which is cut out. Raises
    BadEvent for what no host may report."""
    if not _ENGINES_OWN.isdisjoint(event.keys):
        raise BadEvent("step_failed, hangup_interrupted and call_ended are raised by the engine itself")
    if len(event.event_id) > MAX_ID or len(event.turn_id) > MAX_ID:
        raise BadEvent(f"event_id and turn_id have {MAX_ID} characters at most")
    if len(event.keys) > MAX_KEYS:
        raise BadEvent(f"an event may carry {MAX_KEYS} keys at most")
    if holds_token("\n".join((event.event_id, event.turn_id, *event.keys))):
        raise BadEvent("an id or a name holds a token")
    secret = False
    for name, value in event.keys.items():
        if len(name) > MAX_ID:
            raise BadEvent(f"a fact's name has {MAX_ID} characters at most: {name[:40]}")
        if isinstance(value, str):
            secret |= _check_text(name, value)
        elif isinstance(value, tuple):
            if len(value) > MAX_ITEMS or sum(len(item) for item in value if isinstance(item, str)) > MAX_TEXT:
                raise BadEvent(f"{name[:40]} holds more than {MAX_ITEMS} values, or {MAX_TEXT} characters")
            for item in value:
                if isinstance(item, str):
                    secret |= _check_text(name, item)
    return event._replace(keys=without_tokens(event.keys)) if secret else event


def without_tokens(facts: Mapping[str, Value]) -> dict[str, Value]:
    """Facts with every token of the platform cut out of their texts, and without those that have one for a name."""
    return {name: _without_tokens(value) for name, value in facts.items() if not holds_token(name)}


def _without_tokens(value: Value) -> Value:
    if isinstance(value, tuple):
        return tuple(redact(item) if isinstance(item, str) and holds_token(item) else item for item in value)
    return redact(value) if isinstance(value, str) and holds_token(value) else value


def _check_text(name: str, text: str) -> bool:
    """Whether a token stands in it. Raises BadEvent."""
    if len(text) > MAX_TEXT:
        raise BadEvent(f"{name[:40]} is longer than {MAX_TEXT} characters")
    return holds_token(text)
