"""Edits of every kind: each is played to an example, or named. None is passed over."""

import pytest

from flowrules.scenarios.comparing.difference import compare, difference

BASE = """\
timezone Asia/Kolkata
list vips is gold, silver
fact plan is text
fact verified is yes/no from host
fact paying is yes/no
fact keys is text
fact callback_time is text
fact other_time is text
fact hold_music is yes/no
fact queue_music is yes/no
fact asked is yes/no
event not_understood, nothing_else
allow numbers +911, +912
allow audio from "cdn.example.com"
hours office
  mon to fri 09:00 to 18:30
  closed on 2026-01-26
end
destination desk by lead.owner
  priya is queue north
  otherwise is queue main
end
default disposition for intent=done is FINISHED
default disposition is OTHER
steps goodbye
  say "Goodbye, {lead.name}."
  log "bye"
end
never transfer when paying is yes
before hangup unless call.disposition is known then set_disposition no_outcome
rule "Human"
  on intent=human 2 times
  transfer queue people
end
rule "Offer"
  on intent=offer
  when during office and plan is in vips
  at most 2 times per call
  not again for 30 seconds
  say "We have an offer."
  hold for at most 45 seconds
    if it fails because unavailable then log "no hold"
  wait 2 seconds
  unhold
otherwise
  advise "No offer."
end
on not_understood 3 times in a row say "Sorry?"
rule "Desk"
  on intent=desk
  transfer to desk
    if it fails because at_capacity then schedule_callback in 2 hours
  set_disposition MOVED
end
on intent=done set_disposition then hangup
urgent on said contains "stop calling" set_lead_status dnd then hangup now
also on intent=desk or intent=greet remember asked is yes
on keys contains at least 6 digits send_dtmf "1" then log "pin"
on intent=later schedule_callback at callback_time because "asked"
on verified=yes log "known"
on step_failed when failed_verb is "hold" log "held not"
after 8 minutes say "Still there?"
after 10 seconds of silence say "Hello?"
after 5 minutes of hold_music log "music"
at 21:00 say "We close."
on call_ended log "end"
on intent=bye do goodbye
on anything log "net"
test "t"
  on intent=bye
  expect log
end
"""

PLAYED = [
    # triggers, counters, limits, timers
    ("intent=human 2 times", "intent=human 3 times"),
    ("3 times in a row", "3 times"),
    ("3 times in a row", "2 times in a row"),
    ("on intent=human 2 times", "on intent=human"),
    ("at most 2 times per call", "at most 3 times per call"),
    ("at most 2 times per call", "once per call"),
    ("  at most 2 times per call\n", ""),
    ("not again for 30 seconds", "not again for 40 seconds"),
    ("  not again for 30 seconds\n", ""),
    ("after 8 minutes", "after 9 minutes"),
    ("10 seconds of silence", "12 seconds of silence"),
    ("of hold_music", "of queue_music"),
    ("5 minutes of hold_music", "6 minutes of hold_music"),
    ("at 21:00", "at 21:30"),
    ('at 21:00 say "We close."\n', ""),
    ('contains "stop calling"', 'contains "never call"'),
    ("at least 6 digits", "at least 4 digits"),
    ("on intent=bye do", "on intent=bye or intent=ciao do"),
    ("on anything", "on nothing_else"),
    # conditions, lists, hours
    ("when during office and plan", "when outside office and plan"),
    ("during office and plan is in vips", "during office or plan is in vips"),
    ("plan is in vips", "plan is not in vips"),
    ("gold, silver", "gold, silver, bronze"),
    ("gold, silver", "gold"),
    ("18:30", "18:00"),
    ("mon to fri", "mon to sat"),
    ("2026-01-26", "2026-01-27"),
    # steps, branches, caps, waits
    ("We have an offer.", "We have two offers."),
    ("{lead.name}", "{lead.city}"),
    ("for at most 45 seconds", "for at most 50 seconds"),
    ("hold for at most 45 seconds", "hold"),
    ("if it fails because unavailable", "if it fails because refused"),
    ('if it fails because unavailable then log "no hold"', 'if it fails because unavailable then log "none"'),
    ('    if it fails because unavailable then log "no hold"\n', ""),
    ("at_capacity then schedule_callback in 2 hours", "at_capacity then schedule_callback in 3 hours"),
    ("wait 2 seconds", "wait 3 seconds"),
    ("  unhold\n", ""),
    ('advise "No offer."', 'advise "None."'),
    ('otherwise\n  advise "No offer."\nend', "end"),
    ("remember asked is yes", "remember asked is no"),
    ("remember asked is yes", "forget asked"),
    ("hangup now", "hangup"),
    ("at callback_time", "at other_time"),
    ('because "asked"', 'because "wished"'),
    ('send_dtmf "1"', 'send_dtmf "2"'),
    ('log "bye"', 'log "ciao"'),
    ("set_disposition MOVED\n", "set_disposition GONE\n"),
    # declarations, rails
    ("priya is queue north", "priya is queue south"),
    ("  priya is queue north\n", "  priya is queue north\n  ravi is queue east\n"),
    ("otherwise is queue main", "otherwise is queue rest"),
    ("by lead.owner", "by lead.team"),
    ("intent=done is FINISHED", "intent=done is COMPLETED"),
    ("never transfer when paying is yes\n", ""),
    ("when paying is yes", "when paying is no"),
    ("never transfer when", "never transfer, hold when"),
    ("then set_disposition no_outcome", "then set_disposition none"),
    ("verified is yes/no from host", "verified is yes/no"),
    ("Asia/Kolkata", "Asia/Dubai"),
    # order and rank
    ("urgent on said", "on said"),
    ("also on intent=desk", "on intent=desk"),
    ('on step_failed when failed_verb is "hold" log "held not"\n', ""),
    ('on call_ended log "end"\n', ""),
    ("timezone Asia/Kolkata\n", "timezone Asia/Kolkata\norder as written\n"),
]

