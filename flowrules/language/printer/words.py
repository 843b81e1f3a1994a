"""Names, literals and lists of them, in their canonical spelling."""

import re
from datetime import date

from flowrules.language.nodes import CallZone, Kind, Literal, Name, Zone

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FULL_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SECONDS = {"day": 86_400, "hour": 3_600, "minute": 60, "second": 1}
_PIECE = re.compile(r"(\d+)\s*([a-z])", re.IGNORECASE)


def literal(node: Literal) -> str:
    """A value as it is written: its own digits and letters kept, its notation made canonical."""
    match node.kind:
        case Kind.TEXT:
            return quoted(str(node.value))
        case Kind.YESNO:
            return "yes" if node.value else "no"
        case Kind.DURATION:
            return duration(int(node.value) if isinstance(node.value, int | float) else 0, node.raw)
        case Kind.TIME:
            minutes = int(node.value) if isinstance(node.value, int) else 0
            return f"{minutes // 60:02}:{minutes % 60:02}"
        case Kind.DATE:
            return node.value.isoformat() if isinstance(node.value, date) else node.raw
        case Kind.PHONE:
            return str(node.value)
        case Kind.WORD | Kind.NUMBER:
            return node.raw or str(node.value)


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def literals(nodes: tuple[Literal, ...]) -> str:
    return ", ".join(literal(node) for node in nodes)


def names(nodes: tuple[Name, ...]) -> str:
    return ", ".join(node.text for node in nodes)


def duration(seconds: int, raw: str = "") -> str:
    """`90 seconds` stays in the units it was written in; without `raw` the largest units that fit are taken."""
    pieces = _written(raw)
    if sum(count * _SECONDS[unit] for count, unit in pieces) != seconds or not pieces:
        pieces = _largest(seconds)
    return " ".join(f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in pieces)


def _written(raw: str) -> list[tuple[int, str]]:
    initials = {unit[0]: unit for unit in _SECONDS}
    found = _PIECE.findall(raw)
    return [(int(count), initials[letter.lower()]) for count, letter in found if letter.lower() in initials]


def _largest(seconds: int) -> list[tuple[int, str]]:
    pieces = []
    for unit, size in _SECONDS.items():
        count, seconds = divmod(seconds, size)
        if count:
            pieces.append((count, unit))
    return pieces or [(0, "second")]


def days(numbers: tuple[int, ...]) -> str:
    """`mon to fri, sun`: three days or more in a row become a range, which may run over the week's end."""
    runs: list[list[int]] = []
    for day in numbers:
        if runs and len(runs[-1]) < len(DAYS) and day == (runs[-1][-1] + 1) % len(DAYS):
            runs[-1].append(day)
        else:
            runs.append([day])
    spelled = (
        f"{DAYS[run[0]]} to {DAYS[run[-1]]}" if len(run) > 2 else ", ".join(DAYS[day] for day in run)
        for run in runs
    )
    return ", ".join(spelled)


def zone(node: Zone) -> str:
    """`Asia/Kolkata`, `lead.timezone or Asia/Kolkata`."""
    match node:
        case CallZone(fact=fact, otherwise=otherwise):
            return f"{fact.text} or {literal(otherwise)}" if otherwise else fact.text
        case Literal():
            return literal(node)


def in_zone(node: Zone | None) -> str:
    return f" in {zone(node)}" if node else ""
