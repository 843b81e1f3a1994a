"""How long rules take from a file to ready: cold, after an edit, and beside Lark's own parse of the same text."""

import gc
import tempfile
from collections.abc import Callable, Mapping
from functools import _lru_cache_wrapper
from pathlib import Path
from typing import Any

from benchmarks.cells import Cell, Measure, Rounds, Stopwatch, measure, ratios
from benchmarks.results import Results, Spread, Table, Target, Value
from benchmarks.workload import make_workload, rule_text
from flowrules.analysis.check import check
from flowrules.compiler.compile import compile_rules
from flowrules.compiler.loading.load import Loaded, load_rules
from flowrules.compiler.overview import overview
from flowrules.language.parse import parse
from flowrules.language.parser.grammar import parser
from flowrules.language.split_blocks import split_blocks
from flowrules.source import SourceFile, read

SIZES = (1_000, 10_000)
QUICK_SIZES = (1_000,)
LARK = "lark alone: tree with positions"
WHOLE = "flowrules: read, parse, check, compile"
EDIT = "flowrules: one line edited"
PARSER = ("flowrules.language.parser.grammar", "flowrules.language.parser.lalr")
STAGES = ("parse", "check", "compile")


def run(sizes: tuple[int, ...] | None, rounds: int, *, quick: bool = False) -> Results:
    sizes = sizes or (QUICK_SIZES if quick else SIZES)
    found = {size: _measured(size, min(rounds, 3 if quick else 5)) for size in sizes}
    columns = tuple(f"{size:,} rules" for size in sizes)
    names = (LARK, WHOLE, *(f"of it, {stage}" for stage in STAGES))
    times = {name: tuple(_value(found[size][name]) for size in sizes) for name in names}
    of_lark = {
        name: tuple(Spread.of(ratios(found[size][name], found[size][LARK])) for size in sizes)
        for name in names[1:]
    }
    edits = {EDIT: tuple(_value(found[size][EDIT]) for size in sizes)}
    tables = (
        Table("A cold load", columns, times, "Microseconds a rule, every finding looked for."),
        Table("A cold load, in units of Lark's own parse", columns, of_lark),
        Table("A reload", columns, edits, "Milliseconds from the saved file to the new rule set."),
    )
    return Results("loading", tables, tuple(_targets(found)))


def _measured(size: int, rounds: int) -> Mapping[str, Rounds]:
    cells = [Cell(LARK, make_lark, (size,)), Cell(WHOLE, make_whole, (size,)), Cell(EDIT, make_edit, (size,))]
    cells += [Cell(f"of it, {stage}", make_stage, (stage, size)) for stage in STAGES]
    return measure(cells, rounds)


def _value(rounds: Rounds) -> Value:
    return Spread.of(rounds.values) if rounds.values else rounds.failed.splitlines()[-1][:80]


def _targets(found: Mapping[int, Mapping[str, Rounds]]) -> list[Target]:
    targets = []
    for size, cells in found.items():
        reached = Spread.of(ratios(cells[WHOLE], cells[LARK])).median
        targets.append(Target(f"a cold load at {size:,}, of Lark's parse", 2, reached))
    if 10_000 in found:
        targets.append(Target("one line edited in 10,000 rules", 40, found[10_000][EDIT].median, unit="ms"))
    return targets


# --- cells --------------------------------------------------------------------------------------------------


def make_lark(size: int) -> Measure:
    """Lark's own parse of the same blocks, with our grammar; the trees are kept, as a parse's result is."""
    (source,) = _written(size)
    texts = [source.text[raw.start : raw.end] + "\n" for raw in split_blocks(source)]
    read_one = parser().parse
    return _timed(lambda: [read_one(text) for text in texts], size)


def make_whole(size: int) -> Measure:
    path = _file(size)
    _warm_up()
    return _timed(lambda: _ready(load_rules(read(path))), size)


def make_stage(stage: str, size: int) -> Measure:
    (source,) = _written(size)
    _warm_up()
    file, _ = parse(source)
    checked, _ = check([file])
    stages: dict[str, Callable[[], Any]] = {
        "parse": lambda: parse(source),
        "check": lambda: check([file]),
        "compile": lambda: compile_rules(checked),
    }
    return _timed(stages[stage], size)


def _timed(work: Callable[[], Any], size: int) -> Measure:
    """Microseconds a rule, with nothing remembered of the round before."""

    def one_round() -> float:
        forget()
        gc.collect()
        with Stopwatch() as timed:
            result = work()
        del result
        return timed.seconds / size * 1e6

    return one_round


def make_edit(size: int) -> Measure:
    """Milliseconds from a saved file to the new rule set, a line in another place edited each time. Now and then the
    result is held against a cold load's."""
    path = _file(size)
    lines = path.read_text("utf-8").split("\n")
    loaded = load_rules(read(path))
    turn = 0

    def one_round() -> float:
        nonlocal loaded, turn
        turn += 1
        at = turn * 997 % size
        head, _, _ = lines[at].rpartition(" ")
        lines[at] = f"{head} edited_{turn}"
        path.write_text("\n".join(lines), "utf-8")
        gc.collect()
        with Stopwatch() as timed:
            loaded = load_rules(read(path), previous=loaded)
        if turn == 2:
            forget()
            cold = load_rules(read(path))
            assert overview(_ready(loaded)) == overview(_ready(cold)), "a reload differs from a cold load"
            assert loaded.findings == cold.findings, "a reload's findings differ from a cold load's"
        return timed.seconds * 1e3

    return one_round


def _file(size: int) -> Path:
    path = Path(tempfile.mkdtemp(prefix="flowrules-benchmark-")) / "work.rules"
    path.write_text(rule_text(make_workload("plain", size, events=1)), "utf-8")
    return path


def _written(size: int) -> tuple[SourceFile, ...]:
    return read(_file(size))


def _ready(loaded: Loaded) -> Any:
    assert loaded.ruleset is not None, loaded.findings[:3]
    return loaded.ruleset


def _warm_up() -> None:
    """Build the parser and its scanners, which a process does once."""
    load_rules(_written(200))


def forget() -> None:
    """Empty every cache of flowrules but those that hold the parser."""
    for found in gc.get_objects():
        if isinstance(found, _lru_cache_wrapper):
            module = str(found.__module__)
            if module.startswith("flowrules.") and module not in PARSER:
                found.cache_clear()
