"""For each hazard: rule sets that have it, each with the line where and the shortest story in which it shows; rule sets
that nearly have it and do not; and one in which it is answered."""

from typing import NamedTuple

from flowrules.exploration.hazards.back_and_forth import BackAndForth
from flowrules.exploration.hazards.ending.cut_sentence import CutSentence
from flowrules.exploration.hazards.ending.end_refused import EndRefused
from flowrules.exploration.hazards.ending.ending_dropped import EndingDropped
from flowrules.exploration.hazards.ending.goodbye_answered import GoodbyeAnswered
from flowrules.exploration.hazards.ending.goodbye_forbidden import GoodbyeForbidden
from flowrules.exploration.hazards.ending.left_alone import LeftAlone
from flowrules.exploration.hazards.ending.long_silence import LongSilence
from flowrules.exploration.hazards.ending.never_ends import NeverEnds
from flowrules.exploration.hazards.fires_twice import FiresTwice
from flowrules.exploration.hazards.hazard import Hazard
from flowrules.exploration.hazards.keeping.disposition_missing import DispositionMissing
from flowrules.exploration.hazards.keeping.earlier_disposition import EarlierDisposition
from flowrules.exploration.hazards.keeping.false_disposition import FalseDisposition
from flowrules.exploration.hazards.keeping.stays_paused import StaysPaused
from flowrules.exploration.hazards.keeping.still_recorded import StillRecorded
from flowrules.exploration.hazards.keeping.wrong_reason import WrongReason
from flowrules.exploration.hazards.knowledge.answer_unheard import AnswerUnheard
from flowrules.exploration.hazards.knowledge.forgotten_too_soon import ForgottenTooSoon
from flowrules.exploration.hazards.knowledge.old_value import OldValue
from flowrules.exploration.hazards.knowledge.remembered_too_late import RememberedTooLate
from flowrules.exploration.hazards.knowledge.remembered_too_soon import RememberedTooSoon
from flowrules.exploration.hazards.knowledge.unreadable_value import UnreadableValue
from flowrules.exploration.hazards.never_reached import NeverReached
from flowrules.exploration.hazards.silent_failure import SilentFailure
from flowrules.exploration.hazards.wish_unanswered import WishUnanswered


class Case(NamedTuple):
    hazard: type[Hazard]
    have: tuple[tuple[str, int, str], ...]
    near: tuple[str, ...]
    meant: str
    depth: int = 3


PAUSE = 'on paying recording_pause because "card number"\non paid recording_resume\n'
ASK_WHEN = 'timezone Asia/Kolkata\non intent=later when callback_time is unknown advise "Ask when."\n'
DIGITS = "on said contains at least 6 digits "
ASK_IN = (
    'rule "Ask in"\n  on intent=human\n  conference_start\n  conference_add agent a_1 as helper\n'
    '    if it fails then advise "Nobody is free."\n  remember waiting is yes\nend\n'
    "after 30 seconds of waiting forget waiting then conference_remove helper then "
    'advise "Nobody is free."\n'
)
WAITS = "on check remember waits is yes then hold\n"
OPTED_OUT = "never transfer when opted_out is yes\non stop remember opted_out is yes\n"
NEVER_AGAIN = (
    "urgent on hangup_interrupted when opted_out is yes hangup now\n"
    'rule "Never"\n  urgent on never_again\n  remember opted_out is yes\n  say "Goodbye."\n  hangup\nend\n'
)
WITH_A_HELPER = "on help_wanted conference_add agent a_1 as helper\n"
REFUND = (
    'rule "Refund"\n  on {}\n  when amount is at least 200\n  request_supervisor because "much"\n  forget amount\n'
    'otherwise\n  advise "Ask for the exact amount."\nend'
)
LEAD = "on interested set_disposition INTERESTED if it fails then set_disposition INTERESTED\n"
MACHINE = (
    'rule "Machine"\n  on machine_answered\n  say "Please call us back."\n  hangup\n    # more\n'
    "  set_disposition voicemail\nend"
)

