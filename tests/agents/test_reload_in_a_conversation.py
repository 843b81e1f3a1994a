"""Rules that change while a conversation goes on: each event is decided once, by one whole rule set, and the tool
that the next turn sees is that of the rules it will be decided by."""

import asyncio
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from flowrules import Engine, EventOutcome, Fsync, Mode, RuleBook, Settings
from flowrules.agents.tool import ReportTool
from flowrules.runtime.journal.reader import read_journal

EVENT, REPORT, SAVE, LOOK, GIVE_WAY = "event", "report", "save", "look", "give way"
MOVES = st.lists(
    st.sampled_from([EVENT, EVENT, REPORT, REPORT, SAVE, LOOK, GIVE_WAY, GIVE_WAY]), min_size=4, max_size=40
)


def rules(number: int) -> str:
    """The rules of the nth edit. Their one intent, and what they log, tell which edit they are."""
    return (
        f'rule "v{number}"\n  on x or intent=v{number}\n  log "v{number}"\n  wait 1 seconds\n'
        f'  log "v{number} again"\nend\nalso on x or intent is known log "also v{number}"\n'
    )


async def converse(moves: list[str], folder: Path) -> None:
    path = folder / "a.rules"
    path.write_text(rules(0))
    book = RuleBook.load(path)
    edits = {book.revision: 0}
    told: list[EventOutcome] = []
    chosen = Settings(mode=Mode.DRY_RUN, watch=False, journal=folder / "journal", journal_fsync=Fsync.NEVER)
    reloads: list[asyncio.Task[object]] = []
    waiting: dict[str, asyncio.Future[EventOutcome]] = {}
    async with Engine(book, settings=chosen) as engine:
        call = engine.call("c")
        tool = ReportTool(book)
        engine.subscribe(lambda _, outcome: told.append(outcome))
        for number, move in enumerate(moves):
            match move:
                case "event":
                    waiting[f"e{number}"] = call.post("x", event_id=f"e{number}")
                case "report":
                    (intent,) = tool.openai()["function"]["parameters"]["properties"]["intent"]["items"][
                        "enum"
                    ]
                    assert edits[tool.revision] == int(intent[1:])
                    waiting[f"e{number}"] = call.post(intent=intent, event_id=f"e{number}")
                case "save":
                    await asyncio.gather(*reloads)
                    path.write_text(rules(number + 1))
                    edits[_revision(path)] = number + 1
                    reloads.append(asyncio.create_task(book.reload()))
                case "look":
                    assert tool.revision == book.revision
                    assert tool.vocabulary.digest == tool.mcp()["_meta"]["flowrules/vocabulary"]
                case "give way":
                    await asyncio.sleep(0.001)
        await asyncio.gather(*reloads)
        outcomes = {event_id: await future for event_id, future in waiting.items()}
        await call.close()

    for event_id, outcome in outcomes.items():
        assert outcome.status == "done", event_id
        edit = edits[outcome.revision]
        labels = [rule.label for rule, _ in outcome.rules]
        assert labels[0].endswith(f'log "also v{edit}"')
        assert labels[1:] in ([f"v{edit}"], [])
        assert len(outcome.steps) == (3 if labels[1:] else 1)
    assert Counter(one.event_id for one in told if one.event_id in waiting) == Counter(waiting.keys())
    decided = [entry for entry in read_journal(folder / "journal") if entry.kind == "decided"]
    by_event = Counter(str(entry.fields["event"]) for entry in decided)
    assert all(by_event[event_id] == 1 for event_id in waiting)
    order = [edits[str(entry.fields["revision"])] for entry in decided]
    assert order == sorted(order)


def _revision(path: Path) -> str:
    return RuleBook.load(path).revision


@settings(max_examples=60, deadline=None)
@given(MOVES)
def test_no_event_is_lost_or_decided_twice_at_a_swap(moves: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(converse(moves, Path(folder)))
