"""The runtime's log: into the host's hands, never on its screen."""

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import structlog

from flowrules.runtime.log import Log
from flowrules.runtime.rules.rulebook import LoadStatus, RuleBook

_WARN = "from flowrules.runtime.log import Log; Log('flowrules.runtime.x').error('a.b', call='c1')"


def _run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)


def test_it_prints_nothing_by_itself() -> None:
    done = _run(_WARN)
    assert (done.stdout, done.stderr) == ("", "")


def test_it_goes_where_the_standard_library_is_told() -> None:
    done = _run(f"import logging; logging.basicConfig(format='%(name)s|%(levelname)s|%(message)s'); {_WARN}")
    assert done.stderr == "flowrules.runtime.x|ERROR|a.b call='c1'\n"
    assert done.stdout == ""


def test_an_exception_brings_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError("that was it")
    except ValueError:
        Log("flowrules.x").exception("it.broke", call="c1")
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.filename == "test_log.py"
    assert "ValueError: that was it" in caplog.text


def test_a_host_that_has_configured_structlog_gets_the_values(
    caplog: pytest.LogCaptureFixture,
) -> None:
    seen: list[Any] = []

    def keep(logger: Any, method: str, event: Any) -> Any:
        seen.append((method, dict(event)))
        raise structlog.DropEvent

    structlog.configure(processors=[keep])
    try:
        Log("flowrules.x").warning("frame.ignored", call="c1")
    finally:
        structlog.reset_defaults()
    assert seen == [("warning", {"event": "frame.ignored", "call": "c1"})]
    assert caplog.records == []


class Broken(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        raise RuntimeError("the host's handler")


async def test_a_log_that_raises_ends_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.rules"
    path.write_text("on intent=x hangup\n")
    book = RuleBook.load(path)
    told: list[Any] = []
    book.subscribe(told.append)
    logger, handler = logging.getLogger("flowrules"), Broken()
    logger.addHandler(handler)
    try:
        path.write_text("on intent=x holt\n")
        assert (await book.reload()).status is LoadStatus.REFUSED
    finally:
        logger.removeHandler(handler)
    assert len(told) == 1
