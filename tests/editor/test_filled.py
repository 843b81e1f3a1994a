"""What is proposed of the rule set itself: names in snippets, moments for its hours; and what a count counts."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from flowrules.compiler.loading.load import load_rules
from flowrules.diagnostics.diagnostic import Severity
from flowrules.editor.completion import Sort, complete
from flowrules.editor.features.hover import hover
from flowrules.source import source_from_text
from tests.editor.conftest import HEAD, Marked


def proposed(marked: Marked, text: str, head: str = HEAD) -> dict[str, tuple[str, str]]:
    workspace, offset = marked(text, head)
    found = complete(workspace.files["b.rules"], offset, workspace.index)
    return {one.label: (one.text, one.detail) for one in found}


def snippets(marked: Marked, head: str = HEAD) -> dict[str, str]:
    workspace, offset = marked("|", head)
    found = complete(workspace.files["b.rules"], offset, workspace.index)
    return {
        one.label: re.sub(r"\$\{\d+:([^}]*)\}", r"\1", one.text) for one in found if one.sort is Sort.SNIPPET
    }


def test_snippets_name_what_the_rule_set_has(marked: Marked) -> None:
    some = snippets(marked)
    assert "on intent=refund\n  transfer to sales_desk\n" in some["rule"]
    assert "on intent=sales\n  expect transfer to sales_desk\n" in some["test"]
    assert some["destination"] == "destination sales_desk is queue billing_q"
    other = snippets(marked, 'on intent="new card" then transfer queue "front desk"\n')
    assert 'on intent=sales\n  transfer queue "front desk"\n' in other["rule"]
    assert 'on intent="new card"\n  expect transfer queue "front desk"\n' in other["test"]
    declared = snippets(
        marked, "fact intent is one of sales, billing\non intent=sales then transfer agent anna\n"
    )
    assert "on intent=billing\n  transfer agent anna\n" in declared["rule"]
    # Where there are none they keep their examples.
    assert "transfer queue sales" in snippets(marked, "timezone Asia/Kolkata\n")["rule"]


def test_a_rule_and_its_test_made_of_snippets_have_no_error_and_the_test_passes(marked: Marked) -> None:
    some = snippets(marked)
    text = f"{HEAD}\n{some['rule']}\n\n{some['test']}\n"
    found = load_rules([source_from_text(text, "a.rules")])
    assert not [one for one in found.findings if one.code.severity is Severity.ERROR]


def test_a_promise_speaks_of_the_opening_hours_where_there_are_some(marked: Marked) -> None:
    hours = "timezone Asia/Kolkata\nhours shop\n  mon to fri 09:00 to 17:00\nend\n"
    promise = snippets(marked, hours)["promise"]
    assert promise == 'promise "name" never transfer when shop is closed'
    text = f"{hours}{promise}\non intent=sales when shop is open transfer queue q\n"
    assert load_rules([source_from_text(text, "a.rules")]).findings == ()
    assert snippets(marked, "timezone Asia/Kolkata\n")["promise"].endswith(
        "at the end call.disposition is known"
    )


@pytest.mark.parametrize("typed", ["", "20", "2026-0"])
def test_a_moment_is_proposed_that_is_right_for_the_hours(marked: Marked, typed: str) -> None:
    some = proposed(marked, f'test "t"\n  given time is {typed}|')
    assert some["2026-01-05 11:00"][1] == "Monday, office is open"
    assert some["2026-01-05 22:00"][1] == "Monday, office is closed"


def test_a_moment_counts_days_off_nights_and_the_zone_of_the_hours(marked: Marked) -> None:
    head = (
        "timezone Asia/Kolkata\nlist off is 2026-01-05\n"
        "hours shop\n  mon to wed 09:00 to 17:00\n  closed on off\nend\n"
        "hours night in America/New_York\n  tue 22:00 to 02:00\nend\n"
    )
    details = {
        detail: label for label, (_, detail) in proposed(marked, 'test "t"\n  given time is |', head).items()
    }
    assert details["Tuesday, shop is open"] == "2026-01-06 11:00"
    assert details["Monday, shop is closed"] == "2026-01-05 22:00"
    (night,) = (at for detail, at in details.items() if detail.endswith("night is open"))
    there = (
        datetime.fromisoformat(night)
        .replace(tzinfo=ZoneInfo("Asia/Kolkata"))
        .astimezone(ZoneInfo("America/New_York"))
    )
    assert there.hour >= 22 or there.hour < 2


def test_without_hours_there_is_a_moment_too(marked: Marked) -> None:
    some = proposed(marked, 'test "t"\n  given time is |', "timezone Asia/Kolkata\n")
    assert "2026-01-05 12:00" in some


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("on loop 2 ti|mes then hangup\n", "whatever comes between"),
        ("on loop |2 times then hangup\n", "the 2nd one"),
        ("on loop 3 times in a r|ow then hangup\n", "one right after the other"),
        ("on the same intent 3 ti|mes then hangup\n", "each value is counted by itself"),
        ("on loop or intent=x 2 ti|mes then hangup\n", "counted together"),
        ('promise "P" after loop 2 ti|mes before the call ends hangup\n', "whatever comes between"),
    ],
)  # fmt: skip
def test_a_count_says_what_it_counts(marked: Marked, text: str, says: str) -> None:
    workspace, offset = marked(text)
    found = hover(workspace, "b.rules", offset)
    assert found is not None
    assert says in found.text
    assert "times" in found.location.source.text[found.location.start : found.location.end]


def test_a_limit_is_no_count(marked: Marked) -> None:
    workspace, offset = marked("on loop at most 2 ti|mes per call then hangup\n")
    assert hover(workspace, "b.rules", offset) is None
