"""FR82x: answers in comments, `# meant: HAZARD, reason` and `# allow FRnnn: reason`."""

from flowrules.diagnostics.diagnostic import Code, Severity

_W = Severity.WARNING

UNKNOWN_ANSWER = Code(
    "FR821", "unknown-answer", _W, "This comment answers no finding that there is",
    "An answer with a slip in its name answers nothing, and the finding is still there.",
    "# allow FR699: both are wanted\non intent=sales transfer queue sales",
    "on intent=sales transfer queue sales",
)  # fmt: skip
NO_REASON = Code(
    "FR822", "no-reason", _W, "An answer has no reason",
    "Whoever reads the rules next year has to know why the finding was right to be passed over.",
    "# meant: stays-paused\non intent=sales transfer queue sales",
    "# meant: stays-paused, the caller does not want to be recorded\non intent=sales transfer queue sales",
)  # fmt: skip
ANSWERS_NOTHING = Code(
    "FR823", "answers-nothing", _W, "An answer to a finding that is not there",
    "An answer that is left over will one day hide a new mistake of the same kind.",
    "# allow FR606: the platform's new verb\non intent=sales transfer queue sales",
    "on intent=sales transfer queue sales",
)  # fmt: skip
CANT_BE_ALLOWED = Code(
    "FR824", "cant-be-allowed", _W, "An answer to a finding that can't be answered",
    "An error keeps the rules from going live whatever is said about it: it has to be mended.",
    "# allow FR401: it has always been so\non intent=sales transfer queue sales",
    "on intent=sales transfer queue sales",
)  # fmt: skip

ANSWERS = (UNKNOWN_ANSWER, NO_REASON, ANSWERS_NOTHING, CANT_BE_ALLOWED)
