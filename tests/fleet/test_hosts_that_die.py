"""What becomes of events and records when a host of a fleet is killed: real processes, on SQLite and on PostgreSQL."""

import asyncio
import json
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from flowrules.runtime.journal import verify
from flowrules.runtime.journal.replaying.replay import replay
from flowrules.sandbox import Sandbox
from tests.conftest import TOKEN
from tests.fleet.pods import Pod, eventually, until


def begin(pod: Pod, call: str, intent: str) -> "asyncio.Task[dict[str, Any]]":
    """Report an event whose plan takes long, and do not wait for its end."""

    async def report() -> dict[str, Any]:
        try:
            return (await pod.report(call, intent=intent, event_id=intent))[1]
        except httpx.HTTPError as error:  # The host was killed.
            return {"status": type(error).__name__}

    task = asyncio.create_task(report())
    UNDER_WAY.add(task)
    return task


UNDER_WAY: set[asyncio.Task[dict[str, Any]]] = set()


@pytest.fixture(autouse=True)
async def _nothing_is_left() -> AsyncIterator[None]:
    yield
    for task in UNDER_WAY:
        task.cancel()
    await asyncio.gather(*UNDER_WAY, return_exceptions=True)
    UNDER_WAY.clear()


async def shown(fleet: str, ends_with: int = 0) -> dict[str, Any]:
    """What `flowrules fleet --json` prints. It ends with 1 where a host is dead."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "flowrules", "fleet", fleet, "--json"), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    told = await process.stdout.read()
    assert await process.wait() == ends_with
    return json.loads(told)


def whole_database(folder: Path) -> bytes:
    """The file of SQLite, and what lies beside it."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("fleet.sqlite*")))


def sent(sandbox: Sandbox, call_id: str) -> list[tuple[str, str, int | None]]:
    return [
        (str(entry.verb), entry.credential, entry.status)
        for entry in sandbox.ledger(call_id)
        if entry.request == "control"
    ]


async def test_an_event_reaches_the_host_that_has_the_call(
    sandbox: Sandbox, tmp_path: Path, fleet: str
) -> None:
    async with Pod(sandbox, tmp_path, fleet, "a") as a, Pod(sandbox, tmp_path, fleet, "b") as b:
        call = await a.call()
        status, outcome = await b.report(call, intent="note", event_id="w1")
        assert (status, outcome["status"], outcome["call_id"]) == (200, "done", call)
        assert [step["verb"] for step in outcome["steps"]] == ["log"]
        # Once, wherever it comes again.
        for pod in (b, a, b):
            again = (await pod.report(call, intent="note", event_id="w1"))[1]
            assert again["steps"] == outcome["steps"]
        assert [verb for verb, _, _ in sent(sandbox, call)] == ["log"]
        # The first outcome is known to all, also where the owner has had it first.
        first = (await a.report(call, intent="note", event_id="w2"))[1]
        assert (await b.report(call, intent="note", event_id="w2"))[1]["steps"] == first["steps"]
        assert [verb for verb, _, _ in sent(sandbox, call)] == ["log", "log"]
        assert len([one for one in a.entries("decided") if one.fields["keys"].get("intent")]) == 2
        # Also where it comes to several hosts at once.
        for number in range(5):
            reports = [pod.report(call, intent="note", event_id=f"at-once-{number}") for pod in (b, a, b, a)]
            told = await asyncio.gather(*reports)
            assert all(answer[1]["status"] == "done" for answer in told), told
            assert len({json.dumps(answer[1]["steps"]) for answer in told}) == 1
        assert len(sent(sandbox, call)) == 7
        seen = await shown(fleet)
        assert [(host["state"], host["tries_records"]) for host in seen["hosts"]] == [("live", True)] * 2
        assert len({host["revision"] for host in seen["hosts"]}) == 1
        assert seen["calls"][call].startswith("a-")


async def test_an_event_for_a_call_that_is_over_is_told_late(
    sandbox: Sandbox, tmp_path: Path, fleet: str
) -> None:
    async with Pod(sandbox, tmp_path, fleet, "a") as a, Pod(sandbox, tmp_path, fleet, "b") as b:
        call = await a.call()
        sandbox.close(call)
        await until(lambda: a.entries("ended"))

        async def is_late() -> bool:
            status, answer = await b.report(call, intent="note", event_id="w1")
            return (status, answer["status"]) == (200, "late")

        await eventually(is_late)
        # Whichever host knew first that the call is over.
        await until(lambda: any("came late" in note for pod in (a, b) for note in pod.notes()))
        assert (await b.report("no-such-call", intent="note"))[0] == 422


async def test_records_that_a_killed_host_had_decided_are_tried_once_by_another(
    sandbox: Sandbox, tmp_path: Path, fleet: str
) -> None:
    async with (
        Pod(sandbox, tmp_path, fleet, "b") as b,
        Pod(sandbox, tmp_path, fleet, "c") as c,
        Pod(sandbox, tmp_path, fleet, "a") as a,
    ):
        call, other = await a.call(), await a.call()
        for one, intent in ((call, "sales"), (other, "agent")):
            begin(a, one, intent)
        await until(lambda: len(sent(sandbox, call)) == 1 and len(sent(sandbox, other)) == 1)
        await a.kill()
        await until(lambda: len([one for one in sent(sandbox, call) if one[1] == "tenant_key"]) == 2)
        # The call has gone with its host: that is an outcome.
        tried = [one for one in sent(sandbox, call) if one[1] == "tenant_key"]
        assert sorted(tried) == [
            ("set_disposition", "tenant_key", 409),
            ("set_lead_status", "tenant_key", 409),
        ]
        # `sold` tells of a transfer that never went out.
        assert [verb for verb, _, _ in sent(sandbox, other)] == ["hold"]

        async def all_told() -> bool:
            receipts = [*b.entries("receipt"), *c.entries("receipt")]
            return len(receipts) == 2 and {one.fields["reason"] for one in receipts} == {"ended"}

        await eventually(all_told)
        keys = [entry.idempotency_key for entry in sandbox.ledger(call)]
        assert len(set(keys)) == len(keys) == 3


