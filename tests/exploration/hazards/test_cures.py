"""What a hazard's message proposes mends it, and makes no other fault."""

import re

import pytest

from flowrules.exploration.hazards import HAZARDS
from flowrules.exploration.hazards.ending.goodbye_answered import GoodbyeAnswered
from flowrules.exploration.hazards.ending.never_ends import NeverEnds
from flowrules.exploration.hazards.fires_twice import FiresTwice
from flowrules.exploration.hazards.hazard import Hazard
from flowrules.exploration.hazards.keeping.disposition_missing import DispositionMissing
from flowrules.exploration.hazards.keeping.stays_paused import StaysPaused
from flowrules.exploration.hazards.never_reached import NeverReached
from tests.exploration.hazards.cases import CASES
from tests.exploration.hazards.played import play, stories

LONG = (
    "Thank you very much for your call to our house today; we have written down all that you have told us, our "
    "colleagues in the branch will look into it before the end of the week, and they will write to you as soon as there "
    "is something new to tell you about it. Goodbye."
)


def hint(text: str) -> str:
    (found,) = play(text, *HAZARDS)
    return found.breach.hint.partition(" If it is meant")[0]


def test_a_sentence_that_is_cut_is_not_mended_by_a_wait() -> None:
    assert hint('on intent=bye say "Goodbye to you all." then hangup now').startswith('Leave out "now"')
    assert hint(f'on intent=bye say "{LONG}" then hangup') == (
        'Say less before "hangup": it waits for the bot\'s last word by itself, ten seconds at the most.'
    )


def test_where_a_booking_fails_the_caller_is_told_before_the_call_ends_as_its_rule_writes_it() -> None:
    rule = 'on hangup_interrupted advise "Listen."\non intent=bye hangup now\nrule "Back"\n  on intent=later\n  schedule_callback in 2 hours{}\n  say "We will call you."\n  hangup because "later" # done\nend'
    assert hint(rule.format("")) == (
        'On a line of its own below "schedule_callback" say what the caller is told then, for instance: if it fails '
        'then (say "…" then hangup because "later").'
    )
    cured = rule.format('\n    if it fails then (say "It can not be booked." then hangup because "later")')
    assert play(cured, *HAZARDS) == ()


def test_the_ending_is_the_one_behind_what_failed() -> None:
    text = (
        'rule "Over"\n  on intent=human\n  transfer queue people\n'
        "    if it fails then (schedule_callback in 2 hours then transfer queue others)\nend"
    )
    assert '(say "…" then transfer queue others)' in hint(text)


def test_one_message_names_all_steps_before_the_ending_and_what_is_right_for_each() -> None:
    text = (
        'on hangup_interrupted advise "Listen."\non intent=bye hangup now\nrule "Back"\n  on intent=later\n  set_lead_field later to yes\n'
        '  schedule_callback in 2 hours\n  set_lead_status callback\n  say "Goodbye."\n  hangup\nend'
    )
    (found,) = play(text, *HAZARDS)
    assert found.breach.message == (
        'Where "set_lead_field", "schedule_callback" or "set_lead_status" fails in the rule "Back", its "hangup" never '
        "comes, and the call goes on."
    )
    assert hint(text) == (
        'On a line of its own below "set_lead_field" and "set_lead_status" write: if it fails then go on. Below '
        '"schedule_callback" say what the caller is told then, for instance: if it fails then (say "…" then hangup).'
    )


def test_a_rule_for_what_fails_is_an_answer_where_it_ends_the_call_or_names_the_step() -> None:
    plan = "\non intent=bye schedule_callback in 2 hours then hangup"
    for said in ('say "Let us go on here."', 'advise "It did not work."', "remember failed is yes"):
        assert [name for name, *_ in stories(f"on step_failed {said}{plan}", NeverEnds)] == ["never-ends"]
    assert stories(f"on step_failed hangup{plan}", NeverEnds) == []
    named = 'on step_failed when failed_verb is "schedule_callback" {}' + plan
    for noticed in ("hangup", 'say "That did not work."', 'advise "Say that it did not work."'):
        assert stories(named.format(noticed), NeverEnds) == []
    assert [name for name, *_ in stories(named.format("remember failed is yes"), NeverEnds)] == ["never-ends"]


def test_what_is_done_once_it_went_well_is_not_done_twice() -> None:
    words = "on said contains help or intent=help {}conference_add agent a_1 as helper{}"
    assert [name for name, *_ in stories(words.format("", ""), FiresTwice)] == ["fires-twice"]
    text = words.format("when called is unknown ", " then remember called is yes")
    assert stories(text, FiresTwice) == []


def test_whether_a_rule_is_reached_is_said_where_enough_was_played() -> None:
    never = "on intent=human 2 times transfer queue people\non intent=human 3 times transfer agent manager"
    again = (
        'on abuse remember warned is yes then say "Stay polite, please."\non intent=bye say "Goodbye." then hangup\n'
        "on hangup_interrupted when warned is yes hangup now"
    )
    assert [len(stories(never, NeverReached, depth=depth)) for depth in (2, 3)] == [0, 1]
    assert [stories(again, NeverReached, depth=depth) for depth in (2, 3)] == [[], []]


PROPOSED = re.compile(
    r'(?:write|Write|at once): (after 20 seconds of silence hangup[^.]*|(?:urgent )?on hangup_interrupted [^"]*?(?:"[^"]*"|now[^.]*)|before [^.]*(?:\.\w+[^.]*)?)'
)


def proposals(hint: str) -> list[str]:
    """The lines of their own that a message proposes."""
    return [
        found[1].strip().replace("…", "OTHER")
        for found in PROPOSED.finditer(hint.partition(" If it is meant")[0])
    ]


LINES = [
    pytest.param(case.hazard, text, depth, id=f"{case.hazard.code.name}-{number}")
    for case in CASES
    if case.hazard in (GoodbyeAnswered, StaysPaused, DispositionMissing)
    for number, (text, _, _) in enumerate(case.have)
    for depth in (case.depth,)
]


@pytest.mark.parametrize(("hazard", "text", "depth"), LINES)
def test_a_line_that_is_proposed_mends_it_and_makes_no_other(
    hazard: type[Hazard], text: str, depth: int
) -> None:
    before = play(text, *HAZARDS, depth=depth)
    (found,) = (one.breach for one in before if one.breach.code is hazard.code)
    others = {one.breach.code.name for one in before} - {hazard.code.name}
    lines = proposals(found.hint)
    assert lines, found.hint
    for line in lines:
        cured = f"{text}\n{line}"
        if "(remember ending_it is yes)" in found.hint and "ending_it" in line:
            cured = re.sub(r"hangup(?!_)", "remember ending_it is yes\n  hangup", text, count=1) + f"\n{line}"
            if "\nend" not in text:
                cured = (
                    re.sub(r"hangup(?!_)", "remember ending_it is yes then hangup", text, count=1)
                    + f"\n{line}"
                )
        if (end := re.search(r"And so that it can end then: ([^.]*)\.", found.hint)) and "advise" in line:
            cured += f"\n{end[1]}"
        left = {one.breach.code.name for one in play(cured, *HAZARDS, depth=depth)}
        assert left <= others, cured
