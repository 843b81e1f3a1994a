"""Recorded events, asked of another rule set: how many would change, and how."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flowrules.compiler.instants import to_instant
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import BadEvent, flatten
from flowrules.engine.preview import PLATFORM_FACTS
from flowrules.language.names import fold
from flowrules.scenarios.difference import Change, compare
from flowrules.scenarios.story import Happens, Situation


class BadRecording(ValueError):
    """A line that is no recorded event; the message names it."""


@dataclass(frozen=True, slots=True)
class Replay:
    """How many recorded events were asked, and those that would send something else."""

    events: int
    changes: tuple[Change, ...]


def replay(old: RuleSet, new: RuleSet, situations: Iterable[Situation]) -> Replay:
    """Each event by itself, with the facts that were recorded beside it."""
    count = 0
    changes = []
    for situation in situations:
        count += 1
        if (change := compare(old, new, situation)) is not None:
            changes.append(change)
    return Replay(count, tuple(changes))


def read_recording(lines: Iterable[str], zone: ZoneInfo) -> Iterator[Situation]:
    """Situations from JSON lines, one event each: `{"event": {"intent": "sales"}, "known": {…}, "at": "…"}`.

    A time without an offset is the zone's, which is that of the rules.

    A journal's lines will do: its decisions are taken, with the facts they read, and its other lines passed over.
    Raises BadRecording.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            if not isinstance(record, dict):
                raise BadEvent("it is no object")
            situation = _situation(record, zone)
        except (ValueError, TypeError, OverflowError) as error:
            raise BadRecording(f"line {number}: {error}") from None
        if situation is not None:
            yield situation


def _situation(record: dict[str, Any], zone: ZoneInfo) -> Situation | None:
    if "kind" in record:
        if record["kind"] != "decided" or not record.get("keys"):
            return None
        event, known = record["keys"], record.get("facts") or {}
    else:
        event, known = record.get("event"), record.get("known") or {}
    if not isinstance(event, dict) or not isinstance(known, dict):
        raise BadEvent("it has no event and known facts as objects")
    at = record.get("at")
    now = to_instant(datetime.fromisoformat(at), zone) if at else datetime.now(UTC)
    flat = {fold(name): value for name, value in flatten(event)}
    bare = tuple(name for name, value in flat.items() if value is True)
    keys = {
        name: value
        for name, value in flat.items()
        if value is not True and not name.startswith(PLATFORM_FACTS)
    }
    facts = {fold(name): value for name, value in flatten(known) if fold(name) not in flat}
    return Situation((Happens(bare, keys),), facts, now)
