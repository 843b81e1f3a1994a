"""What a group of measurements ends in: tables, targets, and the files that hold them."""

import json
import os
import platform
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Spread:
    """A measured number over the rounds."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        return cls(statistics.median(values), min(values), max(values))

    def __str__(self) -> str:
        return f"{figure(self.median)} ({figure(self.low)}–{figure(self.high)})"


Value = Spread | str


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` go from a row's name to its cells, one for each of `columns`."""

    title: str
    columns: tuple[str, ...]
    rows: Mapping[str, tuple[Value, ...]]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """A promise, with what this run says of it. `reached` may lie on either side of `wanted`."""

    what: str
    wanted: float
    reached: float
    at_least: bool = False
    unit: str = "×"

    @property
    def met(self) -> bool:
        return self.reached >= self.wanted if self.at_least else self.reached <= self.wanted


@dataclass(frozen=True, slots=True)
class Results:
    """One group's."""

    group: str
    tables: tuple[Table, ...]
    targets: tuple[Target, ...] = ()
    plot: Callable[[Path], None] | None = None
    """Draws the group's picture to a path."""
    machine: Mapping[str, str] = field(default_factory=lambda: _machine())


def write(results: Results, folder: Path = RESULTS) -> Path:
    """Write a group's Markdown, JSON and picture; the Markdown's path."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {"machine": results.machine, "tables": results.tables, "targets": results.targets}
    (folder / f"{results.group}.json").write_text(json.dumps(found, indent=1, default=asdict) + "\n", "utf-8")
    if results.plot is not None:
        results.plot(folder / f"{results.group}.svg")
    page = folder / f"{results.group}.md"
    page.write_text(as_markdown(results), "utf-8")
    return page


def as_markdown(results: Results) -> str:
    lines = [f"# {results.group.capitalize()}", ""]
    lines += [", ".join(f"{key} {value}" for key, value in results.machine.items()), ""]
    for table in results.tables:
        lines += [f"## {table.title}", "", *([table.note, ""] if table.note else [])]
        lines += _rows(("", *table.columns), [(name, *map(str, row)) for name, row in table.rows.items()])
        lines.append("")
    if results.targets:
        lines += ["## Targets", ""]
        lines += _rows(("target", "wanted", "reached", ""), [_target_row(one) for one in results.targets])
        lines.append("")
    return "\n".join(lines)


def _rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    cells = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return ["| " + " | ".join(row) + " |" for row in cells]


def _target_row(target: Target) -> tuple[str, ...]:
    sign = "≥" if target.at_least else "≤"
    return (
        target.what,
        f"{sign} {figure(target.wanted)} {target.unit}",
        f"{figure(target.reached)} {target.unit}",
        "met" if target.met else "**missed**",
    )


def figure(number: float) -> str:
    """Three digits that count."""
    if abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.3g}"


def versions(*packages: str) -> str:
    return ", ".join(f"{package} {metadata.version(package)}" for package in packages)


def _machine() -> dict[str, Any]:
    return {
        "Python": platform.python_version(),
        "on": f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs",
        "GIL": "off" if not getattr(sys, "_is_gil_enabled", lambda: True)() else "on",
        "at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    }
