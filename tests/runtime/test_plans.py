"""Plans on a call of the sandbox: what is sent, what is not, and what the outcome says of it."""

import asyncio
from typing import Any

import pytest

from flowrules.call.deduplication import MAX_KEPT
from flowrules.call.outcome import EventStatus
from flowrules.call.receipt import Reason, Status
from flowrules.engine.event import BadEvent, Source
from flowrules.runtime.settings import Mode
from flowrules.sandbox import Fault

CARD = "default disposition is SALES_XFER\non intent=sales transfer agent sales_q then set_disposition\n"


def told(outcome: Any) -> list[str]:
    return [str(step) for step in outcome.steps]


async def test_the_shortest_rule_from_event_to_ledger(seat: Any) -> None:
    table = await seat(CARD)
    outcome = await table.call.event(intent="sales")
    assert table.acted == ["set_disposition", "transfer"]
    assert outcome.status is EventStatus.ENDED
    assert told(outcome) == ["set_disposition accepted", "transfer accepted"]
    assert any("moved before transfer" in note for note in outcome.notes)
    assert outcome.rules[0][1] == "fired"


async def test_an_event_that_no_rule_takes_does_nothing(seat: Any) -> None:
    table = await seat(CARD)
    outcome = await table.call.event(intent="weather")
    assert outcome.status is EventStatus.DONE
    assert not outcome.matched
    assert table.requests == []


async def test_after_the_end_nothing_is_decided(seat: Any) -> None:
    table = await seat(CARD)
    await table.call.event(intent="sales")
    outcome = await table.call.event(intent="sales")
    assert outcome.status is EventStatus.CALL_OVER
    assert table.acted == ["set_disposition", "transfer"]
    assert "transfer ended" in table.call.over


async def test_a_refused_verb_takes_its_branch(seat: Any, sandbox: Any) -> None:
    table = await seat(
        """
timezone Asia/Kolkata
rule "sales"
  on intent=sales
  transfer queue q
    if it fails because refused then (say "busy" then schedule_callback in 2 hours)
  set_disposition sold
end
"""
    )
    sandbox.add_faults(Fault(kind="refused", verb="transfer"))
    outcome = await table.call.event(intent="sales")
    assert told(outcome) == [
        "set_disposition accepted",
        "transfer refused because refused",
        "play_audio accepted",
        "schedule_callback accepted",
    ]
    assert outcome.status is EventStatus.DONE
    assert table.call.over == ""


async def test_a_plan_goes_on_behind_a_step_that_failed(seat: Any, sandbox: Any) -> None:
    table = await seat(
        """
rule "sales"
  on intent=sales
  hold
    if it fails because unavailable, timeout then (say "Sorry." then go on)
    if it fails then go on
  log "x" if it fails then go on then mute
  transfer queue q
end
on step_failed set_disposition broken
"""
    )
    sandbox.add_faults(Fault(kind="server_error", verb="hold"), Fault(kind="refused", verb="log"))
    outcome = await table.call.event(intent="sales")
    assert told(outcome) == [
        "hold unknown because unavailable",
        "play_audio accepted",
        "log refused because refused",
        "mute accepted",
        "transfer accepted",
    ]
    assert outcome.status is EventStatus.ENDED
    assert outcome.raised == ()
    assert table.acted == ["play_audio", "mute", "transfer"]


async def test_behind_a_branch_that_failed_itself_no_plan_goes_on(seat: Any, sandbox: Any) -> None:
    table = await seat('on intent=x hold if it fails then (mute then go on) then log "x"\n')
    sandbox.add_faults(Fault(kind="refused", verb="hold"), Fault(kind="refused", verb="mute"))
    outcome = await table.call.event(intent="x")
    assert told(outcome) == [
        "hold refused because refused",
        "mute refused because refused",
        "log dropped",
    ]
    assert outcome.status is EventStatus.FAILED


