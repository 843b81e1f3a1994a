"""What a rule's text refers to, ready for compiling: lists, calendars, the zone, and conditions seen before."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flowrules.analysis.model.checked import CheckedRules
from flowrules.compiler.times.calendar import Calendar, compile_calendar
from flowrules.language.nodes import Condition

if TYPE_CHECKING:
    from flowrules.compiler.guards.conditions import CompiledCondition

UTC = ZoneInfo("UTC")
BodyKey = tuple[str, str]
"""A verb (behind `end of `, where it closes what that opened), and its literal fields as Python shows them: so 1 is not
yes."""


@dataclass(frozen=True, slots=True)
class Scope:
    """One rule set's declarations. `zone` is the rule set's, UTC where it names none."""

    checked: CheckedRules
    zone: ZoneInfo
    calendars: Mapping[str, Calendar]
    conditions: dict[Condition, "CompiledCondition"] = field(default_factory=dict, compare=False, repr=False)
    """Equal conditions are compiled once and shared: rules tend to repeat their guards."""
    bodies: dict[BodyKey, Mapping[str, Any]] = field(default_factory=dict, compare=False, repr=False)
    """Exact requests by what they are made of: thousands of rules send the same few."""


def make_scope(checked: CheckedRules, bodies: Mapping[BodyKey, Mapping[str, Any]] | None = None) -> Scope:
    """`bodies` are requests that are known already."""
    zone = ZoneInfo(checked.zone) if checked.zone else UTC
    calendars = {name: compile_calendar(hours, zone, checked.lists) for name, hours in checked.hours.items()}
    return Scope(checked, zone, calendars, bodies=dict(bodies or {}))
