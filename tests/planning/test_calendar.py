"""Opening hours: when they hold, and when they next begin."""

import sys
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowrules.analysis.model.holiday_dates import holiday_dates, holiday_problem
from flowrules.compiler.times.calendar import Calendar, compile_calendar
from flowrules.compiler.times.instants import at_clock
from flowrules.language.nodes import (
    ClosedOn,
    Holidays,
    Hours,
    HoursLine,
    Kind,
    Literal,
    Name,
    OpenDate,
    Opening,
    OpenWeek,
)

KOLKATA = ZoneInfo("Asia/Kolkata")
LONDON = ZoneInfo("Europe/London")


def clock(text: str) -> Literal:
    hour, _, minute = text.partition(":")
    return Literal(Kind.TIME, int(hour) * 60 + int(minute), text)


def day(text: str) -> Literal:
    return Literal(Kind.DATE, date.fromisoformat(text), text)


def openings(*spans: str) -> tuple[Opening, ...]:
    return tuple(Opening(clock(start), clock(end)) for start, _, end in (s.partition("-") for s in spans))


def week(days: str, *spans: str) -> OpenWeek:
    return OpenWeek(tuple(int(d) for d in days), openings(*spans))


def calendar(*lines: HoursLine, zone: str = "Asia/Kolkata") -> Calendar:
    return compile_calendar(Hours(Name("office"), lines), ZoneInfo(zone), {})


OFFICE = calendar(
    week("01234", "09:00-18:30"),
    week("5", "10:00-14:00"),
    OpenDate((day("2026-12-24"),), openings("09:00-13:00")),
    ClosedOn((day("2026-01-26"), day("2026-08-15"))),
)


def at(text: str, zone: ZoneInfo = KOLKATA) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-03-02 08:59:59", False),
        ("2026-03-02 09:00", True),
        ("2026-03-02 18:29:59.999999", True),
        ("2026-03-02 18:30", False),
        ("2026-03-07 13:00", True),
        ("2026-03-07 14:00", False),
        ("2026-03-08 11:00", False),
        ("2026-01-26 11:00", False),
        ("2026-12-24 12:59", True),
        ("2026-12-24 13:00", False),
    ],
)
def test_a_start_belongs_to_the_hours_and_an_end_does_not(moment: str, is_open: bool) -> None:
    assert OFFICE.open_at(at(moment)) is is_open


def test_the_zone_of_the_moment_does_not_matter() -> None:
    assert OFFICE.open_at(datetime(2026, 3, 2, 3, 30, tzinfo=UTC))
    assert not OFFICE.open_at(datetime(2026, 3, 2, 3, 29, tzinfo=UTC))


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-03-02 08:00", "2026-03-02 09:00"),
        ("2026-03-02 09:00", "2026-03-03 09:00"),  # open: the opening behind the next closing
        ("2026-03-07 15:00", "2026-03-09 09:00"),
        ("2026-01-23 19:00", "2026-01-24 10:00"),
        ("2026-01-24 15:00", "2026-01-27 09:00"),  # Sunday, then a day that is closed
        ("2026-08-14 19:00", "2026-08-17 09:00"),
    ],
)
def test_next_opening(now: str, opens: str) -> None:
    assert OFFICE.next_opening(at(now)) == at(opens)


def test_an_overnight_window_belongs_to_its_first_day() -> None:
    night = calendar(week("4", "22:00-06:00"), ClosedOn((day("2026-03-14"),)))
    assert night.open_at(at("2026-03-06 23:00"))
    assert night.open_at(at("2026-03-07 05:59"))
    assert not night.open_at(at("2026-03-07 06:00"))
    assert not night.open_at(at("2026-03-06 05:00"))
    # Saturday is closed, but the window that runs into it is Friday's.
    assert night.open_at(at("2026-03-14 05:00"))


def test_several_openings_and_an_end_at_midnight() -> None:
    shop = calendar(week("0123456", "09:00-13:00", "14:00-24:00"))
    assert shop.open_at(at("2026-03-02 12:59"))
    assert not shop.open_at(at("2026-03-02 13:30"))
    assert shop.open_at(at("2026-03-02 23:59:59"))
    assert not shop.open_at(at("2026-03-03 00:00"))
    assert shop.next_opening(at("2026-03-02 10:00")) == at("2026-03-02 14:00")


def test_windows_that_touch_are_one_opening() -> None:
    shop = calendar(week("0", "09:00-24:00"), week("1", "00:00-12:00"))
    assert shop.next_opening(at("2026-03-02 10:00")) == at("2026-03-09 09:00")


def test_hours_that_never_close_or_never_open_have_no_next_opening() -> None:
    assert calendar(week("0123456", "00:00-24:00")).next_opening(at("2026-03-02 10:00")) is None
    assert (
        calendar(OpenDate((day("2026-01-01"),), openings("09:00-10:00"))).next_opening(at("2026-03-02 10:00"))
        is None
    )