async def test_what_an_also_rule_remembers_is_known_to_the_rule_that_takes_the_event(seat: Any) -> None:
    table = await seat(
        """
rule "Mood"
  also on said contains "useless"
  remember mood is angry
  log "angry"
end
on said contains "bill" when mood is angry say "I am sorry. You are {mood}."
on said contains "bill" say "Your bill."
"""
    )
    await table.call.event(said="my bill is useless")
    sent = [entry.body for entry in table.sandbox.ledger(table.call.call_id)]
    assert [body["event"] for body in sent] == ["log", "play_audio"]
    assert sent[1]["tts_text"] == "I am sorry. You are angry."


async def test_without_a_branch_the_plan_stops_closes_its_pairs_and_raises_step_failed(
    seat: Any, sandbox: Any
) -> None:
    table = await seat(
        """
on intent=help do_hold
on step_failed say "Sorry." then set_disposition "{failed_verb}"
""".replace(
            "do_hold",
            'hold then mute then recording_pause then send_dtmf 1 then play_audio "https://x.example/a.wav"',
        ).replace('"{failed_verb}"', "broken")
    )
    sandbox.add_faults(Fault(kind="refused", verb="send_dtmf"))
    outcome = await table.call.event(intent="help")
    assert outcome.status is EventStatus.FAILED
    assert told(outcome) == [
        "hold accepted",
        "mute accepted",
        "recording_pause accepted",
        "send_dtmf refused because refused",
        "unmute accepted",
        "unhold accepted",
        "play_audio dropped",
    ]
    [raised] = outcome.raised
    assert told(raised) == ["play_audio accepted", "set_disposition accepted"]
    assert table.call.over == ""


async def test_nothing_is_closed_in_a_session_that_has_ended_meanwhile(seat: Any, sandbox: Any) -> None:
    table = await seat('on intent=x mute then hold then send_dtmf 1 then log "x"\n')
    sandbox.add_faults(Fault(kind="refused", verb="send_dtmf"))
    sandbox.add_faults(Fault(kind="refused", verb="unhold", status=409))
    outcome = await table.call.event(intent="x")
    assert outcome.status is EventStatus.ENDED
    assert told(outcome) == [
        "mute accepted",
        "hold accepted",
        "send_dtmf refused because refused",
        "unhold refused because ended",
        "unmute dropped",
        "log dropped",
    ]
    assert [verb for verb, _ in table.requests] == ["mute", "hold", "send_dtmf", "unhold"]
    assert outcome.raised == ()


async def test_causes_are_cut_after_three(seat: Any, sandbox: Any) -> None:
    table = await seat("on intent=x hold\non step_failed mute\n")
    sandbox.add_faults(Fault(kind="refused", times=50))
    outcome = await table.call.event(intent="x")
    assert [verb for verb, _ in table.requests] == ["hold", "mute", "mute"]
    assert "no further event was raised" in outcome.raised[0].raised[0].notes[-1]


async def test_a_409_in_the_middle_drops_the_rest(seat: Any, sandbox: Any) -> None:
    table = await seat("on intent=x hold then unhold then mute then set_disposition d\n")
    sandbox.add_faults(Fault(kind="refused", verb="unhold", status=409))
    outcome = await table.call.event(intent="x")
    assert outcome.status is EventStatus.ENDED
    assert told(outcome) == [
        "hold accepted", "unhold refused because ended", "mute dropped", "set_disposition dropped",
    ]  # fmt: skip
    assert [verb for verb, _ in table.requests] == ["hold", "unhold"]
    assert outcome.raised == ()
    assert (await table.call.event(intent="x")).status is EventStatus.CALL_OVER


async def test_a_429_and_a_5xx_in_a_plan(seat: Any, sandbox: Any) -> None:
    table = await seat('on intent=x hold then unhold if it fails because unavailable then log "lost" \n')
    sandbox.add_faults(
        Fault(kind="rate_limited", verb="hold", retry_after=1),
        Fault(kind="server_error", verb="unhold"),
    )
    outcome = await table.call.event(intent="x")
    assert told(outcome) == ["hold accepted", "unhold unknown because unavailable", "log accepted"]
    assert table.acted == ["hold", "log"]


