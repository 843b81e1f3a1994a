"""Python's collector stops everybody while it looks for cycles among all that lives: 100 ms where a thousand calls
are live. A running engine leaves next to no cycles behind, so it may look seldom, and past what a load has made.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_SELDOM = 1_000
"""Collections of the middle generation between two of the whole heap; Python's own choice is 10."""


def look_seldom() -> Callable[[], None]:
    """Have the whole heap looked through a hundred times less often. Returns what takes that back."""
    first, second, third = gc.get_threshold()
    gc.set_threshold(first, second, max(third, _SELDOM))
    return lambda: gc.set_threshold(first, second, third)


@contextmanager
def load_unseen() -> Iterator[None]:
    """Leave the collector off, and when it is on again, what was made meanwhile out of its sight: rules live long,
    and are free of cycles."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collecting:
            gc.enable()
