"""What the cookbook says of itself notices when something is taken out of it."""

from pathlib import Path

import pytest

from flowrules.analysis.check import check
from flowrules.compiler.compile import compile_rules
from flowrules.diagnostics.diagnostic import Severity
from flowrules.language.parse import parse
from flowrules.scenarios.suite import run_tests
from flowrules.source import SourceFile, read

from .mutants import mutants

FILES = tuple(sorted((Path(__file__).parents[2] / "rules").glob("*.rules")))


def noticed(source: SourceFile) -> bool | None:
    """Whether a test of the file fails; None where the file is no rule set any more, which nobody can load."""
    file, syntax = parse(source)
    rules, meaning = check((file,))
    if any(one.code.severity is Severity.ERROR for one in (*syntax, *meaning)):
        return None
    return not run_tests(compile_rules(rules)).passed


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_tests_of_a_file_notice_what_is_taken_out(path: Path) -> None:
    """At least 19 of 20 changes fail a test."""
    (source,) = read(path)
    outcomes = [(mutant, noticed(mutant.source)) for mutant in mutants(source)]
    survivors = [f"{one.line}: {one.what}" for one, seen in outcomes if seen is False]
    valid = sum(seen is not None for _, seen in outcomes)
    assert valid >= 15
    assert len(survivors) <= 0.05 * valid, survivors