async def test_an_unknown_ending_is_followed_by_no_other(seat: Any, sandbox: Any) -> None:
    table = await seat(
        "on intent=x transfer queue q if it fails because timeout then hangup\non step_failed hangup\n"
    )
    sandbox.add_faults(Fault(kind="timeout", when="after", verb="transfer"))
    outcome = await table.call.event(intent="x")
    assert outcome.steps[0].status is Status.UNKNOWN
    assert [verb for verb, _ in table.requests] == ["transfer"]
    assert outcome.steps[1].reason == "timeout"


async def test_a_later_event_asks_the_platform_before_it_ends_the_call(seat: Any, sandbox: Any) -> None:
    table = await seat("on intent=x transfer queue q\non intent=bye hangup\n")
    sandbox.add_faults(Fault(kind="timeout", when="before", verb="transfer"))
    await table.call.event(intent="x")
    outcome = await table.call.event(intent="bye")
    assert told(outcome) == ["get_call_state accepted", "hangup accepted"]
    assert table.acted == ["hangup"]


async def test_a_later_event_learns_that_the_unknown_ending_acted(seat: Any, sandbox: Any) -> None:
    table = await seat("on intent=x transfer queue q\non intent=bye hangup\n")
    sandbox.add_faults(Fault(kind="timeout", when="after", verb="transfer"))
    await table.call.event(intent="x")
    outcome = await table.call.event(intent="bye")
    assert told(outcome) == ["get_call_state refused because ended", "hangup dropped"]
    assert table.acted == ["transfer"]


async def test_where_the_platform_says_nothing_the_ending_is_not_sent(seat: Any, sandbox: Any) -> None:
    table = await seat("on intent=x transfer queue q\non intent=bye hangup\n")
    sandbox.add_faults(Fault(kind="timeout", verb="transfer"), Fault(kind="reset", verb="get_call_state"))
    await table.call.event(intent="x")
    outcome = await table.call.event(intent="bye")
    assert [step.reason for step in outcome.steps] == ["timeout", "timeout"]
    assert "hangup" not in [verb for verb, _ in table.requests]


async def test_a_member_id_of_a_reply_is_used_later_in_the_plan(seat: Any, sandbox: Any) -> None:
    table = await seat(
        "on intent=x conference_add supervisor lead_1 as helper then conference_remove helper\n"
    )
    outcome = await table.call.event(intent="x")
    assert told(outcome) == ["conference_add accepted", "conference_remove accepted"]
    bodies = [entry.body for entry in sandbox.ledger(table.call.call_id)]
    assert bodies[1]["member_id"].startswith("mem_")


async def test_one_event_may_not_cost_more_than_its_verbs(seat: Any, sandbox: Any) -> None:
    rules = "on intent=x " + " then ".join(f'log "{n}"' for n in range(8))
    table = await seat(rules, verbs_per_event=5)
    outcome = await table.call.event(intent="x")
    assert len(outcome.accepted) == 5
    assert len(outcome.dropped) == 3
    assert "5 verbs at most" in outcome.dropped[0].receipt.message
    assert outcome.status is EventStatus.FAILED


async def test_one_call_may_not_cost_more_than_its_verbs(seat: Any) -> None:
    table = await seat('on intent=x log "x"\n', verbs_per_call=3)
    outcomes = [await table.call.event(intent="x") for _ in range(5)]
    assert [len(outcome.accepted) for outcome in outcomes] == [1, 1, 1, 0, 0]


async def test_advice_comes_with_the_outcome_and_for_the_next_turn(seat: Any) -> None:
    table = await seat('on intent=x advise "Do not speak of dues." then hold\n')
    outcome = await table.call.event(intent="x")
    assert outcome.advise == ("Do not speak of dues.",)
    assert table.call.take_advice() == ("Do not speak of dues.",)
    assert table.call.take_advice() == ()


