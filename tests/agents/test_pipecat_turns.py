"""Who speaks when: the caller's turns, the model's, and the end, in real Pipecat pipelines."""

import asyncio
from typing import Any

import pytest
from pipecat.adapters.llm.schemas.direct_function import tool_options
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.flows import FlowManager, FlowsFunctionSchema
from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    InputDTMFFrame,
    InterimTranscriptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMSetToolsFrame,
    LLMTextFrame,
    StopFrame,
    TTSSpeakFrame,
)
from pipecat.processors.aggregators.dtmf_aggregator import DTMFAggregator
from pipecat.processors.frameworks.rtvi import RTVISendTextFrame
from pipecat.turns.user_turn_strategies import EagerUserTurnStrategies

from flowrules import RuleBook, SayBy
from flowrules.sandbox import Fault, Sandbox
from tests.held import held

from .pipecat_talk import Talk, Voice, WordyVoice, talking

RULES = """
urgent on said contains "police complaint" transfer now queue supervisors
on said contains human 2 times transfer queue people
on said contains bill advise "Ask for the number."
on hearing contains at least 6 digits recording_pause
on dtmf=0 transfer queue reception if it fails then advise "Nobody is free."
on intent=goodbye hangup
on intent=billing advise "Do not speak about the bill."
"""
SILENCE = 'after 1 second of silence log "silence"\n'
LONG = "There are several things that I can do about that, and I shall tell you all of them."


# --- the caller's turn --------------------------------------------------------------------------------------


async def test_the_pieces_of_a_turn_are_one_text_and_count_once(sandbox: Sandbox, eventually: Any) -> None:
    async with talking(sandbox, RULES) as talk:
        await talk.mouth.says("I want a human", "a human being please")
        await eventually(lambda: len(talk.model.asked) == 1)
        assert (talk.acted, talk.call.state.turn) == ([], 1)
        await talk.mouth.says("I will file a police", "complaint against you")
        await eventually(lambda: talk.acted == ["transfer"])
        assert len(talk.model.asked) == 1


async def test_a_wish_that_comes_again_in_another_turn_counts_again(
    sandbox: Sandbox, eventually: Any
) -> None:
    async with talking(sandbox, RULES) as talk:
        await talk.mouth.says("I want a human")
        await eventually(lambda: len(talk.model.asked) == 1)
        await talk.mouth.says("A human, I said")
        await eventually(lambda: talk.acted == ["transfer"])


@pytest.mark.parametrize("pieces", [("4111", "1111", "1111", "1111"), ("it is 4111 1111 1111 1111",)])
async def test_a_number_is_heard_in_whatever_pieces_it_comes(
    sandbox: Sandbox, eventually: Any, pieces: tuple[str, ...]
) -> None:
    async with talking(sandbox, RULES) as talk:
        await talk.mouth.says(*pieces)
        await eventually(lambda: len(talk.model.asked) == 1)
        await eventually(lambda: talk.acted)
        assert talk.acted == ["recording_pause"]


async def test_what_is_heard_in_two_turns_counts_twice_and_in_one_turn_once(
    sandbox: Sandbox, eventually: Any
) -> None:
    async with talking(sandbox, "on hearing contains refund 2 times transfer queue refunds\n") as talk:
        await talk.mouth.begins()
        for text in ("I want", "I want a refund", "I want a refund now"):
            await talk.mouth.push_frame(InterimTranscriptionFrame(text, "caller", ""))
        await asyncio.sleep(0.1)
        await talk.mouth.ends("I want a refund now.")
        await eventually(lambda: len(talk.model.asked) == 1)
        assert talk.acted == []
        await talk.mouth.begins()
        await talk.mouth.push_frame(InterimTranscriptionFrame("my refund", "caller", ""))
        await eventually(lambda: talk.acted == ["transfer"])


async def test_keys_that_an_aggregator_spells_out_for_the_model_are_no_words(
    sandbox: Sandbox, eventually: Any
) -> None:
    rules = 'on said contains 12 log "said"\non dtmf=2 log "pressed"\n'
    async with talking(sandbox, rules, before=[DTMFAggregator()]) as talk:
        for key in "12#":
            await talk.mouth.push_frame(InputDTMFFrame(KeypadEntry(key)))
        await eventually(lambda: talk.acted)
        await asyncio.sleep(0.2)
        assert (talk.acted, talk.call.state.turn) == (["log"], 1)
        assert [rule.label for outcome in talk.outcomes for rule, _ in outcome.rules] == [
            'on dtmf=2 log "pressed"'
        ]


