"""The Pipecat example on a whole call: dialled by the sandbox, with audio, keys and a token that runs out."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from flowrules import CallSession, Engine, EventOutcome, Settings
from flowrules.sandbox import OpenedCall, Sandbox

ANSWER = (
    "There are several things that I can do about that, and I shall tell you all of them now, one by one."
)


@dataclass
class Line:
    """A call that is up: both its ends, and what the bot's voice did while which verbs had acted."""

    sandbox: Sandbox
    opened: OpenedCall
    engine: Engine
    call: CallSession
    ears: Any
    model: Any
    voice: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    outcomes: list[EventOutcome] = field(default_factory=list)

    @property
    def acted(self) -> tuple[str, ...]:
        return tuple(self.sandbox.acted(self.opened.call_id))

    def listen(self) -> None:
        """Write down when the bot begins and ends to speak."""
        for name in ("bot_speaking", "bot_finished"):
            setattr(self.call, name, self._noted(name, getattr(self.call, name)))

    def _noted(self, name: str, told: Any) -> Any:
        def note() -> None:
            self.voice.append((name, self.acted))
            told()

        return note


@pytest.fixture
async def line(sandbox: Sandbox, examples: Path) -> AsyncIterator[Line]:
    import pipecat_agent
    from scripted_model import ScriptedModel

    async with AsyncExitStack() as stack:
        model = await stack.enter_async_context(ScriptedModel(ANSWER))
        settings = Settings(base_url=sandbox.base_url)
        engine = await stack.enter_async_context(Engine(examples / "rules", settings=settings))
        agent = pipecat_agent.Agent(engine, model.base_url)
        address = await stack.enter_async_context(pipecat_agent.serving(agent))
        opened = await sandbox.open_call(ws_url=address)
        ears = await agent.ready.get()
        line = Line(sandbox, opened, engine, engine.calls[opened.call_id], ears, model)
        line.listen()
        engine.subscribe(lambda call, outcome: line.outcomes.append(outcome))
        yield line


async def test_a_transfer_at_minute_31_goes_out_with_the_new_token_after_the_last_word(
    line: Line, eventually: Any
) -> None:
    await eventually(lambda: line.ears.seconds > 0.1)

    line.sandbox.press(line.opened.call_id, "5")
    await eventually(lambda: line.call.state.facts.get("dtmf") == "5")

    line.sandbox.advance(25 * 60)
    await eventually(lambda: line.engine.counters["tokens_renewed"] == 1)
    line.sandbox.advance(6 * 60)

    await line.ears.caller_says("What else is there?")
    await eventually(lambda: line.voice)
    line.sandbox.press(line.opened.call_id, "0")
    assert await line.sandbox.outcome(line.opened.call_id) == "transferred_agent_queue"

    assert [name for name, _ in line.voice[:2]] == ["bot_speaking", "bot_finished"]
    assert "transfer" not in line.voice[1][1]
    (transfer,) = line.sandbox.ledger(line.opened.call_id)
    assert (transfer.verb, transfer.status, transfer.token_number) == ("transfer", 200, 2)


async def test_a_caller_who_speaks_into_a_hangup_keeps_the_line(line: Line, eventually: Any) -> None:
    line.model.answer = ANSWER * 6
    await line.ears.caller_says("Tell me more.")
    await eventually(lambda: line.voice)
    waiting = line.call.post(intent="goodbye")
    assert line.call.busy

    await line.ears.caller_says("Wait, one more thing!")
    outcome = await waiting
    assert outcome.status == "interrupted"
    await eventually(lambda: not line.call.busy)
    assert line.acted == ()
    assert line.sandbox.websocket_open(line.opened.call_id)
    await eventually(lambda: len(line.model.asked) == 2)
    assert line.model.asked[1]["messages"][-1]["content"] == "Wait, one more thing!"


async def test_an_urgent_word_acts_before_the_model_is_asked(line: Line) -> None:
    await line.ears.caller_says("Stop calling me!")
    assert await line.sandbox.outcome(line.opened.call_id) == "hangup"
    assert line.acted == ("set_lead_status", "set_disposition", "hangup")
    assert line.model.asked == []


async def test_advice_reaches_the_model_once(line: Line, eventually: Any) -> None:
    await line.ears.caller_says("It is about billing.")
    await eventually(lambda: len(line.model.asked) == 2)
    first, second = (request["messages"] for request in line.model.asked)
    advice = "Do not speak about the bill before the caller is verified."
    assert advice not in str(first)
    assert str(second).count(advice) == 1


async def test_an_edit_changes_the_tool_of_the_next_turn(
    line: Line, eventually: Any, examples: Path, tmp_path: Path
) -> None:
    await line.ears.caller_says("Hello.")
    await eventually(lambda: len(line.model.asked) == 1)
    rules = tmp_path / "edited.rules"
    rules.write_text("# The caller sends something back.\non intent=returns transfer queue returns\n")
    line.engine.rules.path = rules
    outcome = await line.engine.rules.reload()
    assert outcome.status == "held", outcome
    line.engine.rules.accept()

    await line.ears.caller_says("I have returns for you.")
    assert await line.sandbox.outcome(line.opened.call_id) == "transferred_agent_queue"
    before, after = (_intents(request) for request in line.model.asked[:2])
    assert before == ["sales", "billing", "goodbye"]
    assert after == ["returns"]


def _intents(request: dict[str, Any]) -> list[str]:
    (tool,) = request["tools"]
    intents: list[str] = tool["function"]["parameters"]["properties"]["intent"]["items"]["enum"]
    return intents
