"""Promises against stories: each pattern held, broken and empty, with what is unknown, a verb that fails, and a close in the
middle. What is broken is told in its shortest story."""

import pytest

from flowrules.diagnostics.codes.promises import EMPTY_PROMISE, PROMISES
from flowrules.diagnostics.diagnostic import Code
from flowrules.exploration.kept import TESTED, keep_promises
from flowrules.exploration.telling.as_test import as_test
from flowrules.runtime.rules.story_gate import stories_and_tests
from tests.exploration.promises import holds, played, ruleset_of, shown

HELD = {
    "after, and the platform refuses to end the call": (
        "after machine_answered within 10 seconds the call ends",
        "on machine_answered hangup now",
    ),
    "end held": (
        "at the end call.disposition is known",
        "on intent=sales set_disposition sales\non call_ended when call.disposition is unknown set_disposition none",
    ),
    "end mid": (
        "at the end call.disposition is known or asked is unknown",
        "on intent=sales remember asked is yes then set_disposition sales",
    ),
    "never held rail": (
        "never transfer when opted_out is yes",
        "on intent=human transfer queue q\nnever transfer when opted_out is yes",
    ),
    "never unknown": (
        "never transfer when opted_out is not no",
        "on intent=human unless opted_out is yes transfer queue q",
    ),
    "never unless held": (
        "never transfer unless vip is yes",
        "on intent=human when vip is yes transfer queue q",
    ),
    "an answer in words": (
        "after intent=dues within 30 seconds say or the call ends",
        'on intent=dues say "x"\non intent=music play_audio "https://a.example.com/a.wav"\nallow audio from "a.example.com"',
    ),
    "before held": (
        "before transfer call.recording is on",
        'on pay recording_pause because "c"\non intent=human transfer queue q\nbefore transfer when call.recording is paused then recording_resume',
    ),
    "before unknown": ("before transfer vip is no", "on intent=human unless vip is yes transfer queue q"),
    "while held": (
        "while paying is yes call.recording is paused",
        'rule "p"\n on paying=yes\n recording_pause because "c"\n  if it fails then forget paying\nend\non paying=no recording_resume',
    ),
    "while refused, and the call ended": (
        "while refuses is yes call.recording is paused",
        'rule "r"\n on refused\n remember refuses is yes\n recording_pause because "r"\n  if it fails then (say "Goodbye." then hangup now)\nend',
    ),
    "after held": (
        "after intent=human before the call ends transfer or schedule_callback",
        'rule "h"\n on intent=human\n transfer queue q\n  if it fails then schedule_callback in 2 hours\nend',
    ),
    "after counted: one time is not enough": (
        "after intent=human 2 times within 10 seconds transfer",
        'on intent=human 2 times transfer queue q\n  if it fails then hangup now\non intent=human say "I can help."',
    ),
    "after counted: only turns without a gap": (
        "after not_understood 2 times in a row within 10 seconds say",
        'on not_understood 2 times in a row say "x"\non dtmf=1 mute',
    ),
    "after counted: each value by itself": (
        "after the same asked_for 2 times within 10 seconds say",
        'fact asked_for is one of leg, arm\non the same asked_for 2 times say "x"',
    ),
    "after cut off": (
        "after intent=human before the call ends transfer",
        "on intent=human wait 20 seconds then transfer queue q",
    ),
    "after verb held": (
        "after recording_pause within 3 minutes recording_resume or the call ends",
        "on pay recording_pause for at most 2 minutes\non paid recording_resume",
    ),
    "after guard": (
        "after intent=human when vip is yes within 30 seconds transfer or the call ends",
        "on intent=human when vip is yes transfer queue q",
    ),
}
BROKEN = {
    "never say, and a recording": (
        "never say when vip is yes",
        'on intent=dues when vip is yes play_audio "https://a.example.com/a.wav"\non x when vip is no say "x"\nallow audio from "a.example.com"',
        (
            "FR701",
            '"play_audio" is done while vip is yes.',
            'vip=yes, intent=dues is reported. Begun ("on intent=dues when vip is yes play_audio '
            '"https://a.example.com/a.wav"").',
        ),
    ),
    "end broken": (
        "at the end call.disposition is known",
        "on intent=sales set_disposition sales then hangup",
        (
            "FR701",
            "at the end call.disposition is unknown.",
            "The call ends. Then: the call is over.",
        ),
    ),
    "end other": (
        "at the end call.disposition is sales",
        "on call_ended set_disposition none",
        (
            "FR701",
            "at the end call.disposition is none.",
            'The call ends. Then: set_disposition none, then the call is over ("on call_ended set_disposition none").',
        ),
    ),
    "end interrupted": (
        "at the end call.disposition is known or bye_said is unknown",
        'on intent=bye remember bye_said is yes then say "Bye." then hangup then set_disposition bye',
        (
            "FR701",
            "at the end call.disposition is unknown, bye_said is yes.",
            'While the bot is speaking, intent=bye is reported. Then: remember bye_said is yes, then say "Bye." ("on intent=bye remember bye_said is yes then say "Bye." then hangup then set_disposition bye").',
            'Meanwhile, the caller says "wait a moment please". Then: the hangup is dropped, for the caller spoke.',
            "The call ends. Then: the call is over.",
        ),
    ),
    "never broken": (
        "never transfer when opted_out is yes",
        "on intent=human transfer queue q",
        (
            "FR701",
            '"transfer" is done while opted_out is yes.',
            "The host supplies that opted_out is yes.",
            'intent=human is reported. Begun ("on intent=human transfer queue q").',
        ),
    ),
    "never unless": (
        "never transfer unless vip is yes",
        "on intent=human transfer queue q",
        (
            "FR701",
            '"transfer" is done while vip is unknown.',
            'intent=human is reported. Begun ("on intent=human transfer queue q").',
        ),
    ),
    "after counted": (
        "after intent=human 2 times within 10 seconds transfer",
        "on intent=human 3 times transfer queue q",
        (
            "FR701",
            '10 seconds later no "transfer" has come.',
            "intent=human is reported.",
            "intent=human is reported.",
            "10 seconds later.",
        ),
    ),
    "after counted, of any value": (
        "after asked_for is one of leg, arm 2 times within 10 seconds say",
        'fact asked_for is one of leg, arm\non the same asked_for 2 times say "x"',
        (
            "FR701",
            '10 seconds later no "say" has come.',
            "asked_for=leg is reported.",
            "asked_for=arm is reported.",
            "10 seconds later.",
        ),
    ),
    "never alone": (
        "never barge",
        "on intent=human barge into agent_call",
        (
            "FR701",
            '"barge" is done.',
            'The host supplies that agent_call is "some agent_call".',
            'intent=human is reported. Begun ("on intent=human barge into agent_call").',
        ),
    ),
    "never advise": (
        "never say, advise when dues_spoken is yes",
        'on intent=dues say "You owe us." then remember dues_spoken is yes then advise "x" then forget dues_spoken',
        (
            "FR701",
            '"advise" is done while dues_spoken is yes.',
            'intent=dues is reported. Then: say "You owe us.", then remember dues_spoken is yes, then advise "x", then forget dues_spoken ("on intent=dues say "You owe us." then remember dues_spoken is yes then advise "x" then forget dues_spoken").',
        ),
    ),
    "never advise held": (
        "never say, advise when dues_spoken is yes",
        'on intent=dues advise "x" then remember dues_spoken is yes then forget dues_spoken\non paid remember dues_spoken is yes then forget dues_spoken\non y remember dues_spoken is yes\non z hangup',
        (
            "FR701",
            '"advise" is done while dues_spoken is yes.',
            'y is reported. Then: remember dues_spoken is yes ("on y remember dues_spoken is yes").',
            'intent=dues is reported. Then: advise "x", then remember dues_spoken is yes, then forget dues_spoken ("on intent=dues advise "x" then remember dues_spoken is yes then forget dues_spoken").',
        ),
    ),
    "before broken": (
        "before transfer call.recording is on",
        'on pay recording_pause because "c"\non intent=human transfer queue q',
        (
            "FR701",
            '"transfer" is done while call.recording is paused.',
            'pay is reported. Then: recording_pause c ("on pay recording_pause because "c"").',
            'intent=human is reported. Begun ("on intent=human transfer queue q").',
        ),
    ),
    "before refused": (
        "before transfer call.recording is on",
        'on pay recording_pause because "c"\nrule "H"\n on intent=human\n recording_resume\n  if it fails then go on\n transfer queue q\nend',
        (
            "FR701",
            '"transfer" is done while call.recording is paused.',
            'pay is reported. Then: recording_pause c ("on pay recording_pause because "c"").',
            'intent=human is reported. Begun ("H").',
            "The platform refuses: recording_resume. Then: recording_resume (failed: refused).",
        ),
    ),
    "while broken": (
        "while paying is yes call.recording is paused",
        'rule "p"\n on paying=yes\n recording_pause because "c"\n  if it fails then forget paying\nend\non done recording_resume',
        (
            "FR701",
            'paying is yes, and call.recording is "on".',
            'paying=yes is reported. Then: recording_pause c ("p").',
            'done is reported. Then: recording_resume ("on done recording_resume").',
        ),
    ),
    "while waits": (
        "while paying is yes call.recording is paused",
        'rule "p"\n on paying=yes\n wait 2 seconds\n recording_pause because "c"\n  if it fails then forget paying\nend',
        (
            "FR701",
            'paying is yes, and call.recording is "on".',
            'paying=yes is reported. Then: wait 2 seconds ("p").',
        ),
    ),
    "while refused": (
        "while paying is yes call.recording is paused",
        'on paying=yes recording_pause because "c"',
        (
            "FR701",
            'paying is yes, and call.recording is "on".',
            'paying=yes is reported. Begun ("on paying=yes recording_pause because "c"").',
            "The platform refuses: recording_pause. Then: recording_pause c (failed: refused).",
        ),
    ),
    "while refused, and the caller speaks into the goodbye": (
        "while refuses is yes call.recording is paused",
        'rule "r"\n on refused\n remember refuses is yes\n recording_pause because "r"\n  if it fails then (say "Goodbye." then hangup)\nend',
        (
            "FR701",
            'refuses is yes, and call.recording is "on".',
            'refused is reported. Then: remember refuses is yes ("r").',
            'The platform refuses: recording_pause. Then: recording_pause r (failed: refused), then say "Goodbye.".',
            'Meanwhile, the caller says "wait a moment please". Then: the hangup is dropped, for the caller spoke.',
        ),
    ),
    "after broken refused": (
        "after intent=human within 1 minute transfer or schedule_callback or the call ends",
        "on intent=human transfer queue q",
        (
            "FR701",
            '1 minute later no "transfer" and no "schedule_callback" has come, nor has the call ended.',
            'intent=human is reported. Begun ("on intent=human transfer queue q").',
            "The platform refuses: transfer. Then: transfer agent_queue q (failed: refused).",
            "1 minute later.",
        ),
    ),
    "after unknown": (
        "after intent=human within 1 minute transfer or the call ends",
        "on intent=human when vip is yes transfer queue q",
        (
            "FR701",
            '1 minute later no "transfer" has come, nor has the call ended.',
            "intent=human is reported.",
            "1 minute later.",
        ),
    ),
    "after end": (
        "after intent=human within 1 minute transfer",
        'on intent=human say "Sorry."\non again transfer queue q',
        (
            "FR701",
            '1 minute later no "transfer" has come.',
            'intent=human is reported. Then: say "Sorry." ("on intent=human say "Sorry."").',
            "59 seconds later.",
        ),
    ),
    "after late": (
        "after intent=human within 10 seconds transfer or the call ends",
        "on intent=human wait 20 seconds then transfer queue q",
        (
            "FR701",
            '10 seconds later no "transfer" has come, nor has the call ended.',
            'intent=human is reported. Then: wait 20 seconds ("on intent=human wait 20 seconds then transfer queue q").',
        ),
    ),
    "after verb": (
        "after recording_pause within 3 minutes recording_resume or the call ends",
        'on pay recording_pause because "c"\non paid recording_resume',
        (
            "FR701",
            '3 minutes later no "recording_resume" has come, nor has the call ended.',
            'pay is reported. Then: recording_pause c ("on pay recording_pause because "c"").',
            "3 minutes later.",
        ),
    ),
    "after goodbye": (
        "after goodbye within 30 seconds the call ends",
        'on goodbye say "Bye."',
        (
            "FR701",
            "30 seconds later the call goes on.",
            'goodbye is reported. Then: say "Bye." ("on goodbye say "Bye."").',
            "29 seconds later.",
        ),
    ),
    "after nobody waits": (
        "after goodbye within 30 seconds hangup or the call ends",
        "on x hold for at most 5 seconds",
        (
            "FR701",
            '30 seconds later no "hangup" has come, nor has the call ended.',
            "goodbye is reported.",
            "30 seconds later.",
        ),
    ),
    "after before end": (
        "after complaint before the call ends request_supervisor",
        'on complaint say "Sorry."',
        (
            "FR701",
            'the call is over, and no "request_supervisor" has come.',
            'complaint is reported. Then: say "Sorry." ("on complaint say "Sorry."").',
            "The call ends. Then: the call is over.",
        ),
    ),
    "vacuous": (
        "after hold within 3 minutes unhold",
        "on pay mute for at most 2 minutes",
        (
            "FR702",
            'Of all stories in which up to 3 things happen, none comes to what the promise "P" speaks of.',
        ),
    ),
    "vacuous never": (
        "never mute when vip is yes",
        "on pay hold for at most 2 minutes",
        (
            "FR702",
            'Of all stories in which up to 3 things happen, none comes to what the promise "P" speaks of.',
        ),
    ),
    "vacuous never not": (
        "never mute when party is not yes",
        "on pay remember party is yes then mute for at most 2 minutes",
        (
            "FR702",
            'Of all stories in which up to 3 things happen, none comes to what the promise "P" speaks of.',
        ),
    ),
    "vacuous while": (
        "while call.in_conference is yes call.recording is on",
        "on pay hold for at most 2 minutes",
        (
            "FR702",
            'Of all stories in which up to 3 things happen, none comes to what the promise "P" speaks of.',
        ),
    ),
    "vacuous before": (
        "before transfer call.recording is on",
        "on pay hold for at most 2 minutes",
        (
            "FR702",
            'Of all stories in which up to 3 things happen, none comes to what the promise "P" speaks of.',
        ),
    ),
}