async def test_what_a_client_types_reaches_the_rules(sandbox: Sandbox, eventually: Any) -> None:
    async with talking(sandbox, RULES) as talk:
        await talk.worker.queue_frame(RTVISendTextFrame(msg_id="1", text="I will file a police complaint"))
        await eventually(lambda: talk.acted == ["transfer"])


# --- the model's turn ---------------------------------------------------------------------------------------


async def test_nothing_is_answered_over_a_transfer_until_it_has_failed(
    sandbox: Sandbox, eventually: Any
) -> None:
    sandbox.add_faults(Fault(kind="refused", verb="transfer"))
    async with talking(sandbox, RULES) as talk:
        talk.call.bot_speaking()
        transfer = talk.call.post(dtmf="0")
        await asyncio.sleep(0.05)
        await talk.mouth.says("Hello?")
        await asyncio.sleep(0.5)
        assert talk.model.asked == []
        await talk.mouth.says("Is anybody there?")
        await asyncio.sleep(0.5)
        assert talk.model.asked == []
        talk.call.bot_finished()
        assert [step.status for step in (await transfer).steps] == ["refused"]
        await eventually(lambda: talk.model.asked)
        await asyncio.sleep(0.2)
        assert talk.model.heard == ["Nobody is free."]
        assert [message["content"] for message in talk.context.messages[:2]] == [
            "Hello?",
            "Is anybody there?",
        ]  # type: ignore[index]


async def test_nothing_is_answered_over_a_transfer_that_succeeds(sandbox: Sandbox, eventually: Any) -> None:
    sandbox.add_faults(Fault(kind="slow", verb="transfer", seconds=1.0))
    async with talking(sandbox, RULES) as talk:
        transfer = talk.call.post(dtmf="0")
        await talk.mouth.says("Hello?")
        assert (await transfer).status == "ended"
        await asyncio.sleep(0.3)
        assert (talk.acted, talk.model.asked, talk.recorder.heard) == (["transfer"], [], [])


async def test_nothing_is_answered_over_a_transfer_that_waits_its_turn(sandbox: Sandbox) -> None:
    async with talking(sandbox, RULES + 'on dtmf=7 wait 1 second then log "seven"\n') as talk:
        talk.call.post(dtmf="7")
        transfer = talk.call.post(dtmf="0")
        await talk.mouth.says("Hello?")
        assert (await transfer).status == "ended"
        await asyncio.sleep(0.3)
        assert (talk.acted, talk.model.asked) == (["log", "transfer"], [])


async def test_nothing_is_answered_over_the_transfer_that_takes_a_failed_one_s_place(
    sandbox: Sandbox,
) -> None:
    rules = "on dtmf=5 transfer queue five\non step_failed transfer queue fallback\n"
    sandbox.add_faults(
        Fault(kind="refused", verb="transfer"), Fault(kind="slow", verb="transfer", seconds=0.5)
    )
    async with talking(sandbox, rules) as talk:
        talk.call.bot_speaking()
        transfer = talk.call.post(dtmf="5")
        await talk.mouth.says("Hello?")
        await asyncio.sleep(0.3)
        talk.call.bot_finished()
        await transfer
        await asyncio.sleep(0.3)
        assert (bool(talk.call.over), talk.model.asked) == (True, [])


async def test_what_a_tool_brings_is_not_answered_over_a_transfer_either(
    sandbox: Sandbox, eventually: Any
) -> None:
    asked = asyncio.Event()
    answer = asyncio.Event()

    async def look_up(params: Any) -> None:
        asked.set()
        await answer.wait()
        await params.result_callback({"found": "nothing"})

    tool = FunctionSchema("look_up", "Look it up.", {}, [], handler=look_up)
    async with talking(sandbox, RULES, functions=[tool]) as talk:
        talk.model.script = [[("look_up", {})]]
        await talk.mouth.says("When is my train?")
        await asyncio.wait_for(asked.wait(), 45)
        talk.call.bot_speaking()
        transfer = talk.call.post(dtmf="0")
        await asyncio.sleep(0.05)
        answer.set()
        await asyncio.sleep(0.5)
        assert len(talk.model.asked) == 1
        talk.call.bot_finished()
        assert (await transfer).status == "ended"
        await asyncio.sleep(0.3)
        assert len(talk.model.asked) == 1


