"""A process that is killed while the host carries a verb out: what became of it is unknown, and it is not done again."""

import subprocess
import sys
from pathlib import Path

from flowrules import Engine, EventStatus, HostVerb, RuleBook, Settings, VerbAnswer
from flowrules.runtime.journal import read_journal, story, verify
from flowrules.runtime.journal.replaying.replay import replay

RULES = "on intent=sales transfer queue sales_q\non intent=pause hold\non intent=bye hangup\n"

DIES = """
import asyncio, sys
from pathlib import Path
from flowrules import Engine, RuleBook, Settings

async def hangs(verb):
    print(verb.step, flush=True)
    await asyncio.Event().wait()

async def main():
    settings = Settings(journal=Path(sys.argv[1]))
    async with Engine(RuleBook.from_text(sys.argv[2]), settings=settings, verbs={"transfer": hangs, "hold": hangs}) as engine:
        await engine.call("c1").event(intent=sys.argv[3], event_id="e1")

asyncio.run(main())
"""


class Desk:
    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, verb: HostVerb) -> VerbAnswer:
        self.asked.append(verb.verb)
        return VerbAnswer.accepted()


def killed(folder: Path, intent: str) -> str:
    """Run a process until its handler is asked, and kill it; the step that it was asked for."""
    process = subprocess.Popen(
        [sys.executable, "-c", DIES, str(folder), RULES, intent], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process, process.stdout as told:
        step = told.readline().strip()
        process.kill()
    return step


def receipts(folder: Path) -> list[tuple[object, ...]]:
    return [
        (entry.fields["verb"], entry.fields["key"], entry.fields.get("by"), entry.fields["status"])
        for entry in read_journal(folder)
        if entry.kind == "receipt"
    ]


async def test_a_transfer_in_flight_is_unknown_and_not_repeated(tmp_path: Path) -> None:
    step = killed(tmp_path, "sales")
    desk = Desk()
    settings = Settings(journal=tmp_path)
    rules = RuleBook.from_text(RULES)
    async with Engine(rules, settings=settings, verbs={"transfer": desk, "hangup": desk}) as engine:
        call = engine.call("c1")
        again = await call.event(intent="sales", event_id="e1")
        assert again.status is EventStatus.REPEATED
        # The platform can't tell what the host's transfer came to, and the host does not.
        other = await call.event(intent="bye")
        assert [str(step) for step in other.steps] == ["hangup refused because timeout"]
        assert desk.asked == []
        await call.close()
        # What is open stays open for the next call of this name, in this process as in another.
        dialled = await engine.call("c1").event(intent="bye")
        assert [str(step) for step in dialled.steps] == ["hangup refused because timeout"]
    assert receipts(tmp_path) == [("transfer", step, "host", "unknown")]
    assert verify(tmp_path) == ()
    assert [one.difference for one in replay(tmp_path)] == [None, None, None]
    # A host that can tell how the call stands may end it.
    desks = {"transfer": desk, "hangup": desk, "get_call_state": desk}
    async with Engine(rules, settings=settings, verbs=desks) as engine:
        ended = await engine.call("c1").event(intent="bye")
        assert [str(step) for step in ended.steps] == ["get_call_state accepted", "hangup accepted"]
    assert desk.asked == ["get_call_state", "hangup"]
    async with Engine(rules, settings=settings, verbs={"hangup": desk}) as engine:
        assert (await engine.call("c1").event(intent="bye")).status is EventStatus.ENDED
    assert [one.difference for one in replay(tmp_path)] == [None] * 5


async def test_a_live_verb_in_flight_is_unknown_and_the_call_goes_on(tmp_path: Path) -> None:
    step = killed(tmp_path, "pause")
    desk = Desk()
    async with Engine(
        RuleBook.from_text(RULES), settings=Settings(journal=tmp_path), verbs={"hold": desk, "hangup": desk}
    ) as engine:
        call = engine.call("c1")
        assert (await call.event(intent="pause", event_id="e1")).status is EventStatus.REPEATED
        assert (await call.event(intent="bye")).status is EventStatus.ENDED
    assert desk.asked == ["hangup"]
    assert receipts(tmp_path)[0] == ("hold", step, "host", "unknown")
    assert verify(tmp_path) == ()


async def test_the_story_of_a_call_names_the_host(tmp_path: Path) -> None:
    async with Engine(
        RuleBook.from_text(RULES), settings=Settings(journal=tmp_path), verbs={"transfer": Desk()}
    ) as engine:
        await engine.call("c1").event(intent="sales")
    assert any("transfer goes out, to the host" in line for line in story(tmp_path, "c1"))
