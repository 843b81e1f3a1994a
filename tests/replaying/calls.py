"""Rule sets and recorded calls for the tests of replay."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from flowrules.call.inputs import Closed, Reported
from flowrules.call.receipt import Reason, Receipt, Status, not_sent
from flowrules.compiler.loading.load import load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import make_event
from flowrules.recordings.call import RecordedCall, Sent
from flowrules.source import source_from_text

START = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
"""A Monday, 10:30 in India."""


def rules(text: str) -> RuleSet:
    loaded = load_rules([source_from_text(text, "calls.rules")])
    assert loaded.ruleset is not None, [finding.message for finding in loaded.findings]
    return loaded.ruleset


def call(
    *events: Mapping[str, Any] | str,
    name: str = "c1",
    every: float = 10,
    facts: Mapping[str, Any] | None = None,
    outcomes: Iterable[Sent] = (),
    closes: bool = True,
    after: float = 5,
) -> RecordedCall:
    """A call with an event every so many seconds: facts, or the name of one that carries none. It closes, or the
    recording just ends, `after` seconds behind the last."""
    now, inputs = START, []
    for ticket, event in enumerate(events, start=1):
        now += timedelta(seconds=every)
        made = make_event(event) if isinstance(event, str) else make_event(facts=event)
        inputs.append((now, Reported(ticket, made)))
    now += timedelta(seconds=after)
    if closes:
        inputs.append((now, Closed(len(events) + 1, "the caller hung up")))
    return RecordedCall(name, START, facts or {}, tuple(inputs), now, tuple(outcomes), origin=f"{name}.jsonl")


def accepted(verb: str, event: str = "", took: float = 0, **body: Any) -> Sent:
    return _sent(verb, Receipt(Status.ACCEPTED, http_status=200, attempts=1), event, took, body)


def refused(verb: str, reason: str, event: str = "", took: float = 0, **body: Any) -> Sent:
    return _sent(verb, not_sent(Reason(reason), "no", 1), event, took, body)


def _sent(verb: str, receipt: Receipt, event: str, took: float, body: Mapping[str, Any]) -> Sent:
    whole = {"event": verb, **body} if body else None
    return Sent(verb, receipt, event, body=whole, left=START, took=timedelta(seconds=took))
