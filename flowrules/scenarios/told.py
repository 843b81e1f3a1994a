"""Why a test did not come to what it expects, in lines."""

from collections.abc import Iterator

from flowrules.engine.decision import Verdict
from flowrules.engine.trace import trace_lines
from flowrules.scenarios.case_result import Shortfall
from flowrules.scenarios.words import describe


def why_of(shortfall: Shortfall) -> Iterator[str]:
    """What was done, and why each rule that came near did or did not take the event."""
    for turn in shortfall.turns:
        for done in turn.done:
            yield f"      - {describe(done)}"
        for line in trace_lines(turn.decision):
            if line.verdict not in (Verdict.NO_MATCH, Verdict.EARLIER):
                yield f"      {line.rule.label}: {line.reason}"
        if not turn.plan.parts:
            yield "      no rule took the event"
        for note in turn.notes:
            yield f"      note: {note}"
