"""Whoever does what a message says, and nothing else, has a rule set without that hazard and without a new one."""

import re

import pytest

from flowrules.exploration.hazards import HAZARDS
from flowrules.exploration.hazards.ending.end_refused import EndRefused
from flowrules.exploration.hazards.ending.left_alone import LeftAlone
from flowrules.exploration.hazards.ending.never_ends import NeverEnds
from flowrules.exploration.hazards.fires_twice import FiresTwice
from flowrules.exploration.hazards.hazard import Hazard
from flowrules.exploration.hazards.keeping.earlier_disposition import EarlierDisposition
from flowrules.exploration.hazards.keeping.still_recorded import StillRecorded
from flowrules.exploration.hazards.keeping.wrong_reason import WrongReason
from flowrules.exploration.hazards.knowledge.answer_unheard import AnswerUnheard
from flowrules.exploration.hazards.knowledge.forgotten_too_soon import ForgottenTooSoon
from flowrules.exploration.hazards.knowledge.old_value import OldValue
from flowrules.exploration.hazards.knowledge.remembered_too_late import RememberedTooLate
from flowrules.exploration.hazards.knowledge.remembered_too_soon import RememberedTooSoon
from flowrules.exploration.hazards.knowledge.unreadable_value import UnreadableValue
from flowrules.exploration.hazards.wish_unanswered import WishUnanswered
from flowrules.exploration.watching.watch import Breach
from tests.exploration.hazards.played import play

