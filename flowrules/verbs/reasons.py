"""Why a step can fail, in the words that `if it fails because …` takes."""

REASONS = (
    "refused",
    "unauthorised",
    "not_allowed",
    "not_found",
    "ended",
    "not_configured",
    "at_capacity",
    "limited",
    "unavailable",
    "timeout",
    "late",
    "forbidden",
)
