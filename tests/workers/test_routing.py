"""Which worker owns a call, and what it hears of calls that another one had before."""

from collections import Counter
from pathlib import Path

from pydantic import SecretStr

from flowrules.runtime.engine import Engine
from flowrules.runtime.journal import read_journal, verify
from flowrules.runtime.journal.folders import journal_folder, journals_in
from flowrules.runtime.journal.open_calls import LeftCall
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.settings import Mode, Settings
from flowrules.workers.journals import left_elsewhere
from flowrules.workers.routing import owner_of

CALLS = [f"call-{number}" for number in range(4_000)]


def test_the_owner_is_the_same_for_ever() -> None:
    assert [owner_of(call, 3) for call in CALLS[:8]] == [3, 2, 1, 2, 2, 3, 1, 1]  # As sha256sum says.
    assert {owner_of(call, 1) for call in CALLS} == {1}


def test_calls_are_spread_evenly_and_one_worker_more_takes_only_its_own() -> None:
    for workers in (2, 3, 8):
        spread = Counter(owner_of(call, workers) for call in CALLS)
        assert set(spread) == set(range(1, workers + 1))
        assert min(spread.values()) > 0.8 * len(CALLS) / workers
        moved = [call for call in CALLS if owner_of(call, workers) != owner_of(call, workers + 1)]
        assert {owner_of(call, workers + 1) for call in moved} == {workers + 1}


def test_what_two_journals_know_of_a_call_is_brought_together() -> None:
    old = LeftCall("2026-01-01", {"a"}, unknown_ending=True)
    new = LeftCall("2026-01-02", {"b"}, unknown_ending=False, ended=True)
    both = LeftCall("2026-01-02", {"a", "b"}, unknown_ending=False, ended=True)
    assert old.merged(new) == new.merged(old) == both


KEY = SecretStr("of all journals")


async def run(folder: Path, calls: list[str], left: dict[str, LeftCall] | None = None) -> list[str]:
    """Each call has an event that is named; how each of these ends."""
    settings = Settings(mode=Mode.DRY_RUN, journal=folder, journal_fsync="never", journal_key=KEY)
    engine = Engine(RuleBook.from_text('on intent=sales log "sales"\n'), settings=settings)
    engine.inherits(left or {})
    async with engine:
        ends = []
        for call_id in calls:
            call = engine.call(call_id)
            ends.append((await call.event(intent="sales", event_id="e1")).status.value)
        return ends


async def test_an_event_that_another_worker_has_decided_before_is_not_decided_again(tmp_path: Path) -> None:
    root = tmp_path / "journal"
    calls = CALLS[:12]
    # One process, then two workers of three, wrote here.
    assert set(await run(root, calls[:4])) == {"done"}
    for worker in (1, 3):
        await run(journal_folder(root, worker), [call for call in calls[4:] if owner_of(call, 3) == worker])
    before = {folder: len(list(read_journal(folder))) for folder in journals_in(root)}
    left = await left_elsewhere(
        Settings(mode=Mode.DRY_RUN, journal=root, journal_fsync="never", journal_key=KEY), 2
    )
    # The journals of nobody are recovered, once: they begin anew with what is open.
    assert all(len(list(read_journal(folder))) > before[folder] for folder in (root, journal_folder(root, 3)))
    assert len(list(read_journal(journal_folder(root, 1)))) == before[journal_folder(root, 1)]
    known = {call for call in calls if call in calls[:4] or owner_of(call, 3) in (1, 3)}
    for worker in (1, 2):
        own = [call for call in calls if owner_of(call, 2) == worker]
        assert set(left.get(worker, {})) == {
            call
            for call in own
            if call in known and not (worker == 1 and call in calls[4:] and owner_of(call, 3) == 1)
        }
        ends = await run(journal_folder(root, worker), own, dict(left.get(worker, {})))
        assert ends == ["repeated" if call in known else "done" for call in own]
    for folder in journals_in(root):
        assert verify(folder) == ()
