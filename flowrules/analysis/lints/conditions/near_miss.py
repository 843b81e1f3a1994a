"""near-miss

What: an event or a fact that nobody declares, and that is nearly one that the engine knows.

Why: the agent's program may report any name, so a wrong one passes every other check, and its rule never runs.

Avoid:
    on payment_strated transfer queue payments

Prefer:
    on payment_started transfer queue payments
"""

from collections.abc import Iterator, Mapping

from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.builtin import CALL_FACTS, EVENTS
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope
from flowrules.analysis.model.vocabulary import facts_in
from flowrules.diagnostics.codes.hygiene import NEAR_MISS
from flowrules.diagnostics.guess import NO_GUESS
from flowrules.diagnostics.guess import near_miss as one_letter_off
from flowrules.language.nodes import Name
from flowrules.language.traverse import bare_events

_KNOWN = (
    "dtmf", "intent", "silence", "hearing", "call_started", "call_ended", "machine_answered", "payment_started",
    "step_failed", "failed_verb", "failed_reason", "hangup_interrupted",
    *(name.replace(".", joint) for name in CALL_FACTS for joint in ("_", "-")),
)  # fmt: skip
"""Names that no other word is one letter away from."""
_OTHER_NAMES: Mapping[str, str] = {
    "pressed": "dtmf",
    "press": "dtmf",
    "keypress": "dtmf",
    "key_pressed": "dtmf",
    "digit_pressed": "dtmf",
    "call_start": "call_started",
    "call_end": "call_ended",
    "payment_start": "payment_started",
    "conference": "call.in_conference",
    "in_conference": "call.in_conference",
    "on_hold": "call.on_hold",
}
"""What people call what the engine knows."""


def near_miss(coverage: CoverageIndex, report: Report) -> None:
    """Each name once, where it is first used; a declaration says that it is meant."""
    scope = coverage.scope
    for unit in report.units_without_errors(scope.units):
        for name, kind in _names(unit):
            if _is_accounted_for(name.key, scope):
                continue
            meant = _OTHER_NAMES.get(name.key) or one_letter_off(name.text, _KNOWN)
            if meant is not None and meant.startswith("call") and meant not in EVENTS:
                meant = f"call.{meant[5:]}"
            if meant is not None and meant != name.key:
                message = f'"{name.text}" is no name that the engine knows; it knows "{meant}".'
                own = f"event {name.text}" if kind == "event" else f"fact {name.text} is text"
                hint = f'Write "{meant}". If it is a name of your own, declare it: {own}'
                report.add_name(NEAR_MISS, unit.block, name, message, NO_GUESS, hint)


def _names(unit: CheckedBlock) -> Iterator[tuple[Name, str]]:
    yield from ((name, "event") for name in bare_events(unit.item))
    yield from ((name, "fact") for name in facts_in(unit))


def _is_accounted_for(key: str, scope: Scope) -> bool:
    return key in scope.facts or key in scope.events or key in scope.remembered or key in scope.mentioned
