"""Rules without a call, for scripts: read them, ask what an event would lead to, and why. Nothing here can send."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from flowrules.api.loading import check, load
from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.times.instants import to_instant
from flowrules.engine.event import Event, flatten, make_event
from flowrules.engine.preview import Preview
from flowrules.engine.preview import preview as preview_event
from flowrules.engine.raised import as_raised
from flowrules.engine.trace import RuleLine, trace_lines
from flowrules.language.names import fold

Rules = RuleSet | Path | str
Happening = Event | str | Mapping[str, object]
"""An event; a bare event by its name (`"payment_done"`); or what an event carries (`{"intent": "sales"}`)."""


def preview(
    rules: Rules,
    event: Happening,
    *,
    known: Mapping[str, object] | None = None,
    at: datetime | None = None,
) -> Preview:
    """What an event would send, with the exact bodies.

        shown = preview("rules/", {"intent": "sales"}, known={"balance": 900}, at=datetime(2026, 3, 2, 11))
        shown.matched.label, shown.requests, shown.notes

    `known` is what was known before; what begins with `lead.`, `caller.`, `campaign.` or `call.` is the platform's.
    `at` without an offset is in the rules' time zone (where a clock shows it twice, its `fold` tells which); None is
    now. For many events load the rules once. Raises
    BadEvent, and what `load` raises.
    """
    ruleset = rules if isinstance(rules, RuleSet) else load(rules)
    facts = {fold(name): value for name, value in flatten(known or {})}
    return preview_event(ruleset, as_event(event), _moment(ruleset, at), known=facts)


def why(
    rules: Rules,
    event: Happening,
    *,
    known: Mapping[str, object] | None = None,
    at: datetime | None = None,
) -> tuple[RuleLine, ...]:
    """For every rule, in written order, what became of it: `line.rule.label`, `line.verdict`, `line.reason`. The
    rest as for `preview`."""
    return trace_lines(preview(rules, event, known=known, at=at).decision)


def as_event(event: Happening) -> Event:
    """Raises BadEvent."""
    match event:
        case Event():
            return event
        case str():
            return as_raised(make_event(event))
        case Mapping():
            return as_raised(make_event(facts=event))


def _moment(ruleset: RuleSet, at: datetime | None) -> datetime:
    if at is None:
        return datetime.now(UTC)
    return to_instant(at, ruleset.zone)


__all__ = ["Happening", "Rules", "as_event", "check", "load", "preview", "why"]
