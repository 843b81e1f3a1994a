"""What belongs together in a call: turns, reports that come again, utterances that grow."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flowrules.call.outcome import EventOutcome, EventStatus
from flowrules.control.clock import ManualClock
from flowrules.engine.event import Source
from flowrules.engine.trace import trace_lines
from flowrules.runtime.calls.session import CallSession
from flowrules.runtime.engine import Engine
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.settings import Mode, Settings
from flowrules.sandbox import Fault

NOW = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)
Begin = Callable[..., Awaitable[CallSession]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
async def begin(clock: ManualClock) -> AsyncIterator[Begin]:
    """A call under rules, from which nothing is sent: `await begin(text)`."""
    async with AsyncExitStack() as stack:

        async def make(rules: str, **settings: Any) -> CallSession:
            wanted = Settings(mode=Mode.DRY_RUN, watch=False, **settings)
            engine = Engine(RuleBook.from_text(rules), settings=wanted, clock=clock)
            return (await stack.enter_async_context(engine)).call("call-1")

        yield make


def sent(outcome: EventOutcome) -> list[str]:
    return [step.verb for step in outcome.steps]


# --- turns ---


async def test_a_turn_holds_what_is_reported_until_the_caller_speaks_again(begin: Begin) -> None:
    call = await begin("on intent=human 2 times hold\n")
    await call.event(said="a person please")
    assert not (await call.event(intent="human", source=Source.MODEL)).matched
    assert not (await call.event(intent="human", source=Source.MODEL)).matched, "the same turn"
    await call.event(said="I said a person")
    assert (await call.event(intent="human", source=Source.MODEL)).matched


async def test_times_in_a_row_are_turns_in_a_row(begin: Begin) -> None:
    call = await begin("event not_understood\non not_understood 3 times in a row hold\n")
    fired = []
    for understood in (False, False, True, False, False, False):
        await call.event(said="mumble")
        outcome = await (call.event(intent="x") if understood else call.event("not_understood"))
        fired.append(outcome.matched)
    assert fired == [False] * 5 + [True]


async def test_the_first_sentence_is_turn_one_whatever_came_before_it(begin: Begin) -> None:
    call = await begin('on intent=hours when turn is 1 log "first" otherwise log "later"\n')
    await call.event(page=3)
    await call.event(hearing="when do")
    await call.event(said="when do you open")
    await call.event(page=4)
    assert call.state.turn == 1
    await call.event(intent="hours")
    assert call.state.turn == 1
    await call.event(said="thanks")
    assert call.state.turn == 2


async def test_keys_pressed_in_one_go_are_one_turn(begin: Begin, clock: ManualClock) -> None:
    call = await begin("on dtmf=9 2 times hold\n")
    for key in "1999":
        await call.event(dtmf=key)
        await clock.advance(1)
    assert (call.state.turn, call.over) == (1, "")
    await clock.advance(10)
    assert (await call.event(dtmf="9")).matched
    assert call.state.turn == 2
    await call.event(said="hello")
    await call.event(dtmf="1")
    assert call.state.turn == 4, "words end an entry"


async def test_a_host_that_reports_no_words_has_a_turn_for_each_report(begin: Begin) -> None:
    call = await begin("on intent=human 2 times hold\n")
    assert not (await call.event(intent="human")).matched
    assert (await call.event(intent="human")).matched


async def test_words_with_the_same_turn_id_go_on_with_the_turn(begin: Begin) -> None:
    call = await begin("on said contains human 2 times hold\n")
    assert not (await call.event(said="I want a human", turn_id="t1")).matched
    assert not (await call.event(said="I want a human being please", turn_id="t1")).matched
    assert call.state.turn == 1
    assert (await call.event(said="a human", turn_id="t2")).matched


async def test_an_id_that_comes_with_the_report_names_the_turn_that_the_words_began(begin: Begin) -> None:
    call = await begin("on intent=human 2 times hold\n")
    await call.event(said="a person please")
    await call.event(intent="human", turn_id="t1")
    await call.event(intent="human")
    assert (call.state.turn, call.state.counts.popitem()[1].total) == (1, 1)  # type: ignore[attr-defined]


async def test_a_late_report_counts_for_its_own_turn(begin: Begin) -> None:
    call = await begin("on intent=human 2 times hold\n")
    await call.event(said="a person", turn_id="t1")
    await call.event(intent="human", turn_id="t1")
    await call.event(said="hello", turn_id="t2")
    assert not (await call.event(intent="human", turn_id="t1")).matched, "it was counted there"
    assert (await call.event(intent="human", turn_id="t2")).matched


async def test_turns_are_told_apart_as_they_come_in_not_as_they_are_decided(seat: Any, sandbox: Any) -> None:
    table = await seat('on intent=x hold\non intent=human 2 times log "twice"\n')
    sandbox.add_faults(Fault(kind="slow", seconds=0.2))
    busy = table.call.post(intent="x")
    waiting = [
        table.call.post(**what)
        for what in ({"said": "a"}, {"intent": "human"}, {"said": "b"}, {"intent": "human"})
    ]
    assert (await busy).status is EventStatus.DONE
    assert [(await one).matched for one in waiting] == [False, False, False, True]


# --- ids ---


async def test_a_models_id_counts_with_its_content(begin: Begin) -> None:
    call = await begin("on intent=human hold\non invoice is known unhold\n")
    told = [
        await call.event(**what, source=Source.MODEL, event_id="report:0")
        for what in ({"intent": "billing"}, {"invoice": "INV-7"}, {"intent": "human"})
    ]
    assert [sent(outcome) for outcome in told] == [[], ["unhold"], ["hold"]]
    assert not any(outcome.repeated for outcome in told)
    assert len({outcome.event_id for outcome in told}) == 3


async def test_a_models_id_counts_within_its_turn(begin: Begin) -> None:
    call = await begin("on intent=human hold\n")

    async def report() -> EventOutcome:
        return await call.event(intent="human", source=Source.MODEL, event_id="report:0")

    await call.event(said="a person")
    assert [(await report()).repeated, (await report()).repeated] == [False, True]
    await call.event(said="a person!")
    again = await report()
    assert (again.repeated, sent(again)) == (False, ["hold"])


async def test_a_hosts_id_counts_for_the_whole_call_with_its_content(begin: Begin) -> None:
    call = await begin("event paid\non paid hold\n")
    await call.event(said="I have paid")
    first = await call.event("paid", event_id="evt-1")
    await call.event(said="hello?")
    again = await call.event("paid", event_id="evt-1")
    assert (first.repeated, again.repeated) == (False, True)
    other = await call.event("paid", facts={"amount": 5}, event_id="evt-1")
    assert (other.repeated, sent(other)) == (False, ["hold"])


async def test_a_turn_id_scopes_a_hosts_id(begin: Begin) -> None:
    call = await begin("event paid\non paid hold\n")
    told = [await call.event("paid", event_id="e", turn_id=turn) for turn in ("t1", "t2", "t1", "t2")]
    assert [outcome.repeated for outcome in told] == [False, False, True, True]


async def test_words_that_come_again_begin_no_turn(begin: Begin) -> None:
    call = await begin("on said contains human hold\n")
    first = await call.event(said="human", source=Source.CALLER, event_id="s1")
    again = await call.event(said="human", source=Source.CALLER, event_id="s1")
    assert (first.repeated, again.repeated, call.state.turn) == (False, True, 1)


async def test_two_contents_under_one_id_have_keys_of_their_own(seat: Any, sandbox: Any) -> None:
    table = await seat('on note is known set_lead_field note to "{note}"\n')
    await table.call.event(note="a", event_id="e1")
    await table.call.event(note="b", event_id="e1")
    keys = {entry.idempotency_key for entry in sandbox.ledger(table.call.call_id)}
    assert len(keys) == 2
    assert None not in keys


async def test_an_event_that_met_a_full_queue_is_decided_when_it_comes_again(seat: Any, sandbox: Any) -> None:
    table = await seat("on intent=x hold\non intent=y unhold\n", queue_size=1)
    sandbox.add_faults(Fault(kind="slow", seconds=0.2))
    first = table.call.post(intent="x")
    waits = table.call.post(intent="z")
    refused = await table.call.event(intent="y", event_id="e1")
    assert refused.status is EventStatus.QUEUE_FULL
    await first
    await waits
    again = await table.call.event(intent="y", event_id="e1")
    assert (again.repeated, sent(again), again.event_id) == (False, ["unhold"], "e1")
    assert (await table.call.event(intent="y", event_id="e1")).repeated


async def test_after_a_restart_ids_are_known_by_their_content(tmp_path: Path) -> None:
    rules = "on intent=human hold\non intent=other unhold\n"

    async def run(*events: dict[str, Any]) -> list[bool]:
        settings = Settings(mode=Mode.DRY_RUN, watch=False, journal=tmp_path / "journal")
        async with Engine(RuleBook.from_text(rules), settings=settings) as engine:
            call = engine.call("call-1")
            told = [(await call.event(**event)).repeated for event in events]
            engine._calls.clear()  # The process dies: nobody closes the call.
            return told

    host = {"intent": "human", "event_id": "e1"}
    model = {"intent": "human", "event_id": "report:0", "source": Source.MODEL}
    assert await run(host, model) == [False, False]
    assert await run(host, model, {**host, "intent": "other"}) == [True, True, False]
    said = {"said": "hello"}
    assert await run(said, host, model) == [False, True, False], "a turn has begun: another report"


# --- one utterance ---


GROWING = (
    {"hearing": "it is 4111 11"},
    {"hearing": "it is 4111 1111"},
    {"hearing": "it is 4111 1111 11"},
)


async def test_an_utterance_that_grows_sets_a_rule_off_once(begin: Begin) -> None:
    call = await begin(
        "on hearing contains at least 6 digits recording_pause\n"
        'also on hearing contains it log "heard"\non hearing contains 4111 hold\n'
    )
    told = [sent(await call.event(**what)) for what in GROWING]
    assert told == [["log", "recording_pause"], [], []], "no rule behind it takes its place"
    assert sent(await call.event(said="it is 4111 1111 1111")) == []
    told = [sent(await call.event(**what)) for what in GROWING[:2]]
    assert told == [["log", "recording_pause"], []], "another utterance"


async def test_an_utterance_and_its_end_set_a_rule_off_once(begin: Begin) -> None:
    call = await begin("on hearing contains human or said contains human 2 times hold\n")
    for _ in range(2):
        await call.event(hearing="a hum")
    assert not (await call.event(hearing="a human")).matched
    assert not (await call.event(said="a human")).matched, "one utterance counts once"
    assert (await call.event(hearing="human")).matched
    assert not (await call.event(said="human please")).matched
    assert (await call.event(said="human!")).matched


async def test_final_words_without_an_id_belong_to_the_turn_that_unfinished_ones_began(begin: Begin) -> None:
    call = await begin("on hearing contains human or said contains human hold\non intent=x 2 times unhold\n")
    assert (await call.event(hearing="a human", turn_id="t1")).matched
    await call.event(intent="x")
    assert not (await call.event(said="a human")).matched
    assert not (await call.event(intent="x")).matched, "one turn"
    assert call.state.turn == 1
    assert (await call.event(said="a human")).matched
    assert call.state.turn == 2
    assert (await call.event(intent="x")).matched


async def test_a_key_that_is_pressed_in_a_sentence_does_not_cut_it_in_two(begin: Begin) -> None:
    call = await begin("on hearing contains human or said contains human hold\n")
    assert (await call.event(hearing="a human")).matched
    await call.event(dtmf="0")
    assert not (await call.event(hearing="a human being")).matched
    assert not (await call.event(said="a human being")).matched
    assert (await call.event(said="human")).matched


async def test_what_else_an_event_carries_is_no_utterance(begin: Begin) -> None:
    call = await begin("on intent=human hold\n")
    await call.event(said="a human", intent="human", turn_id="t")
    assert (await call.event(said="a human being", intent="human", turn_id="t")).matched


async def test_the_trace_says_why_a_rule_is_not_run_again(begin: Begin) -> None:
    call = await begin("on hearing contains human hold\non anything unhold\n")
    await call.event(hearing="human")
    lines = trace_lines(call.preview(hearing="human being").decision)
    assert [line.reason for line in lines] == [
        "this sentence has set it off already",
        "waits for something else: on anything",
    ]


# --- nothing ---


NOTHING = [
    {"said": ""},
    {"said": "  \n"},
    {"said": "..."},
    {"said": "…?!"},
    {"said": "♪"},
    {"said": []},
    {"said": ["", " . "]},
    {"said": None},
    {"said": False},
    {"hearing": ""},
    {"hearing": "-"},
    {"hearing": []},
    {"dtmf": ""},
    {"dtmf": " "},
    {"dtmf": "…"},
    {"dtmf": []},
    {"said": "", "hearing": "...", "dtmf": None},
]


@pytest.mark.parametrize("what", NOTHING, ids=repr)
async def test_nothing_is_no_event(begin: Begin, clock: ManualClock, what: dict[str, Any]) -> None:
    call = await begin(
        'on anything hold\nafter 10 seconds of silence log "quiet"\non intent=bye hangup\n', speech_wait=60
    )
    await clock.advance(9)
    outcome = await call.event(facts=what)
    assert (outcome.matched, call.state.turn, outcome.status) == (False, 0, EventStatus.DONE)
    assert outcome.notes
    assert call.preview(facts=what).decision.parts == ()
    await clock.advance(1)
    assert len(call.state.uses) == 1, "the silence goes on"


@pytest.mark.parametrize(
    "what", [{"said": "I"}, {"said": "5"}, {"said": "是"}, {"said": "👍"}, {"dtmf": "#"}]
)
async def test_a_letter_a_digit_an_emoji_or_a_key_is_something(begin: Begin, what: dict[str, Any]) -> None:
    call = await begin("on anything hold\n")
    assert (await call.event(facts=what)).matched


async def test_what_is_said_beside_an_empty_transcript_is_taken(begin: Begin) -> None:
    call = await begin("on anything hold\n")
    outcome = await call.event(said="", mood="good")
    assert outcome.matched
    assert call.state.facts["mood"] == "good"
    assert "said" not in outcome.decision.event.keys  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "no", [False, "no", "No", " no ", "false", ["no"], 0, 0.0, "0", "", " ", "…", [], [""], [0]]
)
async def test_a_bare_event_that_is_given_no_has_not_happened(begin: Begin, no: object) -> None:
    call = await begin("event paid\non paid hold\n")
    assert not (await call.event(facts={"paid": no})).matched
    call = await begin("event paid\nalso on anything unhold\non paid hold\n")
    assert not (await call.event(facts={"paid": no})).matched
    assert not (await call.event(facts={"paid": no, "machine_answered": no})).matched
    assert (await call.event(facts={"paid": no, "amount": 5})).matched
    if no != []:
        assert (await call.event(facts={"verified": no})).matched, "a fact, and no event"


@pytest.mark.parametrize(
    "trigger", ["on anything", "on said", "on hearing", "on intent", "on dtmf", "also on said"]
)
@pytest.mark.parametrize("answer", ["No", "no ", "false", "0", 0])
async def test_no_is_an_answer(begin: Begin, trigger: str, answer: object) -> None:
    key = trigger.split()[-1].replace("anything", "said")
    call = await begin(f"{trigger} hold\non said or hearing or intent or dtmf unhold\n")
    outcome = await call.event(facts={key: answer})
    assert [rule.label for rule, _ in outcome.rules][:1] == [f"{trigger} hold"]


async def test_a_number_that_is_nought_is_one_and_no_event_that_did_not_happen(begin: Begin) -> None:
    call = await begin("fact balance is number\nfact paid is yes/no\non balance hold\non paid unhold\n")
    assert (await call.event(balance=0)).matched
    assert not (await call.event(paid=False)).matched


@pytest.mark.parametrize(
    ("metadata", "events", "interrupted"),
    [
        ({}, [], True),
        ({}, [{"machine_answered": True}], False),
        ({}, [{"machine_answered": "yes"}], False),
        ({}, [{"machine_answered": False}], True),
        ({}, [{"machine_answered": "No"}], True),
        ({"answered_by_amd": "machine_start"}, [], False),
        ({"answered_by_amd": "human"}, [], True),
        ({"machine_answered": "yes"}, [], False),
        ({"machine_answered": False}, [], True),
        ({"machine_answered": 0}, [], True),
        ({"machine_answered": ""}, [], True),
        ({"machine_answered": 1}, [], False),
        ({}, [{"machine_answered": 0}], True),
        ({}, [{"machine_answered": ""}], True),
        ({"answered_by_amd": "machine_start"}, [{"person_answered": 0}], False),
        ({"answered_by_amd": "machine_start"}, [{"person_answered": False}], False),
        ({"answered_by_amd": "machine_start"}, [{"human_answered": "no"}], False),
        ({"answered_by_amd": "machine_start"}, [{"person_answered": True}], True),
        ({"answered_by_amd": "machine_start"}, [{"machine_answered": "no"}], True),
    ],
)
async def test_who_is_on_the_line_is_what_was_said_not_that_it_was(
    clock: ManualClock, metadata: dict[str, Any], events: list[dict[str, Any]], interrupted: bool
) -> None:
    settings = Settings(mode=Mode.SHADOW, watch=False)
    async with Engine(RuleBook.from_text("on intent=bye hangup\n"), settings=settings, clock=clock) as engine:
        call = engine.call("call-1", facts=metadata)
        for event in events:
            await call.event(facts=event)
        call.bot_speaking()
        waiting = call.post(intent="bye")
        await clock.advance(1)
        call.caller_speaking()
        await clock.advance(1)
        call.bot_finished()
        await clock.advance(1)
        assert ((await waiting).status is EventStatus.INTERRUPTED) is interrupted


async def test_keys_drop_a_hangup_that_waits_as_words_do(clock: ManualClock) -> None:
    settings = Settings(mode=Mode.SHADOW, watch=False)
    async with Engine(RuleBook.from_text("on intent=bye hangup\n"), settings=settings, clock=clock) as engine:
        call = engine.call("call-1")
        call.caller_speaking()  # The host tells of voices, and a key has none.
        await clock.advance(1)
        call.bot_speaking()
        waiting = call.post(intent="bye")
        await clock.advance(1)
        call.frame({"type": "dtmf", "digit": "0"})
        await clock.advance(1)
        assert (await waiting).status is EventStatus.INTERRUPTED
