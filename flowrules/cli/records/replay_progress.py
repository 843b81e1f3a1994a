"""How far a replay is: a bar with the rate and the time that is left, on a terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from flowrules.replaying.running.run import Nobody, Watching

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


@contextmanager
def progress() -> Iterator[Watching]:
    """Shown on standard error where that is a terminal, and taken away at the end."""
    if not sys.stderr.isatty():
        yield Nobody()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[told]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        yield _Bar(shown, shown.add_task("Reading", total=None, told=""))


class _Bar:
    """`events` were replayed."""

    def __init__(self, shown: "Progress", task: "TaskID") -> None:
        self._shown = shown
        self._task = task
        self._rows = self._events = 0

    def prepared(self, rows: int) -> None:
        self._rows += rows
        self._shown.update(self._task, told=f"{self._rows:,} rows")

    def begins(self, rows: int) -> None:
        self._shown.reset(self._task, description="Replaying", total=rows, told="")

    def answered(self, rows: int, events: int) -> None:
        self._events += events
        seconds = self._shown.tasks[0].elapsed or 0.0
        rate = f", {self._events / seconds:,.0f} a second" if seconds else ""
        self._shown.update(self._task, advance=rows, told=f"{self._events:,} events{rate}")
