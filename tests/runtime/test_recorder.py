"""What a call's entries become in the journal."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flowrules.call.entries import Decided, NotSent, Settled
from flowrules.call.outcome import EventOutcome, EventStatus
from flowrules.call.receipt import dropped
from flowrules.control.clock import SystemClock
from flowrules.engine.apply_event import apply_event
from flowrules.engine.decide import decide
from flowrules.engine.event import Source, make_event
from flowrules.engine.planning.planner import make_plan
from flowrules.engine.state import start_call
from flowrules.runtime.calls.recorder import Recorder
from flowrules.runtime.journal import Journal, read_journal
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.settings import Settings

NOW = datetime(2026, 4, 6, 9, tzinfo=UTC)


async def test_an_event_that_goes_on_while_another_is_decided_keeps_its_own_cover(tmp_path: Path) -> None:
    ruleset = RuleBook.from_text('on said contains "secret" log "{said}"\non x log "x"\n').current
    journal = await asyncio.to_thread(
        Journal, Settings(journal=tmp_path, journal_fsync="never"), SystemClock()
    )
    recorder = Recorder(journal, "c1", NOW)
    state = start_call("c1", NOW)

    def decided(*bare: str, **keys: Any) -> Decided:
        event = make_event(*bare, facts=keys, source=Source.CALLER, event_id=f"e-{len(keys)}")
        heard = apply_event(ruleset, state, event, NOW)
        decision = decide(ruleset, event, heard, NOW, trace=True)
        return Decided(event, heard, decision, make_plan(ruleset, decision, heard))

    first, second = decided(said="my secret is swordfish"), decided("x")
    recorder.write(first)
    recorder.write(second)
    part = first.plan.parts[0]
    recorder.write(
        NotSent(
            first.event.event_id, part.rule, "1", "log", dropped("the caller said my secret is swordfish")
        )
    )
    outcome = EventOutcome(
        first.event.event_id, EventStatus.DONE, advise=("They said: my secret is swordfish.",)
    )
    recorder.write(Settled(outcome))
    await journal.aclose()
    written = [entry.fields for entry in read_journal(tmp_path) if entry.call == "c1"]
    assert [entry["kind"] for entry in written] == ["decided", "decided", "step", "closed"]
    assert "swordfish" not in json.dumps(written)
    assert "masked:" in written[2]["message"]
    assert "masked:" in written[3]["advise"][0]
