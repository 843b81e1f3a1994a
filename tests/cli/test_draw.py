"""`flowrules draw`: a rule set as a picture."""

import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]


def test_the_picture_is_one_document(run: Run, folder: Path, tmp_path: Path) -> None:
    shown = run("draw", folder)
    assert shown.exit_code == 0
    assert ET.fromstring(shown.stdout).tag == "{http://www.w3.org/2000/svg}svg"
    assert "Transfer the caller to the agent" in shown.stdout
    written = run("draw", folder, "-o", tmp_path / "rules.svg")
    assert (written.exit_code, written.stdout) == (0, "")
    assert (tmp_path / "rules.svg").read_text("utf-8") == shown.stdout


def test_without_the_extra_package_a_sentence_says_what_to_install(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "svg", None)
    shown = run("draw", folder)
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert shown.stderr == "Pictures need an extra package: pip install 'flowrules[draw]'.\n"


def test_rules_with_errors_are_not_drawn(run: Run, folder: Path) -> None:
    (folder / "b.rules").write_text("on a when x is in nowhere hangup\n")
    shown = run("draw", folder)
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert shown.stderr.endswith("The rules have errors, so they can't be drawn.\n")


def test_what_can_not_be_read_is_said(run: Run, tmp_path: Path) -> None:
    shown = run("draw", tmp_path)
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert "There is no rule file in" in shown.stderr
