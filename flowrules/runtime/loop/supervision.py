"""Work that has to go on as long as the engine does: where it ends, that is known, and it begins again."""

import asyncio
from collections.abc import Awaitable, Callable

from flowrules.runtime.log import Log

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
"""Seconds before work that broke is begun again: twice as long each time."""
GOOD_RUN = 60.0
"""Seconds after which work counts as going well, so that the pauses are short again."""
_log = Log(__name__)


async def keep_running(name: str, work: Callable[[], Awaitable[None]], report: Callable[[str], None]) -> None:
    """Run `work` again whenever it ends, in whichever way, until this task is cancelled. `report` is told why it
    ended; that it goes well again is for the work to tell."""
    pause = FIRST_PAUSE
    while True:
        began = asyncio.get_running_loop().time()
        try:
            await work()
            problem = "it came to an end"
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # Also what a library raises past Exception, and a CancelledError …
            task = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and (task is None or task.cancelling()):
                raise  # … unless it is meant for this task.
            problem = f"{type(error).__name__}: {error}".rstrip(": ")
            _log.exception("work.broken", work=name, problem=problem)
        report(problem)
        pause = FIRST_PAUSE if asyncio.get_running_loop().time() - began > GOOD_RUN else pause
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
