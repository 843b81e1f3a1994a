"""How much promises and hazards alone notice of what is taken out of the cookbook: `python -m tests.rules.measure`.

The tests of the files are left out. Of each promise it says how many of the changes break it: one that none breaks is
too weak. Some minutes; names of files may follow.
"""

import sys
from collections import Counter
from pathlib import Path

from flowrules.source import read

from .mutants import mutants, without_tests
from .noticed import by_stories, loaded

RULES = Path(__file__).parents[2] / "rules"


def main(names: list[str]) -> None:
    for path in sorted(RULES.glob("*.rules")):
        if names and path.stem not in names:
            continue
        (source,) = map(without_tests, read(path))
        whole = loaded(source)
        assert whole is not None
        broke = Counter({str(block.item.label.value): 0 for block in whole.checked.promises})
        unseen, valid = [], 0
        for mutant in mutants(source):
            ruleset = loaded(mutant.source)
            if ruleset is None:
                continue
            valid += 1
            found = by_stories(ruleset)
            broke.update(found)
            if not found:
                unseen.append(f"{mutant.line}: {mutant.what}")
        print(
            f"{path.stem}: {valid - len(unseen)} of {valid} noticed by promises and hazards alone", flush=True
        )
        for label, count in broke.items():
            print(f"  {count:3}  {label}")
        print(*(f"       not noticed, line {one}" for one in unseen), sep="\n", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
