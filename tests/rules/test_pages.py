"""The pages of the cookbook's files, and that a page changes with everything that is taken out of its rules."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from flowrules.analysis.check import check
from flowrules.compiler.compile import compile_rules
from flowrules.diagnostics.diagnostic import Severity
from flowrules.language.parse import parse
from flowrules.prose.formats.markdown import markdown
from flowrules.prose.page import Page
from flowrules.prose.read_back import read_back
from flowrules.source import SourceFile, read

from .mutants import mutants

FILES = tuple(sorted((Path(__file__).parents[2] / "rules").glob("*.rules")))
GOLDENS = Path(__file__).parents[1] / "corpus" / "pages"


def page(source: SourceFile) -> Page | None:
    """None where the file is no rule set any more, which nobody can load."""
    file, syntax = parse(source)
    rules, meaning = check((file,))
    if any(one.code.severity is Severity.ERROR for one in (*syntax, *meaning)):
        return None
    return read_back(compile_rules(rules))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_page_changes_with_everything_that_is_taken_out(path: Path) -> None:
    (source,) = read(path)
    whole = page(source)
    assert whole is not None
    changed = [(mutant, page(mutant.source)) for mutant in mutants(source)]
    same = [
        f"{one.line}: {one.what}" for one, said in changed if said is not None and said.digest == whole.digest
    ]
    assert sum(said is not None for _, said in changed) >= 15
    assert same == []


@pytest.mark.parametrize("name", ["house", "payments", "sales"])
def test_the_page_of_a_file(name: str, golden: Callable[[Path, str], None]) -> None:
    (source,) = read(next(path for path in FILES if path.stem == name))
    whole = page(replace(source, path=f"{name}.rules"))
    assert whole is not None
    golden(GOLDENS / f"{name}.md", markdown(whole))