async def test_an_event_that_a_killed_host_had_begun_is_told_late_and_decided_nowhere_else(
    sandbox: Sandbox, tmp_path: Path, fleet: str
) -> None:
    async with Pod(sandbox, tmp_path, fleet, "b") as b, Pod(sandbox, tmp_path, fleet, "a") as a:
        call = await a.call("dialled-twice")
        begun = begin(b, call, "sales")
        await until(lambda: len(sent(sandbox, call)) == 1)
        await a.kill()
        answer = await begun
        assert answer["status"] == "late", answer
        # The platform dials the call anew, and it reaches the other host: the event is not decided there.
        await b.call("dialled-twice-again")
        assert (await b.report(call, intent="sales", event_id="sales"))[1]["status"] == "late"
        assert not [one for one in b.entries("decided") if one.fields["keys"].get("intent")]
        await until(lambda: any("came late" in note for note in b.notes()))


@pytest.mark.parametrize(
    "fleet", ["postgresql"], indirect=True
)  # A process that stops may hold SQLite's one lock.
async def test_a_host_that_was_only_slow_joins_again_and_sends_nothing_that_another_has(
    sandbox: Sandbox, tmp_path: Path, fleet: str
) -> None:
    async with Pod(sandbox, tmp_path, fleet, "b") as b, Pod(sandbox, tmp_path, fleet, "a") as a:
        call, other = await a.call(), await a.call()
        begin(a, call, "sales")
        await until(lambda: len(sent(sandbox, call)) == 1)
        a.process.send_signal(signal.SIGSTOP)
        await until(lambda: len([one for one in sent(sandbox, call) if one[1] == "tenant_key"]) == 2)
        a.process.send_signal(signal.SIGCONT)
        await until(lambda: any("thought this one dead" in note for note in a.notes()))

        async def has_its_calls_again() -> bool:
            return (await b.report(other, intent="note"))[1].get("status") == "done"

        await eventually(has_its_calls_again)
        # What it had owed is another's: it has sent the field of the sale, and no more of it.
        sandbox.close(call)
        await until(lambda: a.entries("ended"))
        keys = [entry.idempotency_key for entry in sandbox.ledger(call)]
        assert len(set(keys)) == len(keys)
        by_tenant = [verb for verb, credential, _ in sent(sandbox, call) if credential == "tenant_key"]
        assert sorted(by_tenant) == ["set_disposition", "set_lead_status"]


@pytest.mark.parametrize("fleet", ["postgresql"], indirect=True)
async def test_a_record_that_its_own_host_tries_later_is_no_part_of_what_the_call_does(
    sandbox: Sandbox, tmp_path: Path, fleet: str
) -> None:
    """The others have no tenant key, so that what they take over waits for the host that was thought dead."""
    keyless = Pod(sandbox, tmp_path, fleet, "b", tenant_key=None)
    async with keyless as b, Pod(sandbox, tmp_path, fleet, "a") as a:
        call = await a.call()
        begin(a, call, "sales")
        await until(lambda: len(sent(sandbox, call)) == 1)
        a.process.send_signal(signal.SIGSTOP)
        await until(lambda: any("has gone: 2 records" in note for note in b.notes()))
        a.process.send_signal(signal.SIGCONT)
        await until(lambda: len([one for one in sent(sandbox, call) if one[1] == "tenant_key"]) == 2)
        await until(lambda: len([one for one in a.entries("receipt") if "tried_for" in one.fields]) == 2)
        # The call lives, and comes to its end as ever.
        assert not a.entries("ended")
        sandbox.close(call)
        await until(lambda: a.entries("ended"))
        tried = [one for one in a.entries("sending") if "tried_for" in one.fields]
        assert {one.fields["tried_for"] for one in tried} == {shown_host(await shown(fleet), "a")}
        keys = [entry.idempotency_key for entry in sandbox.ledger(call) if entry.idempotency_key]
        assert len(set(keys)) == len(keys)
        (replayed,) = replay(a.journal)
        assert replayed.is_equal, replayed
        assert verify(a.journal) == ()


def shown_host(seen: dict[str, Any], name: str) -> str:
    (host,) = [one["host"] for one in seen["hosts"] if one["host"].startswith(f"{name}-")]
    return str(host)


async def test_no_token_is_in_the_database(sandbox: Sandbox, tmp_path: Path) -> None:
    fleet = str(tmp_path / "fleet.sqlite")
    async with Pod(sandbox, tmp_path, fleet, "a") as a, Pod(sandbox, tmp_path, fleet, "b") as b:
        call = await a.call()
        token = f"yt_cb_{'A' * 26}"
        await b.report(call, intent="note", event_id="w1", heard=f"my token is {token}")
        await a.report(call, intent="note", event_id="w2", heard=token, token=token)
        await b.report(call, intent="field", event_id=f"id-{token}", facts={"x": [token]})
        held = whole_database(tmp_path)
        assert b"w1" in held
        assert TOKEN.search(held.decode("latin-1")) is None
        with sqlite3.connect(tmp_path / "fleet.sqlite") as database:
            found = database.execute("select distinct serialization from workflow_status").fetchall()
        assert found == [("flowrules_json",)]
