"""LiveKit agents under rules: the session, the agent and the tool calls are LiveKit's own."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from livekit import rtc
from livekit.agents import AgentSession, StopResponse, llm
from pydantic import SecretStr

from flowrules import CallSession, Engine, RuleBook, Settings
from flowrules.agents.livekit import RulesAgent
from flowrules.agents.tool import ReportTool
from flowrules.sandbox import Sandbox

from .livekit_speaker import Speaker, tone


@dataclass
class Line:
    sandbox: Sandbox
    engine: Engine
    call: CallSession
    session: AgentSession[None]
    agent: RulesAgent
    model: Any

    @property
    def acted(self) -> list[str]:
        return self.sandbox.acted(self.call.call_id)


@pytest.fixture
async def line(sandbox: Sandbox, examples: Path) -> AsyncIterator[Line]:
    from livekit_agent import ScriptedLLM

    async with Engine(
        RuleBook.load(examples / "rules"), settings=Settings(base_url=sandbox.base_url, watch=False)
    ) as engine:
        opened = await sandbox.open_call()
        call = engine.call(opened.call_id, token=SecretStr(opened.callback_token))
        model = ScriptedLLM()
        session: AgentSession[None] = AgentSession(llm=model)
        agent = RulesAgent(call, ReportTool(engine.rules), instructions="Be brief.")
        await session.start(agent)
        yield Line(sandbox, engine, call, session, agent, model)
        await session.aclose()


async def test_what_is_typed_is_heard_before_the_model_is_asked(line: Line) -> None:
    await line.session.run(user_input="Please stop calling me.")
    assert line.acted == ["set_lead_status", "set_disposition", "hangup"]
    assert line.model.asked == []


async def test_the_model_reports_and_the_rules_act(line: Line) -> None:
    result: Any = await line.session.run(user_input="I would like to talk to sales.")
    assert [event.type for event in result.events] == ["function_call", "function_call_output"]
    assert line.acted == ["set_lead_field", "set_disposition", "transfer"]
    assert len(line.model.asked) == 1


async def test_advice_reaches_the_model_once(line: Line) -> None:
    await line.session.run(user_input="It is about billing.")
    await line.session.run(user_input="Hello?")
    advice = "Do not speak about the bill before the caller is verified."
    assert [json.dumps(messages).count(advice) for messages, _ in line.model.asked] == [0, 1, 1]


async def test_a_reload_changes_the_tool_of_the_next_turn(line: Line, tmp_path: Path) -> None:
    await line.session.run(user_input="Hello.")
    rules = tmp_path / "edited.rules"
    rules.write_text("on intent=returns transfer queue returns\n")
    line.engine.rules.path = rules
    await line.engine.rules.reload()
    line.engine.rules.accept()
    await line.session.run(user_input="I have returns for you.")
    enums = [
        tools[0]["function"]["parameters"]["properties"]["intent"]["items"]["enum"]
        for _, tools in line.model.asked
    ]
    assert enums == [["sales", "billing", "goodbye"], ["returns"]]
    assert line.acted == ["transfer"]


async def test_a_spoken_turn_that_the_rules_took_is_not_answered(line: Line) -> None:
    said = llm.ChatMessage(role="user", content=["Get me a lawyer."])
    with pytest.raises(StopResponse):
        await line.agent.on_user_turn_completed(llm.ChatContext.empty(), said)
    assert line.acted == ["transfer"]


async def test_keys_on_a_sip_line_are_events(line: Line, eventually: Any) -> None:
    room = rtc.Room()
    line.agent.hear_keys(room)
    room.emit("sip_dtmf_received", rtc.SipDTMF(code=0, digit="0"))
    await eventually(lambda: line.acted == ["transfer"])


async def test_the_end_of_the_session_closes_the_call(line: Line, eventually: Any) -> None:
    await line.session.aclose()
    await eventually(lambda: line.call.call_id not in line.engine.calls)
    assert line.call.over == "the agent's session has ended"


async def test_a_transfer_waits_for_the_last_word_of_the_playout(
    line: Line, eventually: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.session.output.audio = Speaker()
    acted: list[list[str]] = []
    told = line.call.bot_finished
    monkeypatch.setattr(line.call, "bot_finished", lambda: (acted.append(line.acted), told()))
    speech = line.session.say("One moment please.", audio=tone(1.0))
    await eventually(lambda: line.session.agent_state == "speaking")
    waiting = line.call.post(dtmf="0")
    await speech
    assert (await waiting).status == "ended"
    assert acted[0] == []
    assert line.acted == ["transfer"]


async def test_a_caller_who_speaks_into_a_hangup_keeps_the_line(line: Line, eventually: Any) -> None:
    line.session.output.audio = Speaker()
    speech = line.session.say("Goodbye, and thank you very much.", audio=tone(9.0))
    await eventually(lambda: line.session.agent_state == "speaking")
    waiting = line.call.post(intent="goodbye")
    await asyncio.sleep(0)
    line.session._update_user_state("speaking")
    assert (await waiting).status == "interrupted"
    assert line.acted == []
    speech.interrupt()
