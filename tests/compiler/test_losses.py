"""What one rule set would lose to another one, item by item, and what is no loss."""

from collections.abc import Mapping

import pytest

from flowrules.compiler.loading.load import load_rules
from flowrules.compiler.lost.losses import Losses, losses
from flowrules.compiler.ruleset import RuleSet
from flowrules.source import source_from_text

RULES = "on intent=a hangup\non intent=b set_disposition B\n"
MANY = "".join(f"on intent=i{number} hangup\n" for number in range(10))
RAIL = "never transfer when opted_out is yes\n"


def ruleset(files: Mapping[str, str]) -> RuleSet:
    loaded = load_rules([source_from_text(text, path) for path, text in files.items()])
    assert loaded.ruleset is not None, [finding.message for finding in loaded.findings]
    return loaded.ruleset


def lost(before: str | Mapping[str, str], after: str | Mapping[str, str]) -> Losses:
    one, other = (({"a.rules": some} if isinstance(some, str) else some) for some in (before, after))
    return losses(ruleset(one), ruleset(other))


@pytest.mark.parametrize(
    ("rail", "weaker"),
    [
        (RAIL, "# none"),
        (RAIL, "never hangup when opted_out is yes"),
        (RAIL, "never transfer when opted_out is yes unless vip is yes"),
        (RAIL, "never transfer when opted_out is yes and vip is no"),
        (RAIL, "never transfer when opted_out is no"),
        ("never transfer, hangup when x is yes", "never transfer when x is yes"),
        ("never transfer when x is yes or y is yes", "never transfer when x is yes"),
        ("never transfer when x is one of a, b, c", "never transfer when x is one of a, b"),
        ("never transfer unless x is yes", "never transfer unless x is yes or y is yes"),
        ("never transfer unless x is yes and y is yes", "never transfer unless x is yes"),
        ("never hangup when x is yes\n  instead transfer queue q", "never hangup when x is yes"),
        ("before transfer then recording_resume then log \"a\"", "before transfer then log \"a\""),
        ("before transfer then log \"a\"", "before transfer when x is yes then log \"a\""),
        ("never transfer when x is yes", "before transfer when x is yes then log \"a\""),
        ("never transfer when balance is more than 5", "never transfer when balance is more than 50"),
    ],
)  # fmt: skip
def test_a_rail_that_is_gone_or_weaker_is_lost_by_name_and_place(rail: str, weaker: str) -> None:
    found = lost(f"{RULES}{rail}\n# end\n", f"{RULES}{weaker}\n# end\n")
    assert found.lost == (f"{' '.join(rail.split())} (a.rules, line 3)",)
    assert not found.unfinished
    assert not found.shrunken


@pytest.mark.parametrize(
    ("rail", "other"),
    [
        (RAIL, f"# why\n{RAIL}"),
        (RAIL, "Never Transfer   when OPTED_OUT is yes"),
        (RAIL, "never transfer, hangup when opted_out is yes"),
        ("never transfer, hangup when x is yes", "never hangup when x is yes\nnever transfer when x is yes"),
        ("never transfer when x is yes and y is yes", "never transfer when x is yes"),
        ("never transfer when x is yes", "never transfer when x is yes or y is yes"),
        ("never play_audio when x is yes", "never say when x is yes"),
        ("never say when x is yes", "never play_audio when x is yes"),
        ("never transfer when x is one of a, b", "never transfer when x is one of b, a, c"),
        ("never transfer when x is yes unless y is yes", "never transfer when x is yes"),
        ("never transfer unless x is yes", "never transfer unless x is yes and y is yes"),
        ("before transfer log \"a\"", "before transfer log \"b\" then recording_resume"),
        ("never hangup when x is yes", "never hangup when x is yes\n  instead transfer queue q"),
    ],
)  # fmt: skip
def test_the_same_rail_or_a_stronger_one_is_no_loss(rail: str, other: str) -> None:
    assert not lost(f"{RULES}{rail}\n# end\n", f"{RULES}{other}\n# end\n")


