"""FR801 to FR819, and from FR825: hazards. Rules that are well written, and go wrong in a situation that nobody
thought of.

They are found by playing calls (`flowrules explore`), not by reading. `# meant: NAME, reason` answers one.
"""

from flowrules.diagnostics.diagnostic import Code, Severity

_W = Severity.WARNING

STAYS_PAUSED = Code(
    "FR801", "stays-paused", _W, "The recording stays paused, or the caller on hold or muted, when the AI's part ends",
    "What the rules have paused comes back only by a step of theirs, and behind a transfer no step runs any more.",
    'on paying recording_pause because "card number"\non paid recording_resume\n'
    "on intent=human transfer queue people",
    'on paying recording_pause because "card number"\non paid recording_resume\n'
    "on intent=human transfer queue people\n"
    "before transfer when call.recording is paused then recording_resume if it fails then go on",
)  # fmt: skip
FALSE_DISPOSITION = Code(
    "FR802", "false-disposition", _W, "A disposition stands for an ending that did not come",
    "The call is counted as what it never became, and whoever asks whether a disposition is known sets no other.",
    'rule "To a person"\n  on intent=human\n  transfer queue people\n  set_disposition HANDED_OVER\nend',
    'rule "To a person"\n  on intent=human\n  transfer queue people\n'
    "    if it fails then set_disposition NOBODY_FREE\n  set_disposition HANDED_OVER\nend",
)  # fmt: skip
NEVER_ENDS = Code(
    "FR803", "never-ends", _W, "A call that was to end goes on, because a step before the ending failed",
    "A plan stops at a step that fails, unless that is a say, a log or a set_disposition. What stands behind it, the "
    "transfer or the hangup, never comes.",
    "on caller_left conference_remove helper then hangup\non helper_wanted conference_add agent a_1 as helper",
    'rule "The caller left"\n  on caller_left\n  conference_remove helper\n    if it fails then go on\n  hangup\nend\n'
    "on helper_wanted conference_add agent a_1 as helper",
)  # fmt: skip
WISH_UNANSWERED = Code(
    "FR804", "wish-unanswered", _W, "A wish that a rule names is answered by nobody while a fact is unknown",
    "A fact that nobody has told is neither yes nor no: a rule that asks for either does not run.",
    "on intent=human unless vip is yes transfer queue people\non intent=human when vip is yes transfer agent manager",
    "on intent=human when vip is yes transfer agent manager\non intent=human transfer queue people",
)  # fmt: skip
ENDING_DROPPED = Code(
    "FR805", "ending-dropped", _W, "An urgent rule drops an ending that was decided, and does not bring its own",
    "An urgent rule that is to end the call takes the place of another ending. If its own fails, none comes.",
    "urgent on said contains lawyer transfer queue legal\non intent=bye wait 5 seconds then hangup",
    'rule "A lawyer"\n  urgent on said contains lawyer\n  transfer queue legal\n    if it fails then hangup\nend\n'
    "on intent=bye wait 5 seconds then hangup",
)  # fmt: skip
FIRES_TWICE = Code(
    "FR806", "fires-twice", _W, "One wish is served twice",
    "The caller's words come first, and what the model makes of them next: one wish, reported in two ways, is answered "
    "twice. Or the caller asks once more, and a second callback is booked.",
    'on said contains manager or intent=manager request_supervisor because "asked for a manager"',
    'on intent=manager request_supervisor because "asked for a manager"',
)  # fmt: skip
NEVER_REACHED = Code(
    "FR807", "never-reached", _W, "A rule that no call reaches, or a limit that is used up without effect",
    "A rule that never runs is one that somebody relies on. So is one that has had its only try, which failed.",
    "on intent=human 2 times transfer queue people\non intent=human 3 times transfer agent manager",
    "on intent=human 3 times transfer agent manager\non intent=human 2 times say \"One moment, please.\"",
)  # fmt: skip
CUT_SENTENCE = Code(
    "FR808", "cut-sentence", _W, "The bot's own sentence is cut, or has a hole in it",
    "\"now\" does not wait for the last word. A fact that nobody has told is left out of the sentence.",
    'rule "Goodbye"\n  on intent=bye\n  say "Goodbye, and thank you for calling."\n'
    "  hangup now\nend",
    'rule "Goodbye"\n  on intent=bye\n  say "Goodbye, and thank you for calling."\n'
    "  hangup\nend",
)  # fmt: skip
LONG_SILENCE = Code(
    "FR809", "long-silence", _W, "The caller hears nothing for more than 10 seconds",
    "A line on which nothing is heard for ten seconds is taken for dead, and the caller hangs up.",
    'on intent=check wait 15 seconds then say "Thank you for waiting."',
    'on intent=check say "One moment." then wait 5 seconds then say "Thank you for waiting."',
)  # fmt: skip
DISPOSITION_MISSING = Code(
    "FR810", "disposition-missing", _W, "A call ends without a disposition, though other ways through the file set one",
    "A call without a disposition is missing from the reports that the others are counted in.",
    "on intent=bye hangup then set_disposition DONE\non intent=abuse hangup",
    "on intent=bye hangup then set_disposition DONE\non intent=abuse hangup then set_disposition ABUSE",
)  # fmt: skip
BACK_AND_FORTH = Code(
    "FR811", "back-and-forth", _W, "Rules undo each other in turn, or a rule sets itself off",
    "Nothing but the end of the call stops them, and the caller hears the same again and again.",
    "after 20 seconds of call.on_hold unhold then hold\non intent=check hold",
    "after 20 seconds of call.on_hold unhold\non intent=check hold",
)  # fmt: skip
GOODBYE_ANSWERED = Code(
    "FR812", "goodbye-answered", _W, "The caller speaks into a goodbye, and no rule says what follows",
    "A caller who speaks into a goodbye, if only \"thank you\", keeps the call: its hangup is dropped. What was "
    "remembered and recorded before stays.",
    'rule "Never call again"\n  urgent on intent=do_not_call\n  remember opted_out is yes\n'
    '  say "You will not be called again. Goodbye."\n  hangup\nend\n'
    "never transfer when opted_out is yes\non intent=sales transfer queue sales",
    'rule "Never call again"\n  urgent on intent=do_not_call\n  remember opted_out is yes\n'
    '  say "You will not be called again. Goodbye."\n  hangup\nend\n'
    "urgent on hangup_interrupted when opted_out is yes hangup now\n"
    "never transfer when opted_out is yes\non intent=sales transfer queue sales",
)  # fmt: skip
REMEMBERED_TOO_LATE = Code(
    "FR813", "remembered-too-late", _W, "What must be remembered stands behind a step that may fail",
    "A plan stops at a step that fails. What was to be remembered behind it is unknown, and what asks for it lets the "
    "call pass.",
    'never recording_resume when recording_refused is yes\n'
    'on intent=refuse_recording recording_pause because "refused" then remember recording_refused is yes\n'
    "on payment_done recording_resume",
    'never recording_resume when recording_refused is yes\n'
    'on intent=refuse_recording remember recording_refused is yes then recording_pause because "refused"\n'
    "on payment_done recording_resume",
)  # fmt: skip
UNREADABLE_VALUE = Code(
    "FR814", "unreadable-value", _W, "A value that can't be compared is taken for one of the others",
    "A value such as \"about 20,000\" is known, so nobody asks for it; and it is no number, so whether it is at least "
    "200 is unknown. The next rule runs as if the number were small.",
    'on intent=refund when amount is unknown advise "Ask for the exact amount."\n'
    'on intent=refund or amount when amount is at least 200 request_supervisor because "refund of {amount}" '
    "then forget amount\n"
    'on intent=refund or amount advise "You may promise it." then forget amount',
    'on intent=refund or amount when amount is at least 200 request_supervisor because "refund of {amount}" '
    "then forget amount\n"
    'on intent=refund or amount when amount is less than 200 advise "You may promise it." then forget amount\n'
    'on intent=refund or amount advise "Ask for the exact amount, as a number."',
)  # fmt: skip
OLD_VALUE = Code(
    "FR815", "old-value", _W, "A value that was told for one wish is used for the next one",
    "What an event carries stays known for the rest of the call. Who wants to be called at another time, and does not "
    "say when, is called at the time that they named first.",
    'timezone Asia/Kolkata\non intent=later when callback_time is unknown advise "Ask for the day and the hour."\n'
    'on intent=later or callback_time schedule_callback at callback_time then say "We will call you then."',
    'timezone Asia/Kolkata\non intent=later when callback_time is unknown advise "Ask for the day and the hour."\n'
    "on intent=later or callback_time schedule_callback at callback_time then forget callback_time then "
    'say "We will call you then."',
)  # fmt: skip
STILL_RECORDED = Code(
    "FR816", "still-recorded", _W, "The recording could not be paused, and nobody is told",
    "A plan stops at a step that fails. The advice behind the pause never comes, and the caller goes on to say what "
    "was not to be recorded.",
    "on said contains at least 6 digits recording_pause for at most 3 minutes then "
    'advise "Ask the caller not to read out the card number."',
    'on said contains at least 6 digits advise "Ask the caller not to read out the card number." then '
    "recording_pause for at most 3 minutes",
)  # fmt: skip
LEFT_ALONE = Code(
    "FR817", "left-alone", _W, "The AI leaves a conference in which nobody is but the caller",
    "A colleague joins after they were given up, or is reported and has gone again. Nobody speaks to the caller any "
    "more.",
    "on intent=human conference_start then conference_add agent a_1 as helper\n"
    'after 30 seconds of call.in_conference conference_remove helper then say "Nobody is free."\n'
    "on agent_joined conference_leave",
    "on intent=human conference_start then conference_add agent a_1 as helper then remember waiting is yes\n"
    'after 30 seconds of waiting forget waiting then conference_remove helper then say "Nobody is free."\n'
    "on agent_joined when waiting is yes conference_leave",
)  # fmt: skip

