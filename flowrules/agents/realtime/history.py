"""The conversation so far, so that another session of the model can go on with it."""

from collections.abc import Mapping
from typing import Any

Item = dict[str, Any]
"""One item of a conversation, as `conversation.item.create` takes it."""


class History:
    """What was said, by whom, and the tool calls with their outputs, in order.

    Of what the caller said it has the transcript, of what the model said all words, those too that the caller has
    interrupted. A tool call whose output is still to come is among them: the output follows.
    """

    def __init__(self) -> None:
        self._items: list[Item] = []
        self._spoken: dict[str, Item] = {}
        """Items whose text comes piece by piece, by the server's id."""

    @property
    def items(self) -> list[Item]:
        return [item for item in self._items if item["type"] != "message" or item["content"][0]["text"]]

    def add(self, item: Item) -> None:
        self._items.append(item)

    def comes(self, item_id: str, role: str) -> Item:
        """Something is said, whose words are to come."""
        if item_id not in self._spoken:
            self._spoken[item_id] = message(role, "")
            self._items.append(self._spoken[item_id])
        return self._spoken[item_id]

    def said(self, item_id: str, role: str, text: str) -> None:
        """All that was said in an item."""
        self.comes(item_id, role)["content"][0]["text"] = text
        del self._spoken[item_id]

    def goes_on(self, item_id: str, role: str, text: str) -> None:
        """A piece more of an item."""
        self.comes(item_id, role)["content"][0]["text"] += text

    def called(self, call_id: str, call: Mapping[str, Any]) -> None:
        name, arguments = str(call.get("name") or ""), str(call.get("arguments") or "")
        self.add({"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments})


def message(role: str, text: str) -> Item:
    """A text of somebody's: `user`, `assistant` or `system`."""
    content = {"type": "output_text" if role == "assistant" else "input_text", "text": text}
    return {"type": "message", "role": role, "content": [content]}


def output(call_id: str, text: str) -> Item:
    """What a tool call came to."""
    return {"type": "function_call_output", "call_id": call_id, "output": text}