async def test_rails_are_looked_at_again_right_before_a_verb_goes_out(seat: Any, sandbox: Any) -> None:
    table = await seat(
        """
rule "x"
  on intent=x
  get_call_state
  whisper to agent_call "hello"
    if it fails because forbidden then log "kept"
end
never whisper when call.recording is paused
"""
    )
    await table.call.event(agent_call="other")
    sandbox.call(table.call.call_id).state.recording = "paused"
    outcome = await table.call.event(intent="x")
    assert told(outcome) == [
        "get_call_state accepted",
        "play_audio refused" if False else "whisper refused because forbidden",
        "log accepted",
    ]


async def test_a_repeated_event_gets_the_first_outcome(seat: Any) -> None:
    table = await seat("on intent=x hold\n")
    first = await table.call.event(intent="x", event_id="m1")
    again = await table.call.event(intent="x", event_id="m1")
    assert again.repeated
    assert again.steps == first.steps
    assert table.acted == ["hold"]


async def test_of_many_events_the_last_outcomes_are_kept_and_none_is_decided_twice(seat: Any) -> None:
    table = await seat('on intent=x advise "Hm."\n', mode="dry_run")
    for number in range(MAX_KEPT + 1):
        await table.call.event(intent="x", event_id=f"m{number}")
        await asyncio.sleep(0)
    old, kept = [await table.call.event(intent="x", event_id=name) for name in ("m0", "m1")]
    assert (old.status, old.advise) == (EventStatus.REPEATED, ())
    assert (kept.status, kept.advise, kept.repeated) == (EventStatus.DONE, ("Hm.",), True)
    assert kept.decision is None, "it would keep the rules of its time alive"
    assert table.engine.counters["events"] == MAX_KEPT + 1


async def test_an_event_repeated_while_it_is_under_way(seat: Any) -> None:
    table = await seat("on intent=x hold then mute\n")
    first, again = await asyncio.gather(
        table.call.event(intent="x", event_id="m1"), table.call.event(intent="x", event_id="m1")
    )
    assert first.steps == again.steps
    assert table.acted == ["hold", "mute"]


async def test_events_are_carried_out_one_after_the_other(seat: Any) -> None:
    table = await seat("on intent=a hold then unhold\non intent=b mute then unmute\n")
    await asyncio.gather(
        table.call.event(intent="a"), table.call.event(intent="b"), table.call.event(intent="a")
    )
    assert table.acted == ["hold", "unhold", "mute", "unmute", "hold", "unhold"]


async def test_a_full_queue_is_an_outcome(seat: Any) -> None:
    table = await seat("on intent=a hold\n", queue_size=2)
    outcomes = await asyncio.gather(*(table.call.event(intent="a") for _ in range(5)))
    assert [outcome.status for outcome in outcomes].count(EventStatus.QUEUE_FULL) == 2
    assert table.acted == ["hold"] * 3
    assert table.engine.counters["events_queue_full"] == 2


async def test_a_plan_goes_on_when_whoever_waited_for_it_is_cancelled(seat: Any, eventually: Any) -> None:
    table = await seat("on intent=a hold then unhold then mute\n")
    waiting = asyncio.create_task(table.call.event(intent="a"))
    await eventually(lambda: table.requests)
    waiting.cancel()
    await eventually(lambda: table.acted == ["hold", "unhold", "mute"])


async def test_a_run_that_had_nothing_to_do_counts_as_in_the_simulated_call(seat: Any) -> None:
    rules = 'rule "Once"\n  on intent=x\n  once per call\n  if vip is yes then hold\nend\non intent=x log "again"\n'
    table = await seat(rules)
    first = await table.call.event(intent="x")
    second = await table.call.event(intent="x")
    assert [[part for _, part in outcome.rules] for outcome in (first, second)] == [["fired"], ["fired"]]
    assert table.acted == ["log"]


