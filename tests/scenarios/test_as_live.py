"""What a live call does, said once more for the tests in rule files: where the two came apart before."""

from datetime import UTC, datetime, timedelta

import pytest

from flowrules.engine.event import make_event
from flowrules.engine.raised import call_ended
from flowrules.scenarios.simulation import Simulation

START = datetime(2026, 3, 2, 11, tzinfo=UTC)


def case(*lines: str) -> str:
    return 'test "t"\n' + "".join(f"  {line}\n" for line in lines) + "end\n"


CAP_FORBIDDEN = """\
never recording_resume when refused is yes
on intent=card recording_pause for at most 1 seconds
on step_failed say "Sorry."
"""
HOLDS = "on intent=a hold for at most 3 seconds\n"
BOOKS = """\
timezone Asia/Kolkata
rule "Book"
  on intent=later
  once per call
  schedule_callback at callback_time
    if it fails then advise "ask again"
end
on intent=later say "A colleague will call you."
"""
GOODBYE = """\
rule "End"
  on call_ended
  say "bye"
  wait 2 seconds
  log "the end"
end
on intent=late log "late"
after 1 minute log "timer"
"""
RAISED = 'on step_failed when failed_reason is refused log "refused"\non anything say "How can I help?"\n'
WAITS = """\
on intent=a say "one" then wait 2 seconds then say "two"
after 1 seconds log "timer"
on intent=b log "b"
"""
CAP_IN_A_WAIT = """\
on intent=a hold for at most 1 seconds then wait 3 seconds then log "waited"
after 2 seconds log "timer"
on intent=b log "b"
"""
MUTES = """\
on intent=a mute agent for at most 5 seconds then mute caller for at most 9 seconds
on intent=b unmute agent
"""
HANGS_UP = """\
on intent=bye say "Goodbye, and thank you for calling." then wait 2 seconds then hangup
on said say "Yes?"
"""
UNKNOWN = """\
on intent=a transfer queue a
on intent=b transfer queue b
"""
ALSO = """\
also on intent=a log "seen"
rule "A"
  on intent=a
  once per call
  transfer queue a
end
on intent=a log "second"
"""


@pytest.mark.parametrize(
    ("rules", "lines"),
    [
        # A guard rail forbids what closes a pair: the step has failed, and that is raised.
        (CAP_FORBIDDEN, ("given refused is yes", "on intent=card", "after 5 seconds", 'expect say "Sorry."')),
        # Opened again, a pair is closed so long after the last time.
        (HOLDS, ("on intent=a", "after 2 seconds", "on intent=a", "after 4 seconds", "expect not unhold",
                 "after 5 seconds", "expect unhold")),
        # What may have been opened is closed.
        (HOLDS, ("given hold fails because timeout", "on intent=a", "expect unhold", "after 3 seconds", "expect nothing")),
        (HOLDS, ("given hold fails because refused", "on intent=a", "after 9 seconds", "expect not unhold")),
        # A limit is not used up where no request went out and the rule did not come to its end.
        (BOOKS, ("on intent=later with callback_time=soon", "expect advise",
                 'on intent=later with callback_time="tomorrow at 10:00"', "expect schedule_callback", "expect not say",
                 "on intent=later", "expect say")),
        # After the close what is live is passed over, and the records behind it are tried; nothing waits.
        (GOODBYE, ("on call_ended", 'expect log "the end"', "expect not say")),
        # The close is the end: nothing is decided after it, and no timer rings.
        (GOODBYE, ("on call_ended", "expect log", "after 2 minutes", "on call_ended", "expect nothing")),
        # What the engine raises is nothing that a host reports, and nobody but a platform has said it.
        (RAISED, ("on step_failed with failed_reason=timeout", "expect nothing")),
        (RAISED, ("on step_failed with failed_reason=refused", "expect log", "expect not say")),
        # What comes due while a plan waits runs right after it.
        (WAITS, ("on intent=a", 'expect say "one" then say "two" then log "timer"', "on intent=b", 'expect log "b"',
                 "after 1 minute", 'expect not log "timer"')),
        (CAP_IN_A_WAIT, ("on intent=a", 'expect hold then log "waited" then unhold then log "timer"')),
        (CAP_IN_A_WAIT, ("on intent=a meanwhile intent=b",
                         'expect hold then log "waited" then log "b" then unhold then log "timer"')),
        # A cap is known by whom it is about.
        (MUTES, ("on intent=a", "after 2 seconds", "on intent=b", "expect unmute", "after 8 seconds", "expect nothing",
                 "after 9 seconds", "expect unmute")),
        # Who spoke while the plan waited for something else has not spoken into the hangup.
        (HANGS_UP, ('on intent=bye meanwhile said="wait"', "expect hangup", 'expect not say "Yes?"')),
        # The ending verb of an earlier event may have acted: the platform is asked before another is sent.
        (UNKNOWN, ("given transfer fails because timeout", "on intent=a", "on intent=b",
                   "expect get_call_state then transfer queue b")),
        (UNKNOWN, ("given transfer fails because timeout", "given get_call_state fails because ended", "on intent=a",
                   "expect transfer queue a", "on intent=b", "expect not transfer")),
        # A request that was answered with a refusal has gone out.
        (ALSO, ("given transfer fails because refused", "on intent=a", 'expect log "seen" then transfer queue a',
                "on intent=a", 'expect log "second"')),
    ],
)  # fmt: skip
def test_a_test_plays_what_a_live_call_does(play, rules, lines):
    result = play(rules + case(*lines))
    assert result.passed, [(one.expected, one.happened) for one in result.shortfalls]


