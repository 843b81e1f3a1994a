"""What happens to a call is on record, and can be read back as it was."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowrules.call.entries import Decided, Note
from flowrules.call.inputs import (
    AboutToSend,
    Answered,
    BotFinished,
    BotSpeaking,
    CallerHeard,
    CallerSpeaking,
    Closed,
    Continued,
    Failed,
    Input,
    Learned,
    PlayedOut,
    Reported,
    RulesChanged,
    Stopped,
    Woken,
)
from flowrules.call.receipt import Reason, Receipt, Status
from flowrules.call.setup import Limits, Setup
from flowrules.control.clock import SystemClock
from flowrules.engine.apply_event import apply_event
from flowrules.engine.decide import decide
from flowrules.engine.event import Event, Source, Turn, make_event
from flowrules.engine.planning.planner import make_plan
from flowrules.engine.planning.receipts import apply_receipt, telling, told
from flowrules.engine.state import start_call
from flowrules.runtime.calls.recorder import MAX_INPUTS, Recorder
from flowrules.runtime.journal import Journal, Masker, read_journal, story, verify
from flowrules.runtime.journal.input_json import input_json, input_of, moment_of
from flowrules.runtime.journal.masking import as_json
from flowrules.runtime.journal.recovery import recover
from flowrules.runtime.journal.setup_json import setup_json, setup_of
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.settings import Settings
from flowrules.verbs import BY_NAME

BEGAN = datetime(2026, 4, 6, 9, tzinfo=UTC)
RULES = RuleBook.from_text('on said contains "secret" log "{said}"\non x log "x"\n').current

texts = st.text(max_size=12)
numbers = st.integers(0, 1 << 40)
moments = st.integers(0, 1 << 40).map(lambda us: moment_of(us, BEGAN))
scalars = st.one_of(
    st.booleans(),
    st.integers(-(1 << 900), 1 << 900),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
)
values = st.one_of(scalars, st.lists(scalars, max_size=3).map(tuple))
sources = st.sampled_from(Source)
events = st.builds(
    Event,
    st.dictionaries(texts, values, max_size=4),
    st.frozensets(texts, max_size=3),
    sources,
    st.none() | st.dictionaries(texts, sources, min_size=1, max_size=3),
    texts,
    texts,
    st.booleans(),
    texts,
    texts,
    st.none() | st.builds(Turn, numbers, numbers),
)
results = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 60), 1 << 60) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
receipts = st.builds(
    Receipt,
    st.sampled_from(Status),
    st.none() | st.sampled_from(Reason),
    st.none() | st.integers(100, 599),
    texts,
    texts,
    st.dictionaries(st.sampled_from(["member_id", "disposition", "callback", "x"]), results, max_size=3),
    st.integers(0, 9),
    st.booleans(),
)
inputs: st.SearchStrategy[Input] = st.one_of(
    st.sampled_from(
        [Continued(), BotSpeaking(), BotFinished(), PlayedOut(), CallerSpeaking(), CallerHeard(), Failed()]
    ),
    st.builds(Reported, numbers, events, texts),
    st.builds(AboutToSend, numbers),
    st.builds(Answered, numbers, receipts, st.booleans()),
    st.builds(Woken, moments),
    st.builds(Learned, st.dictionaries(texts, values, max_size=3), sources),
    st.just(RulesChanged(RULES)),
    st.builds(Closed, numbers, texts),
    st.builds(Stopped, texts),
)


def shown(event: Event) -> dict[str, Any]:
    return dict(event.keys)


@settings(deadline=None)
@given(inputs, moments)
def test_any_input_is_read_back_as_it_was(received: Input, now: datetime) -> None:
    written = input_json(received, now, BEGAN, shown, lambda value: value)
    read = json.loads(written)
    if isinstance(received, Answered):
        receipt = replace(received.receipt, result=telling(received.receipt.result))
        received = Answered(received.step, receipt, received.broken)
    again = input_of(read, BEGAN, {RULES.revision: RULES}.__getitem__)
    assert (type(again), again) == (type(received), received)
    assert moment_of(read["us"], BEGAN) == now


@settings(deadline=None)
@given(
    st.sampled_from(sorted(BY_NAME)),
    st.dictionaries(st.sampled_from(["member_id", "disposition", "callback", "on_hold", "x"]), results),
)
def test_what_is_kept_of_a_reply_tells_all_that_it_told(verb: str, result: dict[str, Any]) -> None:
    body = {
        "event": verb,
        **dict.fromkeys(("disposition", "status", "field", "value", "scheduled_at", "name"), "x"),
    }
    assert told(verb, body, telling(result)) == told(verb, body, result)
    state = start_call("c1", BEGAN)
    one, other = (
        apply_receipt(state, verb, body, reply, BEGAN, keep_as="them") for reply in (result, telling(result))
    )
    assert one == other


durations = st.timedeltas(timedelta(0), timedelta(days=1))
limits = st.builds(Limits, durations, durations, durations, numbers, numbers, numbers)


@settings(deadline=None)
@given(st.builds(Setup, limits, st.booleans(), st.booleans(), st.booleans()))
def test_any_setup_is_read_back_as_it_was(setup: Setup) -> None:
    read = json.loads(as_json(setup_json(setup)))
    assert setup_of(read, setup.objection) == setup


def decided(event: Event) -> Decided:
    state = apply_event(RULES, start_call("c1", BEGAN), event, BEGAN)
    decision = decide(RULES, event, state, BEGAN, trace=True)
    return Decided(event, state, decision, make_plan(RULES, decision, state))


@pytest.mark.not_replayed
async def test_inputs_are_on_record_with_the_entry_that_follows(tmp_path: Path) -> None:
    journal = await asyncio.to_thread(
        Journal, Settings(journal=tmp_path, journal_fsync="never", mask=("call.callback",)), SystemClock()
    )
    recorder = Recorder(journal, "c1", BEGAN)
    state = start_call("c1", BEGAN)
    recorder.opened(state, "live", RULES.revision, Setup(trace=True), decided_before=("a", "b"))
    event = make_event(facts={"said": "my secret is swordfish", "card": "4111 1111 1111 1111"})
    event = event._replace(event_id="#1")
    for ms in range(3):
        recorder.took(CallerHeard(), BEGAN + timedelta(milliseconds=ms))
    recorder.took(Reported(1, event), BEGAN + timedelta(seconds=1, microseconds=7))
    recorder.write(decided(event))
    recorder.took(AboutToSend(1), BEGAN + timedelta(seconds=2))
    recorder.objected("the host refuses that")
    echo = {
        "member_id": "they said: my secret is swordfish",
        "disposition": "yt_cb_abcdefghijklmnop",
        "callback": {"scheduled_at": "tomorrow", "by": "Mallory"},
        "lead": {"name": "Mallory"},
    }
    recorder.took(Answered(1, Receipt(Status.ACCEPTED, result=echo)), BEGAN + timedelta(seconds=3))
    recorder.write(Note("x"))
    for number in range(MAX_INPUTS):
        recorder.took(Woken(BEGAN + timedelta(seconds=number)), BEGAN + timedelta(seconds=number))
    await journal.aclose()
    assert verify(tmp_path) == ()
    assert [line.split("  ")[1].split(" ")[0] for line in story(tmp_path, "c1")] == ["the", "#1:", "note:"]
    assert recover(tmp_path, BEGAN).open.calls.keys() == {"c1"}
    text = (tmp_path / "journal.jsonl").read_text()
    for secret in ("swordfish", "4111", "abcdefghijklmnop", "Mallory", "tomorrow"):
        assert secret not in text
    entries = [entry.fields for entry in read_journal(tmp_path) if entry.call == "c1"]
    assert [entry["kind"] for entry in entries] == ["call", "decided", "note", "input"]
    assert entries[0]["setup"]["decided_before"] == 2
    heard, reported = entries[1]["inputs"]
    assert heard == {"input": "caller_heard", "us": 2000}, "a voice that goes on is told of once"
    assert reported["us"] == 1_000_007
    assert "keys" not in reported, "the decision says them"
    assert set(entries[1]["keys"]) == {"said", "card"}
    about, answered = entries[2]["inputs"]
    assert about["objection"] == "the host refuses that"
    digest = Masker((tmp_path / "journal.key").read_bytes()).digest("my secret is swordfish")
    assert answered["result"] == {
        "member_id": f"they said: {digest}",
        "disposition": "yt_cb_[redacted]",
        "callback": answered["result"]["callback"],
    }
    assert answered["result"]["callback"].startswith("masked:")
    assert [one["when"] for one in entries[3]["inputs"]] == [n * 1_000_000 for n in range(MAX_INPUTS)]