CRISIS = (
    'rule "Crisis"\n  on said contains die\n  {}\n  request_supervisor because "crisis"\n'
    '    if it fails then say "I stay with you."\nend'
)
IN_TIME = "after said contains die within 3 seconds request_supervisor or say"


@pytest.mark.parametrize(
    "first",
    ["conference_start if it fails then go on", "conference_start within 5 seconds if it fails then go on"],
)
def test_what_is_tried_in_vain_takes_its_time(first: str) -> None:
    code, how, *_ = shown(IN_TIME, CRISIS.format(first))
    assert code == "FR701"
    assert how.startswith('"conference_start" may be tried for ')
    assert how.endswith("comes after that, not within 3 seconds.")
    (found,) = played(IN_TIME, CRISIS.format(first)).breaches
    assert found.breach.hint.endswith('or be less patient: "within 1 second" behind "conference_start".')


@pytest.mark.parametrize(
    "first",
    [
        "conference_start within 1 second if it fails then go on",  # as the hint says
        'log "they are in danger"',  # a record that fails
        'advise "Stay with them."',
    ],
)
def test_what_is_given_up_in_time_keeps_a_promise(first: str) -> None:
    assert holds(IN_TIME.replace("3 seconds", "10 seconds"), CRISIS.format(first))


def test_a_promise_on_an_event_that_is_over_is_told_so_and_its_cure_mends_it() -> None:
    rules = 'on abuse {}say "I put you through." then transfer queue support\non human transfer queue support'
    promise = "never transfer unless {} is yes"
    (found,) = played(promise.format("abuse"), rules.format("").partition("\n")[0]).breaches
    assert found.breach.hint == (
        '"abuse" lasts for one moment, and is over by then. Let the rule that takes it write first: '
        "remember had_abuse is yes. And ask for that in the promise: had_abuse is yes"
    )
    cured = rules.format("remember had_abuse is yes then ").partition("\n")[0]
    assert holds(promise.format("had_abuse"), cured)


