"""Cells of a table, each measured in a process of its own, round after round in turns.

The machine's mood changes from second to second; it is the same for all cells of a round, so what is compared
is always compared within a round.
"""

import gc
import multiprocessing
import statistics
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

SETUP_SECONDS = 900.0
"""A cell that is not ready after so long is left out."""

Measure = Callable[[], float]
"""One round: what a cell is asked for, a number in its table's unit."""
MakeMeasure = Callable[..., Measure]
"""Builds what a cell measures, in the cell's process. Must be a function of a module."""


@dataclass(frozen=True, slots=True)
class Cell:
    """`make(*arguments)` runs in the cell's process."""

    name: str
    make: MakeMeasure
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Rounds:
    """What one cell gave, a number a round; `failed` says why there is none."""

    values: tuple[float, ...] = ()
    setup_seconds: float = 0.0
    memory_bytes: int = 0
    failed: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.values)


@dataclass(slots=True)
class _Running:
    cell: Cell
    process: multiprocessing.process.BaseProcess
    connection: Connection
    setup_seconds: float = 0.0
    memory_bytes: int = 0
    values: list[float] = field(default_factory=list)
    failed: str = ""

    def receive(self, seconds: float) -> Any:
        """The process's next answer; None, with `failed` set, where there is none."""
        try:
            if not self.connection.poll(seconds):
                self.failed = f"no answer within {seconds:.0f} s"
                return None
            answer = self.connection.recv()
        except EOFError:
            self.failed = "the process ended"
            return None
        if isinstance(answer, str):
            self.failed = answer
            return None
        return answer

    def stop(self) -> None:
        self.connection.close()
        self.process.join(5.0)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def measure(cells: Sequence[Cell], rounds: int) -> Mapping[str, Rounds]:
    """Measure every cell `rounds` times, in turns, after one round that is not counted. By the cells' names."""
    context = multiprocessing.get_context("spawn")
    running: list[_Running] = []
    try:
        for cell in cells:
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, cell.make, cell.arguments), daemon=True)
            process.start()
            theirs.close()
            running.append(one := _Running(cell, process, ours))
            ready = one.receive(SETUP_SECONDS)
            if ready is not None:
                one.setup_seconds, one.memory_bytes = ready
        for number in range(rounds + 1):
            for one in running[number % len(running) :] + running[: number % len(running)]:
                if one.failed:
                    continue
                one.connection.send("round")
                value = one.receive(SETUP_SECONDS)
                if number and value is not None:
                    one.values.append(value)
    finally:
        for one in running:
            one.stop()
    return {
        one.cell.name: Rounds(
            () if one.failed else tuple(one.values), one.setup_seconds, one.memory_bytes, one.failed
        )
        for one in running
    }


def _serve(connection: Connection, make: MakeMeasure, arguments: tuple[Any, ...]) -> None:
    try:
        before = resident_bytes()
        with Stopwatch() as setup:
            one_round = make(*arguments)
        gc.collect()
        connection.send((setup.seconds, resident_bytes() - before))
        while connection.recv() == "round":
            connection.send(one_round())
    except (EOFError, KeyboardInterrupt):
        return
    except Exception:  # The other process shows it.
        connection.send(traceback.format_exc(limit=3).strip())


class Stopwatch:
    """Seconds that a block took: of this process's CPUs or of the clock on the wall, whichever are fewer.

    What other programs on the machine take away is in the second only, what threads do at once in the first.
    """

    seconds = 0.0

    def __enter__(self) -> "Stopwatch":
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *failure: object) -> None:
        cpu, wall = time.process_time() - self._cpu, time.perf_counter() - self._wall
        self.seconds = min(cpu, wall)


def resident_bytes() -> int:
    """Memory of this process that is in use. Linux only; 0 elsewhere."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * 4096
    except OSError:
        return 0


def ratios(of: Rounds, to: Rounds) -> tuple[float, ...]:
    """`of` in units of `to`, round by round."""
    return tuple(one / other for one, other in zip(of.values, to.values, strict=True))
