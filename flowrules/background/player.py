"""The process that plays calls, so that an editor is answered meanwhile: playing takes seconds of Python, and a thread
that computes holds up the event loop beside it.

It takes questions over its standard input and answers over its standard output. A question about a rule set takes the
place of the one before it, also of one that is being played.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import IO

from flowrules.background.asked import Answer, Question
from flowrules.background.pieces import HEAD, head_of, packed, unpacked
from flowrules.editor.played import Explored, Played
from flowrules.editor.stories import Player

_NICE = 10
"""The editor comes first, also on a machine with one processor."""


class _Overtaken(Exception):
    """Another question about the same rule set has come."""


class _Questions:
    """What is to be played, one question for each rule set."""

    def __init__(self) -> None:
        self._waiting: dict[str, Question] = {}
        self._changed = threading.Condition()
        self._over = False

    def put(self, question: Question) -> None:
        with self._changed:
            self._waiting.pop(question.key, None)
            self._waiting[question.key] = question
            self._changed.notify()

    def end(self) -> None:
        with self._changed:
            self._over = True
            self._changed.notify()

    def next(self) -> Question | None:
        """The one that waits longest, as soon as there is one; None: there will be no more."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._over)
            if self._over:
                return None
            return self._waiting.pop(next(iter(self._waiting)))

    def look(self, key: str) -> None:
        """Raises where a rule set is asked about again, or nobody asks any more."""
        if self._over or key in self._waiting:
            raise _Overtaken


def serve(questions: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until the other side is gone."""
    waiting = _Questions()
    reading = threading.Thread(target=_read, args=(questions, waiting), daemon=True)
    reading.start()
    players: dict[str, Player] = {}
    while (question := waiting.next()) is not None:
        if question.sources is None:
            if question.forget:
                players.pop(question.key, None)
            continue
        player = players.get(question.key)
        if player is None:
            player = players[question.key] = Player(_clock(waiting, question.key), question.fence)
        try:
            _answer(question, player, answers)
        except BrokenPipeError:
            return


def _answer(question: Question, player: Player, answers: IO[bytes]) -> None:
    assert question.sources is not None
    found: Played | Explored | None = None
    last = False
    try:
        if question.place is None:
            for found in player.play(question.sources, question.seconds):
                last = found.last
                _send(question, Answer(found, last), answers)
        else:
            found = player.explore(question.sources, *question.place, question.seconds)
    except _Overtaken:
        found = None
    if not last:
        _send(question, Answer(found if isinstance(found, Explored) else None, last=True), answers)


def _send(question: Question, answer: Answer, answers: IO[bytes]) -> None:
    answers.write(packed(question.number, answer))
    answers.flush()


def _clock(waiting: _Questions, key: str) -> Callable[[], float]:
    def clock() -> float:
        waiting.look(key)
        return time.monotonic()

    return clock


def _read(questions: IO[bytes], waiting: _Questions) -> None:
    while head := questions.read(HEAD):
        waiting.put(unpacked(questions.read(head_of(head)[1])))
    waiting.end()


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server; its end is ours.
    if hasattr(os, "nice"):  # Windows has no such thing.
        os.nice(_NICE)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # What anything prints is no answer.
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
