"""Tool calls whose ids repeat, told apart in the model's context.

Many servers number the calls of each answer anew. Pipecat keeps calls apart by their ids alone: a result would be
written into every earlier call of the same id.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipecat.frames.frames import (
    Frame,
    FunctionCallCancelFrame,
    FunctionCallFromLLM,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
)


@dataclass(slots=True)
class _Open:
    """A call without its result."""

    given: str
    shown: str
    name: str
    arguments: Mapping[str, Any]
    runs: bool = False

    def is_told_by(
        self, frame: FunctionCallInProgressFrame | FunctionCallResultFrame | FunctionCallCancelFrame
    ) -> bool:
        if (self.given, self.name) != (frame.tool_call_id, frame.function_name):
            return False
        match frame:
            case FunctionCallInProgressFrame():
                return not self.runs and self.arguments == frame.arguments
            case FunctionCallResultFrame():
                return self.runs and self.arguments == frame.arguments
            case FunctionCallCancelFrame():
                return True


class CallIds:
    """The ids of one call's tool calls: each that has come before is shown under another. Whoever runs a tool knows it
    by the id that the model has given."""

    def __init__(self) -> None:
        self._shown: set[str] = set()
        self._open: list[_Open] = []

    def started(self, calls: Sequence[FunctionCallFromLLM]) -> list[FunctionCallFromLLM]:
        """The model has called tools. Returns the calls as they are shown."""
        return [
            replace(
                call, tool_call_id=self._begin(call.tool_call_id, call.function_name, call.arguments).shown
            )
            for call in calls
        ]

    def show(self, frame: Frame) -> None:
        """Give a frame that tells of one call the id that this is shown under."""
        match frame:
            case FunctionCallInProgressFrame(tool_call_id=given, function_name=name, arguments=arguments):
                call = self._find(frame) or self._begin(given, name, arguments)
                call.runs = True
                frame.tool_call_id = call.shown
            case FunctionCallResultFrame(properties=properties):
                if (result := self._find(frame)) is not None:
                    frame.tool_call_id = result.shown
                    if properties is None or properties.is_final:
                        self._open.remove(result)
            case FunctionCallCancelFrame():
                if (cancelled := self._find(frame)) is not None:
                    frame.tool_call_id = cancelled.shown
                    self._open.remove(cancelled)

    def _begin(self, given: str, name: str, arguments: Mapping[str, Any]) -> _Open:
        shown, number = given, 1
        while shown in self._shown:
            number += 1
            shown = f"{given}_{number}"
        self._shown.add(shown)
        self._open.append(_Open(given, shown, name, arguments))
        return self._open[-1]

    def _find(
        self, frame: FunctionCallInProgressFrame | FunctionCallResultFrame | FunctionCallCancelFrame
    ) -> _Open | None:
        return next((call for call in self._open if call.is_told_by(frame)), None)
