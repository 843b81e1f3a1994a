"""A spoken conversation under rules: LiveKit's own session, endpointing and speech; only the recogniser, the model and
the loudspeaker are scripted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from livekit import rtc
from livekit.agents import Agent, AgentSession, tts
from livekit.agents.types import NOT_GIVEN
from livekit.agents.voice.io import TextOutput
from livekit.agents.voice.transcription import TranscriptSynchronizer
from livekit.rtc.event_emitter import EventEmitter
from pydantic import SecretStr

from flowrules import CallSession, Engine, EventOutcome, RuleBook, SayBy, Settings
from flowrules.agents.livekit import RulesAgent
from flowrules.agents.tool import ReportTool
from flowrules.sandbox import Fault, Sandbox

from .livekit_speaker import Speaker, tone
from .livekit_talk import Ears, Kind, Microphone

RULES = """
urgent on said contains "police complaint" transfer now queue supervisors
on said contains human 2 times transfer queue people
on hearing contains at least 6 digits recording_pause
on dtmf=0 transfer queue reception if it fails then advise "Nobody is free."
on intent=goodbye hangup
"""


class Line:
    """A call that is up."""

    def __init__(self, sandbox: Sandbox, engine: Engine, call: CallSession, model: Any) -> None:
        self.sandbox, self.engine, self.call, self.model = sandbox, engine, call, model
        self.ears = Ears()
        self.session: AgentSession[None] = AgentSession(
            llm=model, stt=self.ears, turn_handling={"turn_detection": "stt"}
        )
        self.outcomes: list[EventOutcome] = []
        engine.subscribe(lambda _, outcome: self.outcomes.append(outcome))

    @property
    def acted(self) -> list[str]:
        return self.sandbox.acted(self.call.call_id)

    async def start(self, agent: Agent) -> None:
        self.session.input.audio = Microphone()
        await self.session.start(agent)
        await asyncio.wait_for(self.ears.listens.wait(), 45)

    def ruled(self, **options: Any) -> RulesAgent:
        return RulesAgent(self.call, ReportTool(self.engine.rules), instructions="Be brief.", **options)


@asynccontextmanager
async def calling(sandbox: Sandbox, rules: str = RULES, say: SayBy = SayBy.PLATFORM) -> AsyncIterator[Line]:
    from livekit_agent import ScriptedLLM

    settings = Settings(base_url=sandbox.base_url, watch=False, say=say)
    async with Engine(RuleBook.from_text(rules), settings=settings) as engine:
        opened = await sandbox.open_call()
        call = engine.call(opened.call_id, token=SecretStr(opened.callback_token))
        line = Line(sandbox, engine, call, ScriptedLLM())
        yield line
        await line.session.aclose()


@pytest.fixture
async def line(sandbox: Sandbox, examples: Path) -> AsyncIterator[Line]:
    async with calling(sandbox) as line:
        await line.start(line.ruled())
        yield line


async def test_a_model_that_is_asked_before_the_caller_has_finished_is_not_asked_under_rules(
    sandbox: Sandbox, examples: Path, eventually: Any
) -> None:
    async with calling(sandbox) as line:
        await line.start(Agent(instructions="Be brief."))
        line.ears.tell(Kind.START_OF_SPEECH)
        line.ears.tell(Kind.PREFLIGHT_TRANSCRIPT, "I will file a police complaint")
        await eventually(lambda: line.model.asked)

    async with calling(sandbox) as line:
        await line.start(line.ruled())
        line.ears.tell(Kind.START_OF_SPEECH)
        line.ears.tell(Kind.PREFLIGHT_TRANSCRIPT, "I will file a police complaint")
        await asyncio.sleep(0.3)
        assert line.model.asked == []
        line.ears.tell(Kind.FINAL_TRANSCRIPT, "I will file a police complaint")
        line.ears.tell(Kind.END_OF_SPEECH)
        await eventually(lambda: line.acted == ["transfer"])
        await asyncio.sleep(0.7)
        assert line.model.asked == []


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"turn_handling": {"preemptive_generation": {"enabled": True}}}, {}),
        ({"turn_handling": {"endpointing": {"min_delay": 1.0}}}, {"endpointing": {"min_delay": 1.0}}),
        ({"turn_detection": "stt"}, {"turn_detection": "stt"}),
        ({"turn_detection": None}, {"turn_detection": None}),
        ({"turn_detection": NOT_GIVEN, "min_endpointing_delay": NOT_GIVEN}, {}),
        (
            {"min_endpointing_delay": 0.2, "max_endpointing_delay": 2.0},
            {"endpointing": {"min_delay": 0.2, "max_delay": 2.0}},
        ),
        ({"allow_interruptions": False}, {"interruption": {"enabled": False}}),
    ],
)
async def test_what_else_a_host_sets_for_turns_stays_as_it_is(
    call: Any, options: dict[str, Any], expected: dict[str, Any]
) -> None:
    book = RuleBook.from_text(RULES)
    agent = RulesAgent(await call(RULES), ReportTool(book), instructions="", **options)
    assert agent._turn_handling == {**expected, "preemptive_generation": {"enabled": False}}


async def test_the_pieces_of_a_turn_are_one_text_and_count_once(line: Line, eventually: Any) -> None:
    await line.ears.says("I want a human", "a human being please")
    await eventually(lambda: len(line.model.asked) == 1)
    assert (line.acted, line.call.state.turn) == ([], 1)
    await line.ears.says("I will file a police", "complaint against you")
    await eventually(lambda: line.acted == ["transfer"])
    assert len(line.model.asked) == 1


async def test_a_number_read_in_groups_is_heard_as_one(line: Line, eventually: Any) -> None:
    await line.ears.says("4111", "1111", "1111", "1111")
    await eventually(lambda: line.acted)
    await eventually(lambda: len(line.model.asked) == 1)
    assert line.acted == ["recording_pause"]


async def test_what_is_said_into_a_speech_that_can_t_be_interrupted_reaches_the_rules(
    line: Line, eventually: Any
) -> None:
    line.session.output.audio = Speaker()
    speech = line.session.say("This call is recorded.", audio=tone(3.0), allow_interruptions=False)
    await eventually(lambda: line.session.agent_state == "speaking")
    await line.ears.says("I will file a police complaint")
    await eventually(lambda: line.acted == ["transfer"])
    assert not speech.done()
    assert line.model.asked == []


async def test_what_is_typed_beside_a_microphone_reaches_the_rules_once(line: Line, eventually: Any) -> None:
    await line.ears.says("I want a human")
    await eventually(lambda: len(line.model.asked) == 1)
    await line.session.run(user_input="Hello?")
    assert (line.acted, line.call.state.turn) == ([], 2)
    await line.session.run(user_input="A human.")
    assert line.acted == ["transfer"]
    assert len(line.model.asked) == 2


async def test_the_history_that_an_agent_begins_with_is_nothing_that_was_said(
    sandbox: Sandbox, examples: Path
) -> None:
    from livekit.agents import llm

    async with calling(sandbox) as line:
        history = llm.ChatContext.empty()
        history.add_message(role="user", content="I will file a police complaint")
        history.add_message(role="assistant", content="I am sorry to hear that.")
        await line.start(line.ruled(chat_ctx=history))
        await line.session.run(user_input="Hello?")
        assert (line.acted, line.call.state.turn) == ([], 1)


async def test_nothing_is_answered_over_a_transfer_until_it_has_failed(line: Line, eventually: Any) -> None:
    line.sandbox.add_faults(Fault(kind="refused", verb="transfer"))
    line.call.bot_speaking()
    transfer = line.call.post(dtmf="0")
    await asyncio.sleep(0.05)
    await line.ears.says("Hello?")
    typed = asyncio.create_task(_typed(line, "Are you there?"))
    await asyncio.sleep(1.5)
    assert line.model.asked == []
    line.call.bot_finished()
    assert [str(step) for step in (await transfer).steps] == ["transfer refused because refused"]
    await eventually(lambda: line.model.asked)
    assert "Nobody is free." in str(line.model.asked)
    await typed


async def _typed(line: Line, text: str) -> None:
    await line.session.run(user_input=text)


async def test_nothing_is_answered_over_a_transfer_that_succeeds(line: Line) -> None:
    line.call.bot_speaking()
    transfer = line.call.post(dtmf="0")
    await line.ears.says("Hello?")
    await asyncio.sleep(1.0)
    line.call.bot_finished()
    await transfer
    await asyncio.sleep(0.5)
    assert (line.acted, line.model.asked) == (["transfer"], [])


async def test_a_hangup_that_waits_for_the_last_word_goes_out_before_the_call_is_closed(
    line: Line, eventually: Any
) -> None:
    line.call.bot_speaking()
    waiting = line.call.post(intent="goodbye")
    await asyncio.sleep(0.05)
    await line.session.aclose()
    assert (await waiting).status == "ended"
    assert line.acted == ["hangup"]
    await eventually(lambda: line.call.call_id not in line.engine.calls)


async def test_a_host_that_sets_the_tools_leaves_report_among_them(line: Line) -> None:
    agent: Any = line.session.current_agent
    await agent.update_tools([])
    assert [tool.id for tool in agent.tools] == ["report"]


# --- the agent's voice --------------------------------------------------------------------------------------


async def test_what_the_host_says_is_not_cut_off_before_it_can_be_heard(line: Line, eventually: Any) -> None:
    async def late() -> AsyncIterator[rtc.AudioFrame]:
        await asyncio.sleep(0.5)
        async for frame in tone(0.5):
            yield frame

    line.session.output.audio = Speaker()
    speech = line.session.say("Goodbye.", audio=late())
    assert line.session.agent_state == "listening"
    assert (await line.call.event(intent="goodbye")).status == "ended"
    assert speech.done()


class Slow(RulesAgent):
    """Its voice comes half a second after its words."""

    async def tts_node(self, text: Any, model_settings: Any) -> AsyncIterator[rtc.AudioFrame]:
        async for _ in text:
            pass
        await asyncio.sleep(0.5)
        async for frame in tone(0.5):
            yield frame


class Mute(RulesAgent):
    """It has no voice."""

    async def tts_node(self, text: Any, model_settings: Any) -> AsyncIterator[rtc.AudioFrame]:
        async for _ in text:
            pass
        for frame in ():
            yield frame


@pytest.mark.parametrize(("agent", "states"), [(Slow, ["speaking", "listening"]), (Mute, [])])
async def test_an_answer_counts_as_speech_from_its_first_word_unless_no_voice_comes_of_it(
    sandbox: Sandbox, examples: Path, agent: type[RulesAgent], states: list[str]
) -> None:
    async with calling(sandbox) as line:
        await line.start(agent(line.call, ReportTool(line.engine.rules), instructions="Be brief."))
        line.session.output.audio = Speaker()
        spoken, speaks = asyncio.Event(), line.call.bot_speaking

        def note() -> None:
            speaks()
            spoken.set()

        line.call.bot_speaking = note  # type: ignore[method-assign]
        await line.ears.says("When do you open?")
        async with asyncio.timeout(45):
            await spoken.wait()
        assert line.session.agent_state != "speaking"
        seen: list[str] = []
        line.session.on("agent_state_changed", lambda event: seen.append(event.new_state))
        hangup = await asyncio.wait_for(line.call.event(intent="goodbye"), 45)
        assert hangup.status == "ended"
        assert [state for state in seen if state == "speaking"] == states[:1]


# --- several agents of one call -----------------------------------------------------------------------------


async def test_a_key_that_several_agents_of_a_call_hear_is_one_key(line: Line) -> None:
    room: Any = EventEmitter()
    for agent in (line.ruled(), line.ruled()):
        agent.hear_keys(room)
    room.emit("sip_dtmf_received", SimpleNamespace(digit="7"))
    await asyncio.sleep(0)
    assert [outcome.event_id for outcome in line.outcomes] == ["#1"]


# --- what was heard -----------------------------------------------------------------------------------------

LONG = "There are several things that I can do about that, and I shall tell you all of them now, one by one."


class Captions(TextOutput):
    """Shows the words to nobody."""

    def __init__(self) -> None:
        super().__init__(label="captions", next_in_chain=None)

    async def capture_text(self, text: str) -> None: ...

    def flush(self) -> None: ...


class Unused(tts.TTS):
    """LiveKit wants one to speak a text; the agent's own `tts_node` makes the sound."""

    def __init__(self) -> None:
        super().__init__(
            capabilities=tts.TTSCapabilities(streaming=False), sample_rate=16_000, num_channels=1
        )

    def synthesize(self, text: str, **options: Any) -> Any:
        raise NotImplementedError


