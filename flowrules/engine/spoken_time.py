"""When a caller wants to be called back, in the caller's own English words: `next tuesday at 3 pm`, `in half an hour`.

The model repeats what was said and the engine does the arithmetic, in the rules' zone: models get dates wrong. The
parsers that there are guess: dateparser 1.5.0 reads `tomorrow at 3` and `day after tomorrow at ten` as 11:00 at 11:00,
parsedatetime 2.6 as 09:00, timefhuman 0.1.5 the second as midnight. What is not read here in full is not read at all.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flowrules.compiler.times.instants import at_clock
from flowrules.language.literals import DAYS

_UNITS = {
    "second": 1, "sec": 1, "minute": 60, "min": 60, "hour": 3_600, "hr": 3_600, "day": 86_400, "week": 604_800,
}  # fmt: skip
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
).split()
_NUMBERS = {word: number for number, word in enumerate(_SMALL) if number} | {
    "a": 1, "an": 1, "a couple of": 2, "twenty five": 25, "thirty": 30, "forty": 40, "forty five": 45, "fifty": 50,
    "ninety": 90,
}  # fmt: skip
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip


def _any(words: "dict[str, int] | tuple[str, ...] | list[str]") -> str:
    """One of several words, the longest first."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_AMOUNT = rf"\d{{1,4}}|{_any(_NUMBERS)}"
_DURATION = re.compile(
    rf"(?:in|after)? ?(?:(?P<half>half an hour)|(?P<hour_half>an hour and a half)|"
    rf"(?P<amount>{_AMOUNT}) (?P<and_half>and a half )?(?P<unit>{_any(_UNITS)})s?)(?P<now> from now)?"
)
_DAY_NAME = rf"{_any(DAYS)}|mon|tues?|wed|thu(?:rs?)?|fri|sat|sun"
_MONTH = rf"(?:{_any(_MONTHS)}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
_DAY_NUMBER = r"\d{1,2}(?:st|nd|rd|th)?"
_DAY = (
    r"(?P<today>today|(?P<tonight>tonight)|this (?=morning|afternoon|evening))|"
    r"(?P<after_tomorrow>(?:the )?day after tomorrow)|(?P<tomorrow>tomorrow)|"
    rf"(?:next |on |this |coming |this coming )?(?P<day>{_DAY_NAME})|"
    rf"(?:on )?(?:the )?(?P<date>{_DAY_NUMBER}(?: of)? {_MONTH}|{_MONTH} (?:the )?{_DAY_NUMBER})"
)
_HOURS = {word: number for number, word in enumerate(_SMALL) if 1 <= number <= 12}
_HOUR = rf"\d{{1,2}}|{_any(_HOURS)}"
_PAST = {"half": 30, "quarter": 15, "a quarter": 15, "five": 5, "ten": 10, "twenty": 20, "twenty five": 25}
_MINUTES = {"fifteen": 15, "thirty": 30, "forty five": 45, "ten": 10, "twenty": 20, "forty": 40, "fifty": 50}
_TIME = (
    r"(?P<noon>noon|midday)|(?P<midnight>midnight)|"
    rf"(?:(?P<off>{_any(_PAST)}) (?P<way>past|to) )?(?P<hour>{_HOUR})"
    rf"(?:[:.](?P<minute>\d{{2}})| (?P<words>{_any(_MINUTES)}))?(?: ?o'?clock)? ?(?P<half>am|pm)?"
)
_PART = r"(?: ?(?:in the |at )?(?P<part>morning|afternoon|evening|night))?"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"(?:{_DAY}){_PART},? (?:at |by )?(?:{_TIME})",
        rf"(?:at |by )?(?:{_TIME}){_PART},? (?:{_DAY})",
        rf"(?:{_DAY}),? (?:at |by )?(?:{_TIME}){_PART}",
        rf"(?:at |by )?(?:{_TIME}){_PART}",
    )
)
_DAY_ALONE = re.compile(rf"(?:{_DAY}){_PART}")
_TIME_ALONE = re.compile(rf"(?:at |by )?(?:{_TIME}){_PART}")
_PART_ALONE = re.compile(r"(?:in the |at )?(?:morning|afternoon|evening|night)|am|pm")
_SINGLE_WORDS = frozenset(
    {
        *_HOURS,
        *DAYS,
        "mon",
        "tue",
        "tues",
        "wed",
        "thu",
        "thur",
        "thurs",
        "fri",
        "sat",
        "sun",
        "today",
        "tonight",
        "tomorrow",
    }
    | {"noon", "midday", "midnight", "am", "pm", "morning", "afternoon", "evening", "night"}
)
"""The halves that are one word. Most facts are another word, and each event asks."""
_LONGEST_HALF = 60
_FILLERS = re.compile(r"\b(?:please|about|around|sharp|exactly)\b")


def spoken_times(text: str, now: datetime, zone: ZoneInfo | None) -> tuple[datetime, ...]:
    """The instants that may be meant; none where the words can't be read, several where they don't tell morning from
    afternoon, or one night from the next (`tomorrow at 3`, `friday at midnight`). A clock time needs a zone.

    A day's name is its next coming, never today; a time without a day is its next coming. Two digits, a colon and
    minutes (`10:30`, `03:30`) are of the 24-hour clock, and so is any hour that no other clock has (`18`).
    """
    words = _plain(text)
    if (duration := _DURATION.fullmatch(words)) and (words.startswith(("in ", "after ")) or duration["now"]):
        return (now + timedelta(seconds=_seconds(duration)),)
    if zone is None or words.isdecimal():
        return ()
    found = _form_of(words)
    if found is None:
        return ()
    local = now.astimezone(zone)
    return tuple(dict.fromkeys(_instants(found, local, now, zone)))


