"""Where a running command's log goes: to standard error, so that standard output stays for data."""

import logging
import sys
from typing import TextIO, cast

import structlog

from flowrules.cli.output import Output


def log_to_stderr(
    level: str = "info", *, output: Output | None = None, as_json: bool = False, worker: int | None = None
) -> None:
    """Log lines as `key=value` text, or each as a JSON object, from this level on; through `output` where a server must
    not wait for whoever reads them. `worker` stands in each line."""
    if worker is not None:
        structlog.contextvars.bind_contextvars(worker=worker)
    stream = sys.stderr if output is None else cast(TextIO, output)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            # An exception is its text here too: structlog's own objects of tracebacks show local variables.
            structlog.processors.JSONRenderer(ensure_ascii=False)
            if as_json
            else structlog.dev.ConsoleRenderer(colors=sys.stderr is not None and sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
