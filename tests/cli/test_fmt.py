"""`flowrules fmt`: files, folders, standard input, and what it leaves alone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]


@pytest.fixture
def messy(tmp_path: Path) -> Path:
    path = tmp_path / "x.rules"
    path.write_text("on  a=1   hangup # bye\n")
    return path


def test_a_file_is_written_in_canonical_form_once(run: Run, messy: Path) -> None:
    shown = run("fmt", messy)
    assert (shown.stdout, shown.exit_code) == (f"changed {messy}\n", 0)
    assert messy.read_text() == "on a=1 hangup  # bye\n"
    shown = run("fmt", messy)
    assert (shown.stdout, shown.exit_code) == ("", 0)


def test_check_changes_nothing_and_tells(run: Run, messy: Path) -> None:
    shown = run("fmt", "--check", messy)
    assert (shown.stdout, shown.exit_code) == (f"would change {messy}\n", 1)
    assert messy.read_text() == "on  a=1   hangup # bye\n"
    run("fmt", messy)
    assert run("fmt", "--check", messy).exit_code == 0


def test_check_looks_at_every_file(run: Run, messy: Path) -> None:
    other = messy.with_name("y.rules")
    other.write_text("on  b   hangup\n")
    assert run("fmt", "--check", messy.parent).stdout == f"would change {messy}\nwould change {other}\n"
    assert run("fmt", messy, other).stdout == f"changed {messy}\nchanged {other}\n"


def test_diff_shows_what_would_change(run: Run, messy: Path) -> None:
    shown = run("fmt", "--diff", messy)
    assert shown.exit_code == 0
    assert "-on  a=1   hangup # bye\n+on a=1 hangup  # bye\n" in shown.stdout
    assert messy.read_text() == "on  a=1   hangup # bye\n"
    assert run("fmt", "--diff", "--check", messy).exit_code == 1


def test_diff_of_a_file_without_a_line_end(run: Run, messy: Path) -> None:
    messy.write_text("on  a hangup")
    shown = run("fmt", "--diff", messy)
    assert "-on  a hangup\n\\ No newline at end of file\n+on a hangup\n" in shown.stdout


def test_standard_input_goes_to_standard_output(run: Run) -> None:
    shown = run("fmt", "-", input="on  इरादा=हाँ   hangup".encode())
    assert shown.stdout_bytes == "on इरादा=हाँ hangup\n".encode()
    assert run("fmt", "-", "--check", input=b"on  a hangup").exit_code == 1
    assert run("fmt", "-", "--check", input=b"on a hangup\n").exit_code == 0


def test_windows_files_stay_windows_files(run: Run, messy: Path) -> None:
    messy.write_bytes(b"\xef\xbb\xbfon  a hangup\r\non b hangup\r\n")
    run("fmt", messy)
    assert messy.read_bytes() == b"\xef\xbb\xbfon a hangup\r\non b hangup\r\n"
    shown = run("fmt", "-", input=b"on  a hangup\r\n")
    assert shown.stdout_bytes == b"on a hangup\r\n"


def test_what_has_a_mistake_is_left_and_named(run: Run, messy: Path) -> None:
    messy.write_text("on  a   hangup\non  b  tranfer agent x\n")
    shown = run("fmt", messy)
    assert messy.read_text() == "on a hangup\non  b  tranfer agent x\n"
    assert f"{messy}:2:8: left as it was: " in shown.stderr
    assert shown.exit_code == 1


@pytest.mark.parametrize("words", [("fmt", "--check"), ("fmt", "--diff"), ("fmt",)])
@pytest.mark.parametrize("data", [b"on b tranfer agent x\n", b"on a \xff hangup\n", b'rule "x"\n  on a\n'])
def test_a_file_that_can_not_be_understood_never_counts_as_formatted(
    run: Run, messy: Path, words: tuple[str, ...], data: bytes
) -> None:
    messy.write_bytes(data)
    assert run(*words, messy).exit_code == 1
    assert run(*words, "-", input=data).exit_code == 1


@pytest.mark.parametrize("data", [b"on a \xff hangup", b"x" * (10 * 1024 * 1024 + 1)])
def test_what_is_no_text_passes_through_untouched(run: Run, messy: Path, data: bytes) -> None:
    assert run("fmt", "-", input=data).stdout_bytes == data
    messy.write_bytes(data)
    run("fmt", messy)
    assert messy.read_bytes() == data
