"""Starts the workers, starts one again that has died or hangs, and ends them all."""

import asyncio
import pickle
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

import httpx

from flowrules.runtime.log import Log
from flowrules.workers.worker import Task

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
"""Seconds before a worker that died is started again: twice as long each time."""
GOOD_RUN = 60.0
"""Seconds after which a worker counts as running well, so that the pauses are short again."""
LOOK_EVERY = 5.0
HANGS_AFTER = 30.0
"""Seconds without an answer after which a worker is killed: its event loop hangs, and its calls with it."""
QUICK = 2.0
"""Seconds for an answer that tells."""
_log = Log(__name__)


class NoAnswer(Exception):
    """A worker gives no answer: it has died, or is not there yet."""


class Worker:
    """One worker, in whichever process. `make` gives what its next process is set up with."""

    def __init__(self, number: int, make: Callable[[], Awaitable[Task]]) -> None:
        self.number = number
        self.ready = asyncio.Event()
        """Its process answers."""
        self.restarts = 0
        self._make = make
        self._task: Task | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._client: httpx.AsyncClient | None = None
        self._ending = asyncio.Event()

    @property
    def task(self) -> Task:
        assert self._task is not None
        return self._task

    async def start(self) -> None:
        """Raises ChildProcessError where it ends before it is ready."""
        task = self._task = await self._make()
        process = self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "flowrules.workers",
            stdin=asyncio.subprocess.PIPE,
            # A Ctrl-C in the terminal is for the front: a second signal would cut the drain short.
            start_new_session=True,
        )  # fmt: skip
        assert process.stdin is not None
        data = pickle.dumps(task)
        with suppress(ConnectionError):
            process.stdin.write(len(data).to_bytes(8) + data)
            await process.stdin.drain()
        if self._client is not None:
            await self._client.aclose()
        self._client = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=str(task.http)),
            base_url="http://worker",
            headers={"Authorization": f"Bearer {task.key.get_secret_value()}"},
            timeout=httpx.Timeout(None, connect=QUICK),
        )
        while True:
            with suppress(NoAnswer):
                await self.ask("GET", "/livez", patience=QUICK)
                break
            if process.returncode is not None:
                raise ChildProcessError(
                    f"worker {self.number} ended with {process.returncode} before it was ready"
                )
            await asyncio.sleep(0.02)
        self.ready.set()

    async def ask(
        self,
        method: str,
        path: str,
        *,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
        patience: float | None = None,
    ) -> httpx.Response:
        """Its answer; without patience it is waited for until it comes, or the process ends. Raises NoAnswer. A request
        is made once."""
        client = self._client
        if client is None:
            raise NoAnswer
        try:
            async with asyncio.timeout(patience):
                return await client.request(method, path, content=content, headers=headers)
        except (httpx.HTTPError, OSError, TimeoutError, RuntimeError) as error:
            # httpx tells by a RuntimeError that a client was closed meanwhile.
            raise NoAnswer from error

    async def keep(self) -> None:
        """Wait for its end, and start it again, until it is to end."""
        pause, loop = FIRST_PAUSE, asyncio.get_running_loop()
        while not self._ending.is_set():
            began = loop.time()
            await self._ended()
            self.ready.clear()
            if self._ending.is_set():
                return
            assert self._process is not None
            _log.error("worker.died", worker=self.number, code=self._process.returncode)
            pause = FIRST_PAUSE if loop.time() - began > GOOD_RUN else pause
            started = False
            while not started and not self._ending.is_set():
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                if self._ending.is_set():
                    return
                try:
                    await self.start()
                    started = True
                except (ChildProcessError, OSError) as error:
                    _log.error("worker.not_started", worker=self.number, why=str(error))
            self.restarts += 1

    def tell(self, number: signal.Signals) -> None:
        """Send its process a signal, after which it is not started again."""
        self._ending.set()
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def wait(self) -> None:
        """Until its process has ended."""
        if self._process is not None:
            await self._process.wait()
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    # --- inside ---

    async def _ended(self) -> None:
        """Wait for the end of the process, and bring it about where it hangs."""
        assert self._process is not None
        ended = asyncio.ensure_future(self._process.wait())
        answered, loop = asyncio.get_running_loop().time(), asyncio.get_running_loop()
        try:
            while not ended.done():
                await asyncio.wait({ended}, timeout=LOOK_EVERY)
                if ended.done():
                    break
                try:
                    await self.ask("GET", "/livez", patience=LOOK_EVERY)
                    answered = loop.time()
                except NoAnswer:
                    if loop.time() - answered > HANGS_AFTER and not self._ending.is_set():
                        _log.error("worker.hangs", worker=self.number)
                        self._process.kill()
        finally:
            ended.cancel()


def answer_of(response: httpx.Response) -> Any:
    """The JSON of an answer. Raises NoAnswer where it is none."""
    try:
        return response.json()
    except ValueError:
        raise NoAnswer from None
