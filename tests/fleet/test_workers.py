"""Several workers behind one port, each a host of the fleet."""

import os
import signal
from pathlib import Path

import pytest

from flowrules.sandbox import Sandbox
from flowrules.workers.routing import owner_of
from tests.fleet.pods import Pod, eventually, until
from tests.fleet.test_hosts_that_die import _nothing_is_left, begin, sent, shown

__all__ = ["_nothing_is_left"]  # Whoever begins a report ends it.


def owned(worker: int) -> str:
    """A call that one of two workers has."""
    return next(call for call in (f"c{number}" for number in range(100)) if owner_of(call, 2) == worker)


def pid_of(pod: Pod, worker: int) -> int:
    found = [line for line in pod.said.splitlines() if "worker.ready" in line and f"worker={worker}" in line]
    (pid,) = [word.removeprefix("pid=") for word in found[-1].split() if word.startswith("pid=")]
    return int(pid)


@pytest.mark.timeout(300)  # Five processes that start, and one again, on a machine that may be busy.
@pytest.mark.parametrize("fleet", ["postgresql"], indirect=True)
async def test_events_and_records_find_their_way_to_and_from_workers(
    sandbox: Sandbox, tmp_path: Path, fleet: str
) -> None:
    several = Pod(sandbox, tmp_path, fleet, "a", workers="2", log_level="info")
    async with several as a, Pod(sandbox, tmp_path, fleet, "b") as b:
        first, second = await a.call(owned(1)), await a.call(owned(2))
        other = await b.call()
        # Reported to the other host, and to the port of the workers, each in whichever of them it comes to.
        for pod, call in ((b, first), (b, second), (a, first), (a, second), (a, other)):
            status, outcome = await pod.report(call, intent="note", event_id=f"{pod.name}-{call}")
            assert (status, outcome["status"], outcome["call_id"]) == (200, "done", call)
        assert [len(sent(sandbox, call)) for call in (first, second, other)] == [2, 2, 1]
        seen = await shown(fleet)
        assert [host["state"] for host in seen["hosts"]] == ["live"] * 3
        hosts = {call: host.rpartition("-")[0] for call, host in seen["calls"].items()}
        assert hosts == {first: "a-1", second: "a-2", other: "b"}
        # What a worker had decided when it was killed is tried by another host; a new worker is another host, too.
        begin(a, second, "sales")
        await until(lambda: len(sent(sandbox, second)) == 3)
        os.kill(pid_of(a, 2), signal.SIGKILL)
        await until(lambda: len([one for one in sent(sandbox, second) if one[1] == "tenant_key"]) == 2)

        async def is_back() -> bool:
            states = [host["state"] for host in (await shown(fleet, ends_with=1))["hosts"]]
            return states.count("live") == 3 and states.count("dead") == 1

        await eventually(is_back)
        assert (await b.report(second, intent="note", event_id="late"))[1]["status"] == "late"
        assert (await b.report(first, intent="note", event_id="still"))[1]["status"] == "done"
        keys = [entry.idempotency_key for entry in sandbox.ledger(second) if entry.idempotency_key]
        assert len(set(keys)) == len(keys)
