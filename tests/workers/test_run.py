"""`flowrules run --workers` as an orchestrator runs it: calls and reports meet, workers are killed, all is drained."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

from flowrules.cli import application
from flowrules.runtime.journal import read_journal, verify
from flowrules.runtime.journal.folders import journal_folder, journals_in
from flowrules.sandbox import Fault, Sandbox
from flowrules.sandbox import Settings as SandboxSettings
from flowrules.workers.routing import owner_of
from tests.pod import PATIENCE, Pod, until

RULES = """\
on dtmf=5 set_lead_field key to yes then set_lead_field more to yes
on intent=note log "noted"
on call_ended set_disposition done
"""


pytestmark = pytest.mark.timeout(300)  # Several processes, on a machine that may be busy.


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxSettings(audio="none")) as it:
        yield it


def pod_of(sandbox: Sandbox, folder: Path, workers: int = 2, **environment: str) -> Pod:
    (folder / "a.rules").write_text(RULES)
    return Pod(sandbox, folder, [str(folder / "a.rules"), "--workers", str(workers)], environment=environment)


def owned(worker: int, workers: int = 2, skip: int = 0) -> str:
    """A call that this worker owns."""
    found = (f"call-{number}" for number in range(1_000) if owner_of(f"call-{number}", workers) == worker)
    return next(call for number, call in enumerate(found) if number == skip)


def process_of(pod: Pod, worker: int) -> int:
    """The newest process of a worker, as the log tells it."""
    lines = [line for line in pod.said.splitlines() if "worker.ready" in line and f"worker={worker}" in line]
    return int(lines[-1].split("pid=")[1].split()[0])


def has_ended(process: int) -> bool:
    """Also where nobody has asked for its exit code: whose child it was is gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


