"""The log of a command: a line for each event, as text or as JSON, by the standard library alone."""

import json
import subprocess
import sys
from datetime import datetime
from typing import Any

import pytest

from flowrules.cli.terminal.logs import log_to_stderr
from flowrules.runtime.log import Log

LOG = Log("flowrules.runtime.x")


def test_a_line_of_text(capsys: pytest.CaptureFixture[str]) -> None:
    log_to_stderr()
    LOG.info("call.opened", call="c1", verbs=2)
    time, said = capsys.readouterr().err.split(" ", 1)
    assert datetime.fromisoformat(time).utcoffset() is not None
    assert said == "[info] call.opened call=c1 verbs=2\n"


def test_a_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    log_to_stderr(as_json=True, worker=3)
    try:
        raise ValueError("that was it")
    except ValueError:
        LOG.exception("it.broke", rules=["a", "b"], what=object)
    line: dict[str, Any] = json.loads(capsys.readouterr().err)
    assert datetime.fromisoformat(line.pop("timestamp")).utcoffset() is not None
    assert line.pop("exception").endswith("ValueError: that was it")
    assert line == {
        "event": "it.broke", "level": "error", "rules": ["a", "b"], "worker": 3, "what": "<class 'object'>",
    }  # fmt: skip


@pytest.mark.parametrize("as_json", [True, False])
def test_no_token_is_in_a_line_whoever_logs_it(as_json: bool) -> None:
    code = (
        f"import logging; from flowrules.cli.terminal.logs import log_to_stderr; log_to_stderr(as_json={as_json})\n"
        "token = 'yt_cb_' + 'A' * 32\n"
        "logging.getLogger('flowrules.sandbox').warning('refused %s', token)\n"
        "try: raise ValueError(token)\n"
        "except ValueError: logging.getLogger('flowrules.x').exception('it.broke')"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stderr
    assert "refused" in said
    assert "ValueError" in said
    assert "A" * 32 not in said


def test_only_from_its_level_on_and_the_last_call_counts(capsys: pytest.CaptureFixture[str]) -> None:
    log_to_stderr("info")
    log_to_stderr("warning")
    LOG.info("call.opened")
    assert not LOG.tells
    LOG.warning("frame.ignored")
    assert [line.split(" ", 1)[1] for line in capsys.readouterr().err.splitlines()] == [
        "[warning] frame.ignored"
    ]


def test_a_stream_that_is_closed_ends_nothing() -> None:
    code = (
        "import sys; from flowrules.cli.terminal.logs import log_to_stderr; from flowrules.runtime.log import Log\n"
        "log_to_stderr(); sys.stderr.close(); Log('flowrules.x').error('it.broke'); print('goes on')"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "goes on\n"


def test_a_command_needs_no_structlog() -> None:
    code = (
        "import sys; sys.modules['structlog'] = None\n"
        "import flowrules.cli.running.run, flowrules.cli.running.run_workers, flowrules.cli.demo, flowrules.cli.writing.studio, flowrules.cli.chaos"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
