"""The caller's words, before the model answers them: rules that ask for `said` and `hearing` act first."""

import asyncio

from flowrules.engine.event import Source
from flowrules.engine.plan import Plan, PlannedVerb
from flowrules.runtime.bounds import MAX_TEXT
from flowrules.runtime.session import CallSession
from flowrules.verbs import Effect

PATIENCE = 0.3
"""Seconds that the model's answer waits for a plan that leaves the turn to it: long enough for `advise`."""


async def hear(call: CallSession, text: str, *, turn_id: str = "", patience: float = PATIENCE) -> bool:
    """Report what the caller has said, final, and tell whether the model may answer.

    An urgent rule, or one that ends the call, takes the turn over: then this waits for its end, and the answer is no
    where the call has ended with it. Any other plan goes on while the model answers; its `advise` is there already
    (`call.take_advice()`) where it was decided in time.
    """
    text = text.strip()[:MAX_TEXT]
    if not text or call.over:
        return not call.over
    takes_over = takes_the_turn(call.preview(said=text, source=Source.CALLER).plan)
    waiting = call.post(said=text, source=Source.CALLER, turn_id=turn_id)
    await asyncio.wait((waiting,), timeout=None if takes_over else patience)
    return not call.over


def overhear(call: CallSession, text: str) -> None:
    """Report what the caller is saying, still unfinished. It is passed over where no rule would take it now, so that
    half-sentences do not fill the call's queue."""
    text = text.strip()[:MAX_TEXT]
    if text and not call.over and call.preview(hearing=text, source=Source.CALLER).plan.parts:
        call.post(hearing=text, source=Source.CALLER)


def takes_the_turn(plan: Plan) -> bool:
    """Whether the model had better wait: the plan is an urgent rule's, or ends the call."""
    return any(
        part.urgent
        or any(isinstance(step, PlannedVerb) and step.effect is Effect.ENDING for step in part.steps)
        for part in plan.parts
    )
