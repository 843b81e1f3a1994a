"""Tool calls whose ids repeat, told apart in the history.

Many servers number the calls of each answer anew. LiveKit keeps the calls of a history apart by their ids alone: the
earlier of two with one id would be left out, and its result would stand under the later.
"""

from collections.abc import Iterable

from livekit.agents import llm


class CallIds:
    """The ids of the tool calls that an agent's model makes."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}
        """As the model has given them, by those that the calls are shown under."""

    def tell_apart(self, chunk: llm.ChatChunk, items: Iterable[llm.ChatItem]) -> None:
        """Give each tool call whose id has come before another. `items`: all that the history holds."""
        calls = chunk.delta.tool_calls if chunk.delta is not None else []
        if not calls:
            return
        known = {item.call_id for item in items if isinstance(item, llm.FunctionCall)} | self._given.keys()
        for call in calls:
            given, number = call.call_id, 1
            while call.call_id in known:
                number += 1
                call.call_id = f"{given}_{number}"
            known.add(call.call_id)
            self._given[call.call_id] = given

    def given(self, shown: str) -> str:
        """The id that the model has given a call."""
        return self._given.get(shown, shown)
