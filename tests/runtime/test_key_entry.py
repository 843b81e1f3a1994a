"""Entries of several keys in a live call, and in its journal."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from flowrules.control.clock import ManualClock
from flowrules.runtime.engine import Engine
from flowrules.runtime.journal.replaying.replay import replay
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.settings import Mode, Settings

RULES = (
    'on keys is 16 digits set_lead_field card to "{keys}"\non keys is 4 digits log "pin {keys}"\n'
    'on keys is not 4 digits log "none"\nalso on dtmf=9 log "nine"\n'
)
CARD = "4539578763621486"


@pytest.mark.parametrize("pressed", ["1234", "12", "12#", CARD, f"{CARD}#", "1234567890123", "9999", "#"])
async def test_a_live_call_collects_keys_and_its_journal_plays_them_again(
    pressed: str, tmp_path: Path
) -> None:
    clock, folder = ManualClock(datetime(2026, 3, 2, 11, tzinfo=UTC)), tmp_path / "journal"
    settings = Settings(mode=Mode.SHADOW, journal=folder, journal_fsync="never", key_pause=2)
    told: list[str] = []
    async with Engine(RuleBook.from_text(RULES), settings=settings, clock=clock) as engine:
        engine.subscribe(
            lambda _, outcome: told.extend(
                str(rule.label) for rule, _ in outcome.rules if "keys" in rule.label
            )
        )
        call = engine.call("c1")
        for key in pressed:
            call.frame({"event": "dtmf", "dtmf": key})
            await clock.advance(1.5)
        await clock.advance(2.5)
        await call.close()
    digits = len(pressed.rstrip("#"))
    last = {4: "on keys is 4 digits", 16: "on keys is 16 digits"}.get(digits, "on keys is not 4 digits")
    assert [label.startswith(last) for label in told] == [True] * bool(digits)
    written = "".join(path.read_text() for path in folder.glob("*.jsonl"))
    assert len(pressed) < 3 or pressed not in written
    for number, played in enumerate(replay(folder), start=1):
        assert played.is_equal, (number, played)
        assert played.equal > 0


async def test_which_key_was_pressed_can_t_be_told_from_the_rules_that_took_it(tmp_path: Path) -> None:
    """Equal digests of single keys would be a cipher that the key 9 has begun to solve."""
    folder = tmp_path / "journal"
    settings = Settings(mode=Mode.DRY_RUN, journal=folder, journal_fsync="never")
    async with Engine(RuleBook.from_text(RULES), settings=settings) as engine:
        call = engine.call("c1")
        for key in "9199":
            call.frame({"event": "dtmf", "dtmf": key})
        await call.close()
    lines = [line for path in folder.glob("*.jsonl") for line in path.read_text().splitlines()]
    masks = {line.split('"dtmf":"')[1].split('"')[0] for line in lines if '"dtmf":"' in line}
    assert len(masks) == 1
    assert masks.pop().startswith("masked:")
