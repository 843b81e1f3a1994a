"""`GET /metrics` on a busy engine: Prometheus' own parser reads it, and it tells what has happened."""

import asyncio
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text
from pydantic import SecretStr

from flowrules.engine.decide import decide
from flowrules.engine.planning.planner import make_plan
from flowrules.runtime.calls.recorder import Recorder
from flowrules.runtime.engine import Engine
from flowrules.runtime.http.server import AgentServer
from flowrules.runtime.observer import ObservedRecorder
from flowrules.runtime.rules.rulebook import LoadStatus
from flowrules.runtime.settings import Settings
from flowrules.sandbox import Fault, Sandbox
from flowrules.telemetry.telemetry import Telemetry

RULES = """\
rule "Sales"
  on intent=sales
  set_lead_field plan to yes
  set_lead_field more to yes
end
on intent=sorry when opted_out is no hold otherwise mute
on dtmf=1 advise "Say hello."
never unhold when opted_out is yes
"""


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as it:
        yield it


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "main.rules"
    path.write_text(RULES)
    return path


@pytest.fixture
async def engine(sandbox: Sandbox, rules: Path, tmp_path: Path) -> AsyncIterator[Engine]:
    settings = Settings(
        base_url=sandbox.base_url,
        watch=False,
        check_apart=False,
        journal=tmp_path / "journal",
        journal_fsync="never",
    )
    async with Engine(rules, settings=settings, telemetry=Telemetry()) as running:
        yield running


@pytest.fixture
async def http(engine: Engine) -> AsyncIterator[httpx.AsyncClient]:
    key = SecretStr("metrics-key")
    async with (
        AgentServer(engine, metrics_key=key) as server,
        httpx.AsyncClient(
            base_url=server.http_url, headers={"Authorization": "Bearer metrics-key"}, trust_env=False
        ) as client,
    ):
        yield client


def save(rules: Path, text: str) -> None:
    rules.write_text(text)


async def scrape(http: httpx.AsyncClient) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """All series by name and labels. A series that is there twice is an error."""
    reply = await http.get("/metrics")
    assert reply.status_code == 200
    assert reply.headers["Content-Type"].startswith("text/plain")
    found: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
    for family in read_text(reply.text):
        assert family.documentation
        for sample in family.samples:
            key = sample.name, frozenset(sample.labels.items())
            assert key not in found
            found[key] = sample.value
    return found


def at(found: Any, name: str, **labels: str) -> float:
    return found.get((name, frozenset(labels.items())), 0)


async def talk(engine: Engine, sandbox: Sandbox) -> None:
    call = engine.call_from((await sandbox.open_call()).metadata)
    await call.event(intent="sales")
    await call.event(intent="sorry", opted_out=True)
    await call.event(dtmf="1")
    await call.event(intent="weather")
    await call.close()


async def test_a_busy_run_through_a_reload(
    engine: Engine, sandbox: Sandbox, rules: Path, http: httpx.AsyncClient
):
    sandbox.add_faults(Fault(kind="refused", verb="mute", times=3))
    for _ in range(3):
        await talk(engine, sandbox)
    before = await scrape(http)
    assert at(before, "flowrules_decisions_total", rule="Sales", outcome="fired") == 3
    assert at(before, "flowrules_decisions_total", rule="", outcome="unmatched") >= 3
    assert at(before, "flowrules_verbs_total", verb="set_lead_field", status="accepted", reason="") == 6
    assert at(before, "flowrules_verbs_total", verb="mute", status="refused", reason="refused") == 3
    assert at(before, "flowrules_events_total", status="failed") == 3
    assert at(before, "flowrules_engine_calls_total") == 3
    assert at(before, "flowrules_calls_live") == 0
    assert at(before, "flowrules_ready") == 1
    assert at(before, "flowrules_verb_duration_seconds_count", verb="set_lead_field") == 6
    assert at(before, "flowrules_queue_duration_seconds_count") >= 12
    assert at(before, "flowrules_decide_duration_seconds_count") >= 15
    assert at(before, "flowrules_plan_duration_seconds_count") > 0
    assert at(before, "flowrules_rules_live", revision=engine.rules.revision) == 1
    assert before[("process_resident_memory_bytes", frozenset())] > 0

    save(rules, RULES.replace('"Sales"', '"Buyers"'))
    assert (await engine.rules.reload()).status is LoadStatus.LIVE
    live = engine.calls
    assert not live
    await talk(engine, sandbox)
    save(rules, "on intent=sales hodl\n")
    assert (await engine.rules.reload()).status is LoadStatus.REFUSED
    open_call = engine.call_from((await sandbox.open_call()).metadata)
    after = await scrape(http)
    assert at(after, "flowrules_decisions_total", rule="Sales", outcome="fired") == 3
    assert at(after, "flowrules_decisions_total", rule="Buyers", outcome="fired") == 1
    assert at(after, "flowrules_loads_total", status="live") == 1
    assert at(after, "flowrules_loads_total", status="refused") == 1
    assert at(after, "flowrules_rules_not_live") == 1
    assert at(after, "flowrules_warnings") == 1
    assert at(after, "flowrules_calls_live") == 1
    assert [key for key in after if key[0] == "flowrules_rules_live"] == [
        ("flowrules_rules_live", frozenset({("revision", engine.rules.revision)}))
    ]
    # What grows only grows: a scrape takes nothing away.
    for (name, labels), value in before.items():
        if name.startswith("flowrules_") and name.endswith(("_total", "_count", "_bucket", "_sum")):
            assert after[name, labels] >= value
    await open_call.close()