ONCE = 'on call_started when said is unknown advise "Hello." then remember said is yes'


def test_what_happens_once_more_after_its_answer_is_told_as_such_and_its_cure_mends_it() -> None:
    promise = "after call_started {}within 30 seconds advise or the call ends"
    code, how, *_ = shown(promise.format(""), ONCE)
    assert code == "FR701"
    assert how.startswith("it was answered, and happens once more; then 30 seconds later")
    (found,) = played(promise.format(""), ONCE).breaches
    assert found.breach.hint.endswith("as in: when answered is unknown")
    assert holds(promise.format("when said is unknown "), ONCE)


@pytest.mark.parametrize(
    ("promise", "rules", "hint", "mended"),
    [
        (
            "after loop before the call ends transfer or advise",
            'on loop 2 times say "Let me get a colleague." then transfer queue people\non loop advise "Try again."',
            'In this story "transfer" fails. Say what follows then, on a line of its own below "transfer": if it fails '
            "then advise …",
            'rule "Mended"\n  on loop 2 times\n  say "Let me get a colleague."\n  transfer queue people\n'
            '    if it fails then advise "Say that nobody is free."\nend\non loop advise "Try again."',
        ),
        (
            "after said contains pain before the call ends conference_start",
            'before conference_start then log "pain"\non said contains pain conference_start',
            'In this story "log" fails. Say what follows then, on a line of its own below "log": if it fails then go on',
            'rule "Mended"\n  before conference_start\n  log "pain"\n    if it fails then go on\nend\n'
            "on said contains pain conference_start",
        ),
    ],
)
def test_where_a_step_fails_in_the_story_its_failure_line_is_told_first(
    promise: str, rules: str, hint: str, mended: str
) -> None:
    (found,) = played(promise, rules).breaches
    assert found.breach.hint == hint
    assert f"    {hint.rpartition(': ')[2].rstrip('…')}" in mended
    assert played(promise, mended).breaches == ()