LISTENS = '\non hangup_interrupted advise "Listen."'
BACK = 'rule "Later"\n  on intent=later\n  schedule_callback in 2 hours\n  {}say "We call you. Goodbye."\n  hangup\nend'
DIGITS = 'rule "Digits"\n  on said contains at least 6 digits\n  recording_pause because "card"{}\n  {} "Stop them."\nend'
CASES: tuple[tuple[type[Hazard], str], ...] = (
    (NeverEnds, BACK.format("") + LISTENS),
    (NeverEnds, BACK.format("set_lead_status callback\n  ") + LISTENS),
    (NeverEnds, BACK.format('set_disposition LATER\n  set_lead_field later to "yes"\n  ') + LISTENS),
    (
        NeverEnds,
        'rule "Stop"\n  on intent=stop\n  set_lead_status dnd\n  say "Goodbye."\n  hangup\nend' + LISTENS,
    ),
    (
        NeverEnds,
        'rule "Over"\n  on intent=human\n  get_call_state\n  transfer queue people\nend',
    ),
    (
        WishUnanswered,
        'rule "Dues"\n  on intent=dues\n  when borrower is no\n  advise "Tell what is due."\nend',
    ),
    (
        WishUnanswered,
        'rule "Others"\n  on intent=human\n  unless vip is yes\n  transfer queue people\nend\n'
        'rule "Important"\n  on intent=human\n  when vip is yes\n  transfer agent manager\nend',
    ),
    (
        WishUnanswered,
        'rule "Large"\n  on intent=credit\n  when sum is more than 50\n  request_supervisor because "credit"\nend\n'
        'rule "Small"\n  on intent=credit\n  when sum is at most 50\n  advise "Promise it."\nend',
    ),
    (
        FiresTwice,
        'rule "Boss"\n  on said contains boss or intent=boss\n  request_supervisor because "asked for"\nend',
    ),
    (
        FiresTwice,
        'rule "Help"\n  on said contains help or intent=danger\n  conference_start\n  conference_add agent a_1 as helper\nend',
    ),
    (
        FiresTwice,
        'rule "Later"\n  on intent=later\n  schedule_callback in 2 hours\n  say "We will call."\nend',
    ),
    (
        FiresTwice,
        'rule "Later"\n  on intent=later\n  schedule_callback in 2 hours\n    if it fails then advise "Say so."\n'
        '  say "We will call."\nend',
    ),
    (FiresTwice, 'on intent=later schedule_callback in 2 hours then advise "Say so."'),
    (
        RememberedTooLate,
        'never recording_resume when refused is yes\non paid recording_resume\nrule "No"\n  on intent=refuse\n'
        '  recording_pause because "refused"\n  remember refused is yes\nend',
    ),
    (
        RememberedTooLate,
        'rule "Never"\n  on intent=never\n  set_lead_status dnd\n  remember opted_out is yes\nend\n'
        'on intent=sales unless opted_out is yes say "We have an offer."',
    ),
    (
        UnreadableValue,
        'on intent=credit when sum is unknown advise "Ask."\n'
        'on intent=credit when sum is at least 50 request_supervisor because "much" then forget sum\n'
        'rule "Little"\n  on intent=credit\n  advise "Promise it."\n  forget sum\nend',
    ),
    (
        UnreadableValue,
        'on intent=credit when sum is unknown advise "Ask."\n'
        'on intent=credit when sum is less than 50 advise "Promise it." then forget sum\n'
        'rule "Much"\n  on intent=credit\n  request_supervisor because "much"\n  forget sum\nend',
    ),
    (
        OldValue,
        'timezone Asia/Kolkata\nrule "Later"\n  on intent=later\n  schedule_callback at callback_time\n'
        '    if it fails then advise "Ask for the day and the hour."\n  advise "Say that it is noted."\nend',
    ),
    (
        OldValue,
        'rule "Ask"\n  on intent=credit\n  when sum is unknown\n  advise "Ask."\nend\n'
        'rule "Much"\n  on intent=credit\n  when sum is at least 50\n  request_supervisor because "much"\nend\n'
        'rule "Little"\n  on intent=credit\n  when sum is less than 50\n  advise "Promise it."\nend',
    ),
    (StillRecorded, DIGITS.format("", "advise")),
    (StillRecorded, DIGITS.format("", "say")),
    (
        LeftAlone,
        'rule "Ask in"\n  on intent=human\n  conference_start\n  conference_add agent a_1 as helper\nend\n'
        'rule "Gone"\n  on agent_gone\n  conference_remove helper\nend\n'
        'rule "There"\n  on agent_joined\n  conference_leave\nend',
    ),
    (
        RememberedTooLate,
        'rule "Coach"\n  on coach\n  mute caller\n  remember muted is yes\nend\n'
        'rule "Ask"\n  on ask\n  if muted is yes then unmute caller\n  say "Yes?"\nend',
    ),
    (
        ForgottenTooSoon,
        "on coach remember muted is yes then mute caller\n"
        'rule "Over"\n  on over\n  forget muted\n  unmute caller\nend\n'
        'rule "Ask"\n  on ask\n  if muted is yes then unmute caller\n  say "Yes?"\nend',
    ),
    (
        ForgottenTooSoon,
        "never whisper when paying is yes\non pay remember paying is yes\non paid forget paying\n"
        'rule "Long"\n  after 3 minutes of paying\n  forget paying\nend',
    ),
    (
        WrongReason,
        "never transfer when opted_out is yes\non stop remember opted_out is yes\n"
        'rule "A person"\n  on human\n  transfer queue people\n    if it fails then say "They are all busy."\nend',
    ),
    (
        EndRefused,
        'rule "Never"\n  urgent on stop\n  remember opted_out is yes\n  say "Goodbye."\n  hangup\nend\n'
        'urgent on hangup_interrupted when opted_out is yes hangup now\non sales say "An offer."',
    ),
    (EndRefused, 'rule "Machine"\n  on machine_answered\n  say "Please call us back."\n  hangup\nend'),
    (
        EndRefused,
        'steps leave\n  say "Please call us back."\n  hangup\n  set_disposition VOICEMAIL\nend\n'
        'rule "Machine"\n  on machine_answered\n  remember found is yes\n  do leave\nend\n'
        'after 1 minute of found advise "Come to an end."',
    ),
    (
        EarlierDisposition,
        "on interested set_disposition INTERESTED if it fails then set_disposition INTERESTED\n"
        'rule "Wrong"\n  on wrong\n  set_disposition WRONG\nend',
    ),
    (
        EarlierDisposition,
        "on interested set_disposition INTERESTED if it fails then set_disposition INTERESTED"
        + LISTENS
        + "\n"
        'rule "Wrong"\n  on wrong\n  set_disposition WRONG\n  say "I am sorry."\n  hangup\nend',
    ),
    (
        EarlierDisposition,
        "on interested set_disposition INTERESTED if it fails then set_disposition INTERESTED\n"
        'rule "Wrong"\n  on wrong\n  hangup\n  set_disposition WRONG\nend',
    ),
    (
        RememberedTooSoon,
        'rule "Danger"\n  on danger\n  when helped is unknown\n  remember helped is yes\n'
        '  request_supervisor because "danger"\n    if it fails then advise "Stay."\nend',
    ),
    (
        RememberedTooSoon,
        'never hangup when crisis is yes\nrule "Crisis"\n  on crisis\n  when danger is unknown\n  remember danger is yes\n'
        '  request_supervisor because "crisis"\n    if it fails then advise "Stay."\nend\n'
        'on intent=menu unless danger is yes say "Press 1."\non intent=menu advise "No menu."',
    ),
    (
        RememberedTooSoon,
        'rule "Again"\n  on abuse\n  when warned is yes\n  say "Goodbye."\n  hangup\nend\n'
        'rule "Warned"\n  on abuse\n  remember warned is yes\n  say "Please stay polite."\n  advise "Be calm."\nend\n'
        "on hangup_interrupted hangup now",
    ),
    (
        AnswerUnheard,
        'timezone Asia/Kolkata\nrule "Ask"\n  on intent=later\n  when callback_time is unknown\n  advise "Ask when."\nend\n'
        'rule "Later"\n  on intent=later\n  schedule_callback at callback_time\n  forget callback_time\nend',
    ),
    (
        AnswerUnheard,
        'rule "Much"\n  on intent=refund\n  when amount is at least 200\n  request_supervisor because "much"\n'
        "  forget amount\nend\n"
        'rule "Little"\n  on intent=refund\n  when amount is less than 200\n  advise "Promise it."\n  forget amount\nend\n'
        'rule "Ask"\n  on intent=refund\n  advise "Ask for the amount, in digits."\nend',
    ),
)