PROMISES = (
    "at the end call.disposition is known and lead.name is known",
    "never transfer, hangup when opted_out is yes unless vip is yes",
    "before transfer call.recording is on",
    "while paying is yes call.recording is paused",
    "after intent=human or dtmf=0 within 3 minutes transfer or schedule_callback",
    "after recording_pause when paying is yes before the call ends recording_resume",
)


@pytest.mark.parametrize("promise", PROMISES)
def test_a_promise_that_is_gone_is_lost_by_name_and_place(promise: str) -> None:
    before = f'{RULES}promise "p" {promise}\n# end\n'
    assert lost(before, f"{RULES}# end\n").lost == ('promise "p" (a.rules, line 3)',)
    for other in PROMISES:
        found = lost(before, f'{RULES}promise "P" {other}\n# end\n').lost
        assert found == (() if other == promise else ('a part of the promise "p" (a.rules, line 3)',))


@pytest.mark.parametrize(
    ("promise", "weaker"),
    [
        ("at the end x is known and y is known", "at the end x is known"),
        ("at the end x is known", "at the end x is known or y is known"),
        ("at the end x is one of a, b", "at the end x is one of a, b, c"),
        ("never transfer, hangup when x is yes", "never transfer when x is yes"),
        ("never transfer", "never transfer when x is yes"),
        ("never transfer when x is yes", "never transfer when x is yes unless y is yes"),
        ("before transfer, hangup x is yes", "before hangup x is yes"),
        ("before transfer x is yes", "before transfer (x is yes or y is yes)"),
        ("while x is yes y is yes", "while (x is yes and z is yes) y is yes"),
        ("while x is yes (y is yes and z is yes)", "while x is yes z is yes"),
        ("after intent=a or intent=b within 1 minute hold", "after intent=a within 1 minute hold"),
        ("after intent=a within 1 minute hold", "after intent=a within 2 minutes hold"),
        ("after intent=a within 1 minute hold", "after intent=a before the call ends hold"),
        ("after intent=a within 1 minute hold", "after intent=a within 1 minute hold or the call ends"),
        ("after intent=a within 1 minute hold", "after intent=a when x is yes within 1 minute hold"),
        ("after intent=a within 1 minute hold", "after intent=a within 1 minute hold or mute"),
        ("after intent=a within 1 minute hold", "after intent=a 2 times within 1 minute hold"),
        ("after intent=a 2 times within 1 minute hold", "after intent=a 3 times within 1 minute hold"),
        (
            "after intent=a 2 times within 1 minute hold",
            "after intent=a 2 times in a row within 1 minute hold",
        ),
        (
            "after intent=a or intent=b 2 times within 1 minute hold",
            "after intent=a 2 times within 1 minute hold",
        ),
        ("after a 2 times within 1 minute hold", "after the same a 2 times within 1 minute hold"),
        ("after hold within 1 minute the call ends", "after mute within 1 minute the call ends"),
    ],
)
def test_a_promise_that_is_weaker_is_a_loss(promise: str, weaker: str) -> None:
    before, after = (f'{RULES}promise "p" {one}\n# end\n' for one in (promise, weaker))
    assert lost(before, after).lost == ('a part of the promise "p" (a.rules, line 3)',)


@pytest.mark.parametrize(
    ("promise", "stronger"),
    [
        ("at the end x is known", "at the end x is known and y is known"),
        ("at the end x is one of a, b, c", "at the end x is b"),
        ("never transfer when x is yes unless y is yes", "never hangup, transfer when x is yes"),
        ("before transfer x is yes", "before hangup, transfer x is yes and y is yes"),
        ("while (x is yes and z is yes) y is yes", "while x is yes y is yes"),
        ("while x is yes y is yes", "while x is yes (z is yes and y is yes)"),
        ("after intent=a within 2 minutes hold or the call ends", "after intent=b or intent=A within 90 seconds hold"),
        ("after intent=a 3 times in a row within 1 minute hold", "after b or intent=a 2 times within 1 minute hold"),
        ("after intent=a 3 times within 1 minute hold", "after intent=a within 1 minute hold"),
        ("after intent=a when x is yes before the call ends hold", "after intent=a within 1 minute hold"),
    ],
)  # fmt: skip
def test_the_same_promise_or_a_stronger_one_is_no_loss(promise: str, stronger: str) -> None:
    before = f'{RULES}promise "p" {promise}\n# end\n'
    assert not lost(before, f'{RULES}promise "another name" {stronger}\n# end\n')


