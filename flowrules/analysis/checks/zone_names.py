"""The names of time zones, as the tz database has them."""

from collections.abc import Mapping
from functools import cache
from zoneinfo import available_timezones

from flowrules.language.names import fold

NO_SUMMER_TIME: Mapping[str, tuple[str, ...]] = {
    "EST": ("America/New_York", "America/Panama"),
    "MST": ("America/Denver", "America/Phoenix"),
    "HST": ("America/Adak", "Pacific/Honolulu"),
}
"""Letters that are zones as well: a place with summer time, and one without."""


@cache
def zone_names() -> frozenset[str]:
    """The time zones of the tz database that people use."""
    return frozenset(name for name in available_timezones() if name[0].isupper() and name != "Factory")


def zone_named(text: str) -> str | None:
    """The time zone that a text from outside names, in any case; None where it names none, or one that may be an hour
    off (`EST`)."""
    name = _by_key().get(fold(text))
    return None if name in NO_SUMMER_TIME else name


@cache
def _by_key() -> Mapping[str, str]:
    return {fold(name): name for name in zone_names()}
