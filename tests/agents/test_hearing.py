"""The caller's words, before the model answers them."""

import asyncio
from typing import Any

import pytest

from flowrules import Engine, Mode, RuleBook, Settings, Source
from flowrules.agents.turn_taking import report_interim, report_speech

RULES = (
    "urgent on said contains any of lawyer, वकील hold then unhold\n"
    "on said contains bye hangup\n"
    'on said contains bill advise "Ask for the number." then hold\n'
    "on said contains wait wait 60 seconds then unhold\n"
    "on hearing contains at least 6 digits recording_pause\n"
)


async def test_words_that_no_rule_takes_are_the_model_s(call: Any) -> None:
    live = await call(RULES)
    assert await report_speech(live, "  Hello there ") is True
    assert live.state.turn == 1


@pytest.mark.parametrize("text", ["My lawyer will call", "मेरे वकील से बात कीजिए"])
async def test_a_turn_that_an_urgent_rule_took_is_the_model_s_once_the_rule_is_done(
    call: Any, text: str
) -> None:
    live = await call(RULES)
    outcomes = []
    live.post = _noting(live.post, outcomes)
    assert await report_speech(live, text, patience=0) is True
    assert outcomes[0].done()
    assert [step.verb for step in outcomes[0].result().steps] == ["hold", "unhold"]


def _noting(post: Any, outcomes: list[Any]) -> Any:
    def note(**told: Any) -> Any:
        outcomes.append(post(**told))
        return outcomes[-1]

    return note


async def test_after_the_end_there_is_nothing_to_answer(call: Any) -> None:
    live = await call(RULES)
    assert await report_speech(live, "Bye then") is False
    assert await report_speech(live, "Hello?") is False


async def test_advice_is_there_before_the_model_s_turn(call: Any) -> None:
    live = await call(RULES)
    assert await report_speech(live, "about my bill") is True
    assert live.take_advice() == ("Ask for the number.",)


async def test_a_rule_may_take_the_answer_from_the_model(call: Any) -> None:
    live = await call(
        'on said contains hours say "From nine to six." then stay silent\n'
        'on said contains "one moment" wait 1 second then stay silent\n'
        "on hearing contains psst stay silent\n"
    )
    assert await report_speech(live, "your hours?", patience=0) is False
    assert live.stays_silent
    assert await report_speech(live, "and your prices?") is True
    assert not live.stays_silent
    assert await report_speech(live, "one moment", patience=0) is False
    report_interim(live, "psst I mean")
    assert await report_speech(live, "psst I mean it") is False
    assert await report_speech(live, "go on") is True


async def test_where_the_step_before_it_fails_the_model_answers(call: Any) -> None:
    live = await call(
        'never say when q is yes\non said contains hours say "From nine to six." then stay silent\n'
    )
    live.post(q=True)
    assert await report_speech(live, "your hours?", patience=0) is True


async def test_a_long_plan_that_leaves_the_turn_does_not_hold_it_up() -> None:
    async with Engine(RuleBook.from_text(RULES), settings=Settings(mode=Mode.SHADOW)) as engine:
        live = engine.call("c")
        assert await asyncio.wait_for(report_speech(live, "please wait", patience=0.01), 45) is True
        assert live.busy


async def test_empty_and_endless_words(call: Any) -> None:
    live = await call(RULES)
    assert await report_speech(live, "   ") is True
    assert live.state.turn == 0
    assert await report_speech(live, "x" * 100_000) is True


async def test_what_is_being_said_is_reported_where_a_rule_would_take_it(call: Any) -> None:
    live = await call(RULES)
    report_interim(live, "it is four one")
    assert live.busy is False
    report_interim(live, "it is 4111 11")
    assert live.busy is True
    outcome = await live.event(said="4111 11")
    assert outcome.status == "done"
    assert live.state.facts["call.recording"] == "paused"
    assert live.state.turn == 1


async def test_words_come_from_the_caller(call: Any) -> None:
    live = await call("fact said_no is yes/no from host\non said contains no remember last_words is no\n")
    waiting = live.preview(said="no", source=Source.CALLER)
    assert waiting.decision.event.source is Source.CALLER
    assert await report_speech(live, "no") is True
