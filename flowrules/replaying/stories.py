"""One call's story: what happened in it, and what each side does about that."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from flowrules.call.inputs import Closed
from flowrules.call.receipt import Status
from flowrules.language.values import Value
from flowrules.recordings.call import Handled, RecordedCall, Sent
from flowrules.redaction import redact, without_secrets
from flowrules.replaying.answer import Row, Side, Story
from flowrules.replaying.changes import CallChange
from flowrules.replaying.play import Played
from flowrules.replaying.verbs import word_of

MAX_ROWS = 60
"""Rows of one story; of a longer call the rest is counted."""
_LONG = 160
"""Characters of one thing that is told."""


def tell(call: RecordedCall, old: Played, new: Played, change: CallChange, zone: ZoneInfo) -> Story:
    """The whole call, old beside new."""
    changed = {one.event_id for pair in change.events for one in (pair.old, pair.new) if one is not None}
    rows = [
        Row(
            round((one.at - call.started).total_seconds(), 1),
            _what(before, after),
            _side(before),
            _side(after),
            one.event_id in changed,
        )
        for before, after in _beside(old, new)
        if (one := before or after) is not None
    ]
    return Story(
        call.events,
        call.call_id,
        call.origin,
        call.started.astimezone(zone).isoformat(timespec="seconds"),
        tuple(rows[:MAX_ROWS]),
        (ending(call, old), ending(call, new)),
        max(0, len(rows) - MAX_ROWS),
    )


def _beside(old: Played, new: Played) -> Iterator[tuple[Handled | None, Handled | None]]:
    """The events of both sides in the order of their times, each beside the same one of the other side."""
    after = {one.event_id: one for one in new.handled}
    pairs = [(one, after.pop(one.event_id, None)) for one in old.handled]
    both = [*pairs, *((None, one) for one in after.values())]
    yield from sorted(both, key=_when)


def _when(pair: tuple[Handled | None, Handled | None]) -> datetime:
    one = pair[0] or pair[1]
    assert one is not None
    return one.at


def ending(call: RecordedCall, played: Played) -> str:
    """How a call ends, in words."""
    found = played.ending
    if found is not None:
        return said(found[1])
    closes = any(type(one) is Closed for _, one in call.inputs)
    return "no verb: the call closes" if closes else "no verb: it goes on where the recording ends"


def _what(old: Handled | None, new: Handled | None) -> str:
    keys: Mapping[str, Value] = (old.keys if old else {}) or (new.keys if new else {})
    if keys:
        return " ".join(_pair(name, value) for name, value in without_secrets(keys).items())
    one = old or new
    assert one is not None
    if one.timer:
        return "time has passed"
    return "its time was up" if one.event_id.endswith(".cap") else "an event"


def _side(one: Handled | None) -> Side:
    if one is None:
        return Side()
    steps = [*map(step, one.verbs)]
    steps += [f'tell the model "{_short(text)}"' for text in one.advise or ()]
    if one.stay_silent:
        steps.append("stay silent")
    if one.status == "call over":
        steps.append("nothing: the call has ended")
    return Side(tuple([rule.label for rule, _ in one.rules]), tuple(steps))


def step(sent: Sent) -> str:
    """A verb and what became of it."""
    receipt = sent.receipt
    told = said(sent)
    if receipt.went_well:
        return told
    if receipt.status is Status.REFUSED or receipt.reason:
        return f"{told} ({receipt.status}: {receipt.reason})"
    return f"{told} ({receipt.status})"


def said(sent: Sent) -> str:
    """A verb in one line, as rules write it."""
    body = without_secrets(sent.body) if sent.body is not None else {}
    return " ".join(
        [
            word_of(sent),
            *(_shown(value) for name, value in body.items() if name != "event" and value is not None),
        ]
    )


def _pair(name: str, value: Value) -> str:
    return name if value is True else f"{name}={_shown(value)}"


def _shown(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case Mapping():
            return "with " + ", ".join(f"{key} {_shown(inner)}" for key, inner in value.items())
        case list() | tuple():
            return ", ".join(map(_shown, value))
        case str() if " " in value or not value:
            return f'"{_short(value)}"'
    return _short(str(value))


def _short(text: str) -> str:
    text = redact(text)
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"
