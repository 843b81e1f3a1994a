"""`python -m benchmarks`: measure, and write tables and a plot to `benchmarks/results/`."""

import argparse
import sys
from importlib import import_module
from pathlib import Path

from benchmarks.results import RESULTS, as_markdown, write

GROUPS = (
    "decision",
    "loading",
    "analysis",
    "execution",
    "telemetry",
    "lag",
    "startup",
    "memory",
    "live_memory",
    "exploring",
    "drafting",
    "editing",
    "studio",
    "replaying",
)


def main() -> int:
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=GROUPS, action="append", help="this group; may be repeated")
    parser.add_argument(
        "--quick", action="store_true", help="small sizes and few rounds: a look, not a record"
    )
    parser.add_argument("--sizes", type=int, nargs="+", metavar="N", help="numbers of rules")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds of each measurement")
    parser.add_argument("--into", type=Path, default=RESULTS, metavar="FOLDER", help="where the results go")
    options = parser.parse_args()
    rounds = options.rounds or (5 if options.quick else 15)
    sizes = tuple(options.sizes) if options.sizes else None
    missed = False
    for group in options.only or GROUPS:
        results = import_module(f"benchmarks.{group}").run(sizes, rounds, quick=options.quick)
        print(as_markdown(results))
        print(f"written to {write(results, options.into)}", file=sys.stderr)
        missed = missed or not all(target.met for target in results.targets)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