SILENT_FAILURE = Code(
    "FR818", "silent-failure", _W, "Somebody was to be brought to the caller, that fails, and nobody says so",
    "The caller waits for what was announced, or for an answer to what they said or pressed, and the line is silent.",
    'on intent=human say "I am putting you through." then transfer queue people',
    'rule "A person"\n  on intent=human\n  say "I am putting you through."\n  transfer queue people\n'
    '    if it fails then say "I am sorry, nobody is free at the moment."\nend',
)  # fmt: skip
GOODBYE_FORBIDDEN = Code(
    "FR819", "goodbye-forbidden", _W, "A rule says goodbye, and a guard rail forbids its ending",
    "The bot takes its leave and stays. Nothing of the sentence is taken back by what the guard rail does instead.",
    "never hangup when in_danger is yes\n"
    'on danger remember in_danger is yes then advise "Stay on the line."\n'
    'on intent=bye say "Goodbye." then hangup',
    "never hangup when in_danger is yes\n"
    'on danger remember in_danger is yes then advise "Stay on the line."\n'
    'on intent=bye when in_danger is unknown say "Goodbye." then hangup otherwise advise "Stay on the line."',
)  # fmt: skip
FORGOTTEN_TOO_SOON = Code(
    "FR825", "forgotten-too-soon", _W, "What holds something back is forgotten, and what it stands for goes on",
    "A fact says that somebody listens, or that a card is read out. Where it is forgotten first and the step that ends "
    "it fails, or by the clock, whatever asks for the fact lets the call pass.",
    "on noise remember muted is yes then mute caller\non quiet forget muted then unmute caller\n"
    'on question when muted is yes unmute caller then say "I am listening."',
    "on noise remember muted is yes then mute caller\non quiet unmute caller then forget muted\n"
    'on question when muted is yes unmute caller then say "I am listening."',
)  # fmt: skip
WRONG_REASON = Code(
    "FR826", "wrong-reason", _W, "What is said where a step fails is also said where a guard rail forbids it",
    "A step that a guard rail forbids has failed like any other. \"They are all busy\" is then said to somebody who is "
    "not to be put through at all, or to a machine.",
    "never transfer when opted_out is yes\non intent=never remember opted_out is yes\n"
    'on intent=human transfer queue people if it fails then say "They are all busy."',
    "never transfer when opted_out is yes\non intent=never remember opted_out is yes\n"
    'rule "A person"\n  on intent=human\n  transfer queue people\n'
    '    if it fails because forbidden then log "not put through: opted out"\n'
    '    if it fails then say "They are all busy."\nend',
)  # fmt: skip
END_REFUSED = Code(
    "FR827", "end-refused", _W, "A call that must end does not, and another rule goes on with the caller",
    "The platform may refuse a hangup. Who was told that they are not called again then hears of a new offer.",
    'rule "Never again"\n  urgent on intent=do_not_call\n  remember opted_out is yes\n'
    '  say "You will not be called again. Goodbye."\n  hangup\nend\n'
    "urgent on hangup_interrupted when opted_out is yes hangup now\n"
    'on intent=sales say "We have a new offer."',
    'rule "Never again"\n  urgent on intent=do_not_call\n  remember opted_out is yes\n'
    '  say "You will not be called again. Goodbye."\n  remember told is yes\n  hangup\nend\n'
    "urgent on hangup_interrupted when opted_out is yes hangup now\n"
    "urgent on anything when told is yes hangup now\nnever say when told is yes\n"
    'on intent=sales say "We have a new offer."',
)  # fmt: skip
ANSWER_UNHEARD = Code(
    "FR828", "answer-unheard", _W, "A value was asked for, and no rule takes the answer where it comes by itself",
    "Who is asked \"When?\" says \"tomorrow at ten\", and nothing else. The model may report that without the wish for "
    "which it was asked, and a rule on the wish alone stays silent.",
    'timezone Asia/Kolkata\non intent=later when callback_time is unknown advise "Ask for the day and the hour."\n'
    'on intent=later schedule_callback at callback_time then forget callback_time then say "We will call you then."',
    'timezone Asia/Kolkata\non intent=later when callback_time is unknown advise "Ask for the day and the hour."\n'
    "on intent=later or callback_time schedule_callback at callback_time then forget callback_time then "
    'say "We will call you then."',
)  # fmt: skip
EARLIER_DISPOSITION = Code(
    "FR829", "earlier-disposition", _W, "An earlier disposition stays on record, for a later one was refused",
    "The platform keeps the last disposition that it has taken. A wrong number is counted as an interested lead, and "
    "a rule that asks whether a disposition is known sets no other.",
    "on intent=interested set_disposition interested if it fails then set_disposition interested\n"
    "on intent=wrong_number set_disposition wrong_number",
    "on intent=interested set_disposition interested if it fails then set_disposition interested\n"
    "on intent=wrong_number set_disposition wrong_number if it fails then (set_disposition wrong_number then go on) "
    'then log "a wrong number"',
)  # fmt: skip
REMEMBERED_TOO_SOON = Code(
    "FR830", "remembered-too-soon", _W, "What was not done is remembered as done, and is never tried again",
    "A fact that is remembered above a step stands also where the step fails. Whoever asks for it takes the call for "
    "helped, or the caller for warned.",
    "on danger when helped is unknown remember helped is yes then request_supervisor because \"danger\" "
    'if it fails then advise "Stay on the line."',
    "on danger when helped is unknown request_supervisor because \"danger\" "
    'if it fails then (advise "Stay on the line.") then remember helped is yes',
)  # fmt: skip

HAZARDS = (
    STAYS_PAUSED, FALSE_DISPOSITION, NEVER_ENDS, WISH_UNANSWERED, ENDING_DROPPED, FIRES_TWICE, NEVER_REACHED,
    CUT_SENTENCE, LONG_SILENCE, DISPOSITION_MISSING, BACK_AND_FORTH, GOODBYE_ANSWERED,
    REMEMBERED_TOO_LATE, UNREADABLE_VALUE, OLD_VALUE, STILL_RECORDED, LEFT_ALONE,
    SILENT_FAILURE, GOODBYE_FORBIDDEN, FORGOTTEN_TOO_SOON, WRONG_REASON, END_REFUSED,
    ANSWER_UNHEARD, EARLIER_DISPOSITION, REMEMBERED_TOO_SOON,
)  # fmt: skip
"""In the order of their numbers."""
