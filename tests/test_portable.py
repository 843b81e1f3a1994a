"""What runs where there is no Unix: nothing at import needs one."""

import subprocess
import sys

WITHOUT_UNIX = """
import asyncio, os, pathlib, signal, sys

ONLY_UNIX = {"fcntl", "pwd", "grp", "resource", "termios", "tty", "pty", "syslog", "readline", "posix_ipc"}

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name in ONLY_UNIX:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

for name in ONLY_UNIX & sys.modules.keys():
    del sys.modules[name]
sys.meta_path.insert(0, Missing())
for name in ("fchmod", "fork", "register_at_fork", "pread", "pwrite", "fdatasync", "O_CLOEXEC", "O_DIRECTORY",
             "O_NOFOLLOW", "O_NONBLOCK", "geteuid", "getuid", "killpg", "sched_getaffinity", "sysconf"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("SIGKILL", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGCHLD"):
    if hasattr(signal, name):
        delattr(signal, name)

def no_handler(*_):
    raise NotImplementedError

asyncio.AbstractEventLoop.add_signal_handler = no_handler
asyncio.SelectorEventLoop.add_signal_handler = no_handler

import flowrules

# What adapts a framework needs that framework, which has needs of its own.
ADAPTERS = ("flowrules.agents.pipecat", "flowrules.agents.livekit", "flowrules.agents.mcp", "flowrules.authoring.mcp", "flowrules.__main__")
seen = 0
folder = pathlib.Path(flowrules.__file__).parent
for path in sorted(folder.rglob("*.py")):
    name = ".".join(("flowrules", *path.relative_to(folder).with_suffix("").parts)).removesuffix(".__init__")
    if not name.startswith(ADAPTERS):
        __import__(name)
        seen += 1
assert seen > 250, seen

from flowrules import Engine, RuleBook, Settings
from flowrules.runtime.loop.stopping import Stop

async def main():
    stop = Stop()
    with stop.heeded():
        async with Engine(RuleBook.from_text("on intent=x hold\\n"), settings=Settings(mode="dry_run")) as engine:
            outcome = await engine.call("c1").event(intent="x")
        signal.raise_signal(signal.SIGTERM)
        await asyncio.wait_for(stop.asked.wait(), 45)
    return [str(step) for step in outcome.steps]

print(asyncio.run(main()))
"""


def test_everything_can_be_imported_and_a_call_runs_without_unix() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT_UNIX], capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.stderr == ""
    assert ended.stdout.strip() == "['hold withheld']"