async def test_limits_are_used_up_by_what_was_sent(seat: Any) -> None:
    table = await seat('on intent=a once per call hold\non intent=a log "again"\n')
    for _ in range(3):
        await table.call.event(intent="a")
    assert table.acted == ["hold", "log", "log"]


@pytest.mark.parametrize("mode", [Mode.DRY_RUN, Mode.SHADOW])
async def test_modes_that_send_nothing(seat: Any, mode: Mode) -> None:
    table = await seat(
        "on intent=a conference_add supervisor s as helper then conference_remove helper then set_disposition d\n"
        "on intent=b conference_add supervisor s as other\n"
        "on intent=c conference_remove other\n",
        mode=mode,
    )
    outcome = await table.call.event(intent="a")
    assert [step.status for step in outcome.steps] == [Status.WITHHELD] * 3
    assert table.requests == []
    assert table.call.state.facts["call.disposition"] == "d"
    await table.call.event(intent="b")
    later = await table.call.event(intent="c")
    assert [str(step) for step in later.steps] == ["conference_remove withheld"]


async def test_a_dry_run_takes_no_client(sandbox: Any, seat: Any) -> None:
    table = await seat(CARD, mode=Mode.DRY_RUN)
    assert table.engine._control is None
    with pytest.raises(RuntimeError):
        await table.call.revoke()


@pytest.mark.parametrize(
    ("bare", "keys"),
    [
        (("step_failed",), {}),
        (("call_ended",), {}),
        ((), {"call.disposition": "x"}),
        ((), {"lead.name": "x"}),
        ((), {"intent": object()}),
        ((), {"intent": float("nan")}),
        ((), {"said": "x" * 20_000}),
        ((), {f"k{n}": 1 for n in range(300)}),
        ((), {"": 1}),
    ],
)
async def test_events_that_cannot_be(seat: Any, bare: Any, keys: Any) -> None:
    table = await seat(CARD)
    with pytest.raises(BadEvent):
        await table.call.event(*bare, facts=keys)
    assert (await table.call.event(intent="sales")).status is EventStatus.ENDED


async def test_a_weak_source_cannot_say_what_the_host_must(seat: Any) -> None:
    table = await seat("fact verified is yes/no from host\nevent go\non go when verified is yes hold\n")
    await table.call.event(verified=True, source=Source.MODEL)
    await table.call.event("go")
    assert table.acted == []
    await table.call.event(verified=True)
    await table.call.event("go")
    assert table.acted == ["hold"]


async def test_subscribers_hear_every_outcome_and_cannot_break_a_call(seat: Any) -> None:
    table = await seat(CARD)
    heard: list[str] = []

    def broken(call: Any, outcome: Any) -> None:
        raise LookupError("mine")

    table.engine.subscribe(broken)
    leave = table.engine.subscribe(lambda call, outcome: heard.append(f"{call.call_id} {outcome.status}"))
    await table.call.event(intent="weather")
    await table.call.event(intent="sales")
    leave()
    await table.call.close()
    assert heard == [f"{table.call.call_id} done", f"{table.call.call_id} ended"]


async def test_the_deadline_makes_a_step_late(seat: Any, sandbox: Any) -> None:
    table = await seat("on intent=x hold then unhold\n", plan_deadline=0.3)
    sandbox.add_faults(Fault(kind="slow", verb="hold", seconds=0.4))
    outcome = await table.call.event(intent="x")
    assert outcome.steps[0].status is Status.ACCEPTED
    assert outcome.steps[1].reason == Reason.LATE
    assert outcome.status is EventStatus.FAILED


async def test_health_and_counters(seat: Any) -> None:
    table = await seat(CARD)
    await table.call.event(intent="sales")
    health = table.engine.health()
    assert (health.mode, health.calls, health.problems) == ("live", 1, ())
    assert health.revision == table.engine.rules.revision
    assert health.counters["verbs_accepted"] == 2
    assert health.counters["requests"] == 2
