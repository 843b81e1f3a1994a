"""`flowrules run --bundle` and `flowrules rollout`, as processes, from a server that is killed and lies."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner, Result

from flowrules.cli import application
from flowrules.runtime.journal import read_journal, verify
from flowrules.runtime.rules.sharing import place
from flowrules.sandbox import Sandbox
from flowrules.sandbox import Settings as SandboxSettings
from tests.pod import KEY, Pod
from tests.rollout.conftest import Server, Signer

ONE = 'on dtmf=5 log "one"\n'
TWO = 'on dtmf=5 log "two"\n'
THREE = 'on dtmf=5 log "three"\n'
GUARDED = f"never monitor_start when paying is yes\n{ONE}"


pytestmark = pytest.mark.timeout(300)  # Several processes, on a machine that may be busy.


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxSettings(audio="none")) as it:
        yield it


def arguments(server: Server, signer: Signer, *more: str) -> list[str]:
    return ["--bundle", server.url, "--bundle-key", str(signer.public), *more]


QUICK = {"FLOWRULES_BUNDLE_EVERY": "0.1"}


async def rollout(pod: Pod, *words: str) -> str:
    """The command of that name, as a person types it."""
    code, said = await attempt(pod, *words)
    assert code == 0, said
    return said


async def attempt(pod: Pod, *words: str) -> tuple[int, str]:
    host = str(pod.http.base_url).rstrip("/")
    arguments = ["rollout", *words, "--host", host]
    environment = {"FLOWRULES_EVENTS_KEY": KEY, "COLUMNS": "200"}
    result = await asyncio.to_thread(CliRunner().invoke, application("rollout"), arguments, env=environment)
    return result.exit_code, result.output


def steps(journal: Path) -> list[dict[str, Any]]:
    return [dict(entry.fields) for entry in read_journal(journal) if entry.kind == "rollout"]


async def revision(pod: Pod, other_than: str) -> str:
    return (await pod.until_health(lambda found: found["revision"] != other_than))["revision"]


async def test_bundles_go_live_in_a_running_process_and_odd_ones_do_not(
    sandbox: Sandbox, server: Server, signer: Signer, tmp_path: Path
) -> None:
    server.put(signer.bundle(ONE))
    async with Pod(sandbox, tmp_path, arguments(server, signer), environment=QUICK) as pod:
        first = (await pod.health())["revision"]
        call = await pod.call()
        server.put(signer.bundle(TWO, author="ben", reason="a better text"))
        second = await revision(pod, first)
        server.put(signer.bundle(THREE)[:-10])
        health = await pod.until_health(lambda found: found["warnings"])
        assert health["revision"] == second
        assert health["ready"] is True
        assert "its digest is another one" in health["warnings"][0]
        page = (await pod.http.get("/metrics")).text
        assert "flowrules_bundle_not_taken 1.0" in page
        assert 'flowrules_bundle_polls_total{outcome="refused"} 1.0' in page
        assert f'flowrules_rules_live{{revision="{second}"}} 1.0' in page
        assert "bundle.not_taken" in pod.said
        await server.kill()
        await pod.until_health(lambda found: "no connection" in str(found["warnings"]))
        sandbox.press(call, "5")
        await server.start()
        server.put(signer.bundle(ONE))
        assert await revision(pod, second) == first
        assert (await pod.health())["warnings"] == []
        sandbox.close(call)
        assert await pod.terminated() == 0
    assert [(one["step"], one["author"], one["reason"]) for one in steps(pod.journal)] == [
        ("live", "ana", ""), ("live", "ben", "a better text"), ("live", "ana", ""),
    ]  # fmt: skip
    loads = [entry.fields for entry in read_journal(pod.journal) if entry.kind == "rules"]
    assert [(load["status"], load["revision"]) for load in loads] == [
        ("live", first), ("live", second), ("live", first),
    ]  # fmt: skip
    assert verify(pod.journal) == ()
    # Without the server it starts on what was live, and says that.
    await server.kill()
    async with Pod(sandbox, tmp_path, arguments(server, signer), environment=QUICK) as again:
        health = await again.health()
        assert health["revision"] == first
        assert "no connection to the server" in health["warnings"][0]
        assert await again.probe("/readyz") == 200


async def test_the_front_of_several_workers_asks_for_bundles_and_counts_that(
    sandbox: Sandbox, server: Server, signer: Signer, tmp_path: Path
) -> None:
    server.put(signer.bundle(ONE))
    several = arguments(server, signer, "--workers", "2")
    async with Pod(sandbox, tmp_path, several, environment=QUICK) as pod:
        first = (await pod.health())["revision"]
        server.put(signer.bundle(TWO))
        second = await revision(pod, first)
        server.put(signer.bundle(THREE)[:-10])
        await pod.until_health(lambda found: found["warnings"])
        families = {
            family.name: family.samples
            for family in text_string_to_metric_families((await pod.http.get("/metrics")).text)
        }
        polls = {one.labels["outcome"]: one.value for one in families["flowrules_bundle_polls"]}
        assert polls["refused"] == 1
        assert polls["taken"] == 1
        # The front asks, and the workers do not.
        assert {one.labels["worker"] for one in families["flowrules_bundle_polls"]} == {"front"}
        assert [one.value for one in families["flowrules_bundle_not_taken"]] == [1]
        live = {one.labels["worker"]: one.labels["revision"] for one in families["flowrules_rules_live"]}
        assert live == {"1": second, "2": second}
        assert {one.labels["worker"] for one in families["process_cpu_seconds"]} == {"1", "2", "front"}
        assert await pod.terminated() == 0


async def test_a_rollout_goes_from_shadow_over_a_share_to_all_and_back(
    sandbox: Sandbox, server: Server, signer: Signer, tmp_path: Path
) -> None:
    server.put(signer.bundle(ONE))
    staged = arguments(server, signer, "--stage", "candidate")
    low, high = (next(f"c{n}" for n in range(100) if (place(f"c{n}") < 50) is low) for low in (True, False))
    async with Pod(sandbox, tmp_path, staged, environment=QUICK) as pod:
        one = (await pod.health())["revision"]
        server.put(signer.bundle(TWO, author="ben"))
        health = await pod.until_health(lambda found: "candidate" in found)
        two = health["candidate"]["revision"]
        assert health["candidate"] == {"revision": two, "share": 0.0, "calls": 0}
        assert health["revision"] == one
        assert "candidate, in shadow" in await rollout(pod, "show")
        code, said = await attempt(pod, "back", "ffff", "--reason", "a slip")
        assert code == 1
        assert "Not done: no one bundle that is kept" in said
        said = await rollout(pod, "share", "50", "--author", "cy", "--reason", "looks good in shadow")
        assert "candidate, 50 % of the calls" in said
        await pod.until_health(lambda found: found["candidate"]["share"] == 50)
        assert await pod.call(low)
        assert await pod.call(high)
        assert (await pod.health())["candidate"]["calls"] == 1
        assert "flowrules_candidate_share 50.0" in (await pod.http.get("/metrics")).text
        await rollout(pod, "all", "--author", "cy", "--reason", "looks good")
        assert await revision(pod, one) == two
        await pod.until_health(lambda found: "candidate" not in found)
        digest = steps(pod.journal)[0]["digest"]
        await rollout(pod, "back", digest[:8], "--author", "cy", "--reason", "callers complain")
        assert await revision(pod, two) == one
        assert "stepped back" in str((await pod.health())["warnings"])
        for call in (low, high):
            sandbox.close(call)
        assert await pod.terminated() == 0
    assert [(step["step"], step["share"], step["author"]) for step in steps(pod.journal)] == [
        ("live", 0, "ana"), ("candidate", 0, "ben"), ("share", 50, "cy"), ("all", 0, "cy"), ("back", 0, "cy"),
    ]  # fmt: skip
    assert steps(pod.journal)[-1]["reason"] == "callers complain"
    by_call = {
        entry.call: entry.fields["revision"] for entry in read_journal(pod.journal) if entry.kind == "call"
    }
    assert by_call == {low: two, high: one}
    assert verify(pod.journal) == ()


async def test_a_bundle_that_loses_a_guard_rail_is_held_as_a_file_is(
    sandbox: Sandbox, server: Server, signer: Signer, tmp_path: Path
) -> None:
    server.put(signer.bundle(GUARDED))
    patient = {**QUICK, "FLOWRULES_SETTLE_TIME": "3600"}
    async with Pod(sandbox, tmp_path, arguments(server, signer), environment=patient) as pod:
        guarded = (await pod.health())["revision"]
        first = steps(pod.journal)[0]["digest"]
        server.put(signer.bundle(ONE))
        health = await pod.until_health(lambda found: found["warnings"])
        assert "this would be lost" in health["warnings"][0]
        assert health["revision"] == guarded
        assert (await pod.http.post("/rules/accept")).status_code == 200
        one = await revision(pod, guarded)
        # A step back may lose as much, and goes live where whoever makes it says that it is meant so.
        server.put(signer.bundle(GUARDED.replace("one", "two")))
        both = await revision(pod, one)
        kept = await rollout(pod, "show")
        digest = next(line.split()[0] for line in kept.splitlines() if f"revision {one}" in line)
        await rollout(pod, "back", digest, "--author", "cy", "--reason", "in a hurry")
        health = await pod.until_health(lambda found: "this would be lost" in str(found["warnings"]))
        assert health["revision"] == both
        await rollout(pod, "back", first, "--author", "cy", "--reason", "no")
        await revision(pod, both)
        await rollout(pod, "back", digest, "--author", "cy", "--reason", "it is meant so", "--sure")
        await pod.until_health(lambda found: found["revision"] == one)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--bundle", "http://example.com/a.frb"], "would send it in the clear"),
        (["--bundle", "URL"], "--bundle takes a key"),
        (["--bundle", "URL", "--bundle-key", "PRIVATE"], "is a private key"),
        (
            ["--bundle", "URL", "--bundle-key", "KEY"],
            "There is no bundle to start with: no connection to the server.",
        ),
        (["--bundle", "URL", "--bundle-key", "KEY", "a.rules"], "one of the two"),
        (["--bundle", "URL", "--bundle-key", "KEY", "--candidate", "a.rules"], "comes as a bundle, too"),
        ([], "Name the rules"),
    ],
)
def test_settings_that_can_not_be_used_are_refused_in_words(
    more: list[str], said: str, signer: Signer, tmp_path: Path
) -> None:
    real = {"URL": "http://127.0.0.1:9/a.frb", "KEY": str(signer.public), "PRIVATE": str(signer.keyfile)}
    if "clear" in said:
        more = [*more, "--bundle-key", "KEY"]
    found = run(
        *(real.get(word, word) for word in more), "--journal", str(tmp_path / "journal"), "--port", "0"
    )
    assert found.exit_code == 2
    assert said in " ".join(found.output.split())


def run(*words: str) -> Result:
    return CliRunner().invoke(application("run"), ["run", *words], env={"COLUMNS": "200"})


async def test_build_signs_what_run_takes_and_every_command_reads(
    sandbox: Sandbox, server: Server, signer: Signer, tmp_path: Path
) -> None:
    (tmp_path / "desk.rules").write_text(ONE)

    async def flowrules(command: str, *words: str) -> tuple[int, str]:
        arguments = [
            command,
            *(str(tmp_path / word) if word.startswith(("desk", "a.", "b.")) else word for word in words),
        ]
        result = await asyncio.to_thread(
            CliRunner().invoke, application(command), arguments, env={"COLUMNS": "200"}
        )
        return result.exit_code, result.output

    signed = ["--sign", str(signer.keyfile), "--author", "ana", "--reason", "first"]
    code, said = await flowrules("build", "desk.rules", "-o", "desk.frb", *signed)
    assert (code, "signed" in said) == (0, True), said
    assert (await flowrules("check", "desk.frb"))[0] == 0
    assert (await flowrules("build", "desk.rules", "-o", "a.frb", "--author", "ana"))[0] == 2
    signer.keyfile.chmod(0o644)
    code, said = await flowrules("build", "desk.rules", "-o", "b.frb", *signed)
    assert (code, "others may read it" in said, (tmp_path / "b.frb").exists()) == (2, True, False)
    server.put((tmp_path / "desk.frb").read_bytes())
    async with Pod(sandbox, tmp_path, arguments(server, signer)) as pod:
        (step,) = steps(pod.journal)
        assert (step["author"], step["reason"]) == ("ana", "first")
