"""The model's tool calls, and which outputs it is still to have."""

from collections.abc import Collection

_BEFORE = ""
"""In place of the answer that a tool call belongs to, where that came over an earlier connection."""


class ToolCalls:
    """The tool calls of one conversation. The model is asked again once every call of an answer has its output."""

    def __init__(self) -> None:
        self._called: dict[str, set[str]] = {}
        """The tool calls of each answer that the model is giving."""
        self._open: dict[str, str] = {}
        """Tool calls without an output: the answer that each belongs to."""
        self._owed: set[str] = set()
        """Answers that are complete, whose tool calls' outputs the model is to have."""

    def called(self, call_id: str, response: str) -> bool:
        """A tool call is complete. False for one that is known."""
        known = self._called.setdefault(response, set())
        if call_id in known:
            return False
        known.add(call_id)
        self._open[call_id] = response
        return True

    def answered(self, call_id: str) -> bool:
        """A tool call has its output. False for one that is not open."""
        return self._open.pop(call_id, None) is not None

    def complete(self, response: str) -> None:
        """The model has given an answer."""
        if self._called.pop(response, None):
            self._owed.add(response)

    def take_told(self) -> bool:
        """Whether an answer has got its last output since this was asked."""
        told = self._owed - set(self._open.values())
        self._owed -= told
        return bool(told)

    def break_off(self, answers: Collection[str]) -> bool:
        """The connection has broken while the model was giving these answers: what it has called is complete. Tells
        whether one of them waits for no output."""
        unanswered = set(answers) - set(self._open.values())
        self._called.clear()
        self._open = dict.fromkeys(self._open, _BEFORE)
        self._owed = {_BEFORE} if self._open else set()
        return bool(unanswered)
