"""One table of situations, played in every framework: the real packages, offline, on the sandbox."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from pydantic import SecretStr

from flowrules import CallSession, Engine, RuleBook, Settings
from flowrules.sandbox import Sandbox
from tests.conformance.turns.conversation import Conversation, Watch
from tests.conformance.turns.pipecat import pipecat
from tests.conformance.turns.plain import plain
from tests.conformance.turns.realtime import realtime
from tests.conformance.turns.situations import SITUATIONS, Situation

Framework = Callable[[Sandbox, Engine, CallSession], AbstractAsyncContextManager[Conversation]]
FRAMEWORKS: dict[str, Framework] = {"plain": plain, "realtime": realtime, "pipecat": pipecat}
EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture(autouse=True)
def examples(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    known = set(sys.modules)
    yield
    for path in EXAMPLES.glob("*.py"):
        if path.stem not in known:
            sys.modules.pop(path.stem, None)


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.name)
@pytest.mark.parametrize("framework", FRAMEWORKS)
async def test_a_situation_goes_as_the_table_says(framework: str, situation: Situation) -> None:
    async with Sandbox() as sandbox:
        settings = Settings(base_url=sandbox.base_url, watch=False)
        async with Engine(RuleBook.from_text(situation.rules), settings=settings) as engine:
            opened = await sandbox.open_call()
            call = engine.call(opened.call_id, token=SecretStr(opened.callback_token))
            async with FRAMEWORKS[framework](sandbox, engine, call) as talk:
                await situation.play(talk, Watch(talk))