def test_a_line_in_the_record_that_is_refused_keeps_nothing_from_being_done() -> None:
    rule = 'on said contains pain log "pain" then conference_start'
    assert holds("after said contains pain before the call ends conference_start", rule)


def test_a_sentence_that_grows_is_one_event() -> None:
    rule = 'on hearing contains card log "a card"'
    assert holds("after hearing contains card before the call ends log", rule)


@pytest.mark.parametrize(("promise", "rules"), HELD.values(), ids=HELD)
def test_a_promise_holds_in_every_story(promise: str, rules: str) -> None:
    assert holds(promise, rules)


@pytest.mark.parametrize(("promise", "rules", "said"), BROKEN.values(), ids=BROKEN)
def test_a_promise_that_does_not_hold_is_told_with_its_shortest_story(
    promise: str, rules: str, said: tuple[str, ...]
) -> None:
    assert shown(promise, rules) == said


@pytest.mark.parametrize("code", PROMISES, ids=lambda code: code.name)
def test_what_to_avoid_is_found_by_playing_and_what_to_prefer_is_not(code: Code) -> None:
    (avoided,) = keep_promises(ruleset_of(code.avoid)).promises
    assert avoided.finding is not None
    assert avoided.finding.code is code
    (preferred,) = keep_promises(ruleset_of(code.prefer)).promises
    assert preferred.finding is None


