"""`flowrules run` as a container's process: the first of its namespace, not root, on a root file system that it can't
write, with rules as a ConfigMap mounts them. It is probed, rolled, drained and killed as an orchestrator does."""

import asyncio
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from flowrules.runtime.journal import read_journal, verify
from flowrules.runtime.journal.folders import journals_in
from flowrules.sandbox import Fault, Sandbox
from flowrules.sandbox import Settings as SandboxSettings
from tests.pod import Pod, until

RULES = "on dtmf=5 set_lead_field key to yes then set_lead_field more to yes\non call_ended set_disposition done\n"
_TRIES = """
import os
for path in ("/flowrules-was-here", os.path.join(os.path.dirname(os.__file__), "flowrules-was-here")):
    try:
        open(path, "w").close()
    except OSError as error:
        continue
    raise SystemExit(f"{path} can be written")
assert os.getuid() == 65532 and os.getpid() == 1, (os.getuid(), os.getpid())
assert open("/proc/self/status").read().split("CapEff:")[1].split()[0] == "0" * 16
"""


def inside(folder: Path, *command: str) -> list[str]:
    """The command in namespaces of its own: of users, of mounts and of processes. `folder` alone can be written."""
    prepared = " && ".join(
        (
            "mount --make-rprivate /",
            f"mount --bind {shlex.quote(str(folder))} {shlex.quote(str(folder))}",
            "mount -o remount,bind,ro /",
            "mount -t proc proc /proc",
            'exec unshare --user --map-user=65532 --map-group=65532 -- "$@"',
        )
    )
    namespaces = ["unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child", "--"]
    return [*namespaces, "sh", "-c", prepared, "sh", *command]


def why_not() -> str:
    """Why no process can be contained here; '' where it can."""
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return "unshare is not installed (util-linux)"
    folder = Path("/tmp") if os.access("/tmp", os.W_OK) else Path.cwd()
    tried = subprocess.run(inside(folder, "true"), capture_output=True, text=True, check=False)
    return "" if tried.returncode == 0 else f"namespaces can't be made: {tried.stderr.strip()}"


pytestmark = [
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "-"),
    pytest.mark.timeout(300),  # Several processes, one after the other, on a machine that may be busy.
]


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxSettings(audio="none")) as it:
        yield it


class ConfigMap:
    """Rules as the kubelet mounts them: a link to a folder that another one takes the place of."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "rules"
        self.path.mkdir()
        self._count = 0

    def put(self, text: str) -> None:
        self._count += 1
        data = self.path / f"..{self._count}"
        data.mkdir()
        (data / "desk.rules").write_text(text)
        fresh = self.path / "..fresh"
        fresh.symlink_to(data.name)
        fresh.rename(self.path / "..data")
        if self._count == 1:
            (self.path / "desk.rules").symlink_to("..data/desk.rules")
        else:
            shutil.rmtree(self.path / f"..{self._count - 1}")


class Container(Pod):
    """A pod whose process is contained. Signals go to the process itself, as a container engine sends them."""

    def __init__(self, sandbox: Sandbox, folder: Path, name: str, rules: Path, *more: str) -> None:
        (folder / name).mkdir(exist_ok=True)
        super().__init__(
            sandbox,
            folder / name,
            [str(rules), *more],
            before=inside(folder),
            # Where an image has its own interpreter, this one is shared: nothing may be written beside it.
            environment={"PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(folder / name)},
        )

    def signal(self, number: signal.Signals) -> None:
        pid = self.process.pid
        while children := Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            if (pid := int(children[0])) and b"flowrules" in Path(f"/proc/{pid}/cmdline").read_bytes().split(
                b"\0"
            ):
                break
        os.kill(pid, number)


def test_the_process_is_not_root_and_can_write_nothing_but_its_volume(tmp_path: Path) -> None:
    ran = subprocess.run(
        inside(tmp_path, sys.executable, "-c", _TRIES + f"open({str(tmp_path / 'x')!r}, 'w').close()"),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "x").exists()


@pytest.mark.parametrize("more", [(), ("--workers", "2")])
async def test_it_is_probed_rolled_and_drained_and_nothing_that_was_decided_is_lost(
    more: tuple[str, ...], sandbox: Sandbox, tmp_path: Path
) -> None:
    rules = ConfigMap(tmp_path)
    rules.put(RULES)
    sandbox.add_faults(Fault(kind="slow", verb="set_lead_field", seconds=1))
    async with Container(sandbox, tmp_path, "old", rules.path, *more) as old:
        assert (await old.probe("/livez"), await old.probe("/readyz")) == (200, 200)
        before = (await old.health())["revision"]
        rules.put(RULES + 'on dtmf=6 log "six"\n')
        await old.until_health(lambda found: found["revision"] not in ("", before))
        call = await old.call()
        sandbox.press(call, "5")
        await until(lambda: any(entry.kind == "sending" for entry in old.entries()))
        # A new pod is ready before the old one is told to end.
        async with Container(sandbox, tmp_path, "new", rules.path, *more) as new:
            assert await new.probe("/readyz") == 200
            old.signal(signal.SIGTERM)
            await until(lambda: "Shutting down" in old.said)
            assert (await old.probe("/livez"), await old.probe("/readyz")) == (200, 503)
            other = await new.call()
            sandbox.press(other, "5")
            await until(lambda: all(sandbox.acted(one).count("set_lead_field") == 2 for one in (call, other)))
            for one in (call, other):
                sandbox.close(one)
            async with asyncio.timeout(100):
                assert await old.process.wait() == 0
            new.signal(signal.SIGTERM)
            async with asyncio.timeout(100):
                assert await new.process.wait() == 0
    for pod in (old, new):
        for folder in journals_in(pod.journal):
            assert verify(folder) == ()


async def test_it_is_killed_and_what_was_on_the_wire_is_not_sent_again(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    rules = ConfigMap(tmp_path)
    rules.put(RULES)
    async with Container(sandbox, tmp_path, "pod", rules.path) as pod:
        call = await pod.call()
        sandbox.add_faults(Fault(kind="slow", verb="set_lead_field", seconds=600))
        sandbox.press(call, "5")
        await until(lambda: any(entry.kind == "sending" for entry in pod.entries()))
        await until(lambda: [entry.verb for entry in sandbox.ledger(call)] == ["set_lead_field"])
        pod.signal(signal.SIGKILL)
        await pod.process.wait()
    # The same volume, another container, and a ConfigMap that somebody has broken meanwhile.
    rules.put("on dtmf=5 hodl\n")
    async with Container(sandbox, tmp_path, "pod", rules.path) as again:
        assert await again.probe("/readyz") == 200
        assert "rules.last_good" in again.said
        again.signal(signal.SIGTERM)
        async with asyncio.timeout(100):
            assert await again.process.wait() == 0
    unknown = [entry for entry in read_journal(again.journal) if entry.fields.get("status") == "unknown"]
    assert [(entry.call, entry.fields["verb"]) for entry in unknown] == [(call, "set_lead_field")]
    assert [entry.verb for entry in sandbox.ledger(call)] == ["set_lead_field"]
    assert verify(again.journal) == ()
