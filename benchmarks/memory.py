"""What stays in memory: bytes a rule of the live rule set.

Every object that a loaded rule set reaches is counted once, with the collector's header (`sys.getsizeof`). Left out is
what belongs to the process and not to its rules: types, enumerations, time zones, functions that are no closures.
Apart stands what the author's next edit needs: the texts, their syntax, and what the checks made of them (all that
`RuleSet.checked` reaches); what both need is counted there, since it would stay in any case.
"""

import gc
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from enum import Enum
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import NamedTuple
from zoneinfo import ZoneInfo

from benchmarks.results import Results, Table, Target, Value, figure
from benchmarks.subjects.flowrules_ways import ready
from benchmarks.workload import make_workload
from flowrules.compiler.ruleset import RuleSet

SIZES = (1_000, 10_000)
KINDS = ("plain", "wildcards", "house")
BYTES_A_RULE = 1_200
"""At 10,000 rules."""
OF_THE_PROCESS = (type, ModuleType, BuiltinFunctionType, CodeType, Enum, ZoneInfo)
ROWS = 12
"""So many kinds of object have a row of their own."""

Part = tuple[Table, tuple[Target, ...]]
"""What one of the measurements gives."""


def run(sizes: tuple[int, ...] | None, rounds: int, *, quick: bool = False) -> Results:
    """Measured once, whatever `rounds` says: equal rules take equal memory."""
    sizes = sizes or (SIZES[:1] if quick else SIZES)
    parts = [measurement(sizes) for measurement in MEASUREMENTS]
    targets = tuple(target for _, of_part in parts for target in of_part)
    return Results("memory", tuple(table for table, _ in parts), targets)


# --- bytes a rule -------------------------------------------------------------------------------------------


class Held(NamedTuple):
    """Bytes that a rule set holds: by the type of object, and what the syntax takes besides."""

    live: Counter[str]
    syntax: int


def rules(sizes: tuple[int, ...]) -> Part:
    rows: dict[str, list[Value]] = {}
    targets = []
    for kind in KINDS:
        for size in sizes:
            held = held_by(ready(make_workload(kind, size)))
            live = held.live.total() / size
            rows.setdefault(f"{kind}: live", []).append(figure(live))
            rows.setdefault(f"{kind}: texts and syntax", []).append(figure(held.syntax / size))
            if size == 10_000:
                targets.append(Target(f"a rule of 10,000, {kind}", BYTES_A_RULE, live, unit="B"))
    columns = tuple(f"{size:,} rules" for size in sizes)
    table = Table("A rule", columns, {name: tuple(row) for name, row in rows.items()}, "Bytes a rule.")
    return table, tuple(targets)


def kinds_of_object(sizes: tuple[int, ...]) -> Part:
    columns = [held_by(ready(make_workload("plain", size))).live for size in sizes]
    rows = {
        name: tuple(figure(column[name] / size) for column, size in zip(columns, sizes, strict=True))
        for name, _ in columns[-1].most_common(ROWS)
    }
    note = "Bytes a rule of the live rule set, workload plain."
    return Table("What a rule is made of", tuple(f"{size:,} rules" for size in sizes), rows, note), ()


def held_by(ruleset: RuleSet) -> Held:
    """What a rule set holds in memory."""
    known: dict[int, object] = {}
    syntax = sum(map(sys.getsizeof, _reached_from(ruleset.checked, known)))
    live: Counter[str] = Counter()
    for thing in _reached_from(ruleset, known):
        live[type(thing).__name__] += sys.getsizeof(thing)
    return Held(live, syntax)


def _reached_from(root: object, known: dict[int, object]) -> Iterator[object]:
    """Every object that can be reached and is not `known` yet, which it is from then on."""
    waiting = [root]
    while waiting:
        thing = waiting.pop()
        if id(thing) in known or isinstance(thing, OF_THE_PROCESS):
            continue
        if isinstance(thing, FunctionType):
            if thing.__closure__ is None:
                continue
            waiting += thing.__closure__
        else:
            waiting += gc.get_referents(thing)
        known[id(thing)] = thing
        yield thing


MEASUREMENTS: tuple[Callable[[tuple[int, ...]], Part], ...] = (rules, kinds_of_object)
