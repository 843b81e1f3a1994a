"""From a keystroke to its findings, beside a check of everything in the same run, as an editor has it.

Rules stand under declarations of their facts. A value in a rule changes; a rule that has a mistake is typed in; a
declaration changes (mistakes in texts at once, the rest later); and what may stand, or stands, at the cursor.
"""

import gc
from collections.abc import Callable, Mapping
from time import process_time

from benchmarks.results import Results, Spread, Table, Target
from benchmarks.workload import CAMPAIGNS, LANGUAGES, make_workload, rule_text
from flowrules.compiler.loading.load import load_rules
from flowrules.editor.completion import complete
from flowrules.editor.documents import Change
from flowrules.editor.features.hover import hover
from flowrules.editor.positions import Place, Units
from flowrules.editor.workspace import Workspace
from flowrules.source import source_from_text

SIZES = (100, 1_000, 10_000)
QUICK_SIZES = (100, 1_000)
PATH = "work.rules"
HEAD = f"""fact balance is number
fact language is one of {", ".join(LANGUAGES)}
fact vip is yes/no
fact campaign is one of {", ".join(CAMPAIGNS)}
"""
FULL = "a check of everything"
VALUE = "a value in a rule"
BROKEN = "inside a rule with a mistake"
DECLARED = "a declaration: mistakes in texts"
COMPLETE = "completion"
HOVER = "hover"
ANSWERS = (VALUE, BROKEN, DECLARED, COMPLETE, HOVER)


def run(sizes: tuple[int, ...] | None, rounds: int, *, quick: bool = False) -> Results:
    sizes = sizes or (QUICK_SIZES if quick else SIZES)
    found = {size: _measured(size, min(rounds, 3 if quick else 7)) for size in sizes}
    columns = tuple(f"{size:,} rules" for size in sizes)
    times = {name: tuple(Spread.of(found[size][name]) for size in sizes) for name in (FULL, *ANSWERS)}
    ratios = {
        name: tuple(
            Spread.of([one / whole for one, whole in zip(found[size][name], found[size][FULL], strict=True)])
            for size in sizes
        )
        for name in ANSWERS
    }
    tables = (
        Table("From a keystroke to its answer", columns, times, "Milliseconds of processor time."),
        Table("The same, in units of a check of everything", columns, ratios, "Rounds of one run, in pairs."),
    )
    targets = []
    if 1_000 in found:
        for name in ANSWERS:
            median = Spread.of(found[1_000][name]).median
            targets.append(Target(f"{name}, at 1,000 rules", 50, median, unit="ms"))
        shown = ratios[VALUE][sizes.index(1_000)].median
        targets.append(Target("keystroke to findings at 1,000, of a check of everything", 0.1, shown))
    return Results("editing", tables, tuple(targets))


def _measured(size: int, rounds: int) -> Mapping[str, list[float]]:
    text = HEAD + rule_text(make_workload("plain", size, events=1))
    workspace = Workspace()
    workspace.put(PATH, text)
    workspace.settle()
    times: dict[str, list[float]] = {name: [] for name in (FULL, *ANSWERS)}
    _keystrokes(workspace, size, 11)  # What a process does once.
    for number in range(rounds):
        gc.collect()
        source = source_from_text(workspace.documents[PATH].raw, PATH)
        times[FULL].append(_timed(lambda: load_rules([source])))  # noqa: B023 - it runs at once
        for name, spent in _keystrokes(workspace, size, number + 2).items():
            times[name].append(spent)
    return times


def _keystrokes(workspace: Workspace, size: int, number: int) -> dict[str, float]:
    line = 4 + number * 997 % size
    end = len(workspace.documents[PATH].source.line(line + 1))
    times = {VALUE: _typed(workspace, line, end, "x")}
    assert workspace.settled, "an edit of a value is checked at once"
    _typed(workspace, line, end + 1, " (")
    workspace.settle()
    times[BROKEN] = _typed(workspace, line, end + 3, "y")
    workspace.settle()
    file = workspace.files[PATH]
    start = file.source.line_starts[line]
    times[COMPLETE] = _timed(
        lambda: complete(file, start + file.source.line(line + 1).index(" ") + 1, workspace.index)
    )
    times[HOVER] = _timed(lambda: hover(workspace, PATH, start + 4))
    _typed(workspace, line, end + 1, "", stop=end + 4)
    workspace.settle()
    times[DECLARED] = _typed(workspace, 1, len(HEAD.split("\n")[1]), f", l{number}")
    workspace.settle()
    _typed(workspace, 1, len(HEAD.split("\n")[1]), "", stop=len(HEAD.split("\n")[1]) + len(f", l{number}"))
    workspace.settle()
    return times


def _typed(workspace: Workspace, line: int, at: int, text: str, stop: int | None = None) -> float:
    change = Change(text, Place(line, at), Place(line, at if stop is None else stop))
    return _timed(lambda: workspace.edit(PATH, [change], Units.UTF16))


def _timed(work: Callable[[], object]) -> float:
    """Milliseconds of processor time."""
    begun = process_time()
    work()
    return (process_time() - begun) * 1e3
