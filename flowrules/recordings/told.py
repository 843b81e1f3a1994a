"""What one row of a recording tells, and a call made of its rows."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple

from flowrules.call.deduplication import digest
from flowrules.call.inputs import (
    BotFinished,
    BotSpeaking,
    CallerHeard,
    CallerSpeaking,
    Closed,
    Learned,
    PlayedOut,
    Reported,
)
from flowrules.engine.event import Event, Source
from flowrules.language.values import Value
from flowrules.recordings.call import NotReplayed, Recorded, RecordedCall, RecordedInput, Sent, Timed

CLOSE = "close"
SIGNALS: Mapping[str, RecordedInput] = {
    "bot_speaking": BotSpeaking(),
    "bot_finished": BotFinished(),
    "played_out": PlayedOut(),
    "caller_speaking": CallerSpeaking(),
    "caller_heard": CallerHeard(),
}
"""What a `signal` may be, beside CLOSE."""
CLOSED = "the recording says that the call is over"
NOTHING: Mapping[str, Value] = {}
ONE_UNREAD = "one of its rows can't be read"
TOO_MANY = 100_000
"""Rows of one call. A call with more of them was given another's id, or there is no id."""


MANY_ROWS = f"it has more than {TOO_MANY:,} rows: its id is that of many calls, or of none"


class Told(NamedTuple):
    """One row. `event` is what was reported, `signal` one of SIGNALS or CLOSE. `known` are facts that the host knew by
    then, `metadata` those that the platform told, `sent` is a verb that went out. `why_not`: the row can't be read, for
    this reason. `place`: where it stands, for people."""

    at: datetime
    event: Event | None = None
    signal: str = ""
    known: Mapping[str, Value] = NOTHING
    metadata: Mapping[str, Value] = NOTHING
    sent: Sent | None = None
    started: datetime | None = None
    why_not: str = ""
    place: str = ""


_when = attrgetter("at")


def make_call(call_id: str, rows: Sequence[Told], origin: str) -> Recorded:
    """A call of its rows, which may come in any order: they are put in the order of their times, and rows of one moment
    stay as they stand. One with a row that can't be read can't be played: what is missing might have changed all that
    follows."""
    for row in rows:
        if row.why_not:
            return NotReplayed(call_id, f"{ONE_UNREAD}: {row.why_not}", events_in(rows), row.place or origin)
    if len(rows) > TOO_MANY:
        return NotReplayed(call_id, MANY_ROWS, events_in(rows), origin)
    rows = sorted(rows, key=_when)
    first = rows[0]
    started = min(first.at, min((row.started for row in rows if row.started), default=first.at))
    inputs = tuple(_inputs(rows))
    outcomes = tuple(row.sent for row in rows if row.sent is not None)
    over = next((one.why for _, one in inputs if type(one) is Closed), "")
    return RecordedCall(
        call_id, started, first.metadata, inputs, rows[-1].at, outcomes, over=over, origin=origin
    )


def events_in(rows: Sequence[Told]) -> int:
    """How many events rows tell of; one that can't be read is taken for one."""
    return sum(row.event is not None or bool(row.why_not) for row in rows)


def _inputs(rows: Sequence[Told]) -> Iterator[Timed]:
    """What happened to the call. A fact that a row repeats is told once: what the call has made of it since stays."""
    ticket = 0
    known: dict[str, Any] = {}
    metadata: dict[str, Any] = dict(rows[0].metadata)
    before: Mapping[str, Value] = rows[0].metadata
    for row in rows:
        at, event, signal, facts, platforms, *_ = row
        # Most rows repeat what the row before told.
        if platforms and platforms != before and (news := _news(platforms, metadata)):
            yield at, Learned(news, Source.PLATFORM)
        before = platforms or before
        if facts and (news := _news(facts, known)):
            yield at, Learned(news, Source.HOST)
        if event is not None:
            ticket += 1
            yield at, Reported(ticket, event, digest(event) if event.event_id else "")
        if signal == CLOSE:
            ticket += 1
            yield at, Closed(ticket, CLOSED)
        elif signal:
            yield at, SIGNALS[signal]


def _news(told: Mapping[str, Value], before: dict[str, Any]) -> dict[str, Value]:
    """What is told that was not told before."""
    news = {name: value for name, value in told.items() if name not in before or before[name] != value}
    before.update(news)
    return news
