"""What the parser refuses llguidance refuses too, while it is written: `python -m tests.decoding.test_mutants 20` tells the
figures for 20 mutants of every block of the cookbook, and shows what got through."""

import sys
from random import Random

import pytest

from flowrules.diagnostics.diagnostic import Severity
from flowrules.language.parse import parse
from flowrules.language.printer import print_item
from flowrules.source import source_from_text

from .conftest import COOKBOOK, book, matcher
from .mutants import mutants

SEED = 1919
EACH = 3
"""Mutants of a block in a test run."""
REFUSED = 0.99


def refused_by_parser(name: str, each: int) -> list[str]:
    dice = Random(f"{SEED} {name}")
    written = [f"{print_item(item)}\n" for item in book(name).items()]
    others = sorted({word for text in written for word in text.split()})
    return [mutant for text in written for mutant in mutants(text, others, dice, each) if _is_refused(mutant)]


def _is_refused(text: str) -> bool:
    findings = parse(source_from_text(text, "mutant.rules"))[1]
    return any(finding.code.severity is Severity.ERROR for finding in findings)


@pytest.mark.parametrize("name", COOKBOOK)
def test_mutants_that_the_parser_refuses_are_refused(name: str) -> None:
    wrong = refused_by_parser(name, EACH)
    let_through = [text for text in wrong if matcher(name).stops_at(text) is None]
    assert len(wrong) > 20
    assert len(let_through) <= len(wrong) * (1 - REFUSED), let_through


def main(each: int) -> None:
    count = through = 0
    for name in COOKBOOK:
        wrong = refused_by_parser(name, each)
        count += len(wrong)
        for text in wrong:
            if matcher(name).stops_at(text) is None:
                through += 1
                findings = parse(source_from_text(text, "mutant.rules"))[1]
                print(f"--- {name}: {findings[0].message}\n{text}")
    print(f"{count} mutants that the parser refuses, {count - through} refused, {through} let through")


if __name__ == "__main__":
    main(int(sys.argv[1]))
