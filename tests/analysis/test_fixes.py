"""What `check --fix` writes: never another meaning."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowrules.analysis.check import check
from flowrules.diagnostics.fix import fixed
from flowrules.language.parse import parse
from flowrules.source import source_from_text

HOURS = "hours office\n  mon to fri 09:00 to 17:00\nend\non intent=a during office transfer queue q\n"


def mended(text: str) -> str:
    """The text after every round of edits, as the command makes them."""
    source = source_from_text(text, "a.rules")
    for _ in range(10):
        file, problems = parse(source)
        _, findings = check([file])
        new, done = fixed(source, (*problems, *findings))
        if not done:
            break
        source = source_from_text(new, "a.rules")
    return source.text


@pytest.mark.parametrize(
    "zone",
    "PST PDT CST CDT EST EDT MST MDT BST IST JST KST AEST ACST NZST CEST EEST WEST SGT GST pst cst Paris London "
    "America/Paris Asia/Tokio UTC+5".split(),
)
def test_a_time_zone_is_not_guessed(zone: str) -> None:
    text = f"timezone {zone}\n{HOURS}"
    assert mended(text) == text


@pytest.mark.parametrize(
    ("zone", "place"), [("CST", "Asia/Shanghai"), ("PST", "America/Los_Angeles"), ("BST", "Europe/London"),
                        ("IST", "Asia/Kolkata"), ("aedt", "Australia/Sydney")]
)  # fmt: skip
def test_an_abbreviation_gets_the_places_that_it_may_mean(zone: str, place: str) -> None:
    file, _ = parse(source_from_text(f"timezone {zone}\n{HOURS}"))
    _, findings = check([file])
    (finding,) = (found for found in findings if found.code.name == "unknown-timezone")
    assert "short for" in finding.message
    assert place in finding.hint


@pytest.mark.parametrize(
    "line",
    [
        'on said contains "refund" and "now" hangup',
        "on intent=a when plan is gold vip is yes hangup",
        "on intent=a when plan is gold, vip is yes hangup",
        "on intent=a during a or during b hangup",
        "on intent=a transfer queue a or queue b",
        "on intent=a transfer queue a and queue b",
        "on intent=a transfer to the support team",
        "on intent=a when balance is 1,5 hangup",
        "on intent=a when balance is 1,234 hangup",
        "on intent=a wait 2-3 seconds then hangup",
        "on intent=a wait 1500 ms then hangup",
        "at 9 hangup",
        "on intent=a expect hangup",
        "on intent=a transfer number 9876543210",
        "on intent=a transfer number 011442079460000",
        "on intent=a transfer number 112",
        "on intent=a transfer number +112",
        "on intent=a uhold",
    ],
)
def test_what_may_mean_something_else_is_left_as_it_is(line: str) -> None:
    hours = "timezone UTC\nhours a\n  mon 09:00 to 10:00\nend\nhours b\n  tue 09:00 to 10:00\nend\n"
    assert mended(f"{hours}{line}\n") == f"{hours}{line}\n"


@pytest.mark.parametrize("row", ["mon to fri 9 to 6", "closed on 03/04/2026", "mon to fry 09:00 to 18:00"])
def test_hours_are_not_guessed(row: str) -> None:
    text = f"timezone UTC\nhours a\n  {row}\nend\non intent=a during a hangup\n"
    assert mended(text) == text


@pytest.mark.parametrize(
    ("line", "better"),
    [
        ("on intent=a when balance < - 5 hangup", "on intent=a when balance < -5 hangup"),
        ("on intent=a when balance is at least –5 hangup", "on intent=a when balance is at least -5 hangup"),
        ("on intent=a when vip is yes and balance > 5 and < 9 hangup",
         "on intent=a when vip is yes and balance > 5 and balance < 9 hangup"),
        ("on intent=a wait 1.5 hours then hangup", "on intent=a wait 90 minutes then hangup"),
        ("on intent=a transfer number 0012125550123", "on intent=a transfer number +12125550123"),
        ("on intent=a transfer number 00 91 98765 43210", "on intent=a transfer number +919876543210"),
        ("on intent=a transfer number +44 (0)20 7946 0000", "on intent=a transfer number +442079460000"),
        ("on intent=a transfer number tel:+1-212-555-0123", "on intent=a transfer number +12125550123"),
        ("on dtmf=1,2 hangup", "on dtmf is one of 1, 2 hangup"),
        ("on intent=a wait 5 minuets then hangup", "on intent=a wait 5 minutes then hangup"),
        ("timezone UTC\nhours a\n  mondy to thurs 09:00 to 18:00\nend", "timezone UTC\nhours a\n  monday to thu 09:00 to 18:00\nend"),
    ],
)  # fmt: skip
def test_what_can_mean_one_thing_is_mended(line: str, better: str) -> None:
    assert mended(f"{line}\n") == f"{better}\n"


PLACES = (
    ("list {} is x\n", "on intent=a when lead.name is in {} hangup\n"),
    ("timezone UTC\nhours {}\n  mon 09:00 to 10:00\nend\n", "on intent=a during {} hangup\n"),
    ("steps {}\n  hangup\nend\n", "on intent=a do {}\n"),
    ("destination {} is queue a\n", "on intent=a transfer to {}\n"),
    ("fact {} is text\n", "on intent=a when {} is known hangup\n"),
    ("event {}\n", "on {} hangup\n"),
    ("fact plan is one of {}, basic\n", "on intent=a when plan is {} hangup\n"),
)
"""Declarations, and a use of the name."""
WORDS = st.sampled_from(
    ["silver_desk", "desk1", "vips", "refund_a", "premium", "plan_10", "evening", "stage_ii"]
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PLACES), WORDS, WORDS, st.integers(0, 10), st.sampled_from("abqwz1_"), st.booleans())
def test_a_name_is_written_only_where_letters_of_the_one_candidate_slipped(
    place: tuple[str, str], one: str, other: str, at: int, letter: str, swap: bool
) -> None:
    declared, use = place
    at = min(at, len(one) - 1)
    wrong = one[:at] + (one[at : at + 2][::-1] if swap else letter) + one[at + (2 if swap else 1) :]
    if not re.fullmatch(r"[a-z][a-z_0-9]*[a-z0-9]", wrong) or wrong in (one, other):
        return
    known = {one, other}
    text = "".join(map(declared.format, sorted(known))).replace("timezone UTC\n", "", len(known) - 1)
    if "fact plan" in declared:
        text = declared.format(", ".join(sorted(known)))
    result = mended(text + use.format(wrong))
    assert result.startswith(text)
    written = result.removeprefix(text)
    if written != use.format(wrong):
        (name,) = (name for name in known if written == use.format(name))
        assert re.sub(r"[^\W\d_]", "", name) == re.sub(r"[^\W\d_]", "", wrong)


@pytest.mark.parametrize(
    "line",
    [
        # the opposite of what was written
        'on intent=a send_dtmf 1 if it works then log "x"',
        'on intent=a transfer queue q if it succeeds then log "x"',
        'on intent=a send_dtmf 1 if it doesn\'t fail then log "x"',
        'on intent=a hold if it does not fail then log "x"',
        'on intent=a send_dtmf 1 if the call answers then log "x"',
        # one of two
        'on intent=a say "x" or hangup',
        'on intent=a say "x" or say "y"',
        # an event, a number, a country that nobody named
        'on no answer say "x"',
        'always log "x"',
        'also log "x"',
        "urgent transfer queue q",
        "on intent=sales or support hangup",
        # a fact that has the name of a comparison, or of another's value
        "on intent=a when balance is less than 5 or over 9 hangup",
        "on intent=a when balance is less than 5 or more than 9 hangup",
        "on intent=a when plan is gold or is silver hangup",
        "on intent=a remember not vip",
        # what is not to be done
        "on intent=a do not transfer",
        'on intent=a do not hangup then say "x"',
        # an agent whom nobody named
        "on intent=a transfer to a human agent",
        # the lead's status, its disposition, or a fact that is remembered
        "on intent=a mark lead dnd",
        "on intent=a close caller",
        "on intent=a set vip to yes",
    ],
)
def test_what_may_be_meant_otherwise_is_left(line: str) -> None:
    assert mended(line + "\n") == line + "\n"


@pytest.mark.parametrize(
    ("written", "better"),
    [
        ("date is after 2026-12-24", "date is more than 2026-12-24"),
        ("date is later than 2026-12-24", "date is more than 2026-12-24"),
        ("date is until 2026-12-24", "date is at most 2026-12-24"),
        ("date is up to 2026-12-24", "date is at most 2026-12-24"),
        ("date is since 2026-12-24", "date is at least 2026-12-24"),
        ("date is before 2026-12-24", "date is less than 2026-12-24"),
        ("time is after 17:00", "time is at least 17:00"),
        ("time is until 17:00", "time is less than 17:00"),
        ("campaign is on vips", "campaign is in vips"),
        ("campaign is not on vips", "campaign is not in vips"),
        ("campaign isn't on vips", "campaign is not in vips"),
        ("campaign is on of hi, ta", "campaign is one of hi, ta"),
        ("campaign is oneof hi, ta", "campaign is one of hi, ta"),
        ("age is below or equal 5", "age is at most 5"),
        ("age is above or equal to 5", "age is at least 5"),
        ("age is 18+", "age is at least 18"),
        ("plan isnot gold", "plan is not gold"),
    ],
)
def test_a_condition_in_other_words_keeps_its_meaning(written: str, better: str) -> None:
    text = "timezone Asia/Kolkata\nlist vips is x\non intent=b when campaign is in vips hangup\non intent=a when {} hangup\n"
    assert mended(text.format(written)) == text.format(better)


def test_a_member_that_looks_like_an_article_stays_in_its_list() -> None:
    use = "on intent=a when x is in vips hangup\n"
    assert mended(f"list vips is a b\n{use}") == f"list vips is a, b\n{use}"


@pytest.mark.parametrize("joint", ["for max", "for up to", "for maximum", "for not more than"])
def test_the_longest_time_of_a_hold_is_no_count(joint: str) -> None:
    text = "on intent=a hold {} 45 seconds\n"
    assert mended(text.format(joint)) == text.format("for at most")


def test_there_is_no_branch_for_success_and_the_finding_says_so() -> None:
    _, problems = parse(source_from_text('on intent=a send_dtmf 1 if it works then log "x"\n'))
    assert problems[0].message == "A step has no branch for the case that it works."


def test_lunch_is_not_over_in_the_morning() -> None:
    """ "after lunch" is not the whole day outside of it; "after office hours" is what people say for outside."""
    text = (
        "timezone UTC\nhours {0}\n  mon to fri 13:00 to 14:00\nend\n"
        "on intent=b during {0} hangup\non intent=a {1} hangup\n"
    )
    assert mended(text.format("lunch", "after lunch")) == text.format("lunch", "after lunch")
    assert mended(text.format("office", "after office hours")) == text.format("office", "outside office")


def test_public_holidays_are_those_of_no_country_that_nobody_named() -> None:
    text = (
        "timezone UTC\nhours office\n  mon to fri 09:00 to 17:00\n  closed on public holidays\nend\n"
        "on intent=a during office hangup\n"
    )
    assert mended(text) == text


@pytest.mark.parametrize("zone", ["New York", "America/New York", "UTC+5:30", "GMT +5"])
def test_a_time_zone_in_several_words_gets_a_sentence(zone: str) -> None:
    source = source_from_text(f"timezone {zone}  # ours\n{HOURS}")
    _, (problem, *_) = parse(source)
    assert problem.message == f'"{zone}" is no time zone as the rules write it.'
    assert "America/New_York" in problem.hint
    assert mended(source.text) == source.text


def test_other_words_before_a_time_zone_are_mended() -> None:
    assert mended(f"time zone is Asia/Kolkata\n{HOURS}") == f"timezone Asia/Kolkata\n{HOURS}"


@pytest.mark.parametrize(
    ("day", "better"), [("tusday", "tuesday"), ("thrusday", "thursday"), ("sonday", None), ("office", None)]
)
def test_a_day_of_a_callback_is_spelt_right_or_left(day: str, better: str | None) -> None:
    text = "timezone UTC\non intent=a schedule_callback next {} at 10:00\n"
    assert mended(text.format(day)) == text.format(better or day)