async def test_calls_and_reports_meet_in_the_worker_that_owns_the_call(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with pod_of(sandbox, tmp_path) as pod:
        assert await pod.probe("/livez") == 200
        await pod.until_probe("/readyz", 200)
        assert (await pod.http.post("/events", json={"intent": "note"})).json() == {
            "detail": "no call is live"
        }
        first, second = await pod.call(owned(1)), await pod.call(owned(2))
        several = await pod.http.post("/events", json={"intent": "note"})
        assert several.status_code == 422
        assert "2 calls are live: name one by its call_id" in several.json()["detail"]
        for call in (first, second):
            outcome = (await pod.http.post("/events", json={"call_id": call, "intent": "note"})).json()
            assert (outcome["call_id"], outcome["status"]) == (call, "done")
            sandbox.press(call, "5")
        await until(lambda: all(sandbox.acted(call).count("set_lead_field") == 2 for call in (first, second)))
        unknown = await pod.http.post("/events", json={"call_id": "nobody", "intent": "note"})
        assert (unknown.status_code, unknown.json()) == (422, {"detail": "there is no live call nobody"})
        # One view of all.
        health = await pod.health()
        assert (health["calls"], health["ready"], health["problems"]) == (2, True, [])
        assert {name: one["calls"] for name, one in health["workers"].items()} == {"1": 1, "2": 1}
        assert health["counters"]["calls"] == 2
        families = list(text_string_to_metric_families((await pod.http.get("/metrics")).text))
        assert len({family.name for family in families}) == len(families)
        live = {
            sample.labels["worker"]: sample.value
            for one in families
            if one.name == "flowrules_calls_live"
            for sample in one.samples
        }
        assert live == {"1": 1.0, "2": 1.0}
        # Whoever shows no key, or comes from a web page, is turned away by the front.
        async with httpx.AsyncClient(base_url=pod.http.base_url, trust_env=False) as stranger:
            for method, path in (
                ("GET", "/health"),
                ("GET", "/metrics"),
                ("POST", "/events"),
                ("POST", "/rules/accept"),
            ):
                assert (await stranger.request(method, path)).status_code == 401
            assert (await stranger.get("/calls")).status_code == 404
        page = await pod.http.post(
            "/events", json={"call_id": first, "intent": "note"}, headers={"Origin": "http://x"}
        )
        assert page.status_code == 403
        sandbox.close(first)
        await pod.until_health(lambda found: found["calls"] == 1)
        # The one call that is left is meant.
        assert (await pod.http.post("/events", json={"intent": "note"})).json()["call_id"] == second
        # An edit goes live in all workers.
        pod.rules.write_text(RULES + 'on intent=new log "new"\n')
        before = health["revision"]
        health = await pod.until_health(lambda found: found["revision"] not in ("", before))
        assert {one["revision"] for one in health["workers"].values()} == {health["revision"]}
        sandbox.close(second)
        assert await pod.terminated() == 0
    for worker, call in ((1, first), (2, second)):
        folder = journal_folder(pod.journal, worker)
        assert {entry.call for entry in read_journal(folder)} - {""} == {call}
        assert verify(folder) == ()
    # The journals are read as one.
    for command in (
        ["verify", str(pod.journal)],
        ["replay", "--journal", str(pod.journal)],
        [str(pod.journal), "--call", first],
    ):
        result = CliRunner().invoke(application("journal"), ["journal", *command], env={"COLUMNS": "200"})
        assert result.exit_code == 0, result.output
    noted = tmp_path / "noted.rules"  # What a caller presses is on no record.
    noted.write_text('on intent=note log "noted"\n')
    over = CliRunner().invoke(
        application("replay"),
        ["replay", str(noted), "--over", str(pod.journal), "--against", str(noted), "--json"],
    )
    assert over.exit_code in (0, 1), over.output
    told = json.loads(over.output)
    assert (told["calls"], told["changed_calls"], told["unplayed"]) == (2, 0, {})


async def test_a_worker_that_is_killed_is_started_again_and_nothing_is_sent_twice(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with pod_of(sandbox, tmp_path) as pod:
        hit, spared = await pod.call(owned(1)), await pod.call(owned(2))
        sandbox.add_faults(Fault(kind="slow", verb="set_lead_field", call_id=hit, seconds=600))
        sandbox.press(hit, "5")
        await until(lambda: [entry for entry in sandbox.ledger(hit) if entry.verb == "set_lead_field"])
        os.kill(process_of(pod, 1), signal.SIGKILL)
        await until(lambda: "worker.died" in pod.said)
        # The other worker's calls go on meanwhile.
        outcome = await pod.http.post("/events", json={"call_id": spared, "intent": "note"})
        assert outcome.json()["status"] == "done"
        # The front, a process of its own, hears a moment later that the worker has died.
        health = await pod.until_health(
            lambda found: found["ready"] and found["workers"]["1"]["restarts"] == 1
        )
        assert health["workers"]["2"]["restarts"] == 0
        unknown = [entry for entry in pod.entries() if entry.fields.get("status") == "unknown"]
        assert [entry.call for entry in unknown] == [hit]
        gone = await pod.http.post("/events", json={"call_id": hit, "intent": "note"})
        assert gone.status_code == 422
        again = await pod.call(owned(1, skip=1))
        sandbox.press(again, "5")
        await until(lambda: sandbox.acted(again).count("set_lead_field") == 2)
        for call in (again, spared):
            sandbox.close(call)
        assert await pod.terminated() == 0
    assert len([entry for entry in sandbox.ledger(hit) if entry.verb == "set_lead_field"]) == 1
    for folder in journals_in(pod.journal):
        assert verify(folder) == ()


async def test_a_call_waits_for_its_worker_while_that_is_started_again(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with pod_of(sandbox, tmp_path) as pod:
        os.kill(process_of(pod, 1), signal.SIGKILL)
        await until(lambda: "worker.died" in pod.said)
        await pod.until_probe("/readyz", 503)
        assert await pod.probe("/livez") == 200
        call = await pod.call(owned(1))
        sandbox.press(call, "5")
        await until(lambda: sandbox.acted(call).count("set_lead_field") == 2)
        sandbox.close(call)


async def test_all_are_drained_and_what_their_calls_have_decided_is_sent(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.add_faults(Fault(kind="slow", verb="set_lead_field", seconds=1))
    async with pod_of(sandbox, tmp_path, 3) as pod:
        calls = [await pod.call(owned(worker, 3)) for worker in (1, 2, 3)]
        for call in calls:
            sandbox.press(call, "5")
        await until(lambda: {e.call for e in pod.entries() if e.kind == "sending"} == set(calls))
        pod.process.terminate()
        await until(lambda: "Shutting down" in pod.said)
        await pod.until_probe("/readyz", 503)
        assert await pod.probe("/livez") == 200
        refused = await sandbox.open_call(ws_url=pod.ws_url, call_id=owned(1, 3, skip=1))
        await until(lambda: "dial.refused" in pod.said)
        health = await pod.health()
        assert health["ready"] is False
        assert not any("started again" in one for one in health["problems"])
        # A call that goes on can be told of, to its end.
        outcome = await pod.http.post("/events", json={"call_id": calls[0], "intent": "note"})
        assert outcome.json()["call_id"] == calls[0]
        await until(lambda: all(sandbox.acted(call).count("set_lead_field") == 2 for call in calls))
        for call in calls:
            sandbox.close(call)
        async with asyncio.timeout(PATIENCE):
            assert await pod.process.wait() == 0
    assert refused.call_id not in {entry.call for entry in pod.entries()}
    for worker in (1, 2, 3):
        assert verify(journal_folder(pod.journal, worker)) == ()


async def test_a_front_that_is_killed_takes_no_call_along(sandbox: Sandbox, tmp_path: Path) -> None:
    async with pod_of(sandbox, tmp_path) as pod:
        call = await pod.call(owned(1))
        worker = process_of(pod, 1)
        pod.process.kill()
        # To wait for it would wait for the workers, too, which write where it wrote.
        await until(lambda: pod.process.returncode is not None)
        sandbox.press(call, "5")
        await until(lambda: sandbox.acted(call).count("set_lead_field") == 2)
        sandbox.close(call)
        await until(lambda: any(entry.kind == "ended" and entry.call == call for entry in pod.entries()))
        await until(lambda: has_ended(worker))
    assert verify(journal_folder(pod.journal, 1)) == ()


async def test_a_second_signal_ends_them_at_once(sandbox: Sandbox, tmp_path: Path) -> None:
    async with pod_of(sandbox, tmp_path) as pod:
        call = await pod.call(owned(2))
        pod.process.terminate()
        await until(lambda: "Shutting down" in pod.said)
        assert await pod.terminated() == 0
        assert any(entry.kind == "ended" and entry.call == call for entry in pod.entries())


async def test_rules_that_can_not_go_live_are_told_once(sandbox: Sandbox, tmp_path: Path) -> None:
    pod = pod_of(sandbox, tmp_path)
    pod.rules.write_text("on dtmf=5 hodl\n")
    with pytest.raises(AssertionError, match="hodl"):
        async with pod:
            pass
    await pod.process.wait()
    assert pod.process.returncode == 1
    assert pod.said.count("hodl") == 1
