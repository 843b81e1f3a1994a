"""Whether a call is about to end, from the moment that is decided, or bound to be, until it has acted or failed: the
model is silent meanwhile. `watched` notes what `call.ending` said at every turn of the loop until all was over."""

import asyncio
from typing import Any

import pytest

from flowrules import CallSession
from flowrules.sandbox import Fault

RULES = """
on dtmf=0 transfer queue reception
on dtmf=1 wait 1 second then log "one"
on dtmf=2 hold then transfer queue people
on dtmf=3 mute if it fails then transfer queue people
on step_failed transfer queue fallback
"""


async def watched(call: CallSession, work: Any) -> list[bool]:
    """Each change of `call.ending` while work goes on."""
    seen = [call.ending]
    while not work.done():
        await asyncio.sleep(0)
        if call.ending is not seen[-1]:
            seen.append(call.ending)
    return seen


async def test_an_ending_is_ahead_as_soon_as_it_is_decided(seat: Any) -> None:
    table = await seat("on dtmf=0 transfer queue reception\n")
    assert not table.call.ending
    work = table.call.post(dtmf="0")
    assert await watched(table.call, work) == [True, False]
    assert table.acted == ["transfer"]


async def test_an_event_that_waits_and_would_end_the_call_is_an_ending_ahead(seat: Any) -> None:
    table = await seat(RULES)
    table.call.post(dtmf="1")
    assert not table.call.ending
    work = table.call.post(dtmf="0")
    assert await watched(table.call, work) == [True, False]
    await asyncio.wait_for(table.call.ending_settled(), 45)
    assert table.acted == ["log", "transfer"]


async def test_an_event_that_waits_and_is_not_taken_in_the_end_holds_nobody(seat: Any) -> None:
    table = await seat(
        "on dtmf=1 wait 1 second then remember busy is yes\non dtmf=0 when busy is unknown transfer queue a\n"
    )
    table.call.post(dtmf="1")
    work = table.call.post(dtmf="0")
    waiting = asyncio.create_task(table.call.ending_settled())
    assert await watched(table.call, work) == [True, False]
    await asyncio.wait_for(waiting, 45)
    assert (table.call.over, table.acted) == ("", [])


@pytest.mark.parametrize(("key", "verb"), [("0", "transfer"), ("2", "transfer"), ("3", "mute")])
async def test_what_takes_a_failure_may_end_the_call_too(seat: Any, key: str, verb: str) -> None:
    """Between a transfer that failed and the one that a rule has for that nobody speaks, whatever is put right."""
    table = await seat(RULES)
    table.sandbox.add_faults(
        Fault(kind="refused", verb=verb), Fault(kind="slow", verb="transfer", seconds=0.2)
    )
    work = table.call.post(dtmf=key)
    expected = [True, False] if verb == "transfer" else [False, True, False]
    assert await watched(table.call, work) == expected
    assert table.call.over


async def test_an_ending_behind_a_step_that_failed_and_goes_on_is_ahead_all_the_time(seat: Any) -> None:
    table = await seat(
        'on dtmf=4 mute if it fails then (say "Sorry." then go on) then transfer queue people\n'
    )
    table.sandbox.add_faults(Fault(kind="refused", verb="mute"), Fault(kind="slow", seconds=0.2))
    work = table.call.post(dtmf="4")
    assert await watched(table.call, work) == [True, False]
    assert table.acted == ["play_audio", "transfer"]


async def test_a_call_whose_transfer_failed_for_good_is_free(seat: Any) -> None:
    table = await seat("on dtmf=0 hold then transfer queue a\n")
    table.sandbox.add_faults(
        Fault(kind="refused", verb="transfer"), Fault(kind="slow", verb="unhold", seconds=0.5)
    )
    work = table.call.post(dtmf="0")
    await asyncio.wait_for(table.call.ending_settled(), 45)
    assert not work.done()
    await work
    assert table.acted == ["hold", "unhold"]
