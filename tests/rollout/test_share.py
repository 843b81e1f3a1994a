"""A candidate that decides a share of the calls."""

from pathlib import Path

import pytest

from flowrules.runtime.engine import Engine
from flowrules.runtime.journal import read_journal, verify
from flowrules.runtime.journal.replaying.replay import replay
from flowrules.runtime.rules.rulebook import LoadStatus, RuleBook
from flowrules.runtime.rules.sharing import Share, place
from flowrules.runtime.settings import Mode, Settings

OLD = 'on intent=sales log "old"\non call_ended set_disposition old\n'
NEW = 'on intent=sales log "new"\non call_ended set_disposition new\n'
NEWER = 'on intent=sales log "newer"\n'
GUARDED = "never monitor_start when paying is yes\n" + OLD


def verbs(engine: Engine, folder: Path) -> dict[str, list[str]]:
    """What each call has decided, by the revision."""
    found: dict[str, list[str]] = {}
    for entry in read_journal(folder):
        if entry.kind == "decided":
            found.setdefault(entry.call, []).append(entry.fields["revision"])
    return found


def test_the_hash_is_the_same_for_ever_and_spreads_evenly() -> None:
    assert place("call-1") == pytest.approx(36.5134, abs=1e-3)
    places = [place(f"call-{number}") for number in range(20_000)]
    assert all(0 <= one < 100 for one in places)
    for percent in (1, 10, 50, 90):
        assert sum(one < percent for one in places) / 200 == pytest.approx(percent, abs=1)


def test_a_larger_share_holds_the_calls_of_a_smaller_one() -> None:
    live, new = RuleBook.from_text(OLD), RuleBook.from_text(NEW)
    calls = [f"call-{number}" for number in range(500)]
    before: set[str] = set()
    for percent in (0.0, 5.0, 10.0, 60.0, 100.0):
        share = Share(percent)
        taken = {call for call in calls if share.side(call, live, new) is not None}
        assert taken >= before
        before = taken
    assert before == set(calls)
    assert not [call for call in calls if Share(0).side(call, live, new)]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        mode=Mode.DRY_RUN, journal=tmp_path / "journal", journal_fsync="never", share=50, watch=False
    )


async def test_each_call_is_decided_by_one_side_to_its_end(settings: Settings, tmp_path: Path) -> None:
    new, newer = tmp_path / "new.rules", tmp_path / "newer.rules"
    new.write_text(NEW)
    newer.write_text(NEWER)
    old = tmp_path / "old.rules"
    old.write_text(OLD)
    calls = [f"call-{number}" for number in range(40)]
    async with Engine(old, settings=settings, candidate=new) as engine:
        candidate = engine.candidate
        assert candidate is not None
        revisions = {True: candidate.rules.revision, False: engine.rules.revision}
        sessions = [engine.call(call) for call in calls]
        for session in sessions:
            await session.event(intent="sales", turn_id="t1")
        candidate.share.percent = 100
        for session in sessions[:20]:
            await session.event(intent="sales", turn_id="t2")
        candidate.share.percent = 0
        await engine.change_candidate(newer, Share(100))
        for session in sessions[20:]:
            await session.event(intent="sales", turn_id="t2")
        await engine.change_candidate(None)
        for session in sessions:
            await session.close()
        health = engine.health()
        assert health.candidate is None
        assert engine.counters["calls_by_candidate"] == sum(place(call) < 50 for call in calls)
    found = verbs(engine, tmp_path / "journal")
    assert found == {call: [revisions[place(call) < 50]] * 3 for call in calls}
    assert 0 < sum(place(call) < 50 for call in calls) < 40
    assert verify(tmp_path / "journal") == ()
    assert all(session.is_equal for session in replay(tmp_path / "journal"))


async def test_a_call_comes_to_the_same_side_after_a_restart(settings: Settings, tmp_path: Path) -> None:
    for _ in range(2):
        async with Engine(
            RuleBook.from_text(OLD), settings=settings, candidate=RuleBook.from_text(NEW)
        ) as engine:
            for number in range(20):
                call = engine.call(f"call-{number}")
                assert call.is_candidates == (place(call.call_id) < 50)
                await call.close()


async def test_a_candidate_that_has_become_the_live_rules_is_no_other_side_any_more(
    settings: Settings, tmp_path: Path
) -> None:
    live, new = tmp_path / "live.rules", tmp_path / "new.rules"
    live.write_text(OLD)
    new.write_text(NEW)
    async with Engine(live, settings=settings.model_copy(update={"share": 100.0}), candidate=new) as engine:
        call = engine.call("c")
        assert call.is_candidates
        live.write_text(NEW)
        outcome = await engine.rules.reload()
        assert outcome.status is LoadStatus.LIVE
        assert call.ruleset is engine.rules.current
        assert not call.is_candidates
        await engine.change_candidate(None)
        live.write_text(NEWER)
        await engine.rules.reload()
        assert call.ruleset is engine.rules.current, "it goes on with the live rules"


async def test_a_candidate_that_would_lose_a_guard_rail_decides_no_call(settings: Settings) -> None:
    with_all = settings.model_copy(update={"share": 100.0})
    live, new = RuleBook.from_text(GUARDED), RuleBook.from_text(NEW)
    async with Engine(live, settings=with_all, candidate=new) as engine:
        assert engine.candidate is not None
        assert not engine.call("a").is_candidates
        health = engine.health()
        (warning,) = health.warnings
        assert warning.startswith("the candidate decides no calls, since this would be lost: ")
        assert health.candidate is not None
        assert health.candidate.share == 0
        engine.candidate.share.sure_of = new.revision
        assert engine.call("b").is_candidates
        assert engine.health().warnings == ()
    hold_nothing = with_all.model_copy(update={"hold_shrunken": False})
    async with Engine(
        RuleBook.from_text(GUARDED), settings=hold_nothing, candidate=RuleBook.from_text(NEW)
    ) as engine:
        assert engine.call("c").is_candidates


async def test_the_calls_of_a_candidate_are_compared_with_nothing(settings: Settings) -> None:
    async with Engine(
        RuleBook.from_text(OLD), settings=settings, candidate=RuleBook.from_text(NEW)
    ) as engine:
        for number in range(20):
            call = engine.call(f"call-{number}")
            await call.event(intent="sales")
            await call.close()
        assert engine.candidate is not None
        by_live = sum(place(f"call-{number}") >= 50 for number in range(20))
        assert engine.candidate.report().decisions == 2 * by_live
