"""Whose clock is read: that of a place, or that of a time zone which a fact of the call names."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

from flowrules.analysis.checks.zone_names import zone_named
from flowrules.language.nodes import CallZone, Literal, Zone
from flowrules.language.values import Value

LookUp = Callable[[str], Value | None]
"""A fact's value by its folded name; None where it is unknown."""


@dataclass(frozen=True, slots=True)
class CallClock:
    """The clock of the zone that a fact names. `otherwise` is read where it names none."""

    fact: str
    """Its folded name."""
    words: str
    """Its name as it is written."""
    otherwise: ZoneInfo | None = None

    def zone(self, look_up: LookUp) -> ZoneInfo | None:
        """The zone in a call. None: unknown, and nothing is written for that case."""
        return named_zone(look_up(self.fact)) or self.otherwise

    def remark(self, look_up: LookUp) -> str:
        """Why the fact does not tell the zone; empty where it does."""
        value = look_up(self.fact)
        if named_zone(value) is not None:
            return ""
        return f"nobody supplied {self.words}" if value is None else f'{self.words} "{value}" is no time zone'


def named_zone(value: Value | None) -> ZoneInfo | None:
    """The time zone that a fact's value names, such as `Asia/Dubai`; None for anything else."""
    if isinstance(value, tuple):
        value = value[0] if len(value) == 1 else None
    return _zone(value) if isinstance(value, str) else None


@cache
def _loaded(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _zone(text: str) -> ZoneInfo | None:
    name = zone_named(text)
    return None if name is None else _loaded(name)


def clock_of(zone: Zone | None, default: ZoneInfo) -> ZoneInfo | CallClock:
    """The clock that `in ZONE` means; without it the rule set's."""
    match zone:
        case None:
            return default
        case CallZone(fact=fact, otherwise=otherwise):
            return CallClock(
                fact.key, fact.text, None if otherwise is None else _loaded(str(otherwise.value))
            )
        case Literal(value=value):
            return _loaded(str(value))
