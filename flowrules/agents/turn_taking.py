"""The caller's words, before the model answers them: rules that ask for `said` and `hearing` act first."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass

from flowrules.call.outcome import EventOutcome
from flowrules.engine.event import Source
from flowrules.engine.planning.plan import Plan, PlannedVerb, SilentStep
from flowrules.runtime.calls.event_limits import MAX_TEXT
from flowrules.runtime.calls.session import CallSession
from flowrules.verbs import Effect

PATIENCE = 0.3
"""Seconds that the model's answer waits for a plan that leaves the turn to it: long enough for `advise`."""


ALREADY_SAID = "The caller has heard that already: go on from there."
"""What a model is told that is asked right behind a sentence of the rules, which it would else go on with."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Words that were reported, and what the model's answer to them has to wait for."""

    call: CallSession
    outcome: "asyncio.Future[EventOutcome]"
    acts: bool
    """A rule takes the words."""
    takes_over: bool
    """It takes the turn from the model."""
    until: float
    """When the model has waited long enough for a plan that leaves the turn to it (the loop's time)."""

    async def settled(self) -> None:
        """Wait until the model may answer, or has nothing left to answer."""
        left = max(0.0, self.until - asyncio.get_running_loop().time())
        await asyncio.wait((self.outcome,), timeout=None if self.takes_over else left)
        await self.call.ending_settled()


async def report_speech(
    call: CallSession, text: str, *, turn_id: str = "", patience: float = PATIENCE
) -> bool:
    """Report what the caller has said, final, and tell whether the model may answer.

    An urgent rule, one that ends the call, or one that says `stay silent`, takes the turn over: then this waits for its
    end, and the answer is no where the call has ended with it, or the model is to stay silent. So it does while a
    transfer or hangup that was decided before is still to act: the model does not speak over it. Any other plan goes on
    while the model answers; its `advise` is there already (`call.take_advice()`) where it was decided in time.

    Each text begins a turn, unless it comes with the `turn_id` of the turn that goes on: then it is the whole of what
    the caller has said in it so far.
    """
    if holds_words(text) and not call.over:
        await report_words(call, text, turn_id=turn_id, patience=patience).settled()
    await call.ending_settled()
    return not call.over and not call.stays_silent


def report_words(call: CallSession, text: str, *, turn_id: str = "", patience: float = PATIENCE) -> Heard:
    """As `report_speech`, without waiting."""
    text = text.strip()[-MAX_TEXT:]
    plan = call.preview(said=text, source=Source.CALLER, turn_id=turn_id).plan
    until = asyncio.get_running_loop().time() + patience
    outcome = call.post(said=text, source=Source.CALLER, turn_id=turn_id)
    return Heard(call, outcome, bool(plan.parts), takes_the_turn(plan), until)


def report_interim(
    call: CallSession, text: str, *, turn_id: str = "", set_off: Collection[str] = ()
) -> frozenset[str]:
    """Report what the caller is saying, still unfinished. It is passed over where no rule would take it now, nor count
    it, so that half-sentences do not fill the call's queue; `set_off` are rules that do not matter for that, since the
    same words have set them off before. Returns the ids of the rules that took it, or counted it."""
    text = text.strip()[-MAX_TEXT:]
    if not holds_words(text) or call.over:
        return frozenset()
    shown = call.preview(hearing=text, source=Source.CALLER, turn_id=turn_id)
    takers = shown.counted.union(part.rule.id for part in shown.plan.parts)
    if takers <= frozenset(set_off):
        return frozenset()
    call.post(hearing=text, source=Source.CALLER, turn_id=turn_id)
    return takers


def holds_words(text: str) -> bool:
    """Whether there is a letter or a digit in it. Blanks and punctuation are what recognisers write of noise."""
    return any(map(str.isalnum, text))


def takes_the_turn(plan: Plan) -> bool:
    """Whether the model had better wait: the plan is an urgent rule's, ends the call, or answers in the model's place
    (`stay silent`)."""
    return any(
        part.urgent
        or any(
            isinstance(step, SilentStep) or (isinstance(step, PlannedVerb) and step.effect is Effect.ENDING)
            for step in part.steps
        )
        for part in plan.parts
    )