async def test_the_model_answers_once_where_a_slower_tool_of_the_host_runs_beside_report(
    sandbox: Sandbox, eventually: Any
) -> None:
    async def look_up(params: Any) -> None:
        await asyncio.sleep(0.5)
        await params.result_callback({"found": "42"})

    tool = FunctionSchema("look_up", "Look it up.", {}, [], handler=look_up)
    async with talking(sandbox, RULES, functions=[tool]) as talk:
        talk.model.script = [[("look_up", {}), ("report", {"intent": ["billing"]})]]
        await talk.mouth.says("How much do I owe?")
        await eventually(lambda: len(talk.model.asked) == 2)
        await asyncio.sleep(0.5)
        assert len(talk.model.asked) == 2
        told = str(talk.model.asked[1].messages)
        assert "42" in told
        assert told.count("Do not speak about the bill.") == 1


# --- eager turns --------------------------------------------------------------------------------------------


def eager(sandbox: Sandbox) -> Any:
    return talking(sandbox, RULES, strategies=EagerUserTurnStrategies())


async def test_an_eager_answer_is_used_where_the_rules_have_nothing_to_say(
    sandbox: Sandbox, eventually: Any
) -> None:
    async with eager(sandbox) as talk:
        await talk.mouth.begins()
        await talk.mouth.guessed("when do you open")
        await eventually(lambda: len(talk.model.asked) == 1)
        assert talk.recorder.heard == []
        await talk.mouth.ends("When do you open?")
        await eventually(lambda: talk.recorder.heard == ["speaks", "is silent"])
        assert len(talk.model.asked) == 1


async def test_an_eager_answer_is_not_spoken_in_a_turn_that_a_rule_takes_over(
    sandbox: Sandbox, eventually: Any
) -> None:
    async with eager(sandbox) as talk:
        await talk.mouth.begins()
        await talk.mouth.guessed("I will file a police complaint")
        await talk.mouth.ends("I will file a police complaint")
        await eventually(lambda: talk.acted == ["transfer"])
        await asyncio.sleep(0.5)
        assert (talk.model.asked, talk.recorder.heard) == ([], [])


async def test_an_eager_answer_is_not_spoken_over_a_transfer_that_is_decided_meanwhile(
    sandbox: Sandbox, eventually: Any
) -> None:
    sandbox.add_faults(Fault(kind="slow", verb="transfer", seconds=1.0))
    async with eager(sandbox) as talk:
        await talk.mouth.begins()
        await talk.mouth.guessed("when do you open")
        await eventually(lambda: len(talk.model.asked) == 1)
        transfer = talk.call.post(dtmf="0")
        await asyncio.sleep(0.05)
        await talk.mouth.ends("When do you open?")
        assert (await transfer).status == "ended"
        await asyncio.sleep(0.3)
        assert (len(talk.model.asked), talk.recorder.heard) == (1, [])


async def test_advice_reaches_the_answer_of_an_eager_turn(sandbox: Sandbox, eventually: Any) -> None:
    async with eager(sandbox) as talk:
        await talk.mouth.begins()
        await talk.mouth.guessed("it is about my bill")
        await asyncio.sleep(0.1)
        await talk.mouth.ends("It is about my bill.")
        await eventually(lambda: talk.recorder.heard == ["speaks", "is silent"])
        assert talk.model.heard == ["Ask for the number."]


async def test_advice_that_comes_while_an_eager_answer_waits_is_not_lost(
    sandbox: Sandbox, eventually: Any
) -> None:
    async with eager(sandbox) as talk:
        await talk.mouth.begins()
        await talk.mouth.guessed("when do you open")
        await eventually(lambda: len(talk.model.asked) == 1)
        await talk.call.event(intent="billing")
        await talk.mouth.ends("When do you open?")
        await eventually(lambda: talk.recorder.heard == ["speaks", "is silent"])
        assert talk.model.heard == ["when do you open", "Do not speak about the bill."]


