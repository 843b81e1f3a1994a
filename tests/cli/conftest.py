"""Commands run as a person would run them, in this process."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flowrules.cli import application

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("check", path, input=b"…")` gives what the command printed and its exit code."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")

    def invoke(*words: str | Path, input: bytes | None = None) -> Result:
        arguments: Sequence[str] = [str(word) for word in words]
        return CliRunner().invoke(application(arguments[0]), arguments, input=input, prog_name="flowrules")

    return invoke


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of two files that are one rule set, without findings."""
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "a.rules").write_text(
        "list gold is a, b\nhours office\n  mon to fri 09:00 to 18:30\nend\ntimezone UTC\n"
    )
    (rules / "b.rules").write_text(
        "on intent=sales transfer agent sales_q then set_disposition\n"
        "on intent=vip when plan is in gold set_lead_status callback\n"
        "on intent=late outside office hangup\n"
    )
    return rules
