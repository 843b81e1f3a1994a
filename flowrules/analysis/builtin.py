"""The facts and events that the engine knows without a declaration."""

from collections.abc import Mapping

from flowrules.language.literals import DAYS
from flowrules.language.nodes import FactType

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

ENGINE_EVENTS = frozenset({"step_failed", "hangup_interrupted", "call_ended"})
"""Events that the engine raises by itself; `on anything` does not take them."""

EVENTS = frozenset(
    {
        *ENGINE_EVENTS,
        "call_started",
        "machine_answered",
        "silence",
        "payment_started",
        "said",
        "hearing",
    }
)
"""Events that need no declaration where others are declared."""

FACTS = frozenset({*COMPUTED, "intent", "dtmf", "said", "hearing", "silence"})
"""Facts that need no declaration where others are declared, besides those of the call and the lead."""

TYPES: Mapping[str, FactType] = {
    "time": FactType.TIME,
    "today": FactType.ONE_OF,
    "date": FactType.DATE,
    "turn": FactType.NUMBER,
    "call.elapsed": FactType.DURATION,
    "call.on_hold": FactType.YESNO,
    "call.in_conference": FactType.YESNO,
    "call.recording": FactType.ONE_OF,
    "said": FactType.TEXT,
    "hearing": FactType.TEXT,
}

RECORDING = frozenset({"on", "paused"})


def weekday(word: str) -> str | None:
    """`mon`, `Monday`: monday."""
    lowered = word.casefold()
    return next((day for day in DAYS if len(lowered) >= 3 and day.startswith(lowered)), None)


def is_reserved(key: str) -> bool:
    """A fact that only the platform and the engine set."""
    return key in COMPUTED or key.startswith(("call.", "lead."))
