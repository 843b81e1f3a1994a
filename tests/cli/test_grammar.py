"""`flowrules grammar`: a grammar for whoever reads it, and none of a rule set with errors."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from flowrules.decoding.export import Reader

Run = Callable[..., Result]


@pytest.mark.parametrize(
    ("reader", "start"),
    [("llguidance", '\nstart: item ("\\n" item)*\n'), ("openai", "\nstart: "), ("gbnf", "\nroot ::= item ")],
)
def test_each_reader_has_its_notation(run: Run, folder: Path, reader: str, start: str) -> None:
    shown = run("grammar", folder, "--for", reader)
    assert shown.exit_code == 0
    assert start in shown.stdout
    assert '"sales_q"' in shown.stdout
    assert {one.value for one in Reader} == {"llguidance", "openai", "gbnf"}


def test_only_what_is_asked_for_is_in_it(run: Run, folder: Path) -> None:
    all_kinds = run("grammar", folder, "--for", "gbnf").stdout
    rules = run("grammar", folder, "--for", "gbnf", "--only", "rules").stdout
    assert '"promise "' in all_kinds
    assert '"promise "' not in rules
    assert "\nrule ::= " in rules
    both = run("grammar", folder, "--for", "gbnf", "--only", "rules", "--only", "tests").stdout
    assert '"expect nothing"' in both


def test_rules_with_an_error_have_no_grammar(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.rules").write_text("on intent=sales transfer queue\n")
    shown = run("grammar", tmp_path, "--for", "gbnf")
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert "a.rules:1" in shown.stderr
