"""`differences`: every change found is real, and the usual edits are found."""

import json
from zoneinfo import ZoneInfo

import pytest

from flowrules.language.operators import OPERATORS
from flowrules.scenarios.comparing.difference import compare, difference_json, differences

KOLKATA = ZoneInfo("Asia/Kolkata")
BASE = """\
timezone Asia/Kolkata
hours office
  mon to fri 09:00 to 18:30
end
on intent=sales when during office and balance is at least 500 transfer queue gold otherwise schedule_callback next office
on intent=billing unless vip is yes transfer queue billing
on said contains "lawyer" request_supervisor because "legal"
on anything log "net"
"""


def edited(old: str, new: str) -> str:
    assert old in BASE
    return BASE.replace(old, new)


def test_the_same_rules_do_not_differ(load):
    assert differences(load(BASE), load(BASE)) == ()
    spelled = edited("is at least 500", ">= 500").replace('log "net"', 'then log "net"')
    assert differences(load(BASE), load(spelled)) == ()


@pytest.mark.parametrize(
    ("old", "new", "event", "verbs"),
    [
        ("at least 500", "at least 600", {"intent": "sales"}, (["transfer"], ["schedule_callback"])),
        ("queue billing", "queue bills", {"intent": "billing"}, (["transfer"], ["transfer"])),
        ("unless vip is yes ", "", {"intent": "billing"}, (["log"], ["transfer"])),
        ("during office and ", "", {"intent": "sales"}, (["schedule_callback"], ["transfer"])),
        ("18:30", "17:00", {"intent": "sales"}, (["transfer"], ["schedule_callback"])),
        ('on said contains "lawyer" request_supervisor because "legal"\n', "", {"said": "lawyer"},
         (["request_supervisor"], ["log"])),
        ('log "net"', "stop", {"intent": "billing"}, (["log"], [])),
    ],
)  # fmt: skip
def test_an_edit_is_found_with_an_example(load, old, new, event, verbs):
    changes = differences(load(BASE), load(edited(old, new)))
    assert (event, *verbs) in [
        (dict(c.situation.event), [b["event"] for b in c.old], [b["event"] for b in c.new]) for c in changes
    ]


def test_an_example_is_never_a_guess(load):
    old, new = load(BASE), load(edited("at least 500", "at least 600"))
    for change in differences(old, new):
        assert compare(old, new, change.situation) == change
    json.dumps(difference_json(differences(old, new)))


@pytest.mark.parametrize("row", OPERATORS, ids=lambda row: row.op)
def test_a_new_guard_of_any_comparison_is_found(load, row):
    head = "list vips is gold, silver\n"
    asked = f"plan {row.words} {row.sample.operand}".rstrip()
    guarded = load(f'{head}on intent=sales when {asked} hangup\non intent=sales log "x"\n')
    moved = load(f'{head}on intent=sales when {asked} mute\non intent=sales log "x"\n')
    (change,) = differences(guarded, moved)
    assert [body["event"] for body in change.old] == ["hangup"]
    plain = load(f"{head}on intent=sales hangup\n")
    assert any([body["event"] for body in change.old] == ["log"] for change in differences(guarded, plain))


def test_a_text_that_reads_as_a_number_is_typed_as_a_text(load):
    old = load('on intent=a when code ends with "56" hangup\n')
    (change, *_) = differences(old, load('on intent=a when code ends with "57" hangup\n'))
    assert "--fact code='\"57\"'" in change.situation.words(KOLKATA)
