"""How long a start takes: the package beside the libraries that it needs, and the command line."""

import subprocess
import sys
import time
from collections.abc import Mapping

from benchmarks.results import Results, Spread, Table, Target

STARTS: Mapping[str, tuple[str, ...]] = {
    "python alone": ("-c", "pass"),
    "import lark, pydantic, httpx": ("-c", "import lark, pydantic, httpx"),
    "import flowrules": ("-c", "import flowrules"),
    "import flowrules and all its names": (
        "-c",
        "import flowrules; [getattr(flowrules, name) for name in dir(flowrules) if name[0] != '_']",
    ),
    "flowrules --help": (
        "-c",
        "import sys; sys.argv = ['flowrules', '--help']; import flowrules.cli as c; c.main()",
    ),
    "flowrules check of the smallest file": (
        "-c",
        "import sys; sys.argv = ['flowrules', 'check', sys.argv[1]]; import flowrules.cli as c; c.main()",
    ),
}


def run(sizes: tuple[int, ...] | None, rounds: int, *, quick: bool = False) -> Results:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "one.rules"
        file.write_text("on intent=sales transfer queue sales\n", "utf-8")
        found: dict[str, list[float]] = {name: [] for name in STARTS}
        for number in range(rounds + 1):
            for name, command in STARTS.items():
                seconds = _start([sys.executable, *command, str(file)])
                if number:
                    found[name].append(seconds * 1e3)
    rows = {
        name: (Spread.of(times), Spread.of(_over(times, found["python alone"])))
        for name, times in found.items()
    }
    note = "Milliseconds from the start of the process to its end; compiled modules are on disk."
    names = "import flowrules and all its names"
    over = Spread.of(_over(found[names], found["import lark, pydantic, httpx"])).median
    return Results(
        "startup",
        (Table("A start", ("whole", "over Python alone"), rows, note),),
        (
            Target("import flowrules, all of it, over lark, pydantic and httpx", 120, over, unit="ms"),
            Target("flowrules --help", 400, Spread.of(found["flowrules --help"]).median, unit="ms"),
        ),
    )


def _start(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def _over(times: list[float], base: list[float]) -> list[float]:
    return [one - other for one, other in zip(times, base, strict=True)]
