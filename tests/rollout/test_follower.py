"""Every step of a rollout stands in the engine's journal, whoever saw it first."""

from pathlib import Path

import pytest

from flowrules.rollout.follower import Follower
from flowrules.rollout.store import Bundle, State, Store, with_step
from flowrules.runtime.engine import Engine
from flowrules.runtime.journal import read_journal
from flowrules.runtime.settings import Mode, Settings

RULES = "on dtmf=5 stay silent\n"


async def test_a_step_right_before_the_end_is_on_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowrules.rollout.follower.LOOK_EVERY", 3600)
    rules = tmp_path / "a.rules"
    rules.write_text(RULES)
    store = Store(tmp_path / "bundles")
    store.folder.mkdir()
    settings = Settings(mode=Mode.DRY_RUN, journal=tmp_path / "journal", journal_fsync="never", watch=False)
    bundle = Bundle("d" * 64, "r1", with_step(State(), "", None, "", "").steps[0].at)
    for order in ("engine first", "follower first"):
        state = with_step(store.read(), f"live, {order}", bundle, "ana", "")
        store.write(state)
        async with Engine(rules, settings=settings) as engine, Follower(engine, store):
            store.write(with_step(state, f"back, {order}", bundle, "cy", "callers complain"))
            if order == "engine first":
                await engine.aclose()
    steps = [entry.fields for entry in read_journal(tmp_path / "journal") if entry.kind == "rollout"]
    assert [step["step"] for step in steps] == [
        "live, engine first", "back, engine first", "live, follower first", "back, follower first",
    ]  # fmt: skip