async def test_how_late_the_loop_is(engine: Engine, http: httpx.AsyncClient) -> None:
    async with asyncio.timeout(60):
        while at(await scrape(http), "flowrules_loop_lag_seconds_count") < 2:
            time.sleep(0.3)  # noqa: ASYNC251  (the loop is held up)
            await asyncio.sleep(0.3)
    found = await scrape(http)
    assert at(found, "flowrules_loop_lag_seconds_sum") > 0
    assert at(found, "flowrules_queue_length") == 0


def test_an_engine_without_telemetry_runs_what_it_ran_before(rules: Path) -> None:
    """Not one step more: its calls decide and record with the engine's own functions."""
    seen = []

    async def look() -> None:
        for telemetry in (None, Telemetry()):
            settings = Settings(mode="dry_run", watch=False)
            async with Engine(rules, settings=settings, telemetry=telemetry) as engine:
                call = engine.call("c1")
                setup = call._driver.machine._call.setup
                seen.append((type(call._recorder), setup.decide is decide, setup.make_plan is make_plan))

    asyncio.run(look())
    assert seen == [(Recorder, True, True), (ObservedRecorder, False, False)]


WITHOUT_THE_EXTRA = """
import asyncio, sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "opentelemetry":
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Missing())
from flowrules import Engine, RuleBook, Settings, Telemetry

async def main():
    rules, settings = RuleBook.from_text("on intent=x hold\\n"), Settings(mode="dry_run")
    async with Engine(rules, settings=settings, telemetry=Telemetry()) as engine:
        await engine.call("c1").event(intent="x")
        page, _ = await engine.telemetry.metrics()
    print(b'flowrules_verbs_total{reason="",status="withheld",verb="hold"} 1.0' in page)
    try:
        Telemetry(opentelemetry=True)
    except ImportError:
        print("said at once")

asyncio.run(main())
"""


def test_numbers_need_no_opentelemetry() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_EXTRA], capture_output=True, text=True, check=False, timeout=110
    )
    assert (ran.stdout, ran.stderr) == ("True\nsaid at once\n", "")


async def test_openmetrics_where_prometheus_asks_for_it(
    engine: Engine, sandbox: Sandbox, http: httpx.AsyncClient
):
    await talk(engine, sandbox)
    reply = await http.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert reply.headers["Content-Type"].startswith("application/openmetrics-text")
    names = {family.name for family in read_openmetrics(reply.text)}
    assert {"flowrules_events", "flowrules_verb_duration_seconds", "flowrules_ready"} <= names


async def test_no_series_quotes_a_caller_a_value_or_a_token(
    engine: Engine, sandbox: Sandbox, http: httpx.AsyncClient
):
    opened = await sandbox.open_call(lead={"name": "Asha Rao"}, caller={"number": "+919876500000"})
    call = engine.call_from(opened.metadata)
    await call.event(said="my card is 4111 1111 1111 1111", intent="sales", account="secret-account")
    page = (await http.get("/metrics")).text
    for kept in ("Asha", "9876500000", "4111", "secret-account", opened.call_id, opened.callback_token[:8]):
        assert kept not in page


async def test_without_telemetry_there_are_no_metrics(sandbox: Sandbox, rules: Path) -> None:
    settings = Settings(base_url=sandbox.base_url, watch=False)
    key = {"Authorization": "Bearer metrics-key"}
    async with (
        Engine(rules, settings=settings) as engine,
        AgentServer(engine, metrics_key=SecretStr("metrics-key")) as server,
        httpx.AsyncClient(base_url=server.http_url, headers=key, trust_env=False) as client,
    ):
        assert (await client.get("/metrics")).status_code == 404


async def test_metrics_take_a_key(http: httpx.AsyncClient) -> None:
    assert (await http.get("/metrics", headers={"Authorization": "Bearer wrong"})).status_code == 401


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed (Debian: prometheus)")
async def test_promtool_has_nothing_against_the_page(
    engine: Engine, sandbox: Sandbox, http: httpx.AsyncClient
):
    await talk(engine, sandbox)
    page = (await http.get("/metrics")).text
    ours = "".join(line for line in page.splitlines(keepends=True) if "process_" not in line)
    check = await asyncio.create_subprocess_exec(
        "promtool",
        "check",
        "metrics",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said, _ = await check.communicate(ours.encode())
    assert (said.decode(), check.returncode) == ("", 0)