SILENT = """\
on intent=a say "One moment, please." then hold
on intent=b unhold
after 10 seconds of silence say "Are you still there?"
after 20 seconds of silence hangup
"""


@pytest.mark.parametrize(
    "lines",
    [
        # Silence is counted from the moment the call is up, before anyone has spoken.
        ("after 9 seconds", "expect nothing", "after 10 seconds", "expect say"),
        ("after 10 seconds of silence", "expect say", "after 20 seconds of silence", "expect hangup"),
        # The caller's words begin it anew; the rule may run again.
        (
            "after 8 seconds",
            'on said="Hm."',
            "after 17 seconds",
            "expect nothing",
            "after 18 seconds",
            "expect say",
        ),
        (
            "after 10 seconds of silence",
            "expect say",
            "on said=Yes",
            "after 10 seconds of silence",
            "expect say",
        ),
        # Once until the caller is heard again.
        ("after 10 seconds", "expect say", "on weather=rain", "after 19 seconds", "expect nothing"),
        # On hold it does not count, whoever asks for it.
        ("on intent=a", "after 5 minutes", 'expect not say "Are you still there?"'),
        ("on intent=a", "expect hold", "after 15 seconds of silence", "expect nothing"),
    ],
)
def test_silence_is_that_nobody_was_heard(play, lines):
    result = play(SILENT + case(*lines))
    assert result.passed, [(one.expected, one.happened) for one in result.shortfalls]


def test_time_in_which_the_bot_speaks_or_the_caller_is_held_is_no_silence(load):
    """4 seconds of silence, then a sentence of so many letters, then a minute on hold: 6 seconds are left."""
    call = Simulation(load(SILENT), START)
    call.advance(START + timedelta(seconds=4))
    call.event(make_event(facts={"intent": "a"}))
    call.advance(call.now + timedelta(minutes=1))
    call.event(make_event(facts={"intent": "b"}))
    assert call.advance(call.now + timedelta(seconds=5.9)) == ()
    (turn,) = call.advance(call.now + timedelta(seconds=0.2))
    assert turn.event.timer.startswith("silence")


def test_a_close_that_comes_while_a_plan_waits_drops_the_rest(load):
    call = Simulation(load(GOODBYE + 'on intent=a wait 5 seconds then say "still"\n'), START)
    first, second = call.event(make_event(facts={"intent": "a"}), call_ended())
    assert [one for one in first.done if one.sent] == []
    assert [one.step.verb for one in second.done if one.sent] == ["log"]
    assert call.now == START


GOES_ON = """\
on intent=a hold if it fails because refused then (say "Sorry." then go on) then log "on" then mute
rule "B"
  on intent=b
  once per call
  hold
    if it fails then go on
end
on intent=b log "again"
on step_failed log "failed"
on call_ended log "over" if it fails then go on then set_disposition done
"""


@pytest.mark.parametrize(
    "lines",
    [
        ("on intent=a", 'expect hold then log "on" then mute', "expect not say"),
        ("given hold fails because refused", "on intent=a", 'expect hold then say "Sorry." then log "on" then mute',
         'expect not log "failed"'),
        ("given hold fails because timeout", "on intent=a", 'expect hold then unhold then log "failed"', "expect not mute"),
        ("given hold fails because refused", "given say fails because late", "on intent=a", 'expect log "on" then mute',
         'expect not log "failed"'),
        # The only step: nothing follows, and nothing has failed. A request went out, so the limit is used up.
        ("given hold fails because refused", "on intent=b", "expect hold", 'expect not log "failed"', "on intent=b",
         'expect log "again"'),
        ("given log fails because refused", "on call_ended", "expect set_disposition done"),
    ],
)  # fmt: skip
def test_a_plan_goes_on_behind_a_step_that_failed(play, lines):
    result = play(GOES_ON + case(*lines))
    assert result.passed, [(one.expected, one.happened) for one in result.shortfalls]


TELLS = """\
rule "Mood"
  also on said contains "useless"
  once per call
  remember mood is angry
  log "angry"
end
on said contains "bill" when mood is angry say "I am sorry. You are {mood}."
on said contains "bill" say "Your bill."
on calm forget mood
"""


@pytest.mark.parametrize(
    "lines",
    [
        ('on said="a useless bill"', 'expect log "angry" then say "I am sorry. You are angry."', 'expect not say "Your bill."'),
        ('on said="my bill"', 'expect say "Your bill."', "expect not log"),
        # Used up, it tells nothing again.
        ("on said=\"a useless bill\"", "on calm", "expect forget mood", 'on said="a useless bill"',
         'expect say "Your bill."', "expect not log"),
        ("given log fails because refused", 'on said="a useless bill"', 'expect say "I am sorry. You are angry."'),
    ],
)  # fmt: skip
def test_what_an_also_rule_remembers_is_known_to_the_rule_that_takes_the_event(play, lines):
    result = play(TELLS + case(*lines))
    assert result.passed, [(one.expected, one.happened) for one in result.shortfalls]