ABOUT_RIGHT_RULES = {
    "never unless": (
        "never advise when promised is yes unless amount is less than 200",
        'on intent=refund when amount is less than 200 remember promised is yes then advise "You may." then forget promised',
    ),
    "never, and what it asks and what it forbids never meet": (
        "never transfer when opted_out is yes",
        "on intent=human unless opted_out is yes transfer queue q",
    ),
    "never at all": ("never mute", "on pay hold for at most 2 minutes"),
    "after unless": (
        "after hold unless asked is yes before the call ends transfer",
        "on pay remember asked is yes then hold for at most 2 minutes",
    ),
    "before": ("before transfer vip is yes", "on intent=human when vip is yes transfer queue q"),
    "while": ("while call.on_hold is yes call.recording is on", "on pay hold for at most 2 minutes"),
}


@pytest.mark.parametrize(("promise", "rules"), ABOUT_RIGHT_RULES.values(), ids=ABOUT_RIGHT_RULES)
def test_a_promise_is_not_empty_where_the_rules_are_right(promise: str, rules: str) -> None:
    assert holds(promise, rules)


@pytest.mark.parametrize(
    ("promise", "rules", "cure"),
    [
        (
            "never mute, unmute when vip is yes",
            "on pay hold for at most 2 minutes",
            'No story comes to "mute" or "unmute": look whether the rules write another verb.',
        ),
        (
            "before transfer call.recording is on",
            "on pay hold for at most 2 minutes",
            'No story comes to "transfer": look whether the rules write another verb.',
        ),
        (
            "never hold when call.in_conference is yes",
            "on pay hold for at most 2 minutes",
            "Its condition is met in no story: look whether its facts and values are those that the rules use.",
        ),
    ],
)
def test_an_empty_promise_says_what_is_missing(promise: str, rules: str, cure: str) -> None:
    (found,) = played(promise, rules).breaches
    assert found.breach.code is EMPTY_PROMISE
    assert found.breach.hint == cure


