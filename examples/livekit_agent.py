"""A LiveKit agent under rules, in text mode: `python examples/livekit_agent.py`.

The session, the agent and the tool calls are LiveKit's own; only the model is scripted. In a worker, `main` is what
your entrypoint does, with `room=ctx.room` and your own services in the session.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

from livekit.agents import AgentSession, RunResult, llm
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, APIConnectOptions
from pydantic import SecretStr
from scripted_model import Message, reply

from flowrules import Engine, Settings
from flowrules.agents.livekit import RulesAgent
from flowrules.agents.tool import ReportTool
from flowrules.sandbox import Sandbox

RULES = Path(__file__).parent / "rules"


class ScriptedLLM(llm.LLM[Any]):
    """In place of a model: it answers what is in `script`, then as `scripted_model` does. `asked` holds the messages
    and tools of every turn."""

    def __init__(self, answer: str = "Let me see what I can do for you.") -> None:
        super().__init__()
        self.answer = answer
        self.script: list[Message] = []
        self.asked: list[tuple[list[dict[str, Any]], list[dict[str, Any]]]] = []

    def chat(
        self,
        *,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool] | None = None,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
        **options: Any,
    ) -> llm.LLMStream:
        return _Stream(self, chat_ctx=chat_ctx, tools=tools or [], conn_options=conn_options)


class _Stream(llm.LLMStream):
    async def _run(self) -> None:
        model = self._llm
        assert isinstance(model, ScriptedLLM)
        messages, _ = self._chat_ctx.to_provider_format("openai")
        tools = llm.ToolContext(self._tools).parse_function_tools("openai")
        model.asked.append((messages, tools))
        scripted = model.script.pop(0) if model.script else None
        message = scripted or reply(messages, tools, model.answer, len(model.asked))
        calls = [
            llm.FunctionToolCall(
                name=call["function"]["name"],
                arguments=call["function"]["arguments"],
                call_id=call["id"],
            )
            for call in message.get("tool_calls", [])
        ]
        delta = llm.ChoiceDelta(role="assistant", content=message["content"], tool_calls=calls)
        self._event_ch.send_nowait(llm.ChatChunk(id="scripted", delta=delta))


async def main() -> list[str]:
    """Somebody types that they want to buy. Returns what the platform did."""
    async with (
        Sandbox() as sandbox,
        Engine(RULES, settings=Settings(base_url=sandbox.base_url)) as engine,
    ):
        opened = await sandbox.open_call()
        call = engine.call(opened.call_id, token=SecretStr(opened.callback_token))
        session: AgentSession[None] = AgentSession(llm=ScriptedLLM())
        await session.start(RulesAgent(call, ReportTool(engine.rules), instructions="Be brief."))
        for text in ("Hello!", "I would like to talk to sales."):
            result: RunResult[None] = await session.run(user_input=text)
            print(json.dumps([event.type for event in result.events]))
        await session.aclose()
        print(f"call {opened.call_id}: {await sandbox.outcome(opened.call_id)}")
        return sandbox.acted(opened.call_id)


if __name__ == "__main__":
    print(*asyncio.run(main()), sep="\n")