async def test_an_eager_turn_has_the_tool_of_the_moment_and_leaves_it_in_the_context(
    sandbox: Sandbox, eventually: Any
) -> None:
    async with eager(sandbox) as talk:
        talk.engine.rules._current = RuleBook.from_text("on intent=returns hold\n").current
        await talk.mouth.begins()
        await talk.mouth.guessed("hello there")
        await eventually(lambda: len(talk.model.asked) == 1)
        await talk.mouth.ends("Hello there.")
        await eventually(lambda: talk.recorder.heard == ["speaks", "is silent"])
        await talk.mouth.says("And now?")
        await eventually(lambda: len(talk.model.asked) == 2)
        assert [_intents(context) for context in talk.model.asked] == [["returns"], ["returns"]]


async def test_no_answer_is_begun_early_that_lacks_the_result_of_a_report(
    sandbox: Sandbox, eventually: Any
) -> None:
    rules = 'on intent=refund set_lead_field topic to refund then advise "It takes a week."\n'
    async with talking(sandbox, rules, strategies=EagerUserTurnStrategies()) as talk:
        talk.model.script = [[("report", {"intent": ["refund"]})]]
        with held(sandbox, "set_lead_field"):
            await talk.mouth.says("I want my money back.")
            await eventually(lambda: talk.call.busy)
            await talk.mouth.begins()
            await eventually(lambda: "CANCELLED" in str(talk.context.messages))
            await talk.mouth.guessed("are you still there")
        await eventually(lambda: not talk.call.busy)
        await asyncio.sleep(0.2)
        assert len(talk.model.asked) == 1
        await talk.mouth.ends("Are you still there?")
        await eventually(lambda: talk.recorder.heard == ["speaks", "is silent"])
        assert len(talk.model.asked) == 2
        told = str(talk.model.asked[1].messages)
        assert told.count("It takes a week.") == 1
        assert "CANCELLED" not in told
        assert talk.acted == ["set_lead_field"]

        await talk.mouth.begins()
        await talk.mouth.guessed("and when do you open")
        await eventually(lambda: len(talk.model.asked) == 3)


def _intents(context: Any) -> list[str]:
    (tool,) = context.tools.standard_tools
    intents: list[str] = tool.properties["intent"]["items"]["enum"]
    return intents


# --- other owners of the tools ------------------------------------------------------------------------------


async def test_a_flow_and_the_rules_leave_each_other_s_tools_alone(sandbox: Sandbox, eventually: Any) -> None:
    async def choose(args: Any, flow: Any) -> Any:
        return {"chosen": True}, {
            "name": "second",
            "task_messages": [{"role": "developer", "content": "Confirm it."}],
            "functions": [_flow_tool("confirm", None)],
        }

    def _flow_tool(name: str, handler: Any) -> FlowsFunctionSchema:
        async def nothing(args: Any, flow: Any) -> Any:
            return {}, None

        return FlowsFunctionSchema(name, f"To {name}.", {}, [], handler or nothing)

    async with talking(sandbox, RULES) as talk:
        flow = FlowManager(llm=talk.model, context_aggregator=talk.pair, worker=talk.worker)
        first: Any = {
            "name": "first",
            "task_messages": [{"role": "developer", "content": "Let the caller choose."}],
            "functions": [_flow_tool("choose", choose)],
            "respond_immediately": False,
        }
        await flow.initialize(first)
        await asyncio.sleep(0.2)
        talk.model.script = [[("choose", {})], [("report", {"intent": ["billing"]})]]
        await talk.mouth.says("The first one.")
        await eventually(lambda: len(talk.model.asked) == 3)
        shown = [{tool.name for tool in context.tools.standard_tools} for context in talk.model.asked]  # type: ignore[union-attr]
        assert shown == [{"report", "choose"}, {"report", "confirm"}, {"report", "confirm"}]
        assert "Do not speak about the bill." in str(talk.model.asked[2].messages)


async def test_tools_that_a_frame_sets_come_with_report_before_the_model_is_asked(
    sandbox: Sandbox, eventually: Any
) -> None:
    """Pipecat writes them into the context twice, the second time behind the model."""
    async with talking(sandbox, RULES) as talk:
        confirm = FunctionSchema("confirm", "Confirm it.", {}, [])
        seen: list[set[str]] = []
        told = talk.context.set_tools
        talk.context.set_tools = lambda tools: (told(tools), seen.append(_names(talk)))  # type: ignore[method-assign]
        await talk.worker.queue_frame(LLMSetToolsFrame([confirm]))
        await eventually(lambda: len(seen) == 2)
        assert seen == [{"report", "confirm"}] * 2


