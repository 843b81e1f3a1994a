"""FR701 and FR702: what stories show of promises. They are found by playing calls, not by reading."""

from flowrules.diagnostics.diagnostic import Code, Severity

BROKEN_PROMISE = Code(
    "FR701", "broken-promise", Severity.ERROR, "A promise does not hold in every call",
    "The story that is told breaks it, step by step: with these rules it can happen on a live call.",
    "promise \"Every call leaves a disposition\" at the end call.disposition is known\n"
    "on intent=sales set_disposition SALES",
    "promise \"Every call leaves a disposition\" at the end call.disposition is known\n"
    "on intent=sales set_disposition SALES\n"
    "on call_ended when call.disposition is unknown set_disposition NO_OUTCOME",
)  # fmt: skip
EMPTY_PROMISE = Code(
    "FR702", "empty-promise", Severity.WARNING, "Nothing comes to what a promise speaks of",
    "A promise about what never happens holds whatever the rules do, and so it protects nothing.",
    "promise \"Nobody is left alone\" after hold within 3 minutes unhold or the call ends\n"
    "on intent=pay mute for at most 2 minutes",
    "promise \"Nobody is left alone\" after mute within 3 minutes unmute or the call ends\n"
    "on intent=pay mute for at most 2 minutes",
)  # fmt: skip

PROMISES = (BROKEN_PROMISE, EMPTY_PROMISE)
