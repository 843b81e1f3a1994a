"""FR801 to FR811: hazards. Rules that are well written, and go wrong in a situation that nobody thought of.

They are found by playing stories (`flowrules explore`), not by reading. Each is answered by `# meant: NAME, reason`.
"""

from flowrules.diagnostics.diagnostic import Code, Severity

_W = Severity.WARNING

STAYS_PAUSED = Code(
    "FR801", "stays-paused", _W, "The recording stays paused, or the caller on hold or muted, when the AI's part ends",
    "What the rules have paused comes back only by a step of theirs. After a transfer or a hangup no step runs any more.",
    'on paying recording_pause because "card number"\non intent=human transfer queue people',
    'on paying recording_pause because "card number"\non intent=human transfer queue people\n'
    "before transfer when call.recording is paused then recording_resume\non paid recording_resume",
)  # fmt: skip
FALSE_DISPOSITION = Code(
    "FR802", "false-disposition", _W, "A disposition stands for an ending that did not come",
    "Reports count the call as what it never was, and a rule that asks whether a disposition is known sets no other.",
    "before transfer unless call.disposition is known then set_disposition HANDLED\n"
    "on intent=human transfer queue people",
    "on intent=human\n  set_disposition HANDLED\n  transfer queue people\n"
    "    if it fails then set_disposition NO_AGENT then schedule_callback in 1 hour",
)  # fmt: skip
NEVER_ENDS = Code(
    "FR803", "never-ends", _W, "A call that was to end goes on",
    "A plan stops at a step that fails. If that step stands before the transfer or the hangup, the caller is left on the line.",
    'on caller_left conference_remove helper then hangup',
    "on caller_left\n  conference_remove helper\n    if it fails then go on\n  hangup",
)  # fmt: skip
HAZARDS: tuple[Code, ...] = ()