def test_an_empty_promise_says_what_was_probably_meant() -> None:
    (found,) = played("never mute when party is not yes", "on pay remember party is yes then mute").breaches
    assert found.breach.code is EMPTY_PROMISE
    assert found.breach.hint == (
        '"party is not yes" is not true where party is unknown. To mean that, too, write in its place: unless party is yes'
    )


def test_the_story_of_a_broken_promise_is_a_test_that_passes_once_the_rules_are_right() -> None:
    (found,) = played("never transfer unless vip is yes", "on intent=human transfer queue q").breaches
    assert found.story is not None
    assert as_test(found.story, "vips only", found.breach.expects).text == (
        'test "vips only"\n  given time is 2026-01-05 12:00\n  on intent=human\n  expect not transfer\nend\n'
    )


def test_equal_rules_have_an_equal_answer_within_the_budget() -> None:
    text = (
        'promise "A" at the end call.disposition is known\n'
        'promise "B" never transfer unless vip is yes\n'
        "on intent=human when vip is yes transfer queue q\n"
        "on call_ended when call.disposition is unknown set_disposition none\n"
    )
    first, second = keep_promises(ruleset_of(text)), keep_promises(ruleset_of(text))
    assert first.promises == second.promises
    assert first.passed
    assert first.bound == "in every story in which up to 3 things happen"
    cut = keep_promises(ruleset_of(text), TESTED._replace(inputs=20))
    assert cut.bound.startswith("in every story in which nothing happens, and in longer ones")


def test_the_gate_names_what_is_broken_and_where() -> None:
    ruleset = ruleset_of(
        'promise "Vips only" never transfer unless vip is yes\non intent=human transfer queue q'
    )
    objection = 'a.rules, line 2: The promise "Vips only" is broken: "transfer" is done while vip is unknown.'
    assert stories_and_tests(ruleset).objection.startswith(objection)
    assert stories_and_tests(ruleset_of("on intent=human transfer queue q")).objection == ""


@pytest.mark.parametrize(
    ("answers", "line", "hint", "written"),
    [
        (
            "transfer or advise",
            "if vip is yes then transfer queue people{} otherwise transfer queue others{}",
            'right behind "transfer", on the same line: if it fails then advise …',
            ' if it fails then advise "Nobody is free."',
        ),
        # Behind the last step there is nothing to go on with.
        (
            "transfer or say",
            'say "We call you back."{}{}',
            'on a line of its own below "say": if it fails then transfer …',
            "\n    if it fails then transfer queue people{}",
        ),
    ],
)
def test_a_hint_on_a_failing_step_can_be_followed(answers: str, line: str, hint: str, written: str) -> None:
    rules = f'rule "Declined"\n  on declined\n  {line}\nend'
    hints = {
        found.breach.hint
        for found in played(f"after declined before the call ends {answers}", rules.format("", "")).breaches
    }
    assert len(hints) == 1
    assert hints.pop().endswith(f"Say what follows then, {hint}")
    text = rules.format(written.format(""), written.format("") if "if vip" in line else "")
    assert holds(f"after declined before the call ends {answers}", text)
