"""What a server prints, without ever waiting for whoever reads it.

A pipe that nobody empties holds up whoever writes into it. In a server that would be the event loop, and with it every
call: so a thread writes, and what finds no room is left out.
"""

import os
import queue
import threading
from typing import TextIO

from flowrules.cli.terminal.letters import ERRORS

_MOST = 10_000
"""Lines that wait for a reader."""
_AT_THE_END = 2.0
"""Seconds in which what still waits may be written."""


class Output:
    """One stream. `write` takes whole lines, and never waits or raises. `lost`: lines that nobody will read, because
    the stream is closed or has not been read for too long."""

    def __init__(self, stream: TextIO | None) -> None:
        self.lost = 0
        self._stream = stream
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        self._lines: queue.Queue[str | None] = queue.Queue(maxsize=_MOST)
        self._thread = threading.Thread(target=self._run, name="flowrules-output", daemon=True)
        self._thread.start()

    def write(self, lines: str) -> None:
        try:
            self._lines.put_nowait(lines)
        except queue.Full:
            self.lost += 1

    def flush(self) -> None:
        """Whoever logs asks for it; the thread writes at once."""

    def close(self) -> None:
        """Write what still waits, if it can be written soon."""
        try:
            self._lines.put(None, timeout=_AT_THE_END)
        except queue.Full:
            return
        self._thread.join(_AT_THE_END)

    def _run(self) -> None:
        while (lines := self._lines.get()) is not None:
            try:
                self._write(lines)
            except (OSError, ValueError):  # The reader has gone, or the stream is closed.
                self.lost += 1

    def _write(self, lines: str) -> None:
        if self._stream is None:  # The process was started with the stream closed.
            return
        data = lines.encode(self._encoding, ERRORS)
        # Past the stream's own buffer: a thread that hangs in that would keep the process from its end.
        file = self._stream.fileno()
        while data:
            data = data[os.write(file, data) :]
