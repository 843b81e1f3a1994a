"""The barrier before an ending verb, urgent rules, and what time sets off, on a clock that is wound."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flowrules.call.agenda import PASSES
from flowrules.call.outcome import EventStatus
from flowrules.control.clock import ManualClock
from flowrules.runtime.journal.reader import story
from flowrules.sandbox import Fault

NOW = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


def told(outcome: Any) -> list[str]:
    return [str(step) for step in outcome.steps]


BYE = 'on intent=bye hangup then set_disposition done\non hangup_interrupted log "spoke"\n'


async def test_a_hangup_waits_for_the_bots_last_word(seat: Any, clock: ManualClock) -> None:
    table = await seat(BYE, clock=clock)
    table.call.bot_speaking()
    waiting = asyncio.create_task(table.call.event(intent="bye"))
    await clock.advance(5)
    assert table.requests == []
    table.call.bot_finished()
    outcome = await waiting
    assert table.acted == ["set_disposition", "hangup"]
    assert outcome.status is EventStatus.ENDED


async def test_it_waits_ten_seconds_at_most(seat: Any, clock: ManualClock) -> None:
    table = await seat(BYE, clock=clock)
    table.call.bot_speaking()
    waiting = asyncio.create_task(table.call.event(intent="bye"))
    await clock.advance(9.9)
    assert table.requests == []
    await clock.advance(0.2)
    await waiting
    assert table.acted == ["set_disposition", "hangup"]


async def test_a_caller_who_speaks_keeps_the_call(seat: Any, clock: ManualClock) -> None:
    table = await seat(BYE, clock=clock)
    table.call.bot_speaking()
    waiting = asyncio.create_task(table.call.event(intent="bye"))
    await clock.advance(2)
    table.call.caller_speaking()
    outcome = await waiting
    assert outcome.status is EventStatus.INTERRUPTED
    assert told(outcome) == ["set_disposition dropped", "hangup dropped"]
    assert [told(raised) for raised in outcome.raised] == [["log accepted"]]
    assert table.acted == ["log"]
    assert table.call.over == ""
    assert table.engine.counters["hangups_interrupted"] == 1


async def test_a_machine_that_speaks_does_not(seat: Any, clock: ManualClock) -> None:
    table = await seat(BYE + 'on machine_answered log "machine"\n', clock=clock)
    await table.call.event("machine_answered")
    table.call.bot_speaking()
    waiting = asyncio.create_task(table.call.event(intent="bye"))
    await clock.advance(2)
    table.call.caller_speaking()
    await clock.advance(1)
    assert not waiting.done()
    table.call.bot_finished()
    assert (await waiting).status is EventStatus.ENDED


async def test_interim_words_count_as_speaking_where_the_host_has_no_other_signal(
    seat: Any, clock: ManualClock
) -> None:
    table = await seat(BYE, clock=clock)
    table.call.bot_speaking()
    waiting = asyncio.create_task(table.call.event(intent="bye"))
    await clock.advance(2)
    later = table.call.post(hearing="no wait")
    assert (await waiting).status is EventStatus.INTERRUPTED
    await later


async def test_a_transfer_waits_and_is_not_dropped(seat: Any, clock: ManualClock) -> None:
    table = await seat("on intent=sales transfer queue q\n", clock=clock)
    table.call.bot_speaking()
    waiting = asyncio.create_task(table.call.event(intent="sales"))
    await clock.advance(2)
    table.call.caller_speaking()
    await clock.advance(1)
    assert table.requests == []
    table.call.bot_finished()
    await waiting
    assert table.acted == ["transfer"]


async def test_now_does_not_wait(seat: Any, clock: ManualClock) -> None:
    table = await seat("on intent=bye hangup now\n", clock=clock)
    table.call.bot_speaking()
    await table.call.event(intent="bye")
    assert table.acted == ["hangup"]


async def test_without_a_signal_the_length_of_what_was_said_is_waited(
    seat: Any, clock: ManualClock, eventually: Any
) -> None:
    goodbye = "Thank you for calling. Have a very good day. " * 2
    table = await seat(f'on intent=bye say "{goodbye}" then hangup\n', clock=clock)
    waiting = asyncio.create_task(table.call.event(intent="bye"))
    await eventually(lambda: table.engine.counters["verbs_accepted"] == 1)  # Speech lasts from the answer on.
    await clock.advance(4)
    assert table.acted == ["play_audio"]
    await clock.advance(4)
    await waiting
    assert table.acted == ["play_audio", "hangup"]


async def test_a_wait_of_a_rule_costs_no_deadline(seat: Any, clock: ManualClock, eventually: Any) -> None:
    table = await seat("on intent=x hold then wait 60 seconds then unhold\n", clock=clock, plan_deadline=5)
    waiting = asyncio.create_task(table.call.event(intent="x"))
    await eventually(lambda: table.acted == ["hold"])
    await clock.sleeping(60)
    await clock.advance(60)
    assert told(await waiting) == ["hold accepted", "unhold accepted"]


URGENT = """
on intent=slow hold then wait 30 seconds then unhold then set_disposition slow
urgent on intent=dnc set_lead_status dnd then hangup now
on intent=other log "other"
"""


async def test_an_urgent_rule_pre_empts(seat: Any, clock: ManualClock, eventually: Any) -> None:
    table = await seat(URGENT, clock=clock)
    slow = asyncio.create_task(table.call.event(intent="slow"))
    await eventually(lambda: table.acted == ["hold"])
    other = asyncio.create_task(table.call.event(intent="other"))
    await asyncio.sleep(0)
    urgent = asyncio.create_task(table.call.event(intent="dnc"))
    first = await slow
    assert first.status is EventStatus.PREEMPTED
    assert told(first) == ["hold accepted", "unhold dropped", "set_disposition dropped"]
    assert (await urgent).status is EventStatus.ENDED
    assert table.acted == ["hold", "set_lead_status", "hangup"]
    assert (await other).status is EventStatus.CALL_OVER


async def test_what_is_on_the_wire_is_awaited(seat: Any, sandbox: Any, eventually: Any) -> None:
    table = await seat(URGENT)
    sandbox.add_faults(Fault(kind="slow", verb="hold", seconds=0.3))
    slow = asyncio.create_task(table.call.event(intent="slow"))
    await eventually(lambda: table.acted == ["hold"])
    urgent = await table.call.event(intent="dnc")
    assert told(await slow)[0] == "hold accepted"
    assert told(urgent) == ["set_lead_status accepted", "hangup accepted"]


async def test_an_urgent_plan_is_not_pre_empted_by_its_own_rule(
    seat: Any, clock: ManualClock, eventually: Any
) -> None:
    table = await seat(
        'urgent on intent=dnc set_lead_status dnd then wait 5 seconds then log "x"\n', clock=clock
    )
    first = asyncio.create_task(table.call.event(intent="dnc"))
    await eventually(lambda: table.acted == ["set_lead_status"])
    second = asyncio.create_task(table.call.event(intent="dnc"))
    await clock.sleeping(5)
    await clock.advance(5)
    assert told(await first) == ["set_lead_status accepted", "log accepted"]
    await clock.sleeping(5)
    await clock.advance(5)
    await second


async def test_a_plan_decided_in_the_same_breath_as_an_urgent_event_is_not_carried_out(
    seat: Any, clock: ManualClock
) -> None:
    table = await seat(URGENT, clock=clock)
    slow, urgent = table.call.post(intent="slow"), table.call.post(intent="dnc")
    assert (await slow).status is EventStatus.PREEMPTED
    await urgent
    assert table.acted == ["set_lead_status", "hangup"]


async def test_timers_fire_with_no_turn_happening(seat: Any, clock: ManualClock, eventually: Any) -> None:
    table = await seat(
        'on intent=x hold\nafter 2 minutes advise "Come to an end." then log "long"\n', clock=clock
    )
    await clock.advance(119)
    assert table.acted == []
    await clock.advance(1)
    await eventually(lambda: table.acted == ["log"])
    await eventually(lambda: not table.call.busy)
    assert table.call.take_advice() == ("Come to an end.",)
    await clock.advance(600)
    assert table.acted == ["log"]


async def test_timers_queue_behind_a_plan(seat: Any, clock: ManualClock, eventually: Any) -> None:
    table = await seat(
        'on intent=x hold then wait 60 seconds then unhold\nafter 30 seconds log "late"\n', clock=clock
    )
    waiting = asyncio.create_task(table.call.event(intent="x"))
    await eventually(lambda: table.engine.counters["verbs_accepted"] == 1)
    await clock.advance(45)
    assert table.acted == ["hold"]
    await clock.advance(16)
    await waiting
    await eventually(lambda: table.acted == ["hold", "unhold", "log"])


async def test_silence_is_the_callers_own(seat: Any, clock: ManualClock, eventually: Any) -> None:
    table = await seat('after 10 seconds of silence log "quiet"\n', clock=clock)
    call = table.call
    call.bot_speaking()
    await clock.advance(60)
    assert table.acted == [], "the bot speaks"
    call.bot_finished()
    await clock.advance(6)
    call.bot_speaking()
    await clock.advance(30)
    call.bot_finished()
    await clock.advance(3.9)
    assert table.acted == []
    await clock.advance(0.2)
    await eventually(lambda: table.engine.counters["verbs_accepted"] == 1)
    await clock.advance(60)
    assert table.acted == ["log"], "once, until the caller is heard again"
    call.caller_speaking()
    call.bot_finished()
    await clock.advance(10.1)
    await eventually(lambda: table.acted == ["log", "log"])


async def test_a_cap_closes_its_pair(seat: Any, clock: ManualClock, eventually: Any) -> None:
    table = await seat("on intent=x hold for at most 45 seconds\n", clock=clock)
    await table.call.event(intent="x")
    await clock.advance(44)
    assert table.acted == ["hold"]
    await clock.advance(1.5)
    await eventually(lambda: table.acted == ["hold", "unhold"])


async def test_a_pair_that_was_closed_leaves_its_cap_nothing_to_do(seat: Any, clock: ManualClock) -> None:
    table = await seat("on intent=x hold for at most 45 seconds\non intent=y unhold\n", clock=clock)
    await table.call.event(intent="x")
    await table.call.event(intent="y")
    await clock.advance(100)
    assert table.acted == ["hold", "unhold"]


async def test_rails_stand_over_a_cap(seat: Any, clock: ManualClock, eventually: Any) -> None:
    table = await seat(
        "on intent=x recording_pause for at most 1 minute\n"
        "on intent=no remember recording_refused is yes\n"
        "never recording_resume when recording_refused is yes\n",
        clock=clock,
    )
    heard: list[Any] = []
    table.engine.subscribe(lambda call, outcome: heard.append(outcome))
    await table.call.event(intent="x")
    await table.call.event(intent="no")
    await clock.advance(61)
    await eventually(lambda: len(heard) == 3)
    assert told(heard[-1]) == ["recording_resume refused because forbidden"]
    assert table.acted == ["recording_pause"]


async def test_a_cap_is_kept_for_what_may_have_been_opened(
    seat: Any, sandbox: Any, clock: ManualClock, eventually: Any
) -> None:
    table = await seat("on intent=x recording_pause for at most 1 minute\n", clock=clock)
    sandbox.add_faults(Fault(kind="reset", when="after", verb="recording_pause"))
    await table.call.event(intent="x")
    await clock.advance(61)
    await eventually(lambda: table.acted == ["recording_pause", "recording_resume"])


async def test_timers_end_with_the_call(seat: Any, clock: ManualClock) -> None:
    table = await seat(
        'after 1 minute log "late"\non intent=x hold for at most 1 minute\non intent=bye hangup\n',
        clock=clock,
    )
    await table.call.event(intent="x")
    await table.call.event(intent="bye")
    await clock.advance(600)
    assert table.acted == ["hold", "unhold", "hangup"]


async def test_a_rail_that_an_urgent_rule_makes_bind_keeps_the_call(seat: Any, clock: ManualClock) -> None:
    """The hangup was decided before; what is recorded for it is not sent either."""
    table = await seat(
        "never hangup when person is yes\n"
        + BYE
        + 'urgent on picked_up remember person is yes then log "picked up"\n'
        'on step_failed log "why: {failed_reason}"\n',
        clock=clock,
    )
    table.call.bot_speaking()
    waiting = asyncio.create_task(table.call.event(intent="bye"))
    await clock.advance(2)
    await table.call.event("picked_up")
    table.call.bot_finished()
    outcome = await waiting
    assert told(outcome) == ["set_disposition dropped", "hangup refused because forbidden"]
    assert table.acted == ["log", "log"]
    assert (table.call.over, "call.disposition" in table.call.state.facts) == ("", False)


async def test_the_journal_tells_what_held_an_ending_up_and_what_was_taken_back(
    seat: Any, clock: ManualClock, tmp_path: Path, eventually: Any
) -> None:
    table = await seat(BYE + 'urgent on joined log "supervisor"\n', clock=clock)
    table.sandbox.add_faults(Fault(kind="refused", verb="hangup"))
    table.call.bot_speaking()
    waiting = asyncio.create_task(table.call.event(intent="bye"))
    await clock.advance(2)
    await table.call.event("joined")
    table.call.bot_finished()
    notes = (await waiting).notes[-2:]
    assert notes[0].startswith('urgent on joined log "supervisor" (<text>, line 3) ran before the ending')
    assert notes[1] == "call.disposition: as before again, for the ending did not come"

    def told() -> list[str]:
        lines = story(tmp_path / "journal", table.call.call_id)
        return [line.split("note: ")[1] for line in lines if "note: " in line]

    await eventually(lambda: len(told()) == 3)
    assert told() == [PASSES, *(f"#1: {note}" for note in notes)]
