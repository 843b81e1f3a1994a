"""FR7xx: what stories show of promises. No text shows these: they are found by playing."""

from flowrules.diagnostics.diagnostic import Code, Severity

BROKEN_PROMISE = Code(
    "FR701", "broken-promise", Severity.ERROR, "A promise does not hold in every call",
    "The story that is told breaks it, step by step: with these rules it can happen on a live call.",
    "", "",
)  # fmt: skip
EMPTY_PROMISE = Code(
    "FR702", "empty-promise", Severity.WARNING, "Nothing comes to what a promise speaks of",
    "A promise about what never happens holds whatever the rules do, and so it guards nothing.",
    "", "",
)  # fmt: skip

PROMISES = (BROKEN_PROMISE, EMPTY_PROMISE)
