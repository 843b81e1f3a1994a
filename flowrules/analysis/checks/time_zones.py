"""Time zones by name: those of the tz database, and what people call them otherwise."""

from collections.abc import Mapping
from functools import cache

from flowrules.analysis.checks.zone_names import NO_SUMMER_TIME, zone_names
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.report import Report, did_you_mean, replaced
from flowrules.analysis.model.scope import Scope
from flowrules.diagnostics.codes import arguments as codes
from flowrules.diagnostics.codes import hygiene
from flowrules.diagnostics.guess import Guess
from flowrules.language.names import fold
from flowrules.language.nodes import Literal

_PACIFIC, _MOUNTAIN, _CENTRAL, _EASTERN = (
    ("America/Los_Angeles",),
    ("America/Denver",),
    ("America/Chicago",),
    ("America/New_York",),
)
_BERLIN, _ATHENS, _LISBON = ("Europe/Berlin", "Europe/Paris"), ("Europe/Athens",), ("Europe/Lisbon",)
_SYDNEY = ("Australia/Sydney", "Australia/Brisbane")
_SHORT: Mapping[str, tuple[str, ...]] = {
    "pst": (*_PACIFIC, "Asia/Manila"), "pdt": _PACIFIC, "pt": _PACIFIC,
    "mst": (*_MOUNTAIN, "America/Phoenix"), "mdt": _MOUNTAIN, "mt": _MOUNTAIN,
    "cst": (*_CENTRAL, "Asia/Shanghai", "America/Havana"), "cdt": (*_CENTRAL, "America/Havana"), "ct": _CENTRAL,
    "est": (*_EASTERN, "America/Panama"), "edt": _EASTERN, "et": _EASTERN,
    "akst": ("America/Anchorage",), "akdt": ("America/Anchorage",), "hst": ("Pacific/Honolulu",),
    "hdt": ("America/Adak",), "ast": ("America/Halifax", "America/Puerto_Rico", "Asia/Riyadh"),
    "adt": ("America/Halifax",), "nst": ("America/St_Johns",), "ndt": ("America/St_Johns",),
    "brt": ("America/Sao_Paulo",), "art": ("America/Argentina/Buenos_Aires",), "clt": ("America/Santiago",),
    "clst": ("America/Santiago",), "cot": ("America/Bogota",), "pet": ("America/Lima",),
    "gmt": ("Europe/London", "Africa/Accra"), "bst": ("Europe/London", "Asia/Dhaka"),
    "ist": ("Asia/Kolkata", "Asia/Jerusalem", "Europe/Dublin"), "idt": ("Asia/Jerusalem",),
    "cet": _BERLIN, "cest": _BERLIN, "mez": _BERLIN, "mesz": _BERLIN, "met": _BERLIN, "eet": _ATHENS,
    "eest": _ATHENS, "wet": _LISBON, "west": _LISBON, "msk": ("Europe/Moscow",), "trt": ("Europe/Istanbul",),
    "sast": ("Africa/Johannesburg",), "eat": ("Africa/Nairobi",), "cat": ("Africa/Harare",),
    "wat": ("Africa/Lagos",), "gst": ("Asia/Dubai",), "pkt": ("Asia/Karachi",), "npt": ("Asia/Kathmandu",),
    "ict": ("Asia/Bangkok", "Asia/Ho_Chi_Minh"), "wib": ("Asia/Jakarta",), "wita": ("Asia/Makassar",),
    "wit": ("Asia/Jayapura",), "sgt": ("Asia/Singapore",), "myt": ("Asia/Kuala_Lumpur",), "hkt": ("Asia/Hong_Kong",),
    "pht": ("Asia/Manila",), "jst": ("Asia/Tokyo",), "kst": ("Asia/Seoul",), "awst": ("Australia/Perth",),
    "acst": ("Australia/Adelaide", "Australia/Darwin"), "acdt": ("Australia/Adelaide",), "aest": _SYDNEY,
    "aedt": ("Australia/Sydney",), "nzst": ("Pacific/Auckland",), "nzdt": ("Pacific/Auckland",),
    "chst": ("Pacific/Guam",), "sst": ("Pacific/Pago_Pago",),
}  # fmt: skip
"""What is written in print behind a clock time. Many of these mean another place elsewhere, and most only half of a
year, so that none is a zone that hours can be kept in."""
_PLACES: Mapping[str, str] = {
    "india": "Asia/Kolkata", "mumbai": "Asia/Kolkata", "delhi": "Asia/Kolkata", "new_delhi": "Asia/Kolkata",
    "bangalore": "Asia/Kolkata", "bengaluru": "Asia/Kolkata", "chennai": "Asia/Kolkata", "hyderabad": "Asia/Kolkata",
    "pune": "Asia/Kolkata", "uk": "Europe/London", "beijing": "Asia/Shanghai", "san_francisco": "America/Los_Angeles",
    "washington": "America/New_York", "boston": "America/New_York", "miami": "America/New_York",
    "seattle": "America/Los_Angeles", "dallas": "America/Chicago", "houston": "America/Chicago",
    "munich": "Europe/Berlin", "frankfurt": "Europe/Berlin", "germany": "Europe/Berlin", "france": "Europe/Paris",
}  # fmt: skip
"""Cities and countries that the tz database has no zone for."""