CASES = (
    Case(
        StaysPaused,
        (
            (PAUSE + "on intent=human transfer queue people", 1, "paying; yes; intent=human; yes"),
            (
                "on intent=check hold\non found unhold\non intent=human transfer queue people",
                1,
                "intent=check; yes; intent=human; yes",
            ),
            (
                "on noise mute caller\non quiet unmute caller\non intent=human transfer queue people",
                1,
                "noise; yes; intent=human; yes",
            ),
            (
                'rule "Card"\n  on paying\n  recording_pause because "card number"\n  transfer queue cards\nend\non paid recording_resume',
                3,
                "paying; yes; yes",
            ),
        ),
        (
            PAUSE
            + "before transfer when call.recording is paused then recording_resume\non intent=human transfer queue people",
            'on paying recording_pause because "card number" for at most 3 minutes\non intent=human transfer queue people',
            PAUSE + "on intent=human hangup",
            "never recording_resume when refused is yes\n"
            "on recording_refused remember refused is yes then recording_pause\non off recording_resume\n"
            "on intent=human transfer queue people",
            "on intent=check hold for at most 45 seconds\non intent=human transfer queue people",
        ),
        "# meant: stays-paused, the people at the desk record by themselves\n"
        + PAUSE
        + "on intent=human transfer queue people",
    ),
    Case(
        FalseDisposition,
        (
            (
                "on intent=human transfer queue people then set_disposition HANDED_OVER",
                1,
                "intent=human; yes; refused; closes",
            ),
            (
                'rule "Over"\n  on intent=human\n  set_disposition HANDED_OVER\n  transfer queue people\nend',
                4,
                "intent=human; yes; refused; closes",
            ),
            (
                "before hangup unless call.disposition is known then set_disposition NOTHING\n"
                'rule "Over"\n  on intent=human\n  set_disposition HANDED_OVER\n  transfer queue people\nend\non bye hangup',
                5,
                "intent=human; yes; refused; closes",
            ),
        ),
        (
            'rule "Over"\n  on intent=human\n  transfer queue people\n    if it fails then set_disposition BUSY\n  set_disposition HANDED_OVER\nend',
            "before hangup, transfer unless call.disposition is known then set_disposition HANDLED\n"
            "on intent=human transfer queue people if it fails then hangup",
            'on intent=bye say "Goodbye." then hangup then set_disposition DONE',
            'rule "Over"\n  on intent=human\n  transfer queue people\n    if it fails then set_disposition BUSY\n'
            "  set_disposition HANDED_OVER\nend\nurgent on said contains never hangup",
            "on intent=sales set_disposition INTERESTED\non intent=human transfer queue people",
            "never set_disposition when call.disposition is HANDED_OVER\n"
            'rule "Over"\n  on intent=human\n  set_disposition HANDED_OVER\n  transfer queue people\nend',
        ),
        "# meant: false-disposition, the disposition tells the wish\n"
        "on intent=human transfer queue people then set_disposition HANDED_OVER",
    ),
    Case(
        NeverEnds,
        (
            (WITH_A_HELPER + "on caller_left conference_remove helper then hangup", 2, "caller_left"),
            ("on intent=bye schedule_callback in 2 hours then hangup", 1, "intent=bye; refused"),
            (
                'rule "Over"\n  on intent=human\n  transfer queue people\n'
                "    if it fails then (set_lead_status busy then transfer queue others)\nend",
                4,
                "intent=human; refused; refused",
            ),
            (
                "before transfer then get_call_state\non intent=human transfer queue people",
                2,
                "intent=human; refused",
            ),
        ),
        (
            'timezone Asia/Kolkata\nrule "When"\n  on callback_time\n  schedule_callback at callback_time\n'
            '    if it fails because refused then say "Which day?"\n    if it fails then advise "Say so."\n  hangup\nend',
            'rule "Left"\n  on caller_left\n  conference_remove helper\n    if it fails then go on\n  hangup\nend\n'
            + WITH_A_HELPER,
            "on step_failed once per call transfer queue people\non intent=bye schedule_callback in 2 hours then hangup",
            "on intent=human transfer queue people then set_disposition HANDED_OVER",
            'on intent=bye say "Goodbye." then log "bye" then set_disposition DONE then hangup',
            'rule "Bye"\n  on intent=bye\n  say "Goodbye."\n    if it fails then hangup\n  hangup\nend',
            "on intent=human transfer queue people",
        ),
        "# meant: never-ends, who gets no callback may stay\non intent=bye schedule_callback in 2 hours then hangup",
    ),
    Case(
        WishUnanswered,
        (
            (
                "on intent=human unless vip is yes transfer queue people\non intent=human when vip is yes transfer agent manager",
                1,
                "intent=human",
            ),
            ("on intent=human when vip is no transfer queue people", 1, "intent=human"),
            ('on intent=dues when lead.country is not AE say "You may pay now."', 1, "intent=dues"),
            (
                'on intent=refund when amount is at least 500 request_supervisor because "help"\n'
                'on intent=refund when amount is less than 500 say "It is on its way."',
                1,
                "intent=refund",
            ),
        ),
        (
            "on intent=human when vip is yes transfer agent manager\non intent=human transfer queue people",
            'on intent=dues when right_party is yes say "You may pay now."',
            'rule "Human"\n  on intent=human\n  unless vip is yes\n  transfer queue people\notherwise\n  transfer agent manager\nend',
            "on intent=human when vip is unknown or vip is no transfer queue people",
        ),
        "# meant: wish-unanswered, the host tells it before anybody speaks\non intent=human when vip is no transfer queue people",
    ),
    Case(
        EndingDropped,
        (
            (
                "urgent on said contains lawyer transfer queue legal\non intent=bye wait 5 seconds then hangup",
                1,
                "intent=bye; said=lawyer; refused",
            ),
            (
                'urgent on intent=emergency transfer queue help\non intent=bye say "Goodbye." then hangup',
                1,
                "intent=bye; yes; intent=emergency; 1 s; refused",
            ),
            (
                "urgent on person_found transfer queue people\non intent=human wait 3 seconds then transfer queue others",
                1,
                "intent=human; person_found; refused",
            ),
        ),
        (
            'rule "Lawyer"\n  urgent on said contains lawyer\n  transfer queue legal\n    if it fails then hangup\nend\n'
            "on intent=bye wait 5 seconds then hangup",
            'urgent on said contains lawyer request_supervisor because "help"\non intent=bye wait 5 seconds then hangup',
            "on said contains lawyer transfer queue legal\non intent=bye wait 5 seconds then hangup",
        ),
        "# meant: ending-dropped, who asks for a lawyer is not hung up on\n"
        "urgent on said contains lawyer transfer queue legal\non intent=bye wait 5 seconds then hangup",
    ),
    Case(
        FiresTwice,
        (
            (
                'on said contains manager or intent=manager request_supervisor because "help"',
                1,
                "said=manager; yes; intent=manager; yes",
            ),
            (
                'on callback_wanted or said contains callback say "We will call you."',
                1,
                "said=callback; yes; 2 s; callback_wanted; yes",
            ),
            (
                "on hearing contains later or intent=later schedule_callback in 2 hours",
                1,
                "hearing=later; yes; intent=later; yes",
            ),
            (
                "on intent=later schedule_callback in 2 hours",
                1,
                "intent=later; yes; intent=later; yes",
            ),
            (
                'rule "Closed"\n  on intent=human\n  when urgent is yes\n  transfer queue people\notherwise\n'
                '  schedule_callback tomorrow at 10:00\n  advise "Say so."\nend\ntimezone Asia/Kolkata',
                6,
                "intent=human; yes; intent=human; yes",
            ),
        ),
        (
            'rule "Later"\n  on intent=later\n  if call.callback is unknown then schedule_callback in 2 hours\nend',
            "on intent=later once per call schedule_callback in 2 hours",
            'on intent=later schedule_callback in 2 hours then say "Goodbye." then hangup',
            "timezone Asia/Kolkata\n"
            "on callback_time schedule_callback at callback_time then forget callback_time",
            'on intent=manager request_supervisor because "help"',
            'on said contains manager or intent=manager not again for 30 seconds request_supervisor because "help"',
            "on said contains manager or intent=manager transfer queue managers",
            'on said contains manager say "One moment."\non intent=manager request_supervisor because "help"',
            'on hearing contains manager or said contains manager request_supervisor because "help"',
            # The words were not answered: their step failed, and so it is tried once more.
            'on said contains pain or intent=pain when told is unknown log "pain" then remember told is yes then say "Stay."',
            'rule "Pain"\n  on said contains pain or intent=pain\n  when called is unknown\n  remember called is yes\n'
            '  say "I am getting help."\n    if it fails then go on\n  conference_start\n'
            '    if it fails then (forget called then advise "Try again.")\nend',
        ),
        '# meant: fires-twice, the desk asks for both\non said contains manager or intent=manager request_supervisor because "help"',
    ),
    Case(
        NeverReached,
        (
            (
                "on intent=human 2 times transfer queue people\non intent=human 3 times transfer agent manager",
                2,
                "",
            ),
            (
                'on intent=human once per call request_supervisor because "help"',
                1,
                "intent=human; refused; intent=human",
            ),
            (
                'on intent=bye hangup now\non hangup_interrupted say "Yes?"',
                2,
                "",
            ),
            (
                'on intent=price at most 2 times per call say "It is 499."\non intent=price 2 times advise "No."\n'
                "on intent=price 3 times hold then unhold",
                3,
                "",
            ),
        ),
        (
            "on intent=human 3 times transfer agent manager\non intent=human 2 times hold then unhold",
            'rule "Human"\n  on intent=human\n  once per call\n  request_supervisor because "help"\n    if it fails then say "Nobody is free."\nend',
            'on intent=human once per call request_supervisor because "help"\non intent=human say "Nobody is free."',
            "on intent=a when plan is gold hold then unhold\non intent=a when plan is known mute then unmute",
            'on intent=offer once per call say "It is free." if it fails then advise "Say that it is free."',
            'on intent=offer once per call say "It is free."',
            'rule "Human"\n  on intent=human\n  once per call\n  request_supervisor because "help"\n    if it fails then advise "Say that nobody is free."\nend',
            'on abuse 5 times say "I am ending this call." then hangup\non hangup_interrupted hangup now',
            "on abuse 3 times remember ending_it is yes then hangup\non hangup_interrupted when ending_it is yes hangup now",
            'on intent=price at most 4 times per call say "It is 499."\non intent=price advise "They know it."',
            'on intent=price not again for 1 minute say "It is 499."\non intent=price advise "They know it."',
        ),
        "on intent=human 2 times transfer queue people\n# meant: never-reached, kept for the next campaign\n"
        "on intent=human 3 times transfer agent manager",
    ),
    Case(
        CutSentence,
        (
            ('on intent=bye say "Goodbye, and thank you." then hangup now', 1, "intent=bye; yes"),
            (
                'on intent=dues say "You owe {lead.dues} rupees."',
                1,
                "intent=dues",
            ),
            (
                'never transfer when closed is yes instead say "We open at {opening}."\n'
                "on intent=human transfer queue people",
                2,
                "closed is True; intent=human",
            ),
            (
                'on intent=bye say "Thank you very much for your call to our house today; we have written down all that you '
                "have told us, our colleagues in the branch will look into it before the end of the week, and they will "
                'write to you as soon as there is something new to tell you about it. Goodbye." then hangup',
                1,
                "intent=bye; yes; 10 s",
            ),
        ),
        (
            'on intent=bye say "Goodbye, and thank you." then hangup',
            'on intent=dues when lead.dues is known say "You owe {lead.dues} rupees."',
            'on intent=dues log "owes {lead.dues}"',
            'on intent=dues say "You owe {lead.dues or some} rupees."',
            'on intent=dues say "You owe {lead.dues or some} rupees." then log "owes {lead.dues}"',
            "on intent=human transfer now queue people",
            'on amount is more than 0 say "You owe {amount} rupees."',
        ),
        '# meant: cut-sentence, the platform always tells lead.dues\non intent=dues say "You owe {lead.dues} rupees."',
    ),
    Case(
        LongSilence,
        (
            (
                'on intent=check wait 15 seconds then say "Thank you for waiting."',
                1,
                "intent=check; 15 s; yes",
            ),
            (
                'rule "Over"\n  on intent=human\n  transfer queue a\n'
                "    if it fails then (transfer queue b if it fails then transfer queue c)\nend",
                1,
                "intent=human; unavailable; unavailable; yes",
            ),
            (
                'rule "Help"\n  on danger\n  conference_start\n    if it fails then go on\n  request_supervisor because "help"\n'
                '    if it fails then say "Nobody can be reached."\nend',
                1,
                "danger; unavailable; unavailable; yes",
            ),
        ),
        (
            'on intent=check say "One moment." then wait 5 seconds then say "Thank you for waiting."',
            'rule "Over"\n  on intent=human\n  transfer queue a\n'
            '    if it fails then (say "One moment." then transfer queue b)\nend',
            'rule "Over"\n  on intent=human\n  transfer queue a within 4 seconds\n'
            "    if it fails then (transfer queue b within 4 seconds if it fails then hangup)\nend",
            'on intent=check hold then wait 15 seconds then unhold then say "Thank you for waiting."',
        ),
        '# meant: long-silence, the music of the house plays on\non intent=check wait 15 seconds then say "Thank you."',
    ),
    Case(
        DispositionMissing,
        (
            (
                "on intent=bye hangup then set_disposition DONE\non intent=abuse hangup",
                2,
                "intent=abuse; yes; closes",
            ),
            (
                "on intent=sales transfer queue sales then set_disposition SALES\non intent=human transfer queue people",
                2,
                "intent=human; yes; closes",
            ),
            (
                'rule "Bye"\n  on intent=bye\n  when paid is yes\n  hangup\n  set_disposition PAID\notherwise\n  hangup\nend\n'
                "on intent=abuse hangup then set_disposition ABUSE",
                4,
                "intent=bye; yes; closes",
            ),
        ),
        (
            "on intent=bye hangup then set_disposition DONE\non intent=abuse hangup\n"
            "before hangup unless call.disposition is known then set_disposition OTHER",
            "on intent=bye hangup then set_disposition DONE\non intent=human transfer queue people",
            "on intent=bye hangup\non intent=abuse hangup",
            "on intent=bye hangup then set_disposition DONE\non intent=abuse hangup\n"
            "on call_ended when call.disposition is unknown set_disposition OTHER",
        ),
        "on intent=bye hangup then set_disposition DONE\n# meant: disposition-missing, these are not counted\non intent=abuse hangup",
    ),
    Case(
        BackAndForth,
        (
            (
                "after 20 seconds of call.on_hold unhold then hold\non intent=check hold",
                1,
                "intent=check; yes; 20 s; yes; yes; 20 s",
            ),
            (
                "after 20 seconds of call.on_hold unhold then remember waiting is yes\n"
                "after 5 seconds of waiting hold then forget waiting\non intent=check hold",
                1,
                "intent=check; yes; 20 s; yes; 5 s; yes; 20 s",
            ),
            (
                'on step_failed when quiet is unknown say "Sorry."\non intent=check hold then unhold',
                1,
                "intent=check; refused; refused",
            ),
        ),
        (
            "after 20 seconds of call.on_hold unhold\non intent=check hold",
            "after 20 seconds of call.on_hold at most 3 times per call unhold then hold\non intent=check hold",
            'on step_failed when failed_verb is not "play_audio" say "Sorry."\non intent=check hold then unhold',
            'after 10 seconds of silence say "Hello?"',
        ),
        "# meant: back-and-forth, the caller is told each time how long it lasts\n"
        "after 20 seconds of call.on_hold unhold then hold\non intent=check hold",
        4,
    ),
    Case(
        GoodbyeAnswered,
        (
            (
                'rule "Never"\n  urgent on intent=do_not_call\n  say "Goodbye."\n  hangup\nend',
                4,
                "intent=do_not_call; yes; said=wait a moment please",
            ),
            (
                'on intent=bye say "Goodbye." then set_disposition DONE then hangup',
                1,
                "intent=bye; yes; yes; said=wait a moment please",
            ),
            (
                'on intent=bye remember left is yes then say "Goodbye." then hangup\non intent=sales when left is yes advise "No."',
                1,
                "intent=bye; yes; said=wait a moment please",
            ),
            (
                'on abuse 2 times say "I am ending this call." then hangup then set_disposition ABUSIVE',
                1,
                "abuse; abuse; yes; said=wait a moment please",
            ),
            (
                'on wrong_number say "I am sorry." then hangup',
                1,
                "wrong_number; yes; said=wait a moment please",
            ),
            (
                'on intent=bye say "Goodbye." then hangup because "rude"',
                1,
                "intent=bye; yes; said=wait a moment please",
            ),
            (
                'on insult remember warned is yes then say "Please."\n'
                'on intent=again when warned is yes say "Goodbye." then hangup',
                2,
                "insult; yes; 1 s; intent=again; yes; said=wait a moment please",
            ),
            ('after 5 minutes say "Time is over." then hangup', 1, "300 s; yes; said=wait a moment please"),
            (
                'on intent=later schedule_callback in 2 hours then say "Goodbye." then hangup\n'
                'on hangup_interrupted advise "Listen."',
                1,
                "intent=later; yes; yes; said=wait a moment please",
            ),
            (
                'on wrong_number say "I am sorry." then hangup\non anything advise "Listen."',
                1,
                "wrong_number; yes; said=wait a moment please",
            ),
        ),
        (
            'on intent=bye say "Goodbye." then hangup',
            'on intent=bye say "Goodbye." then hangup then set_disposition DONE',
            "on wrong_number hangup now",
            'on danger remember danger_heard is yes then advise "Help."\n'
            'on intent=bye when danger_heard is unknown say "Goodbye." then hangup',
            'urgent on intent=never say "Goodbye." then hangup\non hangup_interrupted advise "Listen."\n'
            "after 20 seconds of silence hangup",
            'urgent on intent=never remember out is yes then say "Goodbye." then hangup\n'
            "urgent on hangup_interrupted when out is yes hangup now",
            'on wrong_number say "I am sorry." then hangup\non intent=bye hangup\non anything advise "Listen."',
            'on intent=bye set_disposition DONE then say "Goodbye." then hangup\non hangup_interrupted advise "Listen."',
            'on intent=later schedule_callback in 2 hours then say "Goodbye." then hangup\n'
            'on hangup_interrupted advise "Listen."\non end_it hangup now',
            'after 20 seconds of silence say "Goodbye." then hangup\non hangup_interrupted advise "Listen."',
            'on intent=bye remember noted is yes then say "Goodbye." then hangup',
            'on wrong_number say "I am sorry." then transfer queue people',
        ),
        '# meant: goodbye-answered, the model goes on with the call\non wrong_number say "I am sorry." then hangup',
    ),
    Case(
        RememberedTooLate,
        (
            (
                "never recording_resume when refused is yes\non paid recording_resume\n"
                'on intent=refuse recording_pause because "refused" then remember refused is yes',
                3,
                "intent=refuse; refused",
            ),
            (
                "never transfer when opted_out is yes\non intent=sales transfer queue sales\n"
                'rule "Never"\n  on intent=never\n  set_lead_status dnd\n    if it fails then say "That did not work."\n'
                "  remember opted_out is yes\nend",
                5,
                "intent=never; refused; yes",
            ),
            (
                "on intent=never set_lead_status dnd then remember opted_out is yes\n"
                'on intent=sales unless opted_out is yes say "We have an offer."',
                1,
                "intent=never; refused",
            ),
            (
                "never hangup when danger is yes\non intent=bye hangup\n"
                "steps call_for_help\n  conference_add agent a_1 as helper\n  remember danger is yes\nend\n"
                "on chest_pain conference_start then do call_for_help",
                7,
                "chest_pain; refused",
            ),
        ),
        (
            "never recording_resume when refused is yes\non paid recording_resume\n"
            'on intent=refuse remember refused is yes then recording_pause because "refused"',
            "never schedule_callback when booked is yes\n"
            "on intent=later schedule_callback in 2 hours then remember booked is yes",
            "on help when called is unknown conference_add agent a_1 as helper then remember called is yes",
            'never transfer when opted_out is yes\non intent=never say "Yes." then remember opted_out is yes then hangup',
            "never transfer when opted_out is yes\n"
            'rule "Never"\n  on intent=never\n  set_lead_status dnd\n    if it fails then go on\n  remember opted_out is yes\nend',
            "on intent=never set_lead_status dnd then remember noted is yes",
        ),
        "never transfer when joined is yes\n# meant: remembered-too-late, only who has joined keeps the caller\n"
        "on help conference_start then remember joined is yes\non intent=sales transfer queue sales",
    ),
    Case(
        UnreadableValue,
        (
            (
                'on intent=refund when amount is unknown advise "Ask."\n'
                'on intent=refund when amount is at least 200 request_supervisor because "much"\n'
                'on intent=refund advise "You may promise it."',
                3,
                "amount=some amount intent=refund",
            ),
            (
                "fact amount is number\nfact vip is yes/no\nfact verified is yes/no\n"
                'rule "Ask"\n  on intent=refund\n  unless amount is known\n  advise "Ask."\nend\n'
                'rule "Much"\n  on intent=refund\n  when amount is more than 500 or (vip is yes and amount is more than 200)\n'
                '  say "One moment."\nend\n'
                'rule "Little"\n  on intent=refund\n  when verified is yes\n  advise "You may promise it."\nend',
                14,
                "amount=some amount vip intent=refund; verified intent=refund",
            ),
            (
                'timezone Asia/Kolkata\non intent=later when wait_until is unknown advise "Ask."\n'
                'on intent=later when wait_until is at least 18:00 advise "Too late."\n'
                'on intent=later say "We will call you today."',
                4,
                "wait_until=some wait_until intent=later",
            ),
        ),
        (
            'on intent=refund when amount is unknown advise "Ask."\n'
            'on intent=refund when amount is at least 200 request_supervisor because "much"\n'
            'on intent=refund when amount is less than 200 advise "You may promise it."\n'
            'on intent=refund advise "Ask for the amount as a number."',
            'on intent=refund when amount is at least 200 request_supervisor because "much"\n'
            'on intent=refund advise "Ask what it is about."',
            'on intent=refund when amount is unknown advise "Ask."\n'
            'on intent=refund when amount is gold request_supervisor because "much"\n'
            'on intent=refund advise "You may promise it."',
        ),
        'on intent=refund when amount is unknown advise "Ask."\n'
        'on intent=refund when amount is at least 200 request_supervisor because "much"\n'
        "# meant: unreadable-value, the host tells amounts as numbers\n"
        'on intent=refund advise "You may promise it."',
    ),
    Case(
        OldValue,
        (
            (
                ASK_WHEN
                + 'on intent=later schedule_callback at callback_time then say "We will call you then."',
                3,
                "callback_time=2026-03-09T10:00 intent=later; yes; yes; 2 s; intent=later",
            ),
            (
                'on intent=refund when amount is unknown advise "Ask."\n'
                'on intent=refund when amount is at least 200 request_supervisor because "much"\n'
                'on intent=refund when amount is less than 200 advise "You may promise it." then forget amount\n'
                'on intent=refund advise "Ask once more, for a number."',
                2,
                "amount=200 intent=refund; yes; intent=refund",
            ),
            (
                'on intent=refund when amount is at least 200 request_supervisor because "much" then forget amount\n'
                'on intent=refund when amount is less than 200 advise "You may promise it."\n'
                'on intent=refund advise "Ask for a number."',
                2,
                "amount=199 intent=refund; intent=refund",
            ),
            (
                "timezone Asia/Kolkata\n"
                'on intent=later schedule_callback at callback_time then say "Goodbye." then hangup\n'
                'on hangup_interrupted advise "Listen."',
                2,
                "callback_time=2026-03-09T10:00 intent=later; yes; yes; said=wait a moment please; 1 s; intent=later",
            ),
        ),
        (
            ASK_WHEN + "on intent=later schedule_callback at callback_time then forget callback_time",
            ASK_WHEN + "on intent=later once per call schedule_callback at callback_time",
            'on intent=loan when age is at least 60 advise "Offer the plan for seniors."\n'
            'on intent=loan advise "Offer the plan."',
            'fact balance is number from host\non intent=pay when balance is unknown advise "Look it up."\n'
            'on intent=pay when balance is at least 1 advise "Offer to pay."\non intent=pay advise "Nothing is due."',
            'on intent=data when verified is unknown advise "Ask who it is."\n'
            'on intent=data when verified is yes advise "You may tell it."\non intent=data advise "Tell nothing."',
            'on intent=refund when amount is unknown advise "Ask."\n'
            'on intent=refund when amount is at least 200 request_supervisor because "much"\n'
            'on intent=credit when amount is at least 500 request_supervisor because "credit"',
        ),
        ASK_WHEN + "# meant: old-value, who wants it again is booked again\n"
        "on intent=later schedule_callback at callback_time",
    ),
    Case(
        StillRecorded,
        (
            (DIGITS + 'recording_pause then advise "Stop them."', 1, "said=111111; refused"),
            (
                'rule "Card"\n  on paying\n  recording_pause because "card number"\n'
                '    if it fails because at_capacity then say "One moment."\n  say "Your card number, please."\nend\n'
                "on paid recording_resume",
                3,
                "paying; refused",
            ),
            (
                DIGITS + 'recording_pause then say "Stop."\non step_failed log "it did not work"',
                1,
                "said=111111; refused; yes",
            ),
            (
                'rule "Card"\n  on paying\n  monitor_stop agent_call\n  say "Your card number, please."\nend',
                3,
                "agent_call is some agent_call; paying; refused",
            ),
        ),
        (
            DIGITS + 'advise "Stop them." then recording_pause',
            'rule "Card"\n  on paying\n  recording_pause\n    if it fails then advise "Stop them."\n  advise "Go on."\nend',
            DIGITS + 'recording_pause then advise "Stop them."\non step_failed advise "It did not work."',
            DIGITS + "recording_pause",
            'on intent=human request_supervisor because "help" then say "Somebody comes."',
        ),
        "# meant: still-recorded, the platform hides digits by itself\n"
        + DIGITS
        + 'recording_pause then advise "Stop them."',
    ),
    Case(
        LeftAlone,
        (
            (ASK_IN + "on agent_joined conference_leave", 9, "intent=human; yes; refused; agent_joined"),
            (
                "on intent=human conference_start then conference_add agent a_1 as helper\n"
                "on agent_gone conference_remove helper\non agent_joined conference_leave",
                3,
                "intent=human; yes; refused; agent_joined",
            ),
            (
                'rule "Hand over"\n  on intent=human\n  conference_start\n  conference_add agent a_1\n'
                "    if it fails then go on\n  conference_leave\nend",
                6,
                "intent=human; yes; refused",
            ),
        ),
        (
            ASK_IN + "on agent_joined when waiting is yes conference_leave",
            "on intent=human conference_start then conference_add agent a_1 then conference_leave",
            "on agent_joined conference_leave",
            "on intent=human conference_start then conference_add agent a_1 as helper\non agent_joined conference_leave "
            'if it fails then advise "Stay."\nnever conference_leave when helper is unknown',
        ),
        ASK_IN + "# meant: left-alone, the host asks a second one in\non agent_joined conference_leave",
    ),
    Case(
        SilentFailure,
        (
            (
                'on intent=human say "I am putting you through." then transfer queue people',
                1,
                "intent=human; yes; 2 s; refused",
            ),
            ("on dtmf=0 transfer queue people", 1, "dtmf=0; refused"),
            (
                'rule "A person"\n  on intent=human\n  say "I am putting you through."\n  transfer queue people\n'
                "    if it fails then schedule_callback in 2 hours\nend",
                5,
                "intent=human; yes; 2 s; refused; refused",
            ),
            (
                "on dtmf=0 transfer queue people if it fails then "
                '(schedule_callback in 2 hours then say "We will call you.")',
                1,
                "dtmf=0; refused; refused",
            ),
            ('after 5 minutes request_supervisor because "long"', 1, "300 s; refused"),
            (
                'rule "Ready"\n  on intent=ready\n  say "I am bringing in a colleague."\n  conference_start\n'
                '  conference_add agent a_1 as helper\n    if it fails then say "Nobody is free."\nend',
                4,
                "intent=ready; yes; refused",
            ),
            (
                'rule "Later"\n  on intent=later\n  say "I will book that."\n  schedule_callback in 2 hours\n'
                '    if it fails because limited then advise "Too many."\nend',
                4,
                "intent=later; yes; refused",
            ),
            (
                'on intent=loop 2 times say "Let me get a colleague." then transfer queue people\non intent=loop advise "Try again."',
                1,
                "intent=loop; intent=loop; yes; 2 s; refused",
            ),
        ),
        (
            "on intent=human transfer queue people",
            "on said contains lawyer transfer queue people",
            'rule "A person"\n  on intent=human\n  say "I am putting you through."\n  transfer queue people\n'
            '    if it fails then advise "Nobody is free."\nend',
            'on intent=human say "I am putting you through." then transfer queue people\n'
            'on step_failed once per call say "I am sorry, that did not work."',
            'on dtmf=0 transfer queue people\non step_failed when failed_verb is "transfer" advise "Say so."',
            'on intent=later say "I book it." then schedule_callback in 2 hours then hangup',
            "on dtmf=0 transfer queue people if it fails then "
            '(say "They are all busy. We will call you." then schedule_callback in 2 hours)',
            'on dtmf=0 transfer queue people if it fails then (schedule_callback in 2 hours then say "We will call you.")\n'
            'on step_failed once per call say "I am sorry, that did not work."',
        ),
        "# meant: silent-failure, the host says it\non dtmf=0 transfer queue people",
    ),
    Case(
        GoodbyeForbidden,
        (
            (
                "never hangup when person_on_line is yes\n"
                'urgent on person_answered remember person_on_line is yes then say "Hello?"\n'
                'on intent=bye say "Goodbye." then hangup',
                3,
                "person_answered; yes; 1 s; intent=bye; yes",
            ),
            (
                'never hangup, transfer when in_danger is yes instead advise "Stay."\n'
                "on danger remember in_danger is yes\n"
                'on intent=bye say "Goodbye." then hangup',
                3,
                "danger; intent=bye; yes",
            ),
            (
                'never transfer unless vip is yes\non intent=human say "I am putting you through." then transfer queue people',
                2,
                "intent=human; yes",
            ),
        ),
        (
            "never say, hangup when in_danger is yes\non danger remember in_danger is yes\n"
            'on intent=bye say "Goodbye." then hangup',
            'never hangup when in_danger is yes instead say "I stay with you."\non danger remember in_danger is yes\n'
            'on intent=bye say "Goodbye." then hangup',
            "never hangup when person_on_line is yes\nurgent on person_answered remember person_on_line is yes\n"
            'on intent=bye forget person_on_line then say "Goodbye." then hangup',
            "never hangup when person_on_line is yes\nurgent on person_answered remember person_on_line is yes\n"
            'on machine_beep when person_on_line is unknown say "Please call us back." then hangup',
            "never hangup when in_danger is yes\non danger remember in_danger is yes\non intent=bye hangup",
        ),
        "never hangup when in_danger is yes\non danger remember in_danger is yes\n"
        '# meant: goodbye-forbidden, the helper ends the call\non intent=bye say "Goodbye." then hangup',
    ),
    Case(
        ForgottenTooSoon,
        (
            (
                WAITS
                + 'on found forget waits then unhold\non asked when waits is yes unhold then say "Yes?"',
                2,
                "check; yes; found; refused",
            ),
            (
                "never whisper when paying is yes\non pay remember paying is yes\non paid forget paying\n"
                "after 3 minutes of paying forget paying",
                4,
                "pay; 180 s",
            ),
            (
                'rule "Loud"\n  on quiet\n  remember muted is no\n  unmute caller\nend\n'
                "on noise remember muted is yes then mute caller\n"
                'rule "Ask"\n  on ask\n  if muted is yes then unmute caller\n  say "Yes?"\nend',
                4,
                "noise; yes; quiet; refused",
            ),
        ),
        (
            WAITS + 'on found unhold then forget waits\non asked when waits is yes unhold then say "Yes?"',
            WAITS + "on found forget waits then unhold if it fails then remember waits is yes\n"
            'on asked when waits is yes unhold then say "Yes?"',
            WAITS + 'on found forget waits then unhold\non asked unhold then say "Yes?"',
            "on asked when waits is yes forget waits then conference_leave\non check remember waits is yes then conference_start",
            "never whisper when paying is yes\non pay remember paying is yes\nafter 3 minutes of paying forget paying",
            "never whisper when paying is yes\non pay remember paying is yes\non paid forget paying\n"
            'after 3 minutes of paying advise "Ask whether they are done."',
        ),
        WAITS
        + "# meant: forgotten-too-soon, the host takes them off hold\non found forget waits then unhold\n"
        'on asked when waits is yes unhold then say "Yes?"',
    ),
    Case(
        WrongReason,
        (
            (
                OPTED_OUT + 'on human transfer queue people if it fails then say "They are all busy."',
                3,
                "stop; human; yes",
            ),
            (
                'never transfer unless vip is yes\non human transfer queue people if it fails then say "They are all busy."',
                2,
                "human; yes",
            ),
            (
                'never schedule_callback when dnd is yes\non stop remember dnd is yes\nrule "Later"\n  on later\n'
                '  schedule_callback in 2 hours\n    if it fails because limited then log "too many"\n'
                '    if it fails then say "That did not work."\nend',
                5,
                "stop; later; yes",
            ),
        ),
        (
            OPTED_OUT
            + 'rule "Human"\n  on human\n  transfer queue people\n    if it fails because forbidden then log "no"\n'
            '    if it fails then say "They are all busy."\nend',
            OPTED_OUT + 'on human transfer queue people if it fails then advise "Say that it did not work."',
            OPTED_OUT
            + 'on human when opted_out is unknown transfer queue people if it fails then say "They are all busy."',
            'never transfer when opted_out is yes instead say "You asked not to be called."\non stop remember opted_out is yes\n'
            'on human transfer queue people if it fails then say "They are all busy."',
            "timezone Asia/Kolkata\nhours office\n  mon to fri 09:00 to 18:00\nend\nnever transfer outside office\n"
            'on human transfer queue people if it fails then say "Nobody is there."',
        ),
        OPTED_OUT + "# meant: wrong-reason, it is said so in both cases\n"
        'on human transfer queue people if it fails then say "It is not possible."',
    ),
    Case(
        EndRefused,
        (
            (NEVER_AGAIN + 'on sales say "An offer."', 6, "never_again; yes; 1 s; refused; sales; yes"),
            (
                NEVER_AGAIN.replace("  urgent on never", "  on never") + 'on sales say "An offer."',
                6,
                "never_again; yes; 1 s; refused; sales; yes",
            ),
            (
                "on hangup_interrupted when lead.contacts is at least 3 hangup now\n"
                'on hello when lead.contacts is at least 3 say "Goodbye." then hangup\non sales say "An offer."',
                2,
                "hello; yes; 1 s; refused; sales; yes",
            ),
            (NEVER_AGAIN + "on sales transfer queue sales", 6, "never_again; yes; 1 s; refused; sales; yes"),
            (
                NEVER_AGAIN + 'on step_failed say "That did not work."',
                6,
                "never_again; yes; 1 s; refused; yes",
            ),
            (MACHINE, 4, "machine_answered; yes; 2 s; yes; refused"),
            (
                MACHINE + '\nafter 1 minute advise "Come to an end."',
                4,
                "machine_answered; yes; 2 s; yes; refused; 58 s",
            ),
            (
                'on machine_answered advise "Wait."\non machine_beep say "Please call us back." then hangup',
                2,
                "machine_answered; machine_beep; yes; 2 s; refused",
            ),
        ),
        (
            NEVER_AGAIN.replace("  hangup\n", "  remember told is yes\n  hangup\n")
            + "urgent on anything when told is yes hangup now\nnever say when told is yes\n"
            + 'on sales say "An offer."',
            MACHINE
            + '\non step_failed when failed_verb is "hangup" once per call wait 1 second then hangup now',
            MACHINE + "\nafter 1 minute hangup now",
            MACHINE.replace("    # more", "    if it fails then (wait 1 second then hangup now)"),
            MACHINE.replace("machine_answered", "person_answered"),
            NEVER_AGAIN.partition("\n")[2] + 'on sales say "An offer."',
            NEVER_AGAIN.replace("  hangup\n", '  hangup\n    if it fails then advise "Say no more."\n')
            + 'on sales say "An offer."',
            "on hangup_interrupted when call.elapsed is more than 60 hangup now\n"
            'on bye when call.elapsed is more than 10 say "Goodbye." then hangup\non sales say "An offer."',
            NEVER_AGAIN + 'on sales say "Goodbye." then hangup',
            NEVER_AGAIN + 'on sales advise "Offer it."',
        ),
        NEVER_AGAIN.replace('rule "N', '# meant: end-refused, they may ask once more\nrule "N')
        + 'on sales say "An offer."',
    ),
    Case(
        AnswerUnheard,
        (
            (
                ASK_WHEN + "on intent=later schedule_callback at callback_time then forget callback_time",
                2,
                "intent=later; callback_time=2026-03-09T10:00",
            ),
            (
                REFUND.format("intent=refund"),
                1,
                "intent=refund; amount=200",
            ),
            (
                REFUND.format("intent=refund") + '\non anything advise "Stay with the subject."',
                1,
                "intent=refund; amount=200",
            ),
            (
                'on intent=order when order_id is known say "Order {order_id} is on its way." '
                'otherwise say "What is the number of your order?"',
                1,
                "intent=order; yes; 3 s; order_id=some order_id",
            ),
            (
                "timezone Asia/Kolkata\n"
                'on intent=human transfer queue people if it fails then advise "Ask when, and report callback_time."\n'
                "on intent=later schedule_callback at callback_time then forget callback_time",
                2,
                "intent=human; refused; callback_time=2026-03-09T10:00",
            ),
            (
                ASK_WHEN + "on intent=later schedule_callback at callback_time then forget callback_time\n"
                "on callback_time when asked_when is yes schedule_callback at callback_time",
                2,
                "intent=later; callback_time=2026-03-09T10:00",
            ),
        ),
        (
            ASK_WHEN
            + "on intent=later or callback_time schedule_callback at callback_time then forget callback_time",
            REFUND.format("intent=refund or amount"),
            'on intent=refund remember wish is refund then advise "Ask for the amount."\n'
            'on amount when wish is refund request_supervisor because "{amount}" then forget wish',
            'on intent=dues when verified is yes say "You owe money." otherwise say "When were you born?"',
            'fact balance is number from host\non intent=pay when balance is at least 1 advise "Offer to pay." '
            'otherwise advise "Ask whether they have paid."',
            'on intent=sales when tier is gold transfer queue gold otherwise say "Here is our offer."',
            'on intent=hello advise "Ask what you can do."\n'
            'on intent=order when order_id is known say "Order {order_id} is on its way."',
            'on still_stuck when tries is at least 2 transfer queue tier2 otherwise advise "Try one more thing."\n'
            'on intent=hello advise "Ask what you can do."',
        ),
        "# meant: answer-unheard, our model always reports both\n" + REFUND.format("intent=refund"),
    ),
    Case(
        EarlierDisposition,
        (
            (
                LEAD + "on wrong set_disposition WRONG",
                2,
                "interested; yes; wrong; refused; closes",
            ),
            (
                LEAD + 'rule "Wrong"\n  on wrong\n  set_disposition WRONG\n  say "Sorry."\n  hangup\nend',
                4,
                "interested; yes; wrong; refused; yes; 1 s; yes; closes",
            ),
            (
                LEAD
                + "on call_ended when wrong is yes set_disposition WRONG\non wrong_number remember wrong is yes",
                2,
                "interested; yes; wrong_number; closes; refused",
            ),
        ),
        (
            LEAD + "on wrong set_disposition WRONG if it fails then set_disposition WRONG",
            LEAD + "on wrong set_disposition INTERESTED",
            'rule "A person"\n  on intent=human\n  transfer queue people\n    if it fails then set_disposition NOBODY\n'
            "  set_disposition HANDED_OVER\nend",
            LEAD + "on wrong set_disposition WRONG\nnever set_disposition when call.disposition is known",
            LEAD + "on wrong remember wrong is yes then set_disposition WRONG\n"
            'on call_ended when wrong is yes and call.disposition is not "WRONG" set_disposition WRONG '
            "if it fails then set_disposition WRONG",
            "on wrong set_disposition WRONG\non call_ended when call.disposition is unknown set_disposition NONE",
        ),
        LEAD
        + "# meant: earlier-disposition, the nightly run corrects it\n"
        + "on wrong set_disposition WRONG",
    ),
    Case(
        RememberedTooSoon,
        (
            (
                'on danger when helped is unknown remember helped is yes then request_supervisor because "danger" '
                'if it fails then advise "Stay."',
                1,
                "danger; refused",
            ),
            (
                'never hangup when crisis is yes\nrule "Crisis"\n  urgent on said contains suicide\n  when crisis is unknown\n'
                "  remember crisis is yes\n  conference_add agent doctor as helper\n"
                '    if it fails then (request_supervisor because "crisis" if it fails then advise "Stay.")\nend',
                6,
                "said=suicide; refused; refused",
            ),
            (
                'rule "Again"\n  on abuse\n  when warned is yes\n  say "Goodbye."\n  hangup\nend\n'
                'rule "Warned"\n  on abuse\n  remember warned is yes\n  say "Please stay polite."\nend\n'
                "on hangup_interrupted hangup now",
                10,
                "abuse; refused",
            ),
            (
                'rule "Again"\n  on abuse\n  when warned is yes\n  say "Goodbye."\n  hangup\nend\n'
                'rule "Warned"\n  on abuse\n  say "Please stay polite."\n  remember warned is yes\n  advise "Be calm."\nend\n'
                "on hangup_interrupted hangup now",
                9,
                "abuse; refused",
            ),
        ),
        (
            'on danger when helped is unknown request_supervisor because "danger" if it fails then (advise "Stay.") '
            "then remember helped is yes",
            'on danger when helped is unknown remember helped is yes then request_supervisor because "danger" '
            'if it fails then (advise "Stay." then forget helped)',
            'on danger when helped is unknown remember helped is yes then request_supervisor because "danger" '
            'if it fails then advise "Stay."\non danger advise "Nobody can be reached."',
            'on danger when tried is unknown remember tried is yes then request_supervisor because "danger" '
            'if it fails then advise "Stay."\nafter 20 seconds of tried request_supervisor because "danger"',
            'on call_started when greeted is unknown remember greeted is yes then say "Hello."',
            'rule "Again"\n  on abuse\n  when warned is yes\n  say "Goodbye."\n  hangup\nend\n'
            'rule "Warned"\n  on abuse\n  say "Please stay polite."\n  remember warned is yes\nend\n'
            "on hangup_interrupted hangup now",
            'on danger when asked is unknown not again for 1 minute remember asked is yes then request_supervisor because "danger"',
        ),
        "# meant: remembered-too-soon, the watch is called once\n"
        'on danger when helped is unknown remember helped is yes then request_supervisor because "danger" '
        'if it fails then advise "Stay."',
    ),
)
