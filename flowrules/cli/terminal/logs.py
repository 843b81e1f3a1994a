"""Where a running command's log goes: to standard error, so that standard output stays for data."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TextIO, cast

from flowrules.cli.terminal.output import Output
from flowrules.redaction import redact
from flowrules.runtime.log import told_in

LOGGER = logging.getLogger("flowrules")


class _Lines(logging.StreamHandler[TextIO]):
    """The handler of a command; there is one in a process."""

    def handleError(self, record: logging.LogRecord) -> None:
        """A log that can't be written ends nothing, and says so nowhere."""


class _Format(logging.Formatter):
    """One line for each record, as text or as a JSON object. No token is in it, whoever has logged."""

    def __init__(self, *, as_json: bool, worker: int | None) -> None:
        super().__init__()
        self._as_json = as_json
        self._always = {} if worker is None else {"worker": worker}

    def format(self, record: logging.LogRecord) -> str:
        event, values = told_in(record)
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds")
        level, time = record.levelname.lower(), moment.replace("+00:00", "Z")
        values = {**values, **self._always}
        failure = self.formatException(record.exc_info) if record.exc_info and record.exc_info[0] else ""
        if self._as_json:
            more = {"exception": failure} if failure else {}
            line = {**values, "event": event, "level": level, "timestamp": time, **more}
            return redact(json.dumps(line, ensure_ascii=False, default=repr))
        told = " ".join([event, *(f"{name}={value}" for name, value in values.items())])
        return redact(f"{time} [{level}] {told}" + (f"\n{failure}" if failure else ""))


def log_to_stderr(
    level: str = "info", *, output: Output | None = None, as_json: bool = False, worker: int | None = None
) -> None:
    """Log lines as `key=value` text, or each as a JSON object, from this level on; through `output` where a server must
    not wait for whoever reads them. `worker` stands in each line. A second call takes the place of the first."""
    log_nowhere()
    handler = _Lines(sys.stderr if output is None else cast(TextIO, output))
    handler.setFormatter(_Format(as_json=as_json, worker=worker))
    LOGGER.addHandler(handler)
    LOGGER.setLevel(level.upper())


def log_nowhere() -> None:
    """Undo `log_to_stderr`."""
    for handler in [one for one in LOGGER.handlers if isinstance(one, _Lines)]:
        LOGGER.removeHandler(handler)
    LOGGER.setLevel(logging.NOTSET)
