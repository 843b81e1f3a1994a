"""Whether an answer is the platform's, and about this call: what a web page or a proxy says in its place is none.

A success is `{"ok": true, "call_id": …, "dispatched_at": …, "result": {}}`, a refusal `{"detail": …}`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from flowrules.language.unicode import read_json
from flowrules.redaction import redact

_RUN = 3
"""Requests in a row without an answer of the platform that make a health problem."""
_STALE = 60.0
"""Seconds after which such a run says nothing any more about the way to the platform: whoever looks at the health may
have kept all calls away since."""


class Answer(Enum):
    """What a 2xx says of a verb."""

    YES = "yes"
    NO = "no"
    """The platform's own `ok: false`."""
    NOTHING = "nothing"
    """An empty object: it names no call, and contradicts none."""
    ANOTHER_CALL = "another call"
    FOREIGN = "foreign"
    """Not the platform's."""


def parse(body: bytes) -> object:
    """The body as JSON; None where it is none."""
    try:
        return read_json(body) if body else None
    except ValueError:
        return None


def read_success(reply: object, call_id: str) -> Answer:
    """What the body of a 2xx says, asked about this call."""
    match reply:
        case {"call_id": str(named)} if named != call_id:
            return Answer.ANOTHER_CALL
        case {"ok": True, "call_id": str()}:
            return Answer.YES
        case {"ok": False, "call_id": str()}:
            return Answer.NO
        case dict() if not reply:
            return Answer.NOTHING
    return Answer.FOREIGN


def is_platforms(status: int, reply: object, call_id: str) -> bool:
    """Whether an answer is the platform's own, about this call."""
    if 200 <= status < 300:
        return read_success(reply, call_id) in (Answer.YES, Answer.NO)
    return status >= 400 and isinstance(reply, dict) and "detail" in reply


@dataclass(slots=True)
class Answers:
    """How many requests in a row the platform has not answered: a run of them is no accident. `foreign` of them had an
    answer that was not the platform's; `why` says what went wrong with the last of the others."""

    run: int = 0
    foreign: int = 0
    why: str = ""
    at: float = 0.0
    """When the last one was made (monotonic)."""

    def note(self, call_id: str, status: int, body: bytes, problem: str, now: float) -> None:
        """What one request about a call has brought. `problem`: why no answer came, or none that was whole."""
        if not problem and is_platforms(status, parse(body), call_id):
            self.run = self.foreign = 0
            return
        self.run += 1
        self.at = now
        if problem:
            self.why = problem
        else:
            self.foreign += 1

    def problem(self, base_url: str, now: float) -> str:
        """A sentence; '' where all is well."""
        if self.run < _RUN or now - self.at > _STALE:
            return ""
        if self.foreign < self.run:
            return f"the last {self.run} requests to {base_url} had no answer of the platform: {self.why}"
        return (
            f"the last {self.run} answers to requests at {base_url} were not the platform's: "
            "is base_url right, or does something on the way answer in its place?"
        )


def detail(reply: object) -> tuple[str, str]:
    """Code and text of a refusal. The platform has three shapes: a text, `{code, message}`, and a list of
    `{loc, msg, type}`."""
    match reply.get("detail") if isinstance(reply, dict) else None:
        case str(text):
            return "", _short(text)
        case {"code": str(code), **rest}:
            return _short(code), _short(_text(rest.get("message", code)))
        case [*problems]:
            return "", _short("; ".join(_problem(problem) for problem in problems[:5]))
    return "", ""


def _problem(problem: object) -> str:
    if not isinstance(problem, Mapping):
        return _text(problem)
    loc = problem.get("loc")
    place = ".".join(_text(part) for part in loc if part != "body") if isinstance(loc, list) else ""
    said = _text(problem.get("msg", ""))
    return f"{place}: {said}" if place else said


def _text(value: Any) -> str:
    """A value as text; a number of thousands of digits has none."""
    try:
        return str(value)
    except ValueError:
        return ""


def _short(text: str) -> str:
    """What a stranger wrote, fit for a log line; anything like a token is cut."""
    return redact("".join(c if c.isprintable() else " " for c in text[:300]))
