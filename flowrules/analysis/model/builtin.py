"""The facts and events that the engine knows without a declaration."""

from collections.abc import Mapping

from flowrules.language.literals import DAYS
from flowrules.language.nodes import FactType
from flowrules.verbs.reasons import REASONS

CLOCK_FACTS = frozenset({"time", "today", "date"})
"""Facts that mean nothing without a time zone."""

COMPUTED = frozenset({*CLOCK_FACTS, "turn", "call.elapsed"})
"""Facts that follow from the moment: always known, and nobody can set them."""

CALL_FACTS = (
    "call.elapsed",
    "call.on_hold",
    "call.muted",
    "call.recording",
    "call.in_conference",
    "call.disposition",
    "call.lead_status",
    "call.callback",
)

ALWAYS_KNOWN = COMPUTED | {"call.on_hold", "call.muted", "call.recording", "call.in_conference"}
"""Facts that a call has from its first moment."""

FAILURE_FACTS = frozenset({"failed_verb", "failed_reason"})
"""What `step_failed` carries."""

ENGINE_EVENTS = frozenset({"step_failed", "hangup_interrupted", "call_ended", *FAILURE_FACTS})
"""What events carry that the engine raises by itself; `on anything` does not take them."""

EVENTS = ENGINE_EVENTS | {"call_started", "machine_answered", "silence", "payment_started", "said", "hearing"}
"""Events that need no declaration where others are declared."""

FACTS = COMPUTED | {"intent", "dtmf", "keys", "said", "hearing", "silence"}
"""Facts that need no declaration where others are declared, besides those of the call and the lead."""

HEARING = "hearing"
"""What the caller is saying at this moment: only rules that name it see it."""

UNSEEN_BY_ANYTHING = ENGINE_EVENTS | {HEARING}
"""What `on anything` does not take, where an event carries nothing else."""

SPOKEN_FACTS = frozenset({"said", HEARING, "dtmf", "keys"})
"""Facts that hold what the caller said or pressed, whoever passes them on."""

TYPES: Mapping[str, FactType] = {
    "time": FactType.TIME,
    "today": FactType.ONE_OF,
    "date": FactType.DATE,
    "turn": FactType.NUMBER,
    "call.elapsed": FactType.DURATION,
    "call.on_hold": FactType.YESNO,
    "call.muted": FactType.YESNO,
    "call.in_conference": FactType.YESNO,
    "call.recording": FactType.ONE_OF,
    "failed_verb": FactType.TEXT,
    "failed_reason": FactType.ONE_OF,
    "said": FactType.TEXT,
    "hearing": FactType.TEXT,
}

VALUES: Mapping[str, tuple[str, ...]] = {
    "today": DAYS,
    "call.recording": ("on", "paused"),
    "failed_reason": REASONS,
}
"""The values of facts that have no others."""


def weekday(word: str) -> str | None:
    """`mon`, `Monday`: monday."""
    lowered = word.casefold()
    return next((day for day in DAYS if len(lowered) >= 3 and day.startswith(lowered)), None)


def is_reserved(key: str) -> bool:
    """A fact that only the platform and the engine set."""
    return key in COMPUTED or key.startswith(("call.", "lead."))
