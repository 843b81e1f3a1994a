"""Verbs that the host carries out itself: with journal, keys, rails, patience and outcomes as for the platform's."""

import asyncio
import functools
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flowrules import Engine, EventStatus, HostVerb, Mode, RuleBook, Status, VerbAnswer
from flowrules.control.clock import ManualClock
from flowrules.runtime.journal.replaying.replay import replay

TRANSFER = 'on intent=sales transfer queue sales_q because "{intent}"\n'
NOW = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)


class Desk:
    """Serves a verb as it is told to, and keeps what it was asked."""

    def __init__(self, *answers: Any) -> None:
        self.asked: list[HostVerb] = []
        self.called = asyncio.Event()
        self.cancelled = 0
        self._answers = list(answers)

    async def __call__(self, verb: HostVerb) -> VerbAnswer:
        self.asked.append(verb)
        self.called.set()
        answer = self._answers.pop(0) if self._answers else VerbAnswer.accepted()
        if isinstance(answer, BaseException):
            raise answer
        if answer == "hang":
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
        if answer == "stubborn":
            while self.cancelled < 2:
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    self.cancelled += 1
        if answer == "late":
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                return VerbAnswer.refused("at_capacity", "gave up")
        return answer


async def asked(*desks: Desk) -> None:
    """Wait until each was asked."""
    for desk in desks:
        await desk.called.wait()


def told(outcome: Any) -> list[str]:
    return [str(step) for step in outcome.steps]


def entries(folder: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line) for file in sorted(folder.glob("*.jsonl")) for line in file.read_bytes().splitlines()
    ]


async def test_the_host_serves_a_transfer(seat: Any, tmp_path: Path) -> None:
    desk = Desk()
    table = await seat(TRANSFER, verbs={"transfer": desk})
    outcome = await table.call.event(intent="sales")
    assert outcome.status is EventStatus.ENDED
    assert table.requests == []
    [asked] = desk.asked
    assert asked.call_id == table.call.call_id
    assert asked.body == {
        "event": "transfer", "destination_type": "agent_queue", "destination": "sales_q", "metadata": {"reason": "sales"}
    }  # fmt: skip
    assert 7 < asked.seconds <= 8
    assert outcome.steps[0].body == asked.body
    assert table.call.over == "transfer ended the AI's session"
    await table.engine.aclose()
    intent, receipt = (one for one in entries(tmp_path / "journal") if one["kind"] in ("sending", "receipt"))
    assert intent["by"] == receipt["by"] == "host"
    assert intent["key"] == receipt["key"] == asked.step
    assert receipt["status"] == "accepted"


async def test_some_verbs_are_the_hosts_and_some_the_platforms_in_order(seat: Any) -> None:
    order: list[str] = []

    async def serve(verb: HostVerb) -> VerbAnswer:
        order.append(verb.verb)
        order.extend(table.acted[len([one for one in order if one not in ("hold", "transfer")]) :])
        return VerbAnswer.accepted()

    table = await seat(
        'on intent=sales set_lead_field interest to sales then hold then log "x" then transfer queue sales_q\n',
        verbs={"hold": serve, "transfer": serve},
    )
    outcome = await table.call.event(intent="sales")
    assert told(outcome) == [
        "set_lead_field accepted", "hold accepted", "log accepted", "transfer accepted",
    ]  # fmt: skip
    assert table.acted == ["set_lead_field", "log"]
    assert order == ["hold", "set_lead_field", "transfer", "log"]
    assert table.call.state.facts["call.on_hold"] is True


@pytest.mark.parametrize(
    ("answer", "step", "branch"),
    [
        (
            VerbAnswer.refused("at_capacity", "all busy"),
            "transfer refused because at_capacity",
            "at_capacity",
        ),
        (VerbAnswer.refused(), "transfer refused because refused", "refused"),
        (VerbAnswer.unknown(), "transfer unknown because timeout", "timeout"),
        (RuntimeError("yt_cb_01HZX3V9Q8W7E6R5T4Y3U2T1S0"), "transfer unknown because timeout", "timeout"),
        ("no answer of ours", "transfer unknown because timeout", "timeout"),
        (asyncio.CancelledError(), "transfer unknown because timeout", "timeout"),
    ],
)
async def test_what_fails_has_a_reason_that_rules_see(seat: Any, answer: Any, step: str, branch: str) -> None:
    desk = Desk(answer)
    rules = f'rule sales\n  on intent=sales\n  transfer queue sales_q\n    if it fails because {branch} then log "{branch}"\nend\n'
    table = await seat(rules, verbs={"transfer": desk})
    outcome = await table.call.event(intent="sales")
    assert told(outcome) == [step, "log accepted"]
    assert len(desk.asked) == 1
    assert "yt_cb_0" not in repr(outcome)