class Spoken(RulesAgent):
    async def tts_node(self, text: Any, model_settings: Any) -> AsyncIterator[rtc.AudioFrame]:
        said = "".join([piece async for piece in text])
        async for frame in tone(len(said) * 0.06):
            yield frame


@pytest.mark.parametrize("in_step", [True, False])
async def test_the_history_has_what_was_heard_of_a_sentence_of_the_rules(
    sandbox: Sandbox, examples: Path, eventually: Any, in_step: bool
) -> None:
    async with calling(sandbox, f'on dtmf=8 say "{LONG}"\n', SayBy.HOST) as line:
        output = TranscriptSynchronizer(next_in_chain_audio=Speaker(), next_in_chain_text=Captions())
        if in_step:
            line.session.output.audio = output.audio_output
            line.session.output.transcription = output.text_output
        else:
            line.session.output.audio = Speaker()
        await line.start(
            Spoken(line.call, ReportTool(line.engine.rules), instructions="Be brief.", tts=Unused())
        )
        waiting = line.call.post(dtmf="8")
        await eventually(lambda: line.session.agent_state == "speaking")
        await asyncio.sleep(1.5)
        line.session.interrupt()
        assert (await asyncio.wait_for(waiting, 45)).status == "done"
        await eventually(lambda: line.session.history.messages())
        (message,) = line.session.history.messages()
        heard = message.text_content or ""
        if in_step:
            assert LONG.startswith(heard.rstrip())
            assert 0 < len(heard) < len(LONG) - 20
        else:
            assert heard == LONG
        await output.aclose()