def test_a_date_far_ahead_is_found() -> None:
    event = calendar(OpenDate((day("2031-05-05"),), openings("09:00-10:00")))
    assert event.next_opening(at("2026-03-02 10:00")) == at("2031-05-05 09:00")


def test_hours_of_their_own_zone() -> None:
    desk = compile_calendar(
        Hours(
            Name("desk"), (week("0", "09:00-10:00"),), Literal(Kind.WORD, "Europe/London", "Europe/London")
        ),
        ZoneInfo("Asia/Kolkata"),
        {},
    )
    assert desk.open_at(at("2026-03-02 09:30", LONDON))
    assert not desk.open_at(at("2026-03-02 09:30"))


def test_a_shop_opens_once_on_the_day_the_clock_is_put_back() -> None:
    shop = calendar(week("6", "01:30-03:00"), zone="Europe/London")  # 2026-10-25, 02:00 BST is 01:00 GMT
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    opens = shop.next_opening(datetime(2026, 10, 24, tzinfo=UTC))
    assert opens is not None
    assert opens.astimezone(UTC) == first
    assert shop.open_at(first)
    assert shop.open_at(second - timedelta(minutes=20))
    assert not shop.open_at(first - timedelta(seconds=1))
    assert shop.open_at(datetime(2026, 10, 25, 2, 59, tzinfo=UTC))
    assert not shop.open_at(datetime(2026, 10, 25, 3, 0, tzinfo=UTC))


def test_an_opening_in_a_gap_moves_forward() -> None:
    shop = calendar(week("6", "01:30-05:00"), zone="Europe/London")  # 2026-03-29, 01:00 GMT is 02:00 BST
    assert shop.next_opening(datetime(2026, 3, 28, tzinfo=UTC)) == at("2026-03-29 02:30", LONDON)


@pytest.mark.parametrize(
    ("zone", "local", "utc"),
    [
        ("Europe/London", "2026-03-29 01:30", "2026-03-29T01:30+00:00"),
        ("Europe/London", "2026-10-25 01:30", "2026-10-25T00:30+00:00"),
        ("America/New_York", "2026-03-08 02:30", "2026-03-08T07:30+00:00"),
        ("America/New_York", "2026-11-01 01:30", "2026-11-01T05:30+00:00"),
        ("Asia/Kolkata", "2026-03-08 02:30", "2026-03-07T21:00+00:00"),
    ],
)
def test_a_clock_time_in_a_gap_moves_forward_and_in_an_overlap_is_the_first(
    zone: str, local: str, utc: str
) -> None:
    on, _, minute = local.partition(" ")
    moment = at_clock(date.fromisoformat(on), int(minute[:2]) * 60 + int(minute[3:]), ZoneInfo(zone))
    assert moment.astimezone(UTC) == datetime.fromisoformat(utc)


def test_public_holidays() -> None:
    office = calendar(week("0123456", "09:00-18:00"), Holidays(Name("in")))
    assert not office.open_at(at("2026-08-15 11:00"))  # Independence Day
    assert office.open_at(at("2026-08-14 11:00"))
    assert office.next_opening(at("2026-08-14 19:00")) == at("2026-08-16 09:00")


def test_a_date_of_its_own_beats_a_public_holiday() -> None:
    office = calendar(
        week("0123456", "09:00-18:00"),
        Holidays(Name("IN")),
        OpenDate((day("2026-08-15"),), openings("10:00-12:00")),
    )
    assert office.open_at(at("2026-08-15 11:00"))


def test_holiday_calendars_that_do_not_exist_are_answered_in_words() -> None:
    assert holiday_problem("IN-KA") is None
    assert holiday_problem("gb-eng") is None
    assert "no holiday calendar XX" in (holiday_problem("XX") or "")
    assert "no holiday calendar IN-QQ" in (holiday_problem("IN-QQ") or "")


def test_without_the_library_the_answer_is_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)
    assert "pip install" in (holiday_problem("IS") or "")


def test_years_whose_movable_feasts_are_not_known_keep_their_fixed_days() -> None:
    assert date(2040, 8, 15) in holiday_dates("IN", 2040)


spans = st.tuples(st.integers(0, 1439), st.integers(0, 1440)).map(
    lambda s: Opening(Literal(Kind.TIME, s[0], ""), Literal(Kind.TIME, s[1], ""))
)
weeks = st.lists(
    st.builds(lambda d, o: OpenWeek((d,), (o,)), st.integers(0, 6), spans), min_size=1, max_size=4
)


@given(
    lines=weeks,
    zone=st.sampled_from(["Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]),
    now=st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
)
def test_the_next_opening_is_open_and_the_moment_before_is_not(
    lines: list[OpenWeek], zone: str, now: datetime
) -> None:
    office = calendar(*lines, zone=zone)
    opens = office.next_opening(now)
    if opens is None:
        return
    assert opens > now
    assert office.open_at(opens)
    assert not office.open_at(opens - timedelta(microseconds=1))
    # It is the first: while the hours don't hold now, they don't hold anywhere before it.
    if not office.open_at(now):
        step = (opens - now) / 7
        assert not any(office.open_at(now + step * part) for part in range(7))
