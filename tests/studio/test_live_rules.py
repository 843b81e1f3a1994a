"""What the panel of live calls says of the rules: it never takes those that the engine had for those that were just saved."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from flowrules.compiler.loading.load import load_rules
from flowrules.runtime.journal.reader import CURRENT
from flowrules.source import source_from_text
from flowrules.studio.on_disk import RulesOnDisk
from flowrules.studio.server import Studio
from tests.studio.conftest import RULES, Peer, dial, static_page

SAVED = "The engine decides by the rules as they are saved."
OTHER = "The engine decides by other rules than those that are saved here."


class Engine:
    """Writes into a journal which rules are live, as an engine does."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / CURRENT
        folder.mkdir()
        self._seq = 0

    def takes(self, text: str) -> None:
        self._seq += 1
        ruleset = load_rules([source_from_text(text, "sales.rules")]).ruleset
        assert ruleset is not None
        entry = {
            "seq": self._seq,
            "prev": "",
            "at": "2026-01-05T11:00:00+00:00",
            "kind": "rules",
            "status": "live",
        }
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**entry, "revision": ruleset.revision}) + "\n")


@pytest_asyncio.fixture
async def watched(
    rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Studio, Engine]]:
    static_page(tmp_path, monkeypatch)
    engine = Engine(tmp_path / "journal")
    engine.takes(RULES)
    async with Studio(RulesOnDisk(rules), port=0, story_seconds=-1, journal=tmp_path / "journal") as studio:
        yield studio, engine


async def test_nothing_is_said_of_a_save_before_the_engine_has_taken_it(
    watched: tuple[Studio, Engine],
) -> None:
    studio, engine = watched
    text = RULES.replace("sales_q", "other_q")
    async with dial(studio) as socket:
        tab = Peer(socket)
        await tab.until(kind="welcome")
        await tab.send(kind="show", panel="live")
        panel = await tab.until(kind="panel", panel="live")
        while SAVED not in panel["html"]:
            panel = await tab.until(kind="panel", panel="live")
        at = RULES.index("sales_q")
        await tab.send(kind="change", file="sales.rules", version=1, changes=[[at, at + 7, "other_q"]])
        await tab.send(kind="save")
        # Whatever tells the page that all is saved, the panel has said before that it does not know any more.
        while True:
            message = await tab.until()
            if message["kind"] == "panel":
                panel = message
            if message["kind"] == "saved" or (message["kind"] == "digests" and not message["unsaved"]):
                assert SAVED not in panel["html"], message["kind"]
            if message["kind"] == "saved":
                break
        while OTHER not in panel["html"]:
            panel = await tab.until(kind="panel", panel="live")
            assert SAVED not in panel["html"]
        engine.takes(text)
        while SAVED not in panel["html"]:
            panel = await tab.until(kind="panel", panel="live")


async def test_a_save_that_is_refused_leaves_what_was_said(watched: tuple[Studio, Engine]) -> None:
    studio, _ = watched
    async with dial(studio) as socket:
        tab = Peer(socket)
        await tab.until(kind="welcome")
        await tab.send(kind="show", panel="live")
        panel = await tab.until(kind="panel", panel="live")
        while SAVED not in panel["html"]:
            panel = await tab.until(kind="panel", panel="live")
        wrong = "on intent=x tranfer y\n"
        await tab.send(kind="change", file="sales.rules", version=1, changes=[[0, 0, wrong]])
        await tab.send(kind="save")
        while SAVED in panel["html"]:
            panel = await tab.until(kind="panel", panel="live")
        while SAVED not in panel["html"]:
            panel = await tab.until(kind="panel", panel="live")
