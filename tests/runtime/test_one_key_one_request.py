"""No two requests share an Idempotency-Key, whatever the rules say and whatever fails: a platform that enforces keys
answers the second from its memory, and does nothing."""

import asyncio
import random
from datetime import UTC, datetime
from typing import Any

import pytest

from flowrules.control.clock import ManualClock
from flowrules.engine.event import Source
from flowrules.runtime.engine import Engine
from flowrules.runtime.journal import read_journal, verify
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.settings import Mode, Settings
from flowrules.sandbox import Fault

OPENS = ("hold", "mute", "recording_pause")
CLOSES = ("unhold", "unmute", "recording_resume")
OTHERS = (
    'send_dtmf "1"',
    'say "One moment."',
    'set_lead_field note to "{failed_verb}"',
    'set_lead_field note to "{n}"',
    "set_disposition done",
    'set_lead_status "dnd"',
)
FAILING = ("play_audio", "set_lead_field", "unhold", "unmute", "hold", "set_disposition")


class Writer:
    """Rules by chance."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def text(self) -> str:
        pick = self.chance
        rules = [self.rule(f"also {trigger}") for trigger in ("on intent=x", "on intent=x", "on intent=y")]
        rules += [self.rule(trigger) for trigger in ("on intent=x", "on intent=y", "on said contains help")]
        rules += [self.rule(f"{rank}on step_failed") for rank in ("also ", "also ", "")]
        rules += [self.rule("urgent on intent=stop"), self.rule("after 1 second"), self.rule("on call_ended")]
        rails = [
            f"before {pick.choice((*OPENS, *CLOSES))} {pick.choice((*OPENS, *OTHERS))}",
            f"never {pick.choice(CLOSES)} when n is 2 instead {pick.choice(OTHERS)}",
        ]
        return "\n".join([*rules, *pick.sample(rails, pick.randint(0, 2)), ""])

    def rule(self, trigger: str) -> str:
        self.number = getattr(self, "number", 0) + 1
        steps = "".join(f"  {self.step()}\n" for _ in range(self.chance.randint(1, 4)))
        if self.chance.random() < 0.6:
            steps = f"  {self.chance.choice(OPENS[:2])}\n{steps}"
        return f'rule "r{self.number}"\n  {trigger}\n{steps}end'

    def step(self) -> str:
        pick = self.chance
        verb = pick.choice((*OPENS, *OPENS, *CLOSES, *OTHERS, *OTHERS))
        if verb in OPENS and pick.random() < 0.3:
            return f"{verb} for at most 1 second"
        if pick.random() < 0.25:
            return f"{verb}\n    if it fails then {pick.choice((*CLOSES, *OTHERS))}"
        return verb


@pytest.mark.parametrize("seed", range(8))
async def test_no_two_requests_share_a_key(seat: Any, sandbox: Any, seed: int) -> None:
    writer = Writer(seed)
    clock = ManualClock(datetime(2026, 3, 2, 5, 30, tzinfo=UTC))
    table = await seat(
        writer.text(), clock=clock, verbs_per_event=200, requests_per_second=1000, test_gate=False
    )
    sandbox.add_faults(Fault(kind="refused", verb="send_dtmf", times=100))
    for verb in writer.chance.sample(FAILING, 2):
        for _ in range(4):
            skip = writer.chance.randint(0, 2)
            sandbox.add_faults(Fault(kind="refused", verb=verb, skip=skip, times=2))
    reports: list[dict[str, Any]] = [
        {"intent": "x", "n": 1, "event_id": "e1"},
        {"intent": "x", "n": 1, "event_id": "e1"},
        {"intent": "x", "n": 2, "event_id": "e1"},
        {"intent": "y", "n": 2, "event_id": "report:0", "source": Source.MODEL},
        {"said": "help"},
        {"intent": "y", "n": 2, "event_id": "report:0", "source": Source.MODEL},
        {"intent": "stop", "n": 3},
    ]
    waiting = []
    for report in reports:
        waiting.append(table.call.post(**report))
        await clock.advance(0.5)
    for _ in range(200):
        if all(one.done() for one in waiting) and not table.call.busy:
            break
        await clock.advance(0.2)
        await asyncio.sleep(0.01)
    closing = asyncio.ensure_future(table.call.close())
    while not closing.done():
        await clock.advance(0.2)
        await asyncio.sleep(0.01)
    ledger = [entry for entry in sandbox.ledger(table.call.call_id) if entry.idempotency_key is not None]
    assert len(ledger) > 3
    for entry in ledger:
        same = [one for one in ledger if one.idempotency_key == entry.idempotency_key]
        assert len({str(one.body) for one in same}) == 1, [one.body for one in same]
        assert not entry.replay, entry.body
    await table.engine.aclose()
    sendings = [
        entry.step for entry in read_journal(table.engine.settings.journal) if entry.kind == "sending"
    ]
    assert len(set(sendings)) == len(sendings)
    assert verify(table.engine.settings.journal) == ()


async def test_a_pair_is_closed_under_the_rule_that_opened_it(seat: Any, sandbox: Any) -> None:
    table = await seat('also on intent=x hold\nrule "B"\n  on intent=x\n  mute\n  send_dtmf "1"\nend\n')
    sandbox.add_faults(Fault(kind="refused", verb="send_dtmf"))
    await table.call.event(intent="x")
    assert table.acted == ["hold", "mute", "unmute", "unhold"]
    assert table.call.state.facts["call.on_hold"] is False


async def test_what_fails_when_two_caps_run_out_has_keys_of_its_own(
    seat: Any, sandbox: Any, eventually: Any
) -> None:
    clock = ManualClock(datetime(2026, 3, 2, 5, 30, tzinfo=UTC))
    table = await seat(
        "also on intent=x hold for at most 1 minute\non intent=x mute for at most 1 minute\n"
        'on step_failed set_lead_field failed to "{failed_verb}"\n',
        clock=clock,
    )
    sandbox.add_faults(Fault(kind="refused", verb="unhold"), Fault(kind="refused", verb="unmute"))
    await table.call.event(intent="x")
    await clock.advance(61)
    told = "set_lead_field"
    await eventually(lambda: [entry.verb for entry in sandbox.ledger(table.call.call_id)].count(told) == 2)
    fields = [entry for entry in sandbox.ledger(table.call.call_id) if entry.verb == told]
    assert {entry.body["value"] for entry in fields} == {"unhold", "unmute"}
    assert len({entry.idempotency_key for entry in fields}) == 2
    assert not any(entry.replay for entry in fields)


async def test_two_sessions_of_one_call_never_begin_at_the_same_moment() -> None:
    clock = ManualClock(datetime(2026, 3, 2, 5, 30, tzinfo=UTC))
    settings = Settings(mode=Mode.SHADOW, watch=False)
    async with Engine(RuleBook.from_text("on intent=x hold\n"), settings=settings, clock=clock) as engine:
        began = []
        for _ in range(3):
            call = engine.call("call-1")
            began.append(call.state.started_at)
            await call.close()
        assert len(set(began)) == 3
        assert engine.call("call-2").state.started_at == began[0]