@pytest.mark.parametrize(
    ("hazard", "text"),
    CASES,
    ids=[f"{hazard.code.name}-{number}" for number, (hazard, _) in enumerate(CASES)],
)
def test_what_a_message_says_mends_it_and_makes_no_other(hazard: type[Hazard], text: str) -> None:
    before = [found.breach for found in play(text, *HAZARDS)]
    others = {one.code.name for one in before} - {hazard.code.name}
    (found,) = (one for one in before if one.code is hazard.code)
    for cured in APPLIED[hazard](text, found):
        assert cured != text
        left = [(one.breach.code.name, one.breach.message) for one in play(cured, *HAZARDS)]
        assert {name for name, _ in left} <= others, (cured, left)


# --- what the messages say, done ------------------------------------------------------------------------------


def below(text: str, verb: str, line: str) -> str:
    """A line of its own below a step of a block."""
    return re.sub(rf"^(  {verb}\b.*)$", rf"\1\n    {line}", text, count=1, flags=re.MULTILINE)


def above(text: str, verb: str, line: str) -> str:
    return re.sub(rf"^(  {verb}\b.*)$", rf"  {line}\n\1", text, count=1, flags=re.MULTILINE)


def rule_at(text: str, breach: Breach) -> tuple[int, int]:
    """Where the rule in which something is found begins and ends."""
    begins = text.rindex("rule ", 0, breach.location.end)
    return begins, text.index("\nend", begins)


def go_on_or_tell(text: str, breach: Breach) -> tuple[str, ...]:
    said, cured = breach.hint.partition(" If it is meant")[0], text
    lesser = re.search(r"below ((?:\"\w+\"(?:, | and )?)+) write: (if it fails then go on)", said)
    for verb in re.findall(r"\w+", lesser[1].replace(" and ", " ")) if lesser else ():
        cured = below(cured, verb, lesser[2])  # type: ignore[index]  # there where a verb is
    told = re.search(r"elow ((?:\"\w+\"(?:, | and )?)+) say what .* for instance: (.*\))", said)
    for verb in re.findall(r"\w+", told[1].replace(" and ", " ")) if told else ():
        cured = below(
            cured, verb, told[2].replace('"…"', '"It is not possible. Goodbye."').replace("…", "NOT_DONE")
        )  # type: ignore[index]
    return (cured,)


