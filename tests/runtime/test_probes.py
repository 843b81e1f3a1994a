"""What an orchestrator asks: does the process work, does it take calls, and what is wrong with it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from flowrules.runtime.engine import Engine
from flowrules.runtime.http import readiness
from flowrules.runtime.http.server import AgentServer
from flowrules.runtime.rules.rulebook import LoadStatus
from flowrules.runtime.settings import Mode, Settings

EVENTS, METRICS = "events-key", "metrics-key"
RULES = "on intent=sales hold\nnever transfer when opted_out is yes\n"


def save(rules: Path, text: str) -> None:
    rules.write_text(text)


class Asked:
    def __init__(self, engine: Engine, http: httpx.AsyncClient) -> None:
        self.engine, self.http = engine, http

    async def status(self, path: str, key: str = "") -> int:
        return (await self.reply(path, key)).status_code

    async def reply(self, path: str, key: str = "") -> httpx.Response:
        return await self.http.get(path, headers={"Authorization": f"Bearer {key}"} if key else {})


@asynccontextmanager
async def serving(rules: Path, *, keys: bool = True, **settings: Any) -> AsyncIterator[Asked]:
    wanted = {"mode": Mode.SHADOW, "check_apart": False, "watch": False, **settings}
    engine = Engine(rules, settings=Settings(**wanted))
    shown = {"events_key": SecretStr(EVENTS), "metrics_key": SecretStr(METRICS)} if keys else {}
    async with (
        engine,
        AgentServer(engine, **shown) as server,
        httpx.AsyncClient(base_url=server.http_url, trust_env=False) as http,
    ):
        yield Asked(engine, http)


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "main.rules"
    path.write_text(RULES)
    return path


async def test_the_probes_take_no_key_and_tell_nothing_of_the_host(rules: Path, tmp_path: Path) -> None:
    async with serving(rules, keys=False, journal=tmp_path / "journal") as asked:
        assert (await asked.reply("/livez")).json() == {"status": "ok"}
        ready = await asked.reply("/readyz")
        assert ready.status_code == 200
        checks = {"engine": "ok", "rules": "ok", "journal": "ok", "timers": "ok"}
        assert ready.json() == {"status": "ok", "checks": checks}
        for path in ("/health", "/metrics", "/events", "/rules/accept"):
            assert await asked.status(path) == 404


async def test_each_key_opens_what_it_is_for(rules: Path) -> None:
    async with serving(rules) as asked:
        for key, health, events in (
            ("", 401, 401),
            ("wrong", 401, 401),
            (METRICS, 200, 401),
            (EVENTS, 200, 422),
        ):
            shown = {"Authorization": f"Bearer {key}"} if key else {}
            assert await asked.status("/health", key) == health
            assert (await asked.http.post("/events", json={"x": 1}, headers=shown)).status_code == events
        assert (
            await asked.http.post("/rules/accept", headers={"Authorization": f"Bearer {METRICS}"})
        ).status_code == 401


@pytest.mark.parametrize(
    ("edit", "status"),
    [("on intent=sales hodl\n", LoadStatus.REFUSED), ("on intent=sales hold\n", LoadStatus.HELD)],
)
async def test_an_edit_that_does_not_go_live_is_a_warning(rules: Path, edit: str, status: LoadStatus) -> None:
    async with serving(rules) as asked:
        save(rules, edit)
        assert (await asked.engine.rules.reload()).status is status
        health = await asked.reply("/health", METRICS)
        assert health.status_code == 200
        assert health.json()["ready"] is True
        assert health.json()["problems"] == []
        assert "the rules on disk are not live" in health.json()["warnings"][0]
        assert await asked.status("/readyz") == 200


async def test_who_drains_lives_and_is_not_ready(rules: Path) -> None:
    async with serving(rules) as asked:
        await asked.engine.drain(0)
        assert await asked.status("/livez") == 200
        ready = await asked.reply("/readyz")
        assert ready.status_code == 503
        assert ready.json()["checks"]["engine"] == "draining"
        health = await asked.reply("/health", EVENTS)
        assert health.status_code == 503
        assert "shutting down" in health.json()["problems"][0]


def stand_in_the_way(journal: Path) -> None:
    (journal / ".probe").mkdir()


def go_out_of_the_way(journal: Path) -> None:
    (journal / ".probe").rmdir()


async def test_a_disk_that_takes_nothing_is_noticed_before_the_first_call(
    rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "LOOK_AGAIN", 0)
    journal = tmp_path / "journal"
    async with serving(rules, journal=journal) as asked:
        assert await asked.status("/readyz") == 200
        stand_in_the_way(journal)  # As good as a disk that is full, or mounted to be read only.
        assert (await asked.reply("/readyz")).json()["checks"]["journal"] == "failing"
        go_out_of_the_way(journal)
        assert await asked.status("/readyz") == 200
        assert not (journal / ".probe").exists()


async def test_a_journal_that_can_not_be_written_is_not_ready(
    rules: Path, tmp_path: Path, no_room: Any
) -> None:
    journal = tmp_path / "journal"
    async with serving(rules, journal=journal, journal_fsync="never") as asked:
        with no_room(journal / "journal.jsonl"):
            call = asked.engine.call("c1")
            async with asyncio.timeout(45):
                while not asked.engine.health().problems:
                    await call.event(intent="sales")
                    await asyncio.sleep(0.01)
            assert (await asked.reply("/readyz")).json()["checks"]["journal"] == "failing"
            assert await asked.status("/livez") == 200
            assert await asked.status("/health", METRICS) == 503
