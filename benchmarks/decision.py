"""How long a decision takes: flowrules, its peers and the floors, by the number of rules."""

import gc
import json
from collections.abc import Mapping
from functools import partial
from importlib import import_module
from typing import Any

from benchmarks.cells import Cell, Measure, Rounds, Stopwatch, measure, ratios
from benchmarks.plot import draw
from benchmarks.results import Results, Spread, Table, Target, Value, versions
from benchmarks.workload import make_workload, plain_answers

SIZES = (10, 1_000, 10_000, 100_000)
QUICK_SIZES = (10, 1_000)
BATCH_SECONDS = 0.02
"""A round is about so long: shorter than the machine's moods."""
FEWEST = 100
"""Events that are prepared at a time: few enough that they are still at hand when they are decided on, as a host's
are. Also the decisions of a round, at least."""

OURS = "flowrules"
TRACED = "flowrules, traced"
WHOLE = "flowrules, event to plan"
ZEN = "zen-engine, table"
DATALOGIC = "datalogic-py, switch"
REGORUS = "regorus, lookup"
SHAPES = "floor: dict and closures"
LOOKUP = "floor: dict look-up"

SUBJECTS: Mapping[str, tuple[str, int]] = {
    OURS: ("flowrules_ways:decision", 100_000),
    TRACED: ("flowrules_ways:traced", 100_000),
    WHOLE: ("flowrules_ways:whole_turn", 100_000),
    ZEN: ("zen_engine:zen_table", 100_000),
    DATALOGIC: ("datalogic:datalogic", 100_000),
    REGORUS: ("regorus_vm:regorus_lookup", 100_000),
    "evalidate, loop": ("loops:evalidate_loop", 10_000),
    "rule-engine, loop": ("loops:rule_engine_loop", 10_000),
    SHAPES: ("floors:shape_floor", 100_000),
    LOOKUP: ("floors:lookup_floor", 100_000),
}
"""Where each subject is made, and up to how many rules it is asked."""

BY_KIND: Mapping[str, tuple[str, ...]] = {
    "plain": tuple(SUBJECTS),
    "zipf": (OURS, ZEN, DATALOGIC, REGORUS, SHAPES),
    "wildcards": (OURS, TRACED, ZEN, DATALOGIC, SHAPES),
    "house": (OURS, TRACED, WHOLE),
}
TITLES = {
    "plain": "A decision",
    "zipf": "A decision, few intents being most of the stream",
    "wildcards": "A decision, one rule in twenty without an intent",
    "house": "A decision among rules with time windows, counters and limits, under guard rails",
}
UNCHECKED = frozenset({LOOKUP})
"""It asks no guard."""

Found = Mapping[tuple[str, int], Mapping[str, Rounds]]


def run(sizes: tuple[int, ...] | None, rounds: int, *, quick: bool = False) -> Results:
    sizes = sizes or (QUICK_SIZES if quick else SIZES)
    found: dict[tuple[str, int], Mapping[str, Rounds]] = {}
    tables = []
    for kind, subjects in BY_KIND.items():
        for size in sizes:
            if kind == "plain" or size <= 10_000:
                found[kind, size] = _measured(kind, size, subjects, rounds)
        of_kind = [size for size in sizes if (kind, size) in found]
        tables += [_times(kind, of_kind, found), _ratios(kind, of_kind, found)]
    tables.append(_setup(sizes, found))
    draw_plain = partial(draw, tables[0], sizes)
    return Results("decision", tuple(tables), tuple(_targets(found)), draw_plain)


def _measured(kind: str, size: int, subjects: tuple[str, ...], rounds: int) -> Mapping[str, Rounds]:
    answers = plain_answers(make_workload(kind, size))
    cells = [
        Cell(name, make, (SUBJECTS[name][0], kind, size, None if name in UNCHECKED else answers))
        for name in subjects
        if size <= SUBJECTS[name][1]
    ]
    return measure(cells, rounds)


