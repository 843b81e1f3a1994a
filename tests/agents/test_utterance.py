"""The pieces of what a caller says, without a framework."""

import asyncio
from typing import Any

from flowrules.agents.utterance import Utterances


async def test_a_final_that_is_late_belongs_to_the_turn_before_and_the_next_turn_is_another(
    call: Any,
) -> None:
    live = await call("on said contains human 2 times transfer queue people\n")
    caller = Utterances(live)
    caller.began()
    caller.ended(perhaps_late=True)
    caller.final("I want a human,")
    caller.final("a human, please.")
    assert live.state.turn == 1
    await asyncio.sleep(0.3)
    caller.began()
    caller.final("A human!")
    assert live.state.turn == 2
    await asyncio.wait_for(live.ending_settled(), 45)
    assert live.over


async def test_a_turn_behind_a_late_final_drops_a_hangup(call: Any) -> None:
    live = await call("on said contains bye wait 1 second then hangup\n")
    caller = Utterances(live)
    caller.began()
    caller.ended(perhaps_late=True)
    caller.final("Bye, then.")
    spoke: list[str] = []
    live.caller_speaking = lambda: spoke.append("spoke")
    caller.began()
    assert spoke == ["spoke"]
