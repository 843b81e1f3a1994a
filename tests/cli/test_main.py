"""The script as it is installed: help, mistakes in the command itself, pipes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flowrules.cli import COMMANDS, Command
from tests.cli.conftest import Run

SCRIPT = Path(sys.executable).with_name("flowrules")


def flowrules(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIPT, *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "COLUMNS": "80", **environment},
    )


def test_help_lists_every_command_with_its_line_and_imports_none() -> None:
    shown = flowrules("--help", PYTHONPROFILEIMPORTTIME="1")
    assert shown.returncode == 0
    for command in COMMANDS:
        assert any(line.split()[:1] == [command.name] for line in shown.stdout.splitlines()), command
        assert command.help in shown.stdout
        assert f"flowrules.cli.{command.module}" not in shown.stderr
    for heavy in ("lark", "pydantic", "httpx", "starlette", "flowrules.language"):
        assert heavy not in shown.stderr


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_has_help_that_fits_eighty_columns(command: Command, run: Run) -> None:
    shown = run(command.name, "--help")
    assert shown.exit_code == 0
    assert max(map(len, shown.stdout.splitlines())) <= 80
    assert "\x1b" not in shown.stdout


def test_no_command_shows_the_help() -> None:
    shown = flowrules()
    assert "Commands:" in shown.stdout + shown.stderr


def test_a_mistyped_command_is_guessed() -> None:
    shown = flowrules("chekc")
    assert shown.returncode == 2
    assert "Did you mean 'check'?" in shown.stderr


def test_version() -> None:
    assert flowrules("--version").stdout.startswith("flowrules 0.")


@pytest.mark.parametrize(
    "words",
    [
        ("check", "no/such/folder"),
        ("check", "."),
        ("fmt", "no.rules"),
        ("show", "ast", "no.rules"),
        ("show", "ruleset", "no.rules"),
        ("check", "--format", "xml", "."),
        ("verbs", "tranfser"),
        ("new", "/proc/no/such/place"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_said_in_a_sentence(words: tuple[str, ...], tmp_path: Path) -> None:
    shown = subprocess.run(
        [SCRIPT, *words], capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path
    )
    assert shown.returncode == 2
    assert shown.stdout == ""
    assert shown.stderr.strip()
    assert "Traceback" not in shown.stderr


def test_a_closed_pipe_is_no_error() -> None:
    shown = subprocess.run(
        f"{SCRIPT} verbs --json | head -n 1",
        shell=True,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert shown.stdout == "[\n"
    assert shown.stderr == ""


def test_a_pipe_gets_no_colours(tmp_path: Path) -> None:
    (tmp_path / "x.rules").write_text("on a tranfer agent x\n")
    shown = flowrules("check", str(tmp_path))
    assert shown.returncode == 1
    assert "\x1b" not in shown.stdout


@pytest.mark.parametrize(
    ("shell", "environment", "expected"),
    [
        ("bash", {"COMP_WORDS": "flowrules pre", "COMP_CWORD": "1"}, "preview"),
        ("bash", {"COMP_WORDS": "flowrules preview --cu", "COMP_CWORD": "2"}, "--curl"),
        ("zsh", {"_TYPER_COMPLETE_ARGS": "flowrules preview --cu"}, "--curl"),
        (
            "fish",
            {"_TYPER_COMPLETE_FISH_ACTION": "get-args", "_TYPER_COMPLETE_ARGS": "flowrules why --jour"},
            "--journal",
        ),
    ],
)
def test_a_shell_is_told_how_a_line_may_go_on(shell: str, environment: dict[str, str], expected: str) -> None:
    assert expected in flowrules(_FLOWRULES_COMPLETE=f"complete_{shell}", **environment).stdout


def test_completion_is_installed_for_a_shell(tmp_path: Path) -> None:
    done = flowrules("--install-completion", "bash", HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "_FLOWRULES_COMPLETE" in (tmp_path / ".bash_completions" / "flowrules.sh").read_text("utf-8")