def make(subject: str, kind: str, size: int, answers: tuple[int, ...] | None) -> Measure:
    """A cell: microseconds a decision, every answer checked against the plain loop's.

    The host parses the events here whether or not the engine takes them so: no engine has the processor's caches to
    itself.
    """
    workload = make_workload(kind, size)
    module, function = subject.split(":")
    engine = getattr(import_module(f"benchmarks.subjects.{module}"), function)(workload)
    events = workload.events
    at = 0
    count = FEWEST

    def one_round() -> float:
        nonlocal at, count
        spent = 0.0
        for _ in range(count // FEWEST):
            chosen = events[at : at + FEWEST]
            host = [json.loads(event) for event in chosen]
            batch = engine.prepare(chosen)
            gc.disable()
            with Stopwatch() as timed:
                engine.run(batch)
            gc.enable()
            spent += timed.seconds
            if answers is not None:
                _compare(engine.answers(batch), answers[at : at + FEWEST], host)
            at = (at + FEWEST) % len(events)
        each = spent / count
        count = FEWEST * max(1, min(len(events), int(BATCH_SECONDS / each)) // FEWEST)
        return each * 1e6

    one_round()
    return one_round


def _compare(given: list[int], right: tuple[int, ...], events: list[Any]) -> None:
    for answer, wanted, event in zip(given, right, events, strict=True):
        if answer != wanted:
            raise AssertionError(f"{answer} instead of {wanted} for {event}")


def _times(kind: str, sizes: list[int], found: Found) -> Table:
    rows = {name: tuple(_value(found[kind, size].get(name)) for size in sizes) for name in BY_KIND[kind]}
    note = "Microseconds a decision: median over the rounds, lowest and highest."
    if kind == "plain":
        note += (
            " "
            + versions("zen-engine", "datalogic-py", "gordon-to-regorus", "evalidate", "rule-engine")
            + "."
        )
    return Table(TITLES[kind], tuple(f"{size:,} rules" for size in sizes), rows, note)


def _value(rounds: Rounds | None) -> Value:
    if rounds is None:
        return "–"
    return Spread.of(rounds.values) if rounds.values else rounds.failed.splitlines()[-1][:80]


def _ratios(kind: str, sizes: list[int], found: Found) -> Table:
    rows: dict[str, tuple[Value, ...]] = {}
    for name in BY_KIND[kind]:
        if name != OURS:
            rows[name] = tuple(_ratio(found[kind, size], name) for size in sizes)
    note = "How many of flowrules' decisions fit in one of these, compared round by round."
    return Table(f"{TITLES[kind]}: ratios", tuple(f"{size:,} rules" for size in sizes), rows, note)


def _ratio(cells: Mapping[str, Rounds], name: str) -> Value:
    theirs, ours = cells.get(name), cells[OURS]
    if theirs is None or not theirs.values or not ours.values:
        return "–"
    return Spread.of(ratios(theirs, ours))


def _setup(sizes: tuple[int, ...], found: Found) -> Table:
    rows: dict[str, tuple[Value, ...]] = {}
    for name in BY_KIND["plain"]:
        cells = [found["plain", size].get(name) for size in sizes]
        rows[name] = tuple(
            f"{cell.setup_seconds:.2f} s, {cell.memory_bytes / 1e6:.0f} MB" if cell and cell.values else "–"
            for cell in cells
        )
    note = "Once, before the first decision; memory is what the process grew by, the events' texts (2 MB) included."
    return Table("From rules to ready", tuple(f"{size:,} rules" for size in sizes), rows, note)


def _targets(found: Found) -> list[Target]:
    wanted: list[tuple[str, str, int, str, str, float, bool]] = [
        ("faster than zen-engine at 1,000", "plain", 1_000, ZEN, OURS, 12, True),
        ("faster than zen-engine at 10,000", "plain", 10_000, ZEN, OURS, 8, True),
        ("faster than datalogic-py at 1,000", "plain", 1_000, DATALOGIC, OURS, 6, True),
        ("faster than regorus at 100,000", "plain", 100_000, REGORUS, OURS, 6, True),
        ("of the floor at 1,000", "plain", 1_000, OURS, SHAPES, 2.5, False),
        ("of the floor at 10,000", "plain", 10_000, OURS, SHAPES, 2.5, False),
        ("of the floor at 100,000", "plain", 100_000, OURS, SHAPES, 2.5, False),
        ("faster than zen-engine at 10,000 with wildcards", "wildcards", 10_000, ZEN, OURS, 3, True),
        ("a traced decision, of an untraced one, at 1,000", "plain", 1_000, TRACED, OURS, 10, False),
        ("a traced decision, of an untraced one, at 10,000", "plain", 10_000, TRACED, OURS, 10, False),
    ]
    targets = []
    for what, kind, size, of, to, value, at_least in wanted:
        cells: Any = found.get((kind, size), {})
        if of in cells and to in cells and cells[of].values and cells[to].values:
            reached = Spread.of(ratios(cells[of], cells[to])).median
            targets.append(Target(what, value, reached, at_least))
    if (wild := found.get(("wildcards", 1_000), {}).get(OURS)) is not None and wild.values:
        targets.append(Target("a decision with wildcards at 1,000", 4, wild.median, unit="µs"))
    return targets