def otherwise(text: str, breach: Breach) -> tuple[str, ...]:
    found = re.match(r'Add "otherwise" to the rule "(\w+)"', breach.hint)
    assert found is not None
    end = text.index("\nend", text.index(f'rule "{found[1]}"'))
    return (f'{text[:end]}\notherwise\n  advise "Promise nothing yet."{text[end:]}',)


def once(text: str, breach: Breach) -> tuple[str, ...]:
    """One of the two alone; or until it is done."""
    if found := re.match(
        r"Write (?:there|on one line): (if [^.]*\.callback is unknown then ([^.]*))\. ", breach.hint
    ):
        written, _, fails = found[2].partition(" if it fails")
        rest = re.search(rf"{written}(?:\n    (if it fails .*))?", text)
        assert rest is not None
        assert bool(fails) is (rest[1] is not None)
        one_line = found[1].replace(" if it fails then …", f" {rest[1]}")
        return (text.replace(rest[0], one_line),)
    if found := re.search(
        r'a line "(steps book_once)", a line "(if .* then (.*))", a line "end"', breach.hint
    ):
        return (f"{text.replace(found[3], 'do book_once')}\n{found[1]}\n  {found[2]}\nend",)
    verb = re.search(r'behind "(\w+)"', breach.hint)
    assert verb is not None
    guarded = re.sub(r"^(  on .*)$", r"\1\n  when done is unknown", text, count=1, flags=re.MULTILINE)
    kept = re.sub(
        rf"^(  {verb[1]}\b.*)$", r"\1\n  remember done is yes", guarded, count=1, flags=re.MULTILINE
    )
    return re.sub(r"said contains \w+ or ", "", text), kept


def remembered_first(text: str, breach: Breach) -> tuple[str, ...]:
    found = re.search(r'write "(remember [^"]+)" above "(\w+)"', breach.hint)
    assert found is not None
    return (above(text.replace(f"  {found[1]}\n", ""), found[2], found[1]),)


def asked(text: str, breach: Breach) -> tuple[str, ...]:
    found = re.match(r'Ask in it: (when [^.]+)\. .* for instance: (.*? advise "[^"]*")', breach.hint)
    assert found is not None
    begins, _ = rule_at(text, breach)
    guarded = re.sub(r"^(  on .*)$", rf"\1\n  {found[1]}", text[begins:], count=1, flags=re.MULTILINE)
    return (f"{text[:begins]}{guarded}\n{found[2]}",)


def forgotten(text: str, breach: Breach) -> tuple[str, ...]:
    found = re.match(r"As the last step of (.*) write: (forget \w+)\.", breach.hint)
    assert found is not None
    for name in re.findall(r'"([^"]+)"', found[1]):
        end = text.index("\nend", text.index(f'rule "{name}"'))
        text = f"{text[:end]}\n  {found[2]}{text[end:]}"
    return (text,)


def heard(text: str, breach: Breach) -> tuple[str, ...]:
    found = re.match(r"Let the answer set off (.*), too: (on [^.]+)\.", breach.hint)
    assert found is not None
    for name in re.findall(r'"([^"]+)"', found[1]):
        begins = text.index(f'rule "{name}"')
        text = text[:begins] + re.sub(r"(?m)^  on .*$", f"  {found[2]}", text[begins:], count=1)
    return (text,)


def still_told(text: str, breach: Breach) -> tuple[str, ...]:
    verb = re.search(r'below "(\w+)" write: (if it fails then go on)', breach.hint)
    other = re.search(r'for instance: (if it fails then advise "[^"]*")', breach.hint)
    assert verb is not None
    assert other is not None
    return below(text, verb[1], verb[2]), below(text, verb[1], other[1])


def waited_for(text: str, breach: Breach) -> tuple[str, ...]:
    for line in ("remember waiting is yes", "forget waiting", "when waiting is yes"):
        assert line in breach.hint
    cured = text.replace("  conference_add", "  remember waiting is yes\n  conference_add")
    cured = below(cured, "conference_add", "if it fails then forget waiting")
    cured = above(cured, "conference_remove", "forget waiting")
    return (cured.replace("  on agent_joined", "  on agent_joined\n  when waiting is yes"),)


