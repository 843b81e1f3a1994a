"""The calls of an engine that are live: each is closed in order, whatever happens to the others."""

import asyncio
from contextlib import suppress

from flowrules.control.clock import Clock
from flowrules.runtime.calls.call_history import CallHistory
from flowrules.runtime.calls.session import CallSession


class LiveCalls(dict[str, CallSession]):
    """By call id. `history` is what is remembered of those that are over."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.history = CallHistory(clock)
        self._one_has_ended = asyncio.Event()

    def closed(self, session: CallSession) -> None:
        """It is over."""
        self.pop(session.call_id, None)
        self._one_has_ended.set()
        self.history.closed(
            session.call_id, may_have_ended=session.may_have_ended, by_host=session.may_have_ended_by_host
        )

    async def drain(self, seconds: float) -> bool:
        """Wait so long at most for all of them to end by themselves; whether they have."""
        for session in tuple(self.values()):
            session.comes_no_more()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self:
                    self._one_has_ended.clear()
                    await self._one_has_ended.wait()
        return not self

    async def close(self) -> None:
        """Close all of them, those included that an error keeps from being closed in order."""
        errors: list[Exception] = []
        while self:
            sessions = tuple(self.values())
            for session in sessions:
                session.comes_no_more()
            ends = await asyncio.gather(
                *(session.close("the engine was shut down") for session in sessions), return_exceptions=True
            )
            for session, end in zip(sessions, ends, strict=True):
                if isinstance(end, Exception):
                    self.pop(session.call_id, None)
                    errors.append(end)
        if errors:
            raise ExceptionGroup("calls could not be closed in order", errors)
