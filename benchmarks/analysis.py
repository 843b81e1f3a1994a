"""What each check costs, by the number of rules: none of them may grow faster than the rules do."""

import gc
import math
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.cells import Cell, Measure, Rounds, Stopwatch, measure
from benchmarks.results import Results, Spread, Table, Target, Value, figure
from benchmarks.workload import make_workload, rule_text
from flowrules.analysis import check as stage
from flowrules.analysis.checks.reach import check_reach
from flowrules.analysis.gather import gather
from flowrules.analysis.lints import LINTS
from flowrules.analysis.logic.coverage import make_coverage
from flowrules.analysis.model.report import Report
from flowrules.analysis.valid_rules import valid_rules
from flowrules.language.parse import parse
from flowrules.source import source_from_text

SIZES = (1_000, 4_000, 16_000)
QUICK_SIZES = (500, 2_000)
KINDS = ("plain", "wildcards")
WORTH_A_LOOK = 2.0
"""Microseconds a rule below which growth is noise."""
STEPS = (
    "gather",
    *(check.__name__ for check in stage.CHECKS),
    "make_contest",
    check_reach.__name__,
    *(lint.__name__ for lint in LINTS),
    "sound_rules",
)


def run(sizes: tuple[int, ...] | None, rounds: int, *, quick: bool = False) -> Results:
    sizes = sizes or (QUICK_SIZES if quick else SIZES)
    tables, targets = [], []
    for kind in KINDS:
        found = {size: _measured(kind, size, min(rounds, 3)) for size in sizes}
        growth = {step: _growth(found, step, sizes) for step in STEPS}
        rows: dict[str, tuple[Value, ...]] = {
            step: (*(Spread.of(found[size][step].values) for size in sizes), figure(growth[step]))
            for step in sorted(STEPS, key=lambda step: -found[sizes[-1]][step].median)
        }
        note = (
            "Microseconds a rule. The last column is the power of N by which the whole step grows: 1 is in step with "
            "the rules, 2 with their square."
        )
        tables.append(
            Table(f"Checks, {kind}", (*(f"{size:,} rules" for size in sizes), "power of N"), rows, note)
        )
        worst = max((step for step in STEPS if _weighs(found, step, sizes)), key=lambda step: growth[step])
        targets.append(
            Target(f"the steepest check, {kind} ({worst})", 1.5, growth[worst], unit="as a power of N")
        )
    return Results("analysis", tuple(tables), tuple(targets))


def _measured(kind: str, size: int, rounds: int) -> Mapping[str, Rounds]:
    """All steps run in one process, as each needs those before it: the cell measures one of them."""
    (rows,) = measure([Cell("steps", make, (kind, size))], rounds * len(STEPS)).values()
    assert rows.values, rows.failed
    return {step: Rounds(rows.values[number :: len(STEPS)]) for number, step in enumerate(STEPS)}


def make(kind: str, size: int) -> Measure:
    """Each round is the next step; after the last the first follows on new rules."""
    text = rule_text(make_workload(kind, size, events=1))
    pending: list[float] = []
    cold = True

    def one_round() -> float:
        nonlocal cold
        if not pending:
            pending.extend(_steps(text, size))
        if cold:
            cold = False
            pending.clear()
            return 0.0
        return pending.pop(0)

    return one_round


def _steps(text: str, size: int) -> list[float]:
    file, _ = parse(source_from_text(text, "work.rules"))
    report = Report()
    times = []

    def timed(step: Callable[..., Any], *arguments: object) -> Any:
        with Stopwatch() as watch:
            result = step(*arguments)
        times.append(watch.seconds / size * 1e6)
        return result

    gc.collect()
    gc.disable()  # else whichever step is under way pays for a collection
    scope = timed(gather, [file])
    for check in stage.CHECKS:
        timed(check, scope, report)
    coverage = timed(make_coverage, scope, report)
    timed(check_reach, coverage, report)
    for lint in LINTS:
        timed(lint, coverage, report)
    timed(valid_rules, scope, report)
    gc.enable()
    assert len(times) == len(STEPS)
    return times


def _growth(found: Mapping[int, Mapping[str, Rounds]], step: str, sizes: tuple[int, ...]) -> float:
    """The slope between the smallest and the largest size on logarithmic paper."""
    first, last = sizes[0], sizes[-1]
    cheap, dear = (max(found[size][step].median * size, 1e-9) for size in (first, last))
    return math.log(dear / cheap) / math.log(last / first) if first != last else 1.0


def _weighs(found: Mapping[int, Mapping[str, Rounds]], step: str, sizes: tuple[int, ...]) -> bool:
    return found[sizes[-1]][step].median >= WORTH_A_LOOK
