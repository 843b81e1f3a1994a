"""Why a step can fail, in the words that `if it fails because …` takes."""

from collections.abc import Mapping

REASON_WORDS: Mapping[str, str] = {
    "refused": "the platform refuses it, or a fact that it needs is not known",
    "unauthorised": "the right to steer the call has run out",
    "not_allowed": "it may not be done from here",
    "not_found": "there is no such call",
    "ended": "the bot's part of the call is over",
    "not_configured": "the platform lacks a setting",
    "at_capacity": "there are too many calls at once",
    "limited": "there are too many requests",
    "unavailable": "the platform is out of reach, or cannot do it now",
    "timeout": "no answer says what became of it",
    "late": "its time was over before it could be sent",
    "forbidden": "a guard rail forbids it",
}
"""Each reason, and what it means as the end of a sentence that begins with "because"."""

REASONS = tuple(REASON_WORDS)
