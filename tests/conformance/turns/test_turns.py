"""One table of situations, played in every framework: the real packages, offline, on the sandbox."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from pydantic import SecretStr

from flowrules import CallSession, Engine, RuleBook, SayBy, Settings
from flowrules.sandbox import Sandbox
from tests.conformance.turns.conversation import Cannot, Conversation, Watch
from tests.conformance.turns.livekit import livekit
from tests.conformance.turns.pipecat import pipecat
from tests.conformance.turns.plain import plain
from tests.conformance.turns.realtime import realtime
from tests.conformance.turns.situations import SITUATIONS, Situation

Framework = Callable[[Sandbox, Engine, CallSession, float], AbstractAsyncContextManager[Conversation]]
FRAMEWORKS: dict[str, Framework] = {
    "plain loop": plain,
    "Pipecat": pipecat,
    "LiveKit": livekit,
    "Realtime": realtime,
}
ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples"
PAGE = (ROOT / "docs" / "embedding.md").read_text()


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
        settings = Settings(base_url=sandbox.base_url, watch=False, say=SayBy(situation.say))
        async with Engine(RuleBook.from_text(situation.rules), settings=settings) as engine:
            opened = await sandbox.open_call()
            call = engine.call(opened.call_id, token=SecretStr(opened.callback_token))
            async with FRAMEWORKS[framework](sandbox, engine, call, situation.patience) as talk:
                assert await _played(situation, talk) == _cell(situation.name, framework)


async def _played(situation: Situation, talk: Conversation) -> str:
    try:
        await situation.play(talk, Watch(talk))
    except Cannot as cannot:
        return str(cannot)
    return "yes"


def _cell(name: str, framework: str) -> str:
    """What `docs/embedding.md` says of a situation."""
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in PAGE.splitlines() if "|" in line]
    (head,) = [row for row in rows if row[:1] == ["in this situation"]]
    (row,) = [row for row in rows if row[:1] == [name]]
    return row[head.index(framework)]


def test_the_page_tells_of_no_other_situation() -> None:
    table = PAGE.split("| in this situation |")[1].split("\n\n")[0]
    names = [line.split("|")[1].strip() for line in table.splitlines()[2:]]
    assert names == [situation.name for situation in SITUATIONS]
