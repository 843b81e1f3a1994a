"""What every framework is driven by: a caller, a model and a voice that do what they are told, in one call."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from flowrules import CallSession, Engine, EventOutcome
from flowrules.agents.tool import ReportTool
from flowrules.sandbox import Sandbox

ToolCall = tuple[str, dict[str, Any]]
"""A tool's name and its arguments."""
SECONDS_A_LETTER = 0.04 / 3
"""How long the voice takes for what it says."""
LOOK_UP = "look_up"
"""A tool of the host's own, which answers once the call's `looked_up` is set."""
FOUND = {"found": "42"}


def report(**arguments: Any) -> ToolCall:
    return "report", arguments


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the model: what it says, and the tools that it calls. Its calls are numbered anew in each."""

    says: str = ""
    calls: Sequence[ToolCall] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What the model was given when it was asked."""

    text: str
    """All messages, as JSON."""
    tools: tuple[str, ...]
    intents: tuple[str, ...]
    """That `report` offers."""


def asked(messages: Any, tools: Sequence[dict[str, Any]]) -> Asked:
    """`tools` as JSON schemas with `name` and `parameters`."""
    offered = {tool["name"]: tool["parameters"]["properties"] for tool in tools}
    intent = offered.get("report", {}).get("intent", {"items": {"enum": []}})
    text = json.dumps(messages, ensure_ascii=False, default=str)
    return Asked(text, tuple(sorted(offered)), tuple(intent["items"]["enum"]))


def message(answer: Answer) -> dict[str, Any]:
    """An answer as a message of a chat completion."""
    calls = [
        {
            "id": f"call_{number}",
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(told)},
        }
        for number, (name, told) in enumerate(answer.calls, 1)
    ]
    made: dict[str, Any] = {"role": "assistant", "content": answer.says or None}
    return {**made, "tool_calls": calls} if calls else made


class Cannot(Exception):
    """What a framework does not do, in the words of its cell in `docs/embedding.md`."""


class Conversation(Protocol):
    """A call that is up, in one framework."""

    sandbox: Sandbox
    engine: Engine
    call: CallSession
    tool: ReportTool
    script: list[Answer]
    """What the model answers next; then `Fine.`"""
    mute: bool
    """No sound comes of what the model says."""
    looked_up: asyncio.Event
    """Set, unless a situation clears it."""

    @property
    def asked(self) -> list[Asked]: ...

    async def begins(self) -> None:
        """The caller's voice sets in."""

    async def hears(self, text: str) -> None:
        """The recogniser has this so far, of what the caller is saying. Raises Cannot."""

    async def guesses(self, text: str) -> None:
        """The recogniser believes that the caller has finished, and said this. Raises Cannot."""

    async def ends(self, *pieces: str) -> None:
        """The caller has said this, in as many finals, and has finished."""

    async def types(self, text: str) -> None:
        """The caller writes instead."""

    async def presses(self, keys: str) -> None: ...

    async def announces(self, text: str) -> None:
        """The host has a sentence spoken that the caller can't interrupt; returns once it can be heard."""

    def has_a_voice(self) -> None:
        """The framework can speak a text as it is. Raises Cannot."""

    async def changes_tools(self) -> None:
        """The framework's own way to give the model another tool, `confirm`, in place of `look_up`."""


class Watch:
    """What became of a call, and when."""

    def __init__(self, talk: Conversation) -> None:
        self.talk = talk
        self.outcomes: list[EventOutcome] = []
        self.finished: list[list[str]] = []
        """What had acted, each time that the bot had finished speaking."""
        self._spoken_before = 0
        talk.engine.subscribe(lambda call, outcome: self.outcomes.append(outcome))
        told = talk.call.bot_finished

        def finished() -> None:
            self.finished.append(self.acted)
            told()

        talk.call.bot_finished = finished  # type: ignore[method-assign]

    @property
    def acted(self) -> list[str]:
        return self.talk.sandbox.acted(self.talk.call.call_id)

    @property
    def speaks(self) -> bool:
        return bool(self.talk.call._driver.machine.speech.busy)

    async def says(self, *pieces: str) -> None:
        """A whole turn of the caller's; where no answer is scripted the model reports nothing."""
        self.talk.script = self.talk.script or [Answer("Fine.")]
        self._spoken_before = len(self.finished)
        await self.talk.begins()
        await asyncio.sleep(0.02)
        await self.talk.ends(*pieces)

    async def until(self, condition: Callable[[], object], seconds: float = 30.0) -> None:
        await until(condition, seconds)

    async def answered(self) -> None:
        """The bot has spoken since the caller began, and is silent again. That it is silent is true before, too."""
        await self.until(lambda: len(self.finished) > self._spoken_before and not self.speaks)

    async def quiet(self, seconds: float = 0.4) -> None:
        """Time for what must not happen."""
        await asyncio.sleep(seconds)


async def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait until something is so. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  (what is waited for is many things, in many frameworks)
            await asyncio.sleep(0.005)


def event_that_is_set() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event
