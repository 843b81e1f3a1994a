"""The build of a day as a peer: its tree at a commit, and verbs sent by it in a process of its own.

python benchmarks/peer.py TREE BASE_URL FOLDER     verbs to send, a line on stdin; seconds, and of CPU, on stdout
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

COMMIT = "96fe610"
"""What `flowrules` was when the targets were set, on 29 Nov 2026."""
ROOT = Path(__file__).parents[1]

Sends = Callable[[int], Awaitable[tuple[float, float]]]
"""Send so many verbs; the seconds that it took, and those of CPU."""


@contextmanager
def peers_tree(commit: str = COMMIT) -> Iterator[Path | None]:
    """Its files; None where this is no clone that has the commit."""
    with TemporaryDirectory() as folder:
        tree = Path(folder) / "peer"
        git = ["git", "-C", str(ROOT), "worktree"]
        try:
            subprocess.run(
                [*git, "add", "--quiet", "--detach", str(tree), commit], check=True, capture_output=True
            )
        except (OSError, subprocess.CalledProcessError):
            yield None
            return
        try:
            yield tree
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True, capture_output=True)


@asynccontextmanager
async def peers_verbs(tree: Path, base_url: str, folder: Path) -> AsyncIterator[Sends]:
    """Verbs of the peer's engine, its journal on, many at once."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        __file__,
        str(tree),
        base_url,
        str(folder),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    asked, answers = process.stdin, process.stdout

    async def sends(amount: int) -> tuple[float, float]:
        asked.write(b"%d\n" % amount)
        wall, cpu = map(float, (await answers.readline()).split())
        return wall, cpu

    try:
        yield sends
    finally:
        asked.close()
        await process.wait()


async def _serve(tree: Path, base_url: str, folder: Path) -> None:
    sys.path.insert(0, str(tree))
    import flowrules
    from benchmarks import execution  # the peer's

    assert flowrules.__file__.startswith(str(tree)), "the peer measures itself, and nobody else"
    async with AsyncExitStack() as stack:
        calls = await execution._calls(stack, base_url, folder, execution.Fsync.INTERVAL)
        at_once = execution.AT_ONCE
        work = execution._at_once([execution._plans(calls[start::at_once]) for start in range(at_once)])
        while line := await asyncio.to_thread(sys.stdin.readline):
            wall, cpu = time.perf_counter(), time.process_time()
            await work(int(line))
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            print(wall, cpu, flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