def test_a_promise_may_become_two_in_another_file() -> None:
    before = f'{RULES}promise "p" before transfer, hangup x is yes and y is yes\n# end\n'
    after = 'promise "x" before transfer, hangup x is yes\npromise "y" before hangup, transfer y is yes\n'
    assert not lost({"a.rules": before}, {"a.rules": f"{RULES}# end\n", "b.rules": after})


DECLARED = """\
list vips is a, b, c
hours office
  mon to fri 09:00 to 18:00
  closed on 2026-12-25
  holidays IN
end
allow numbers +91, +1
fact balance is number from host
default disposition is DONE
default disposition for intent=a is A
destination desk is queue d
destination shops by city
  pune is queue pune
  goa is queue goa
  otherwise is queue rest
end
steps bye
  hangup
end
timezone Asia/Kolkata
event paid
fact opted_out is yes/no
fact city is text
urgent on paid hangup
order as written
"""


@pytest.mark.parametrize(
    ("gone", "instead", "named"),
    [
        ("list vips is a, b, c\n", "", "list vips (a.rules, line 1)"),
        ("a, b, c", "a", "b, c of the list vips (a.rules, line 1)"),
        ("  closed on 2026-12-25\n", "", "closed 2026-12-25 of the hours office (a.rules, line 2)"),
        ("  holidays IN\n", "", "holidays IN of the hours office (a.rules, line 2)"),
        ("allow numbers +91, +1\n", "", "allow numbers +91 (a.rules, line 7)"),
        ("+91, +1", "+91", "allow numbers +1 (a.rules, line 7)"),
        ("fact balance is number from host\n", "", "fact balance (a.rules, line 8)"),
        ("number from host", "number", "from host of the fact balance (a.rules, line 8)"),
        ("number from host", "number from model", "from host of the fact balance (a.rules, line 8)"),
        ("default disposition is DONE\n", "", "default disposition is DONE (a.rules, line 9)"),
        ("default disposition for intent=a is A\n", "", "default disposition for intent=a is A (a.rules, line 10)"),
        ("destination desk is queue d\n", "", "destination desk (a.rules, line 11)"),
        ("  goa is queue goa\n", "", "goa of the destination shops (a.rules, line 12)"),
        ("  otherwise is queue rest\n", "", "otherwise of the destination shops (a.rules, line 12)"),
        ("steps bye\n  hangup\nend\n", "", "steps bye (a.rules, line 17)"),
        ("urgent on paid hangup\n", "", "urgent on paid (a.rules, line 24)"),
        ("urgent on paid hangup\n", "on paid hangup\n", "urgent on paid (a.rules, line 24)"),
        ("order as written\n", "", "order as written (a.rules, line 25)"),
    ],
)  # fmt: skip
def test_what_is_declared_is_lost_by_name_and_place(gone: str, instead: str, named: str) -> None:
    before = DECLARED + RULES
    assert gone in before
    assert named in lost(before, before.replace(gone, instead)).lost


def test_a_time_zone_that_is_gone_is_lost() -> None:
    assert lost("timezone UTC\n" + RULES, RULES).lost == ("timezone UTC (a.rules, line 1)",)


def test_an_edit_of_what_is_declared_is_no_loss() -> None:
    before = DECLARED + RULES
    after = before
    for old, new in (
        ("a, b, c", "a, b, d"), ("09:00 to 18:00", "10:00 to 19:00"), ("is DONE", "is CLOSED"), ("queue d\n", "queue e\n"),
        ("Asia/Kolkata", "UTC"), ("urgent on paid hangup", "urgent on paid set_disposition PAID"),
        ("pune is queue pune", "pune is queue other"), ("number from host", "number from platform"),
    ):  # fmt: skip
        assert old in after
        after = after.replace(old, new)
    assert not lost(before, after)