async def test_a_live_verb_that_raises_is_unavailable_and_its_pair_is_closed(seat: Any) -> None:
    desk = Desk(RuntimeError("boom"))
    table = await seat('on intent=sales hold then log "x"\n', verbs={"hold": desk, "unhold": desk})
    outcome = await table.call.event(intent="sales")
    assert told(outcome) == ["hold unknown because unavailable", "unhold accepted", "log dropped"]


async def test_one_that_hangs_is_cancelled_when_its_time_is_over(seat: Any) -> None:
    clock, desk = ManualClock(NOW), Desk("hang")
    table = await seat(
        "on intent=sales transfer queue sales_q within 5 seconds\n", clock=clock, verbs={"transfer": desk}
    )
    waiting = asyncio.create_task(table.call.event(intent="sales"))
    await asked(desk)
    await clock.advance(4.9)
    assert not waiting.done()
    await clock.advance(0.2)
    assert told(await waiting) == ["transfer unknown because timeout"]
    assert desk.cancelled == 1
    assert desk.asked[0].seconds == 5


async def test_one_that_will_not_be_cancelled_holds_nobody_up(seat: Any) -> None:
    clock, desk = ManualClock(NOW), Desk("stubborn")
    table = await seat('on intent=sales hold\non hello log "x"\n', clock=clock, verbs={"hold": desk})
    waiting = asyncio.create_task(table.call.event(intent="sales"))
    await asked(desk)
    await clock.advance(9.1)
    assert told(await waiting) == ["hold unknown because timeout", "unhold accepted"]
    assert told(await table.call.event("hello")) == ["log accepted"]


async def test_one_may_answer_on_its_way_out(seat: Any) -> None:
    clock, desk = ManualClock(NOW), Desk("late")
    table = await seat(TRANSFER, clock=clock, verbs={"transfer": desk})
    waiting = asyncio.create_task(table.call.event(intent="sales"))
    await asked(desk)
    await clock.advance(8.1)
    assert told(await waiting) == ["transfer refused because at_capacity"]


async def test_after_an_unknown_ending_no_other_is_tried_unless_the_host_can_tell(seat: Any) -> None:
    desk = Desk(VerbAnswer.unknown())
    table = await seat(TRANSFER, verbs={"transfer": desk})
    await table.call.event(intent="sales")
    again = await table.call.event(intent="sales", turn_id="t2")
    assert told(again) == ["transfer refused because timeout"]
    assert len(desk.asked) == 1
    assert table.requests == []


async def test_the_host_can_tell_how_the_call_stands(seat: Any) -> None:
    desk, look = Desk(VerbAnswer.unknown()), Desk(VerbAnswer.refused("unavailable"), VerbAnswer.accepted())
    table = await seat(TRANSFER, verbs={"transfer": desk, "get_call_state": look})
    await table.call.event(intent="sales")
    assert (
        told(await table.call.event(intent="sales", turn_id="t2"))[-1] == "transfer refused because timeout"
    )
    assert len(desk.asked) == 1
    assert told(await table.call.event(intent="sales", turn_id="t3"))[-1] == "transfer accepted"
    assert len(desk.asked) == 2


async def test_guard_rails_and_the_hosts_lists_hold_for_the_host(seat: Any) -> None:
    desk = Desk()
    table = await seat(
        "on intent=sales transfer number +911234567890\non intent=bye hangup\nnever hangup when angry is yes\n",
        verbs={"transfer": desk, "hangup": desk},
        deny_numbers=("+91",),
    )
    assert told(await table.call.event(intent="sales")) == ["transfer refused because forbidden"]
    assert told(await table.call.event(intent="bye", angry=True)) in (
        [],
        ["hangup refused because forbidden"],
    )
    assert desk.asked == []


