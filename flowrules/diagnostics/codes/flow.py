"""FR4xx: what follows what, and how a plan ends."""

from flowrules.diagnostics.diagnostic import Code, Severity

_E = Severity.ERROR
_W = Severity.WARNING

TWO_ENDS = Code(
    "FR401", "two-ends", _E, "The call is ended twice",
    "A transfer or a hangup ends the AI's part of the call; what should happen after it can't.",
    "on intent=sales transfer queue sales then hangup",
    "on intent=sales transfer queue sales",
)  # fmt: skip
VERB_AFTER_END = Code(
    "FR402", "verb-after-end", _E, "A verb stands after the end of the call",
    "After a transfer or a hangup the platform refuses everything; only records are moved before it.",
    'on intent=sales transfer queue sales then say "Goodbye."',
    'on intent=sales say "Goodbye." then transfer queue sales',
)  # fmt: skip
STEP_AFTER_END = Code(
    "FR403", "step-after-end", _E, "Nothing can wait or be advised after the end of the call",
    "When the AI's part of the call is over, there is nobody left to wait or to be told anything.",
    "on intent=sales transfer queue sales then wait 2 seconds",
    "on intent=sales wait 2 seconds then transfer queue sales",
)  # fmt: skip
ALSO_ENDS_CALL = Code(
    "FR404", "also-ends-call", _E, "An \"also\" rule can't end the call",
    "\"also\" rules run beside the rule that takes the event; an end in one of them would cut the other off.",
    "also on said contains \"lawyer\" hangup",
    "on said contains \"lawyer\" hangup",
)  # fmt: skip
END_BEFORE = Code(
    "FR405", "end-before", _E, "What runs before a verb can't end the call",
    "The verb itself could never follow.",
    "before transfer when paying is yes then hangup",
    'never transfer when paying is yes instead say "Let us finish the payment first."',
)  # fmt: skip
BRANCH_NEVER_RUNS = Code(
    "FR406", "branch-never-runs", _E, "This failure branch never runs",
    "The first branch that names the reason is taken; one above it takes all of these.",
    'rule "sales"\n  on intent=sales\n  transfer agent a_1\n    if it fails then schedule_callback in 2 hours\n'
    '    if it fails because timeout then say "One moment."\nend',
    'rule "sales"\n  on intent=sales\n  transfer agent a_1\n    if it fails because timeout then say "One moment."\n'
    "    if it fails then schedule_callback in 2 hours\nend",
)  # fmt: skip
STEP_AFTER_STOP = Code(
    "FR407", "step-after-stop", _W, "Nothing runs after \"stop\"",
    "\"stop\" ends the steps; whatever stands behind it is never sent.",
    'on intent=bye say "Goodbye." then stop then log "bye"',
    'on intent=bye say "Goodbye." then log "bye" then stop',
)  # fmt: skip
MOVED_RECORD = Code(
    "FR408", "moved-record", _W, "The record stays although the end fails",
    "A record behind an end is sent before it. Where the end then fails, the platform keeps it unless the failure "
    "branch sets its own, or a guard rail does before the end of that branch.",
    'rule "sales"\n  on intent=sales\n  transfer agent a_1\n    if it fails then schedule_callback in 2 hours\n'
    "  set_disposition SALES_XFER\nend",
    'rule "sales"\n  on intent=sales\n  transfer agent a_1\n'
    "    if it fails then (set_disposition CALLBACK then schedule_callback in 2 hours)\n"
    "  set_disposition SALES_XFER\nend",
)  # fmt: skip
UNCLOSED_PAIR = Code(
    "FR409", "unclosed-pair", _W, "Something is opened and never closed",
    "A caller left on hold, muted, or off the record stays so until somebody notices.",
    'on intent=check hold then say "One moment, please."',
    'on intent=check hold for at most 45 seconds then say "One moment, please."',
)  # fmt: skip
ENDS_ON_UNKNOWN = Code(
    "FR410", "ends-on-unknown", _W, "\"otherwise\" hangs up on callers about whom nothing is known",
    "\"otherwise\" runs where the answer is no, and also where nobody supplied the fact.",
    'on intent=dues when verified is yes transfer queue dues otherwise hangup',
    'on intent=dues when verified is yes transfer queue dues\n'
    "on intent=dues when verified is no hangup\n"
    'on intent=dues say "May I have your date of birth?"',
)  # fmt: skip
SELF_TRIGGER = Code(
    "FR411", "self-trigger", _W, "The rule can start itself again",
    "A rule for failed steps whose own step fails is started again by that failure.",
    'on step_failed say "Sorry, that did not work."',
    'on step_failed once per call say "Sorry, that did not work."',
)  # fmt: skip
TOO_MANY_STEPS = Code(
    "FR412", "too-many-steps", _E, "Written out, these are too many steps",
    "Steps that use steps that use steps grow fast; no call lives long enough for hundreds of verbs.",
    'steps ring\n  say "Hello?"\n  say "Hello?"\n  say "Hello?"\n  say "Hello?"\nend\n'
    "steps ring_on\n  do ring\n  do ring\n  do ring\n  do ring\n  do ring\n  do ring\n  do ring\nend\n"
    "on intent=wait do ring_on then do ring_on then do ring_on then do ring_on then do ring_on then do ring_on",
    'steps ring\n  say "Hello?"\n  say "Hello?"\n  say "Hello?"\n  say "Hello?"\nend\non intent=wait do ring',
)  # fmt: skip
MISPLACED_GO_ON = Code(
    "FR413", "misplaced-go-on", _E, "\"go on\" stands where there is nothing to go on with",
    "\"go on\" ends a failure branch: the plan goes on behind the step that failed. Anywhere else it says nothing.",
    'on intent=sales log "wants to buy" then go on then transfer queue sales',
    'on intent=sales log "wants to buy" if it fails then go on then transfer queue sales',
)  # fmt: skip
TOLD_TOO_LATE = Code(
    "FR414", "told-too-late", _W, "This is remembered too late for the rule that asks for it",
    "What stands behind a verb is not certain, so the rule that takes the same event is asked before it is remembered.",
    'also on intent=new_sim log "new SIM" then remember risky is yes\n'
    "on intent=new_sim when risky is yes transfer queue fraud",
    'also on intent=new_sim remember risky is yes then log "new SIM"\n'
    "on intent=new_sim when risky is yes transfer queue fraud",
)  # fmt: skip
HANGUP_ON_HEARING = Code(
    "FR415", "hangup-on-hearing", _W, "A hangup waits while the caller is still speaking",
    "The caller who goes on speaking drops the hangup, and the same sentence does not set the rule off again.",
    'on hearing contains goodbye say "Goodbye." then hangup',
    'on said contains goodbye say "Goodbye." then hangup',
)  # fmt: skip
RAIL_AGAINST_ITSELF = Code(
    "FR416", "rail-against-itself", _W, "This guard rail forbids what it puts in place",
    "A guard rail also holds for its own \"instead\", so nothing comes of it.",
    'never say when paying is yes instead say "One moment, please."\n'
    'on intent=price say "It is 499 a month."',
    'never say when paying is yes instead advise "Wait until the payment is over."\n'
    'on intent=price say "It is 499 a month."',
)  # fmt: skip
SILENT_FOR_NOBODY = Code(
    "FR417", "silent-for-nobody", _W, "\"stay silent\" stands where the model has nothing to answer",
    "\"stay silent\" takes from the model its answer to what was just said. A timer is set off by nobody's words, and "
    "after the call there is nobody to answer.",
    "after 10 seconds of silence stay silent",
    'on said contains "one moment" stay silent',
)  # fmt: skip
HALF_FORGOTTEN = Code(
    "FR418", "half-forgotten", _W, "The day of a callback is forgotten before the hour is told",
    "\"Next Tuesday\" alone is refused. The hour comes next, by itself: a day that is still known belongs to it, one "
    "that is forgotten makes it today.",
    "timezone Asia/Kolkata\n"
    'rule "Call me later"\n  on callback_time\n  schedule_callback at callback_time\n'
    '    if it fails then (forget callback_time then advise "Ask for the day and the hour.")\nend',
    "timezone Asia/Kolkata\n"
    'rule "Call me later"\n  on callback_time\n  schedule_callback at callback_time\n'
    '    if it fails then advise "Ask for the day and the hour."\nend',
)  # fmt: skip
OLD_ANSWER = Code(
    "FR419", "old-answer", _W, "A yes or no that was told long ago holds an event back",
    "A fact stays as it was told last. Whoever is stuck again does not say \"resolved is no\", and the rule does not "
    "run for the rest of the call.",
    'rule "Still stuck"\n  on still_stuck or resolved=no\n  when resolved is no or resolved is unknown\n'
    '  transfer queue support\nend',
    'also on still_stuck forget resolved\n'
    'rule "Still stuck"\n  on still_stuck or resolved=no\n  when resolved is no or resolved is unknown\n'
    '  transfer queue support\nend',
)  # fmt: skip

FLOW = (
    TWO_ENDS, VERB_AFTER_END, STEP_AFTER_END, ALSO_ENDS_CALL, END_BEFORE, BRANCH_NEVER_RUNS, STEP_AFTER_STOP,
    MOVED_RECORD, UNCLOSED_PAIR, ENDS_ON_UNKNOWN, SELF_TRIGGER, TOO_MANY_STEPS, MISPLACED_GO_ON,
    TOLD_TOO_LATE,
    HANGUP_ON_HEARING,
    RAIL_AGAINST_ITSELF,
    SILENT_FOR_NOBODY,
    HALF_FORGOTTEN,
    OLD_ANSWER,
)  # fmt: skip
