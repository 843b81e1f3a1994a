"""What earlier runs have left in the journals of a folder: calls that the platform may dial again, and verbs of which
nobody knows what became.

Each worker's own journal tells it what it has left itself. Where the number of workers is another one than before, some
calls belong to another worker now, and some journals to none: those are recovered here, once, and each worker is told
of the calls that are its own now.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping

from flowrules.control.clock import SystemClock
from flowrules.runtime.journal.folders import journal_folder, journals_in
from flowrules.runtime.journal.open_calls import LeftCall
from flowrules.runtime.journal.recovery import recover
from flowrules.runtime.journal.writing.writer import Journal
from flowrules.runtime.settings import Settings
from flowrules.workers.routing import owner_of


async def left_elsewhere(settings: Settings, workers: int) -> Mapping[int, Mapping[str, LeftCall]]:
    """By worker, the calls that are its own now and that another journal knows. Raises OSError and JournalError. Nobody
    may write any of the journals meanwhile."""
    root = settings.journal
    if root is None:
        return {}
    now = SystemClock().now()
    found: dict[int, dict[str, LeftCall]] = defaultdict(dict)
    for folder in journals_in(root):
        recovered = await asyncio.to_thread(recover, folder, now)
        for call_id, left in recovered.open.calls.items():
            owner = owner_of(call_id, workers)
            if folder != journal_folder(root, owner):
                before = found[owner].get(call_id)
                found[owner][call_id] = left if before is None else before.merged(left)
        if recovered.seq and folder not in {journal_folder(root, number) for number in range(1, workers + 1)}:
            # Nobody opens it from now on: what is unknown is written down as that.
            journal = await asyncio.to_thread(
                Journal, settings.model_copy(update={"journal": folder}), SystemClock()
            )
            await journal.aclose()
    return found