def _names(talk: Talk) -> set[str]:
    return {tool.name for tool in talk.context.tools.standard_tools}  # type: ignore[union-attr]


async def test_tools_that_serve_several_calls_are_not_written_into(sandbox: Sandbox, eventually: Any) -> None:
    from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema

    async def clock(params: Any) -> None:
        """Tell the time."""
        await params.result_callback({"time": "noon"})

    shared = ToolsSchema(standard_tools=[clock])
    async with talking(sandbox, RULES) as talk:
        talk.context.set_tools(shared)
        talk.model.script = [[("clock", {})]]
        await talk.mouth.says("What time is it?")
        await eventually(lambda: len(talk.model.asked) == 2)
        assert [tool.name for tool in talk.model.asked[0].tools.standard_tools] == ["report", "clock"]  # type: ignore[union-attr]
        assert "noon" in str(talk.model.asked[1].messages)
        assert [tool.name for tool in shared.standard_tools] == ["clock"]


# --- the bot's voice ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["fails", "broken"])
async def test_a_text_that_no_voice_follows_keeps_nothing_waiting(
    sandbox: Sandbox, eventually: Any, fault: str
) -> None:
    async with talking(sandbox, RULES + SILENCE, voice_wait=0.5) as talk:
        setattr(talk.voice, fault, True)
        await talk.mouth.says("Hello!")
        await eventually(lambda: talk.model.asked)
        await eventually(lambda: "log" in talk.acted)
        hangup = await asyncio.wait_for(talk.call.event(intent="goodbye"), 45)
        assert hangup.status == "ended"
        assert talk.recorder.heard == []


async def test_a_goodbye_that_is_still_to_be_voiced_is_not_overtaken(
    sandbox: Sandbox, eventually: Any
) -> None:
    async with talking(sandbox, RULES) as talk:
        talk.model.script = [LONG]
        await talk.mouth.says("Hello!")
        await eventually(lambda: talk.call._driver.machine.speech.busy)
        assert talk.recorder.heard == []
        assert (await talk.call.event(intent="goodbye")).status == "ended"
        assert talk.recorder.heard == ["speaks", "is silent"]


async def test_a_goodbye_in_which_the_model_pauses_is_not_cut_off(sandbox: Sandbox, eventually: Any) -> None:
    async with talking(sandbox, RULES) as talk:
        await talk.model.push_frame(LLMFullResponseStartFrame())
        await talk.model.push_frame(LLMTextFrame("Thank you for calling. Have"))
        await eventually(lambda: talk.recorder.heard == ["speaks"])
        hangup = talk.call.post(intent="goodbye")
        await eventually(lambda: talk.recorder.heard == ["speaks", "is silent"])
        await asyncio.sleep(0.5)
        assert talk.acted == []
        await talk.model.push_frame(LLMTextFrame(" a very good day."))
        await talk.model.push_frame(LLMFullResponseEndFrame())
        assert (await hangup).status == "ended"
        assert talk.recorder.heard == ["speaks", "is silent"] * 2


@pytest.mark.parametrize("ends", [True, False])
async def test_a_model_that_says_no_more_keeps_a_hangup_no_longer(
    sandbox: Sandbox, eventually: Any, ends: bool
) -> None:
    async with talking(sandbox, RULES, voice_wait=1.0) as talk:
        await talk.model.push_frame(LLMFullResponseStartFrame())
        await talk.model.push_frame(LLMTextFrame("Thank you for calling. "))
        await talk.model.push_frame(TTSSpeakFrame("Goodbye."))
        hangup = talk.call.post(intent="goodbye")
        await eventually(lambda: "is silent" in talk.recorder.heard)
        if ends:
            await talk.model.push_frame(LLMFullResponseEndFrame())
        assert (await asyncio.wait_for(hangup, 45)).status == "ended"


# --- the end ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [EndFrame, CancelFrame])
async def test_a_hangup_that_waits_for_the_last_word_goes_out_before_the_call_is_closed(
    sandbox: Sandbox, eventually: Any, end: Any
) -> None:
    async with talking(sandbox, RULES) as talk:
        await _saying_goodbye(talk, eventually)
        hangup = talk.call.post(intent="goodbye")
        await talk.worker.queue_frame(end())
        assert (await asyncio.wait_for(hangup, 45)).status == "ended"
        assert talk.acted == ["hangup"]
        if end is EndFrame:
            assert talk.recorder.heard == ["speaks", "is silent"]
        await eventually(lambda: talk.call.call_id not in talk.engine.calls)


