"""`flowrules new`: a folder that is right from the start, and nothing overwritten."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from flowrules.cli import COMMANDS

Run = Callable[..., Result]


def test_the_starter_checks_clean_and_is_in_canonical_form(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "rules"
    shown = run("new", folder)
    assert shown.exit_code == 0
    assert {path.name for path in folder.iterdir()} == {"hello.rules", "README.md"}
    assert "flowrules check" in shown.stdout
    assert f"flowrules studio {folder}" in shown.stdout
    checked = run("check", folder)
    assert "nothing to mend" in checked.stdout, checked.stdout
    assert run("fmt", "--check", folder).exit_code == 0


def test_a_folder_without_rules_is_told_how_to_begin(run: Run, tmp_path: Path) -> None:
    shown = run("studio", "--no-browser", tmp_path)
    assert shown.exit_code == 2
    assert "flowrules new" in shown.stderr


@pytest.mark.parametrize("name", ["hello.rules", "README.md"])
def test_nothing_is_overwritten(run: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    shown = run("new", tmp_path)
    assert shown.exit_code == 2
    assert name in shown.stderr
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "mine"


def test_a_file_in_the_way_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    shown = run("new", tmp_path / "file")
    assert shown.exit_code == 2
    assert "can't be written" in shown.stderr or "is there already" in shown.stderr


def test_the_first_change_of_the_readme_goes_as_it_says(run: Run, tmp_path: Path) -> None:
    run("new", tmp_path)
    rules = tmp_path / "hello.rules"
    assert run("test", tmp_path, "--coverage").exit_code == 0
    text = rules.read_text()
    first_test = "  expect set_lead_field then transfer queue sales_q\n"
    text = text.replace(first_test, first_test + "  expect set_disposition\n")
    rules.write_text(text)
    assert run("test", tmp_path).exit_code == 1
    field = "  set_lead_field interest to sales\n"
    rules.write_text(text.replace(field, f"{field}  set_disposition interested\n"))
    assert run("test", tmp_path).exit_code == 0
    assert run("check", tmp_path).exit_code == 0


def test_the_readme_names_commands_that_exist(run: Run, tmp_path: Path) -> None:
    run("new", tmp_path)
    lines = [line.split() for line in (tmp_path / "README.md").read_text().splitlines()]
    named = {words[1] for words in lines if words[:1] == ["flowrules"]}
    assert "check" in named
    assert named <= {command.name for command in COMMANDS}
