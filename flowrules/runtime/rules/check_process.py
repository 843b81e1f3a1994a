"""A process that judges rules, so that the one with the calls does not have to: a check of a thousand rules takes
half a second of Python, and a thread that computes holds up the event loop beside it.

It is started for the first edit, keeps what it has parsed for the next, and ends with whoever started it. The two
speak pickle over the child's standard input and output.
"""

import os
import pickle
import signal
import subprocess
import sys
import threading
import weakref
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any

from flowrules.analysis.model.destination_policy import DestinationPolicy
from flowrules.runtime.log import Log
from flowrules.runtime.loop.thread_runner import Overdue
from flowrules.source import SourceFile, source_from_text

if TYPE_CHECKING:
    from flowrules.compiler.loading.load import Loaded
    from flowrules.runtime.rules.load_gate import Gate, Verdict

Stored = tuple[str, str, bytes]
"""Rules as they are kept: their revision, the key of their load, and its bytes."""
_log = Log(__name__)
LIMIT = 20.0
"""Seconds that one answer may take."""
START_LIMIT = 60.0
"""Seconds that a process may take until it can be asked: on a busy machine it may wait long for a processor, and that
says nothing about the rules."""
_READY = "ready"
"""The first that a process says."""
_NICE = 10
"""The calls come first, also on a machine with one processor."""


class CheckProcess:
    """One process, started when it is first needed. For one thread at a time; `close` may come from any."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def judge(
        self,
        sources: tuple[SourceFile, ...],
        agent_type: str,
        gate: "Gate | None",
        fence: DestinationPolicy,
        limit: float = LIMIT,
    ) -> "Verdict | None":
        """The verdict on these texts. None: the process can't give one (a gate of the host's own that does not
        travel, no process to be had), so whoever asks has to judge alone.

        A process that has said nothing after `limit` seconds is ended, and a new one asked. Raises Overdue where that
        one is silent, too: alone, it would take as long.
        """
        try:
            question = pickle.dumps((sources, agent_type, gate, fence))
        except Exception:  # Pickling runs the host's code, which may raise anything.
            return None
        for _ in range(2):
            asked = _Asked(limit)
            try:
                answer: Verdict = asked.of(self._started(), question)
                return answer
            except Exception as error:  # Pipes that break, answers that were cut off, whatever is in them.
                self.close()
                if not asked.overdue:
                    _log.warning("checker.lost", problem=str(error) or type(error).__name__)
                    return None
                _log.warning("checker.overdue", problem=f"no answer after {round(limit, 1):g} seconds")
        raise Overdue(f"the check of the rules did not come to an end within {round(limit, 1):g} seconds")

    def stored(self, limit: float = LIMIT) -> "Stored | None":
        """The last texts without an error as they are kept (`ready.kept_form`), and their revision; None where the
        process has none, or can't tell. Raises Overdue."""
        if self._process is None:
            return None
        asked = _Asked(limit)
        try:
            answer: Stored | None = asked.of(self._process, pickle.dumps(None))
            return answer
        except Exception:  # As above.
            self.close()
            if asked.overdue:
                raise Overdue("the rules could not be stored in time") from None
            return None

    def _started(self) -> subprocess.Popen[bytes]:
        process = self._process
        if process is None:
            process = self._process = _start(self)
            _Asked(START_LIMIT).of(process)
        return process

    def close(self) -> None:
        """End the process; whoever waits for its verdict gets none."""
        process, self._process = self._process, None
        if process is not None:
            _end(process)


class _Asked:
    """One question, and the time that it may take."""

    def __init__(self, limit: float) -> None:
        self.overdue = False
        self._limit = limit

    def of(self, process: subprocess.Popen[bytes], question: bytes = b"") -> Any:
        """The answer; without a question, the word that the process can be asked. Raises what pipes and pickle do."""
        timer = threading.Timer(self._limit, self._end, (process,))
        timer.daemon = True
        timer.start()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(question)
            process.stdin.flush()
            return pickle.load(process.stdout)  # noqa: S301  (written by our own child)
        finally:
            timer.cancel()

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        self.overdue = True
        process.kill()


def _start(owner: CheckProcess) -> subprocess.Popen[bytes]:
    if not sys.executable or getattr(sys, "frozen", False):
        raise RuntimeError("there is no Python to start: this one is embedded in a program")
    process = subprocess.Popen(  # noqa: S603  (this very interpreter, and this module)
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(str(place) for place in sys.path if place)},
    )
    weakref.finalize(owner, _end, process)
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None and not pipe.closed:
            with suppress(OSError):  # What was buffered can't be written any more.
                pipe.close()


def serve(questions: IO[bytes], answers: IO[bytes]) -> None:
    """Answer questions until there are no more. What breaks here ends the process: the other side judges then, and
    finds out what is wrong. The last texts without an error are what the next ones are an edit of."""
    from flowrules.compiler.loading.load import check_sources
    from flowrules.ready import kept_form
    from flowrules.runtime.rules.load_gate import evaluate

    check_sources(
        (source_from_text("on intent=any hangup\n"),)
    )  # What is made once is made before the first question.
    _write(_READY, answers)
    good: Loaded | None = None
    answer: object
    while True:
        try:
            question = pickle.load(questions)  # noqa: S301  (written by our own parent)
        except EOFError:
            return
        if question is None:
            answer = (
                None if good is None or good.ruleset is None else (good.ruleset.revision, *kept_form(good))
            )
        else:
            sources, agent_type, gate, fence = question
            answer, loaded = evaluate(sources, agent_type, gate, fence, good)
            if loaded.ruleset is not None:
                good = loaded
        _write(answer, answers)


def _write(answer: object, answers: IO[bytes]) -> None:
    try:
        answers.write(pickle.dumps(answer))
        answers.flush()
    except BrokenPipeError:  # Whoever asked was killed meanwhile.
        os._exit(0)


def _main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent; its end is ours.
    if hasattr(os, "nice"):  # Windows has no such thing.
        os.nice(_NICE)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # What a gate prints is no answer.
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    _main()
