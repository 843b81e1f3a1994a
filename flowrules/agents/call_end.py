"""The end of a conversation, as a framework sees it: nothing is played out any more."""

import asyncio

from flowrules.runtime.calls.session import CallSession

LEAVING = 15.0
"""Seconds that an ending which is decided has to go out."""


async def close_after_ending(call: CallSession, why: str) -> None:
    """Close a call whose bot has fallen silent for good. A transfer or hangup that waited for its last word goes out
    first: a call that is merely closed is for the platform to end, as it is set to do."""
    if call.ending:
        call.bot_finished()
        try:
            async with asyncio.timeout(LEAVING):
                await call.ending_settled()
        except TimeoutError:
            pass
    await call.close(why)
