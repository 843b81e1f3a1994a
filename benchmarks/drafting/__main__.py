"""`python -m benchmarks.drafting`: the table of drafts, and nothing else."""

import sys

from benchmarks.drafting import run
from benchmarks.results import as_markdown

if __name__ == "__main__":
    results = run(None, 1, quick=False)
    print(as_markdown(results))
    sys.exit(0 if all(target.met for target in results.targets) else 1)