@cache
def _by_city() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {city: (zone,) for city, zone in _PLACES.items()}
    for name in sorted(zone_names()):
        if "/" in name:
            city = fold(name.rpartition("/")[2])
            found[city] = (*found.get(city, ()), name)
    return found


def check_zone(unit: CheckedBlock, zone: Literal, scope: Scope, report: Report) -> None:
    written = str(zone.value)
    if (places := NO_SUMMER_TIME.get(written)) is not None:
        report.add(
            codes.UNKNOWN_TIMEZONE,
            unit.block,
            zone.span,
            f'"{written}" is a clock without summer time: it is an hour off for half of the year in most places.',
            f"Name the place: {places[0]} with summer time, {places[1]} without.",
        )
        return
    if written in zone_names():
        _check_summer_time(unit, zone, report)
        return
    places = _SHORT.get(fold(written))
    if places is not None:
        report.add(
            codes.UNKNOWN_TIMEZONE,
            unit.block,
            zone.span,
            f'"{written}" is short for a time of day somewhere, and no time zone.',
            f"Name the place, so that summer time is kept as it is there: {_any_of(places)}.",
        )
        return
    city = fold(written.rpartition("/")[2].replace(" ", "_"))
    guess = Guess(_by_city().get(city, ())) if fold(written) not in map(fold, zone_names()) else None
    guess = guess or scope.guess(written, sorted(zone_names()))
    report.add(
        codes.UNKNOWN_TIMEZONE,
        unit.block,
        zone.span,
        f'There is no time zone "{written}".',
        did_you_mean(guess, "Time zones are named by region and city, such as Asia/Kolkata."),
        replaced(zone.span, guess),
    )


def _check_summer_time(unit: CheckedBlock, zone: Literal, report: Report) -> None:
    """A zone that stays at one distance from UTC, where its name makes think of a place that does not."""
    written = str(zone.value)
    sign = written.removeprefix("Etc/GMT")[:1]
    if sign in ("+", "-") and written.startswith("Etc/GMT") and written[-1] != "0":
        hours = written.removeprefix("Etc/GMT")[1:]
        report.add(
            hygiene.FIXED_ZONE,
            unit.block,
            zone.span,
            f'"{written}" is {hours} hours {"behind" if sign == "+" else "ahead of"} UTC, all the year.',
            "Its sign is the reverse of what is written elsewhere. Name the place, such as Asia/Kolkata.",
        )
    elif written == "GMT":
        report.add(
            hygiene.FIXED_ZONE,
            unit.block,
            zone.span,
            f'"{written}" knows no summer time: its clock is the same all the year.',
            f"Name the place, so that summer time is kept as it is there: {_any_of(_SHORT['gmt'])}.",
        )


def _any_of(places: tuple[str, ...]) -> str:
    return f"{', '.join(places[:-1])} or {places[-1]}" if len(places) > 1 else places[0]