async def test_what_is_called_off_is_awaited_and_nothing_follows(seat: Any) -> None:
    release = asyncio.Event()
    served: list[str] = []

    async def slow(verb: HostVerb) -> VerbAnswer:
        served.append(verb.verb)
        await release.wait()
        return VerbAnswer.accepted()

    table = await seat(
        "on intent=sales hold then transfer queue sales_q\nurgent on crisis transfer queue crisis_q\n",
        verbs={"hold": slow, "transfer": slow},
    )
    first = table.call.post(intent="sales")
    await asyncio.sleep(0.05)
    urgent = table.call.post("crisis")
    await asyncio.sleep(0.05)
    assert served == ["hold"]
    release.set()
    assert told(await first) == ["hold accepted", "transfer dropped"]
    assert told(await urgent) == ["transfer accepted"]
    assert served == ["hold", "transfer"]


async def test_shutdown_cancels_what_hangs(sandbox: Any, tmp_path: Path) -> None:
    desk = Desk("hang")
    clock = ManualClock(NOW)
    async with Engine(RuleBook.from_text(TRANSFER), clock=clock, verbs={"transfer": desk}) as engine:
        call = engine.call("c1")
        waiting = call.post(intent="sales")
        await asked(desk)
        closing = asyncio.create_task(engine.aclose())
        await clock.advance(8)
        await closing
    assert told(await waiting) == ["transfer unknown because timeout"]
    assert desk.cancelled == 1


@pytest.mark.parametrize("mode", [Mode.SHADOW, Mode.DRY_RUN])
async def test_a_run_that_sends_nothing_calls_nobody(seat: Any, mode: Mode) -> None:
    desk = Desk()
    table = await seat(TRANSFER, verbs={"transfer": desk}, mode=mode)
    assert told(await table.call.event(intent="sales")) == ["transfer withheld"]
    assert desk.asked == []


async def test_no_token_reaches_a_handler_or_comes_back_from_one(seat: Any, tmp_path: Path) -> None:
    desk = Desk(VerbAnswer.accepted({"member_id": "m-1", "note": "yt_cb_01HZX3V9Q8W7E6R5T4Y3U2T1S0"}))
    table = await seat("on intent=sales conference_add agent a_1 as helper\n", verbs={"conference_add": desk})
    outcome = await table.call.event(intent="sales")
    assert table.call.state.facts["helper"] == "m-1"
    assert "yt_cb_0" not in repr((desk.asked, vars(type(desk.asked[0])), outcome.steps[0].receipt))
    assert "yt_cb_" not in json.dumps([desk.asked[0].body, desk.asked[0].step])


async def test_a_call_that_the_host_served_is_replayed(seat: Any, tmp_path: Path) -> None:
    table = await seat(
        TRANSFER + "on intent=bye hangup\n",
        verbs={"transfer": Desk(VerbAnswer.unknown()), "hangup": Desk()},
    )
    await table.call.event(intent="sales")
    await table.call.event(intent="bye")
    await table.call.close()
    await table.engine.aclose()
    [replayed] = replay(tmp_path / "journal")
    assert replayed.difference is None, replayed
    assert not replayed.why_not
    assert replayed.equal > 4


# --- construction ---------------------------------------------------------------------------------------------


def _no_coroutine(verb: HostVerb) -> VerbAnswer:
    return VerbAnswer.accepted()


@pytest.mark.parametrize(
    ("verbs", "message"),
    [
        ({"transfr": Desk()}, '"transfr" is no verb of the platform. Did you mean "transfer"?'),
        ({"say": Desk()}, 'serve "play_audio", or set `say` to "host"'),
        ({"xyzzy": Desk()}, '"xyzzy" is no verb of the platform.'),
        ({"hold": None}, "the handler of hold is an async function"),
        ({"hold": Desk}, "the handler of hold is an async function"),
        ({"hold": _no_coroutine}, "write `async def _no_coroutine`"),
    ],
)
def test_what_is_no_verb_or_no_handler_is_refused(verbs: Any, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        Engine(RuleBook.from_text('on x log "y"'), verbs=verbs)


async def _serve(desk: Desk, verb: HostVerb) -> VerbAnswer:
    return await desk(verb)


@pytest.mark.parametrize("make", [lambda desk: desk.__call__, lambda desk: functools.partial(_serve, desk)])
async def test_handlers_may_be_methods_and_partials(seat: Any, make: Any) -> None:
    table = await seat(TRANSFER, verbs={"transfer": make(Desk())})
    [step] = (await table.call.event(intent="sales")).steps
    assert step.status is Status.ACCEPTED


def test_a_reason_is_one_of_the_language() -> None:
    with pytest.raises(ValueError, match="busy"):
        VerbAnswer.refused("busy")