async def test_of_a_sentence_that_was_interrupted_before_it_began_nothing_was_heard(
    sandbox: Sandbox, examples: Path, eventually: Any
) -> None:
    async with calling(sandbox, f'on dtmf=8 say "{LONG}"\n', SayBy.HOST) as line:
        line.session.output.audio = Speaker()
        await line.start(
            Spoken(line.call, ReportTool(line.engine.rules), instructions="Be brief.", tts=Unused())
        )
        line.session.say("One moment, please.", audio=tone(3.0))
        await eventually(lambda: line.session.agent_state == "speaking")
        waiting = line.call.post(dtmf="8")
        await asyncio.sleep(0.2)
        line.session.interrupt()
        outcome = await asyncio.wait_for(waiting, 45)
        assert outcome.said == ()
        assert [message.text_content for message in line.session.history.messages()] in (
            [],
            ["One moment, please."],
        )


@pytest.mark.parametrize(
    ("turns", "seconds"),
    [
        ({}, 0.3),
        ({"turn_detection": "stt"}, 0.5),
        ({"turn_detection": "stt", "endpointing": {"min_delay": 0.1}}, 0.1),
    ],
)
async def test_a_turn_ends_as_long_after_the_words_as_the_guide_says(
    sandbox: Sandbox, examples: Path, turns: Any, seconds: float
) -> None:
    async with calling(sandbox) as line:
        line.session = AgentSession(llm=line.model, stt=line.ears, turn_handling=turns)
        agent = line.ruled()
        await line.start(agent)
        assert agent._get_activity_or_raise().endpointing_opts["min_delay"] == seconds
        await line.ears.says("Hello, what is it?")
        async with asyncio.timeout(45):
            while not line.model.asked:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
