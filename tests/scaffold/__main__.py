"""Scaffold a lint, a verb or a comparison: code, tests and rows of the guide, with TODO where words of yours belong.

    python -m tests.scaffold lint likes-this           # name
    python -m tests.scaffold verb send_fax call        # name, family: call, conference or lead
    python -m tests.scaffold comparison "sounds like"  # its words

What is still missing the tests say that are named at the end.
"""

import argparse
from pathlib import Path

from tests.scaffold.comparison import new_comparison
from tests.scaffold.lint import new_lint
from tests.scaffold.verb import new_verb

TESTS = {
    "lint": ("tests/analysis/test_codes.py", "tests/analysis/test_findings.py", "tests/docs/test_guides.py"),
    "verb": (
        "tests/planning/test_verb_rows.py",
        "tests/conformance/test_every_form.py",
        "tests/docs/test_guides.py",
        "tests/test_tables.py",
    ),
    "comparison": (
        "tests/language/test_operators.py",
        "tests/compiler/test_comparisons.py",
        "tests/docs/test_guides.py",
        "tests/test_tables.py",
    ),
}
"""By what is made, the tests that say what is missing."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--root", type=Path, default=Path(__file__).parents[2], help=argparse.SUPPRESS)
    kinds = parser.add_subparsers(dest="kind", required=True)
    kinds.add_parser("lint").add_argument("name")
    verb = kinds.add_parser("verb")
    verb.add_argument("name")
    verb.add_argument("family", choices=("call", "conference", "lead"))
    kinds.add_parser("comparison").add_argument("words")
    asked = parser.parse_args()
    match asked.kind:
        case "lint":
            written = new_lint(asked.root, asked.name)
        case "verb":
            written = new_verb(asked.root, asked.name, asked.family)
        case _:
            written = new_comparison(asked.root, asked.words)
    for path in written:
        print(path.relative_to(asked.root))
    print(f"\nReplace every TODO, then: pytest -n 1 {' '.join(TESTS[asked.kind])}")


if __name__ == "__main__":
    main()
