"""What all tests share: golden files, which `pytest --update-goldens` writes anew, and the watch for tokens.

Every test fails in whose output a token can be read: what it printed, logged at any level, raised, had printed by a
process, or left in its tmp_path. A test that hands tokens out on purpose says so: `@pytest.mark.hands_out_tokens`.
"""

import asyncio.subprocess
import logging
import os
import re
import signal
import subprocess
import traceback
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner

from flowrules.cli.terminal.logs import log_nowhere
from flowrules.control.errors import FlowrulesError
from flowrules.kept import SWITCH
from tests import lanes

Golden = Callable[[Path, str], None]

TOKEN = re.compile(r"yt_(?:cb|live|test)_[0-9A-Za-z]{10,}")
GREETING = re.compile(rb"^tenant key +yt_test_\w+$", re.MULTILINE)
"""How `flowrules sandbox` hands out the key that it was asked for."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-goldens",
        action="store_true",
        help="write what the code now says into the golden files; read the difference before keeping it",
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """`golden(path, text)`: the file at `path` holds this text."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--update-goldens"):
            path.write_text(text, "utf-8")
        assert path.exists(), (
            f"no golden file {path.name}: run pytest --update-goldens and read what it writes"
        )
        assert text == path.read_text("utf-8")

    return compare


@pytest.fixture(autouse=True)
def _log_settings_end_with_the_test() -> Generator[None]:
    """A command that ran in this process has sent its log to a standard error that is gone."""
    yield
    structlog.reset_defaults()
    log_nowhere()


# --- the watch for tokens ---


class Watch(logging.Handler):
    """Looks at every text that leaves the code under test. `found` says where the running test showed a token."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.found: list[str] = []
        self.looked_at = 0

    def look(self, where: str, text: str | bytes | None) -> None:
        if not text:
            return
        self.looked_at += 1
        shown = text if isinstance(text, str) else text.decode("utf-8", "replace")
        if (token := TOKEN.search(shown)) is not None:
            before = TOKEN.sub("…", shown[max(0, token.start() - 60) : token.start()])
            self.found.append(f"{where}: …{before}{token[0][:8]}…")

    def emit(self, record: logging.LogRecord) -> None:
        self.look(f"the log of {record.name}", self.format(record))

    def files(self, folder: Path) -> None:
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                self.look(f"the file {path.relative_to(folder)}", path.read_bytes())

    def after(self, owner: Any, name: str, look: Callable[..., None]) -> None:
        """Have a method of somebody else's class looked at: `look` gets its result, then its arguments."""
        real = getattr(owner, name)

        def watched(*words: Any, **named: Any) -> Any:
            result = real(*words, **named)
            look(result, *words)
            return result

        setattr(owner, name, watched)


WATCH = Watch()


# --- no test hangs, and none leaves a process behind ---

SECONDS = 120
"""How long a test may take that says nothing else: `@pytest.mark.timeout(600)`."""
SHRINKING = 600
"""The same for one of Hypothesis, which looks for the smallest failure for up to five minutes."""
STARTED: list[subprocess.Popen[Any]] = []
"""All processes that were started, by asyncio too."""


@pytest.hookimpl(tryfirst=True)  # Before `-m fast` takes its pick.
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    lanes.draw_a_share(items)
    lanes.mark_fast(items)
    for item in items:
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(SHRINKING if lanes.is_drawn(item) else SECONDS))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return lanes.is_passed_over(collection_path, config)


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_timeout_set_timer(settings: Any) -> Generator[None, object, object]:
    """Hypothesis plays again what has failed: what hangs again is interrupted again."""
    result = yield
    if settings.method == "signal":
        signal.setitimer(signal.ITIMER_REAL, settings.timeout, 30)
    return result


@pytest.fixture(autouse=True)
def _no_process_is_left() -> Generator[None]:
    """A process that still runs after its test is killed, and the test fails."""
    before = len(STARTED)
    yield
    left = []
    for process in STARTED[before:]:
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            left.append(process.args)
            process.kill()
            process.wait()
    del STARTED[before:]
    assert not left, f"still running after the test: {left}"


def pytest_configure(config: pytest.Config) -> None:
    lanes.set_up(config)
    os.environ[SWITCH] = "off"  # a test sees what the code makes of rules, not what it made of them before
    config.addinivalue_line("markers", "hands_out_tokens: this test shows tokens on purpose")
    config.addinivalue_line(
        "markers", "not_replayed: what this test leaves in a journal does not replay equal"
    )
    config.addinivalue_line("markers", "timeout(seconds): how long this test may take")
    # All that can be logged goes past the watch; `log_level` in pyproject.toml keeps it out of pytest's own reports.
    logging.getLogger().addHandler(WATCH)
    logging.getLogger().setLevel(logging.DEBUG)
    # What a test reads away from pytest's own capture, what its processes print, and what is raised and caught.
    WATCH.after(
        pytest.CaptureFixture, "readouterr", lambda read, *_: WATCH.look("what it printed", f"{read}")
    )
    WATCH.after(CliRunner, "invoke", lambda result, *_: WATCH.look("a command", _told_by(result)))
    WATCH.after(
        asyncio.subprocess.SubprocessStreamProtocol,
        "pipe_data_received",
        lambda _, protocol, pipe, data: WATCH.look("a process", GREETING.sub(b"", data)),
    )
    WATCH.after(
        subprocess.Popen, "communicate", lambda read, *_: [WATCH.look("a process", text) for text in read]
    )
    WATCH.after(subprocess.Popen, "__init__", lambda _, process, *words: STARTED.append(process))
    WATCH.after(FlowrulesError, "__init__", lambda _, error, *words: WATCH.look("an error", repr(words)))
    WATCH.after(
        pytest.RaisesExc,
        "__exit__",
        lambda _, expected, kind, error, where: WATCH.look(
            "an exception", "".join(traceback.format_exception(error))
        ),
    )


def _told_by(result: Any) -> str:
    raised = "".join(traceback.format_exception(result.exception)) if result.exception else ""
    return f"{result.output}{raised}"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "setup":
        WATCH.found.clear()
    WATCH.look("the report", report.longreprtext)
    if report.when == "teardown":
        for name, text in report.sections:
            WATCH.look(name.lower(), text)
        if (folder := getattr(item, "funcargs", {}).get("tmp_path")) is not None:
            WATCH.files(folder)
        if WATCH.found and item.get_closest_marker("hands_out_tokens") is None:
            report.outcome = "failed"
            report.longrepr = "A token can be read.\n" + "\n".join(WATCH.found)
    return report


# --- the journals that tests leave ---


@pytest.fixture(autouse=True)
def _journals_replay_equal(request: pytest.FixtureRequest) -> Generator[None]:
    """Every call in a journal that a test leaves in its tmp_path replays equal, and its lines fit the schema. A test
    that damages its journal on purpose, or puts something in the engine's place, says so: `@pytest.mark.not_replayed`."""
    folder: Path | None = None
    if "tmp_path" in request.fixturenames and request.node.get_closest_marker("not_replayed") is None:
        folder = request.getfixturevalue("tmp_path")
    yield
    journals = [] if folder is None else sorted(folder.rglob("journal.jsonl"))
    if journals:
        from flowrules.runtime.journal.replaying.replay import OLDER, replay

        for journal in journals:
            by_engine = False
            for session in replay(journal.parent):
                # What no engine wrote, but a test by hand, has no record of what happened.
                assert session.is_equal or session.why_not == OLDER, f"{journal}: {session}"
                by_engine |= session.is_equal
            if by_engine:
                from tests.journal_schema import faults

                assert faults(journal.parent) == []
