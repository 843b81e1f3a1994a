"""Reports that a model makes side by side in one answer: what is urgent is taken first, whatever order they come in."""

import asyncio
from dataclasses import dataclass, field

from flowrules.runtime.calls.session import CallSession


@dataclass(slots=True)
class _Waiting:
    urgent: bool
    turn: "asyncio.Future[bool]" = field(repr=False)


class Gathering:
    """Lets the reports of a call that are made in the same round of the event loop pass in order: urgent ones before
    others, and else as they came."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[_Waiting]] = {}

    async def passed(self, call: CallSession, *, urgent: bool) -> bool:
        """Wait until a report has its turn; whether others were made with it, so that the call may be another now.
        A report that is cancelled meanwhile is not lost by this: the caller takes it at once."""
        loop = asyncio.get_running_loop()
        mine = _Waiting(urgent, loop.create_future())
        waiting = self._waiting.setdefault(call.call_id, [])
        waiting.append(mine)
        if len(waiting) == 1:
            loop.call_soon(self._release, call.call_id)
        return await mine.turn

    def _release(self, call_id: str) -> None:
        waiting = self._waiting.pop(call_id)
        for one in sorted(waiting, key=lambda one: not one.urgent):
            if not one.turn.done():
                one.turn.set_result(len(waiting) > 1)