NAMED = [
    ("allow numbers +911, +912", "allow numbers +911"),
    ('allow audio from "cdn.example.com"\n', ""),
    ("default disposition is OTHER", "default disposition is REST"),
    ("fact plan is text", "fact plan is one of gold, silver, tin"),
]

IDLE = [
    ("intent=human 2 times", "intent is human 2 times"),
    ("on call_ended", "# what comes last\non call_ended"),
    ('rule "Human"', 'rule "A person"'),
    ("when during office", "when (during office)"),
    ('test "t"', 'test "u"'),
    ("wait 2 seconds", "wait 2  seconds"),
    ("when during office and plan", "when during Office and Plan"),
    ("do goodbye", "do Goodbye"),
    ("gold, silver", "silver, gold"),
    ("on verified=yes", "on Verified=yes"),
]


def edited(old: str, new: str) -> str:
    assert old in BASE
    return BASE.replace(old, new)


@pytest.mark.parametrize(("old", "new"), PLAYED, ids=lambda text: text.strip()[:30])
def test_an_edit_is_played_to_an_example(load, old, new):
    before, after = load(BASE), load(edited(old, new))
    found = difference(before, after)
    assert found.changes, [part.what for part in found.unplayed]
    assert found.unplayed == ()
    for change in found.changes:
        assert compare(before, after, change.situation) == change


@pytest.mark.parametrize(("old", "new"), NAMED, ids=lambda text: text.strip()[:30])
def test_what_no_story_shows_is_named(load, old, new):
    found = difference(load(BASE), load(edited(old, new)))
    assert found.acts
    assert found.changes or found.unplayed


@pytest.mark.parametrize(("old", "new"), IDLE, ids=lambda text: text.strip()[:30])
def test_what_no_call_can_tell_is_no_difference(load, old, new):
    found = difference(load(BASE), load(edited(old, new)))
    assert not found.acts, (found.changes, found.unplayed)


def test_each_of_several_edits_is_shown_or_named(load):
    text = BASE
    edits = [
        ("at most 2 times per call", "at most 3 times per call"),
        ("We have an offer.", "We have two offers."),
        ("for at most 45 seconds", "for at most 50 seconds"),
        ("allow numbers +911, +912", "allow numbers +911"),
        ("18:30", "18:00"),
    ]
    for old, new in edits:
        text = text.replace(old, new)
    found = difference(load(BASE), load(text))
    assert [part.what for part in found.unplayed] == ["allow numbers"]
    shown = [" ".join((*change.old_steps, *change.new_steps)) for change in found.changes]
    assert any("two offers" in steps for steps in shown)
    assert len(found.changes) >= 4


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("at least 6 digits", "at least 4 digits"),
        ("at most 2 times per call", "at most 3 times per call"),
        ("not again for 30 seconds", "not again for 40 seconds"),
        ("for at most 45 seconds", "for at most 50 seconds"),
        ("wait 2 seconds", "wait 3 seconds"),
        ("after 8 minutes", "after 9 minutes"),
        ("schedule_callback in 2 hours", "schedule_callback in 3 hours"),
        ("at 21:00", "at 21:30"),
        ("18:30", "18:00"),
        ("2026-01-26", "2026-01-27"),
        ("intent=human 2 times", "intent=human 3 times"),
        ("when paying is yes", "when paying is no"),
    ],
)
def test_a_value_that_is_shown_is_not_named_again_beside_another_edit(load, old, new):
    """A number, a length of time or a date is put back as it was written, to see what it alone changes."""
    both = edited(old, new).replace("We have an offer.", "We have two offers.")
    found = difference(load(BASE), load(both))
    assert found.unplayed == (), [(part.what, part.was, part.now) for part in found.unplayed]
    assert len(found.changes) >= 2


def test_moving_a_rule_is_shown_or_named(load):
    rules = 'on intent=a log "1"\non balance is at least 5 log "2"\non said contains "x" log "3"\n'
    lines = rules.splitlines(keepends=True)
    found = difference(load(rules), load("".join(reversed(lines))))
    assert found.changes
    same = difference(load(rules), load("\n\n".join(lines)))
    assert not same.acts


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("hangup", "mute"),
        ("transfer queue a", "conference_start"),
        ("hold for at most 45 seconds", "hangup now"),
        ('say "Hello."', 'play_audio "https://a.example/b.wav"'),
        ("schedule_callback in 2 hours", "schedule_callback tomorrow at 10:00"),
        ("transfer queue a", "transfer agent b"),
    ],
)
def test_another_verb_or_another_kind_of_value_is_one_part_beside_other_edits(load, old, new):
    def rules(step, sentence):
        said = (
            f'allow audio from "a.example"\ntimezone UTC\non intent=a {step}\non intent=b say "{sentence}"\n'
        )
        return load(said)

    found = difference(rules(old, "One."), rules(new, "Two."))
    assert len(found.changes) == 2
    assert not found.unplayed


@pytest.mark.parametrize(
    ("old", "new"),
    [("is 5", "is known"), ("is at least 5", "is between 5 and 7"), ('contains "a"', "is one of a, b")],
)
def test_another_comparison_is_one_part_beside_other_edits(load, old, new):
    def rules(test, sentence):
        return load(f'on intent=a when x {test} hold\non intent=b say "{sentence}"\n')

    found = difference(rules(old, "One."), rules(new, "Two."))
    assert len(found.changes) == 2
    assert not found.unplayed