def forgotten_below(text: str, breach: Breach) -> tuple[str, ...]:
    if found := re.search(r'write "(forget \w+)" below "(\w+)"', breach.hint):
        begins, _ = rule_at(text, breach)
        rule = text[begins:].replace(f"  {found[1]}\n", "", 1)
        return (
            text[:begins]
            + re.sub(rf"^(  {found[2]}\b.*)$", rf"\1\n  {found[1]}", rule, count=1, flags=re.MULTILINE),
        )
    left = re.match(r'Leave "(forget \w+)" out of the rule, .* for instance: (advise "[^"]*")', breach.hint)
    assert left is not None
    begins, _ = rule_at(text, breach)
    return (text[:begins] + text[begins:].replace(left[1], left[2], 1),)


def forbidden_first(text: str, breach: Breach) -> tuple[str, ...]:
    found = re.search(r'for instance: (if it fails because forbidden then log "[^"]*")', breach.hint)
    assert found is not None
    return (text.replace("    if it fails then", f"    {found[1]}\n    if it fails then", 1),)


def set_again(text: str, breach: Breach) -> tuple[str, ...]:
    moved = re.match(r'Write it above "(\w+)", and on a line of its own below it: (.*\))', breach.hint)
    if moved is None:
        found = re.match(r"On a line of its own below it write: (.*\))", breach.hint)
        assert found is not None
        return (below(text, r"set_disposition WRONG", found[1]),)
    begins, ends = rule_at(text, breach)
    rule = text[begins:ends]
    line = re.search(r"\n  set_disposition .*", rule)
    assert line is not None
    cured = above(rule.replace(line[0], ""), moved[1], f"{line[0].strip()}\n    {moved[2]}")
    return (text[:begins] + cured + text[ends:],)


def all_is_said(text: str, breach: Breach) -> tuple[str, ...]:
    if again := re.match(r"Write a rule that tries again: (on [^.]*)\.", breach.hint):
        return (f"{text}\n{again[1]}",)
    found = re.match(
        r'Above its "(\w+)", .* write: (remember \w+ is yes)\. .* own: ([^;]+); ([^.]+)', breach.hint
    )
    assert found is not None
    return (f"{above(text, found[1], found[2])}\n{found[3]}\n{found[4]}",)


def as_the_last_step(text: str, breach: Breach) -> tuple[str, ...]:
    begins, ends = rule_at(text, breach)
    rule = text[begins:ends]
    last = re.search(r"as the last step(?: of the rule: (remember \w+ is yes))?", breach.hint)
    assert last is not None
    if stop := re.search(r'right below "(\w+)": (if it fails then stop)', breach.hint):
        rule = below(rule, stop[1], stop[2])
    if last[1] is None:
        written = re.search(r'write "(remember \w+ is \w+)" as', breach.hint)
        assert written is not None
        rule = rule.replace(f"  {written[1]}\n", "", 1)
        rule = re.sub(r"\nend\b", f"\n  {written[1]}\nend", rule, count=1)
    else:
        asked = re.search(r"instead: (when \w+ is unknown)", breach.hint)
        assert asked is not None
        rule = re.sub(r"when \w+ is unknown", asked[1], rule, count=1)
        rule = re.sub(r"\nend\b", f"\n  {last[1]}\nend", rule, count=1)
    return (text[:begins] + rule + text[ends:],)


APPLIED = {
    AnswerUnheard: heard,
    ForgottenTooSoon: forgotten_below,
    WrongReason: forbidden_first,
    EndRefused: all_is_said,
    EarlierDisposition: set_again,
    NeverEnds: go_on_or_tell,
    WishUnanswered: otherwise,
    FiresTwice: once,
    RememberedTooLate: remembered_first,
    UnreadableValue: asked,
    OldValue: forgotten,
    StillRecorded: still_told,
    LeftAlone: waited_for,
    RememberedTooSoon: as_the_last_step,
}
