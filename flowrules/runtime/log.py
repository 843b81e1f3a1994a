"""Where the runtime's log goes: to structlog where the host has configured it, else to the standard library's logger
`flowrules`. By itself the library prints nothing.
"""

import logging
import sys
from contextlib import suppress
from typing import Any

from flowrules.redaction import holds_token, redact

logging.getLogger("flowrules").addHandler(logging.NullHandler())

_EVENT, _VALUES = "flowrules_event", "flowrules_values"
"""Attributes of a record, for a host's formatter: what happened, and a dict of its values by name."""


class Log:
    """`info("call.opened", call="c1")`: the name of what happened, then its values by name."""

    __slots__ = ("_logger",)

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    @property
    def tells(self) -> bool:
        """Whether anybody would read an `info`: what is costly to say need not be said to nobody."""
        structlog = sys.modules.get("structlog")
        return (structlog is not None and structlog.is_configured()) or self._logger.isEnabledFor(
            logging.INFO
        )

    def info(self, event: str, **values: object) -> None:
        self._write(logging.INFO, event, values)

    def warning(self, event: str, **values: object) -> None:
        self._write(logging.WARNING, event, values)

    def error(self, event: str, **values: object) -> None:
        self._write(logging.ERROR, event, values)

    def exception(self, event: str, **values: object) -> None:
        """An error, with the exception that is being handled."""
        self._write(logging.ERROR, event, {**values, "exc_info": True})

    def failure(self, event: str, error: Exception, **values: object) -> None:
        """An error, with an exception that was caught elsewhere."""
        self._write(logging.ERROR, event, {**values, "exc_info": error})

    def _write(self, level: int, event: str, values: dict[str, object]) -> None:
        # Importing structlog takes a while; who has configured it has imported it.
        structlog = sys.modules.get("structlog")
        # What the host has put behind its log may raise, and that must not end what was only told of.
        with suppress(Exception):
            if structlog is not None and structlog.is_configured():
                method = logging.getLevelName(level).lower()
                shown = {name: _shown(value) for name, value in values.items()}
                getattr(structlog.get_logger(self._logger.name), method)(event, **shown)
            elif self._logger.isEnabledFor(level):
                traceback: Any = values.pop("exc_info", None)
                told = {name: _shown(value) for name, value in values.items()}
                words = "".join(f" {name}={value!r}" for name, value in told.items())
                more = {_EVENT: event, _VALUES: told}
                self._logger.log(level, "%s%s", event, words, exc_info=traceback, stacklevel=3, extra=more)


def told_in(record: logging.LogRecord) -> tuple[str, dict[str, object]]:
    """What happened, and its values by name; of a record that no `Log` has made, its message and none."""
    event = getattr(record, _EVENT, None)
    return (record.getMessage(), {}) if event is None else (event, getattr(record, _VALUES))


def _shown(value: object) -> object:
    """A value without tokens: a rule may quote one, and the log quotes rules."""
    if isinstance(value, str):
        return redact(value) if holds_token(value) else value
    return [_shown(item) for item in value] if isinstance(value, list) else value
