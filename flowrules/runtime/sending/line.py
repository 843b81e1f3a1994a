"""Whether a call has a connection: one that is gone may come again for a while, and a newer one takes over from an
older.

While there is none nothing is sent; what is on the wire is awaited as ever.
"""

import asyncio
from contextlib import suppress

from flowrules.call.receipt import Receipt
from flowrules.call.request import VerbRequest
from flowrules.runtime.loop.timer_scheduler import TimerScheduler
from flowrules.runtime.sending.cleanup import swallow
from flowrules.runtime.sending.senders import Before, Sender


class Line:
    """One call's. `within`: so many seconds a connection that is gone may come again; 0: it may not. `connection`
    numbers the one that is in use."""

    def __init__(self, within: float, scheduler: TimerScheduler) -> None:
        self.within = within
        self.connection = 1
        self._scheduler = scheduler
        self._for_good = within <= 0
        self._present = asyncio.Event()
        self._present.set()
        self._again: asyncio.Future[bool] | None = None
        """Whether a connection that is gone comes again."""

    @property
    def may_come_again(self) -> bool:
        return not self._for_good

    def take_over(self) -> int:
        """A connection comes for this call; its number."""
        self.connection += 1
        self._settle(True)
        self._present.set()
        return self.connection

    def give_up(self) -> None:
        """No connection comes any more: what is still to be sent goes out."""
        self._for_good = True
        self._settle(False)
        self._present.set()

    async def comes_again(self) -> bool:
        """The connection is gone: wait for another. Whoever is cancelled here waits no longer."""
        if self._for_good:
            return False
        self._present.clear()
        again: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._again = again
        alarm = self._scheduler.after(self.within, lambda: self._settle(False))
        try:
            return await again
        except asyncio.CancelledError:
            swallow()
            return False
        finally:
            alarm.cancel()

    async def present(self, called_off: asyncio.Event) -> None:
        """Wait until there is a connection, or none comes any more, or this is called off."""
        if self._present.is_set():
            return
        waits = [asyncio.ensure_future(one.wait()) for one in (self._present, called_off)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*waits, return_exceptions=True)

    def _settle(self, again: bool) -> None:
        if self._again is not None and not self._again.done():
            self._again.set_result(again)


class HeldSender:
    """Sends nothing while the call has no connection."""

    def __init__(self, sender: Sender, line: Line) -> None:
        self._sender = sender
        self._line = line
        self.live = sender.live

    async def send(
        self, request: VerbRequest, *, until: float, before: Before, called_off: asyncio.Event
    ) -> Receipt:
        await self._line.present(called_off)
        return await self._sender.send(request, until=until, before=before, called_off=called_off)