def joined_halves(before: str, after: str) -> str | None:
    """What two answers say together, of which the second alone is half a time: a day and the hour of it, in either
    order; another hour of the same day; the part of the day. None where they are not halves of one."""
    if after.isidentifier() and after.lower() not in _SINGLE_WORDS:
        return None
    if max(len(before), len(after)) > _LONGEST_HALF or (after.isdecimal() and len(after) > 2):
        return None
    first, second = _plain(before), _plain(after)
    if _TIME_ALONE.fullmatch(second):
        day = first if _DAY_ALONE.fullmatch(first) else _day_in(first)
        return f"{day} {second}" if day else None
    if _DAY_ALONE.fullmatch(second):
        return f"{second} {first}" if _TIME_ALONE.fullmatch(first) else None
    if _PART_ALONE.fullmatch(second) and (_DAY_ALONE.fullmatch(first) or _names_hour(first)):
        return f"{first} {second}"
    return None


def _day_in(words: str) -> str | None:
    """The day of which words name a time."""
    found = _form_of(words)
    if found is None:
        return None
    named = ("after_tomorrow", "tomorrow", "day", "date")
    day = next((day for name in named if (day := found.groupdict().get(name))), None)
    return "today" if day is None and found.groupdict().get("today") else day


def _names_hour(words: str) -> bool:
    found = _form_of(words)
    return found is not None and found["hour"] is not None


def _form_of(words: str) -> re.Match[str] | None:
    return next((match for form in _FORMS if (match := form.fullmatch(words))), None)


def _plain(text: str) -> str:
    words = text.lower().replace("’", "'").replace("a.m.", "am").replace("p.m.", "pm").replace("-", " ")
    return " ".join(_FILLERS.sub(" ", words.rstrip(" .!?,;")).split()).rstrip(" ,")


def _seconds(found: re.Match[str]) -> int:
    if found["half"]:
        return 1_800
    if found["hour_half"]:
        return 5_400
    unit = _UNITS[found["unit"]]
    return _number(found["amount"]) * unit + (unit // 2 if found["and_half"] else 0)


def _number(word: str) -> int:
    known = _NUMBERS.get(word)
    return int(word) if known is None else known


def _instants(found: re.Match[str], local: datetime, now: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    groups = found.groupdict()
    day = _date(groups, local)
    if day is None and _names_day(groups):
        return
    for minutes in _minutes(groups):
        if day is not None:
            yield at_clock(day, minutes, zone)
            continue
        today = at_clock(local.date(), minutes, zone)
        yield today if today >= now else at_clock(local.date() + timedelta(days=1), minutes, zone)


def _names_day(groups: dict[str, str | None]) -> bool:
    return any(groups.get(name) for name in ("today", "tomorrow", "after_tomorrow", "day", "date"))


def _minutes(groups: dict[str, str | None]) -> Iterator[int]:
    """Minutes after midnight, for each way to read the time; none for a time that no clock shows."""
    if groups["noon"]:
        yield 12 * 60
        return
    if groups["midnight"]:
        yield from (0, 24 * 60) if _names_day(groups) else (24 * 60,)  # of which of the two nights?
        return
    said = groups["hour"]
    assert said is not None
    hour = _HOURS[said] if said in _HOURS else int(said)
    minute = int(groups["minute"] or 0) + _MINUTES.get(groups["words"] or "", 0)
    if off := groups["off"]:
        minute += _PAST[off] if groups["way"] == "past" else -_PAST[off]
    if hour > 24 or minute >= 60 or (hour == 24 and minute):
        return
    half, part = groups["half"], "night" if groups.get("tonight") else groups.get("part")
    if half is None and part is None and (hour > 12 or hour == 0 or _is_written(said, groups)):
        yield hour * 60 + minute
        return
    if not 1 <= hour <= 12:
        return
    for afternoon in (False, True):
        if half in (None, "pm" if afternoon else "am") and (part is None or _in_part(hour, afternoon, part)):
            yield (hour % 12 + 12 * afternoon) * 60 + minute


def _is_written(hour: str, groups: dict[str, str | None]) -> bool:
    """`10:30`, `03:30`: as it is written, not as it is said."""
    return len(hour) == 2 and hour.isdecimal() and groups["minute"] is not None


_PARTS = {"morning": (0, 11), "afternoon": (12, 18), "evening": (16, 23), "night": (18, 23)}
"""The first and the last hour of each part of the day."""


def _in_part(hour: int, afternoon: bool, part: str) -> bool:
    first, last = _PARTS[part]
    return first <= hour % 12 + 12 * afternoon <= last


def _date(groups: dict[str, str | None], local: datetime) -> date | None:
    today = local.date()
    if groups.get("after_tomorrow"):
        return today + timedelta(days=2)
    if groups.get("tomorrow"):
        return today + timedelta(days=1)
    if groups.get("today"):
        return today
    if name := groups.get("day"):
        day = next(index for index, full in enumerate(DAYS) if full.startswith(name[:3]))
        return today + timedelta(days=(day - today.weekday() - 1) % 7 + 1)
    return _calendar_day(groups.get("date") or "", today)


def _calendar_day(words: str, today: date) -> date | None:
    """The next coming day of that name; None for one that no calendar has."""
    day = re.search(r"\d+", words)
    month = re.search(r"[a-z]{3,}", re.sub(r"\d+(?:st|nd|rd|th)?|\bthe\b", " ", words))
    if day is None or month is None:
        return None
    number = next(index for index, full in enumerate(_MONTHS, 1) if full.startswith(month[0][:3]))
    for year in range(today.year, today.year + 5):
        try:
            found = date(year, number, int(day[0]))
        except ValueError:
            continue
        if found >= today:
            return found
    return None
