"""Python's collector stops everybody while it looks for cycles among all that lives: 100 ms where a thousand calls
are live. A running engine leaves next to no cycles behind, so it may look seldom, and past what a load has made.

The collector is the whole process's. So nothing is kept from it for good (`gc.freeze` would keep the host's garbage of
that moment, too), and the last engine that ends leaves it as the first one found it.
"""

import gc
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_SELDOM = 1_000
"""Collections of the middle generation between two of the whole heap; Python's own choice is 10."""

_ONE_AT_A_TIME = threading.Lock()
_looking: list[object] = []
"""One for each engine that runs."""
_usual = 0


def reduce_full_collections() -> Callable[[], None]:
    """Have the whole heap looked through a hundred times less often, until nobody wants that any more. Returns what
    takes this wish back."""
    global _usual
    first, second, third = gc.get_threshold()
    if not _looking:
        _usual = third
        gc.set_threshold(first, second, max(third, _SELDOM))
    wish = object()
    _looking.append(wish)

    def as_before() -> None:
        if wish in _looking:
            _looking.remove(wish)
            if not _looking:
                gc.set_threshold(*gc.get_threshold()[:2], _usual)

    return as_before


@contextmanager
def gc_paused() -> Iterator[None]:
    """Leave the collector off, and when it is on again, what was made meanwhile counts as old: rules live long, and a
    look through all the new ones would stop the calls."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():  # What a host has frozen stays frozen.
            gc.freeze()  # Everything out of sight, and …
            gc.unfreeze()  # … back among the oldest: no look was needed, and the next one misses nothing.
        if collecting:
            gc.enable()


@contextmanager
def low_priority_thread() -> Iterator[None]:
    """Work in a thread that the event loop hardly feels: it hands the interpreter over a hundred times as often as
    threads usually do, and keeps the collector, which would stop everybody, away. Both switches are the whole
    process's, so one at a time; and nothing of the host's is to be called in here, which might never come back."""
    if not _looking:  # Nobody has asked for the process to be tuned.
        yield
        return
    with _ONE_AT_A_TIME, gc_paused():
        interval = sys.getswitchinterval()
        sys.setswitchinterval(interval / 100)
        try:
            yield
        finally:
            sys.setswitchinterval(interval)