async def test_a_pipeline_that_is_stopped_leaves_the_call_open(sandbox: Sandbox, eventually: Any) -> None:
    async with talking(sandbox, RULES) as talk:
        await _saying_goodbye(talk, eventually)
        hangup = talk.call.post(intent="goodbye")
        await talk.worker.queue_frame(StopFrame())
        assert (await asyncio.wait_for(hangup, 45)).status == "ended"
        assert talk.acted == ["hangup"]
        assert talk.call.call_id in talk.engine.calls


async def _saying_goodbye(talk: Talk, eventually: Any) -> None:
    await talk.worker.queue_frame(TTSSpeakFrame("Goodbye, and thank you for calling."))
    await eventually(lambda: talk.recorder.heard == ["speaks"])


# --- ids that repeat ----------------------------------------------------------------------------------------


async def test_a_result_stands_under_its_own_call_where_another_of_its_id_was_interrupted_or_goes_on(
    sandbox: Sandbox, eventually: Any
) -> None:
    free = asyncio.Event()

    async def look_up(params: Any) -> None:
        await params.result_callback({"found": params.arguments["what"]})

    async def slow(params: Any) -> None:
        await free.wait()
        await params.result_callback({"found": "late"})

    @tool_options(cancel_on_interruption=False)
    async def search(params: Any) -> None:
        await slow(params)

    tools = [
        FunctionSchema("look_up", "", {}, [], handler=look_up),
        FunctionSchema("wait", "", {}, [], handler=slow),
        FunctionSchema("search", "", {}, [], handler=search),
    ]
    async with talking(sandbox, RULES, functions=tools) as talk:
        talk.model.anew = True
        talk.model.script = [[("wait", {})], [("search", {})], [("look_up", {"what": "parcel"})]]
        await talk.mouth.says("What is it?")
        await eventually(lambda: "IN_PROGRESS" in str(talk.context.messages))
        await talk.mouth.says("Are you there?")
        await eventually(lambda: "call_1_2" in _results(talk))
        await talk.mouth.says("And my parcel?")
        await eventually(lambda: "parcel" in _results(talk).get("call_1_3", ""))
        free.set()
        await eventually(lambda: "late" in str(talk.context.messages))
        results = _results(talk)
        assert "CANCELLED" in results["call_1"]
        assert results["call_1_3"] == '{"found": "parcel"}'
        late = [message for message in talk.context.messages if "late" in str(message)]
        assert "call_1_2" in str(late)


def _results(talk: Talk) -> dict[str, str]:
    return {
        str(message["tool_call_id"]): str(message["content"])  # type: ignore[index,typeddict-item]
        for message in talk.context.messages
        if message.get("role") == "tool"  # type: ignore[union-attr]
    }


# --- what was heard -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("voice", [Voice, WordyVoice])
async def test_the_context_has_what_was_heard_of_a_sentence_of_the_rules(
    sandbox: Sandbox, eventually: Any, voice: type[Voice]
) -> None:
    long = " ".join([LONG] * 6)
    rules = f'on dtmf=8 say "{long}"\n'
    async with talking(sandbox, rules, say=SayBy.HOST, voice=voice()) as talk:
        waiting = talk.call.post(dtmf="8")
        await eventually(lambda: talk.recorder.heard == ["speaks"])
        await asyncio.sleep(0.6)
        await talk.mouth.says("Wait!")
        await asyncio.wait_for(waiting, 45)
        await eventually(lambda: len(talk.model.asked) == 1)
        (heard,) = [
            str(message["content"])  # type: ignore[index]
            for message in talk.model.asked[0].messages
            if message["role"] == "assistant"  # type: ignore[index]
        ]
        assert long.startswith(heard)
        if voice is WordyVoice:
            assert 0 < len(heard) < len(long) - 20
        else:
            assert heard == long


async def test_a_sentence_that_is_played_to_its_end_is_whole_in_the_context(
    sandbox: Sandbox, eventually: Any
) -> None:
    rules = 'on dtmf=8 say "Your parcel comes on Monday."\n'
    async with talking(sandbox, rules, say=SayBy.HOST, voice=WordyVoice()) as talk:
        assert (await asyncio.wait_for(talk.call.event(dtmf="8"), 45)).said == (
            "Your parcel comes on Monday.",
        )
