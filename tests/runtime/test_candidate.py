"""A second rule set decides beside the live one, and sends nothing."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flowrules.call.machine import CallMachine
from flowrules.control.clock import ManualClock
from flowrules.engine.event import Source
from flowrules.runtime.candidates.candidate import CandidateDifference
from flowrules.runtime.engine import Engine
from flowrules.runtime.journal import verify
from flowrules.runtime.journal.replaying.replay import replay
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.settings import Mode, Settings
from flowrules.sandbox import Sandbox

LIVE = 'on intent=sales transfer queue sales\non intent=bill log "bill"\non intent=bye hangup\n'
NEW = 'on intent=sales transfer queue sales\non intent=bill 2 times log "bill"\non intent=bye hangup\n'


def book(text: str) -> RuleBook:
    return RuleBook.from_text(text)


def of(engine: Engine) -> Any:
    assert engine.candidate is not None
    return engine.candidate


async def idle() -> None:
    for _ in range(80):
        await asyncio.sleep(0)


async def test_it_says_where_it_would_differ_and_sends_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    settings = Settings(base_url=sandbox.base_url, journal=folder, journal_fsync="never")
    told: list[CandidateDifference] = []
    async with Engine(book(LIVE), settings=settings, candidate=book(NEW)) as engine:
        of(engine).subscribe(told.append)
        opened = await sandbox.open_call()
        call = engine.call_from(opened.metadata)
        for turn in ("t1", "t2"):
            await call.event(intent="bill", turn_id=turn)
        await call.event(intent="sales", turn_id="t3")
        await call.close()
        await idle()
        report = of(engine).report()
        assert engine.counters.snapshot()["events"] == 3
    assert (report.decisions, report.equal, report.different) == (4, 3, 1)
    assert (report.only_live, report.only_candidate, report.parted, report.broken) == (0, 0, 0, 0)
    (difference,) = told
    assert report.differences == (difference,)
    assert difference.call_id == opened.call_id
    assert [body["event"] for body in difference.live.sent] == ["log"]
    assert difference.candidate.sent == ()
    assert sum(report.pairs.values()) == 1
    assert sandbox.acted(opened.call_id) == ["log", "log", "transfer"]
    written = "".join(path.read_text() for path in folder.glob("*.jsonl"))
    assert '"kind":"candidate"' in written
    assert '"live_verbs":["log"]' in written
    assert verify(folder) == ()
    assert [played.is_equal for played in replay(folder)] == [True]


async def test_it_has_a_memory_and_timers_of_its_own() -> None:
    clock = ManualClock(datetime(2026, 3, 2, 11, tzinfo=UTC))
    live = 'on intent=bill remember asked is yes\nafter 5 seconds of asked log "live"\n'
    new = 'on intent=bill remember wanted is yes\nafter 9 seconds of wanted log "new"\n'
    async with Engine(
        book(live), settings=Settings(mode=Mode.SHADOW), clock=clock, candidate=book(new)
    ) as engine:
        call = engine.call("c1")
        await call.event(intent="bill")
        await clock.advance(20)
        assert "wanted" not in call.state.facts
        await call.close()
        await idle()
        report = of(engine).report()
    assert (report.different, report.only_live, report.only_candidate) == (0, 1, 1)
    assert {
        one.candidate.sent[0]["metadata"]["message"] for one in report.differences if one.candidate.sent
    } == {"new"}


@pytest.mark.parametrize(
    ("live", "new"), [(LIVE, "on intent=bill hangup\n"), ("on intent=bill hangup\n", LIVE)]
)
async def test_what_follows_the_end_of_one_of_them_is_not_compared(live: str, new: str) -> None:
    settings = Settings(mode=Mode.DRY_RUN)
    async with Engine(book(live), settings=settings, candidate=book(new)) as engine:
        call = engine.call("c1")
        await call.event(intent="bill")
        await idle()
        for _ in range(3):
            await call.event(intent="sales")
            await idle()
        await call.close()
        await idle()
        report = of(engine).report()
    assert (report.different, report.parted, report.only_live, report.only_candidate) == (1, 1, 0, 0)


async def test_voices_and_keys_are_told_to_both() -> None:
    clock = ManualClock(datetime(2026, 3, 2, 11, tzinfo=UTC))
    rules = 'on keys is 2 digits log "{keys}"\nafter 5 seconds of silence log "silent"\n'
    async with Engine(
        book(rules), settings=Settings(mode=Mode.SHADOW), clock=clock, candidate=book(rules)
    ) as engine:
        call = engine.call("c1")
        for key in "12":
            call.post(dtmf=key, source=Source.CALLER)
        call.bot_speaking()
        await clock.advance(60)
        call.bot_finished()
        await clock.advance(7)
        await call.close()
        await idle()
        report = of(engine).report()
    assert (report.decisions, report.different, report.only_live, report.only_candidate) == (5, 0, 0, 0)


async def test_a_candidate_with_errors_leaves_the_live_rules_alone(tmp_path: Path) -> None:
    path = tmp_path / "new.rules"
    path.write_text("on intent=sales transfr queue sales\n")
    settings = Settings(mode=Mode.DRY_RUN)
    async with Engine(book(LIVE), settings=settings, candidate=path) as engine:
        outcome = await engine.call("c1").event(intent="sales")
        assert outcome.matched
        assert "transfr" in of(engine).report().problem
        assert any("the candidate rules are not played" in one for one in engine.health().warnings)


async def test_a_candidate_that_fails_leaves_the_live_rules_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(mode=Mode.DRY_RUN)
    new = book(NEW)
    async with Engine(book(LIVE), settings=settings, candidate=new) as engine:
        call = engine.call("c1")
        really = CallMachine.handle

        def broken(self: CallMachine, *args: Any) -> Any:
            if self.ruleset is new.current:
                raise RuntimeError("a bug")
            return really(self, *args)

        monkeypatch.setattr(CallMachine, "handle", broken)
        for _ in range(3):
            assert (await call.event(intent="bill")).matched
            await idle()
        await call.close()
        report = of(engine).report()
        assert engine.counters.snapshot().get("plans_broken", 0) == 0
    assert (report.broken, report.different) == (1, 0)


async def test_a_listener_that_raises_disturbs_nobody() -> None:
    settings = Settings(mode=Mode.DRY_RUN)
    async with Engine(book(LIVE), settings=settings, candidate=book(NEW)) as engine:
        of(engine).subscribe(lambda difference: 1 / 0)
        call = engine.call("c1")
        assert (await call.event(intent="bill")).matched
        await idle()
        assert of(engine).report().different == 1
        assert (await call.event(intent="sales")).matched


async def test_both_rule_sets_are_reloaded(tmp_path: Path) -> None:
    live, new = tmp_path / "live.rules", tmp_path / "new.rules"
    live.write_text(LIVE)
    new.write_text(NEW)
    settings = Settings(mode=Mode.DRY_RUN, watch=False, test_gate=False)
    async with Engine(live, settings=settings, candidate=new) as engine:
        call = engine.call("c1")
        await call.event(intent="bill")
        await idle()
        assert of(engine).report().different == 1
        new.write_text(LIVE)
        await of(engine).rules.reload()
        await call.event(intent="bill")
        await idle()
        assert of(engine).report().equal == 1
        live.write_text(LIVE.replace('log "bill"', 'log "a bill"'))
        await engine.rules.reload()
        await call.event(intent="bill")
        await idle()
        assert of(engine).report().different == 2
        assert of(engine).report().revision == of(engine).rules.revision != engine.rules.revision


async def test_without_one_there_is_none() -> None:
    async with Engine(book(LIVE), settings=Settings(mode=Mode.DRY_RUN)) as engine:
        assert engine.candidate is None