@pytest.mark.parametrize(
    "asking",
    [
        "never transfer when plan is in blocked",
        'promise "p" never transfer when plan is in blocked',
        'promise "p" while plan is in blocked call.recording is on',
    ],
)
def test_a_member_that_a_rail_or_promise_asks_for_is_lost(asking: str) -> None:
    text = f"{RULES}list blocked is a, b, c, d, e\n{asking}\n"
    found = lost(text, text.replace(", e", ""))
    assert found.lost == ("e of the list blocked (a.rules, line 3)",)


def test_what_a_rail_does_in_other_words_is_a_part_of_it() -> None:
    text = (
        RULES + 'steps pause\n  recording_pause\n  log "x"\nend\n'
        'before transfer then do safe\nsteps safe\n  do pause\n  log "x"\nend\n'
        'steps other\n  mute\n  log "x"\nend\n'
    )
    for gone, name in (
        ("  recording_pause\n", "pause (a.rules, line 3)"),
        ("  do pause\n", "safe (a.rules, line 8)"),
    ):
        assert lost(text, text.replace(gone, "")).lost == (f"a part of the steps {name}",)
    assert not lost(text, text.replace("  mute\n", ""))
    assert not lost(text, text.replace('"x"', '"y"').replace("recording_pause", "hold\n  recording_pause"))


def test_another_file_or_order_is_no_loss() -> None:
    before = {"a.rules": RULES, "rails.rules": RAIL + DECLARED}
    assert not lost(before, {"b.rules": DECLARED + RAIL, "c.rules": RULES})
    assert not lost(before, {"a.rules": RAIL + DECLARED + RULES})


@pytest.mark.parametrize(
    ("after", "state"),
    [
        (None, "rails.rules is gone"),
        ("", "rails.rules is empty"),
        ("\n \n", "rails.rules is empty"),
        ("# Rails\non intent=z hangup\n", "rails.rules ends behind line 2, and what stood below is missing"),
        ("# Rails\n", "rails.rules ends behind line 1, and what stood below is missing"),
    ],
)
@pytest.mark.parametrize(
    ("protection", "named"),
    [(RAIL, RAIL.strip()), ('promise "p" at the end x is known\n', 'promise "p"')],
    ids=["guard rail", "promise"],
)
def test_a_file_that_is_not_all_there_is_unfinished(
    after: str | None, state: str, protection: str, named: str
) -> None:
    before = {"a.rules": MANY, "rails.rules": f"# Rails\non intent=z hangup\n{protection}"}
    now = {"a.rules": MANY} | ({} if after is None else {"rails.rules": after})
    found = lost(before, now)
    assert found.unfinished == (state,)
    assert f"{named} (rails.rules, line 3)" in found.lost


def test_a_comment_in_the_place_of_what_is_gone_says_that_the_file_is_whole() -> None:
    before = {"a.rules": MANY, "rails.rules": f"# Rails\n{RAIL}"}
    for text in ("# Rails\n# none any more\n", "# none\n"):
        found = lost(before, {"a.rules": MANY, "rails.rules": text})
        assert found.lost
        assert not found.unfinished


def test_rules_off_the_end_of_a_file_are_lost_but_for_the_last_one() -> None:
    lines = MANY.splitlines(keepends=True)
    assert not lost(MANY, "".join(lines[:-1]))
    assert lost(MANY, "".join(lines[:-2])).lost == (
        "2 rules of a.rules, which ends behind line 8, and what stood below is missing",
    )
    assert not lost(MANY, "".join(lines[2:]))


def test_a_file_of_rules_that_is_gone_is_a_loss() -> None:
    before = {"a.rules": MANY, "b.rules": RULES}
    found = lost(before, {"a.rules": MANY})
    assert found.lost == ("2 rules of b.rules, which is gone",)
    assert not found.unfinished
    assert lost(before, {"a.rules": MANY, "b.rules": ""}).unfinished == ("b.rules is empty",)


def test_less_than_half_of_the_rules() -> None:
    assert lost(MANY, RULES).shrunken == "2 rules are left of 10"
    assert not lost(MANY, "".join(MANY.splitlines(keepends=True)[4:])).shrunken


def test_a_test_or_a_comment_is_no_loss() -> None:
    before = {"a.rules": RULES, "t.rules": '# Tests\ntest "a"\n  on intent=a\n  expect hangup\nend\n'}
    assert not lost(before, {"a.rules": RULES})
