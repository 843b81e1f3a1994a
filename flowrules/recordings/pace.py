"""How a live call kept up: when, and in which order, it did what follows from its rules.

A replay makes that anew. Where its rules want the same at the same moment as the call did, it takes just as long, and
comes in the same order beside what happened; anything else takes no time.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple


class Beat(NamedTuple):
    """When something came. `place`: its number among all that came in the call; what came at the same microsecond came
    in the order of these."""

    at: datetime
    place: int


class Pace(NamedTuple):
    """`places`: the numbers of the call's inputs; none: 0, 1, 2, … `woken`: by the moment for which it was due, when
    time woke the call; `overdue`: what came between a moment for which it was due and its waking, which that made
    needless. `continued`: by the moment at which the call was put off, when it went on. `edits`: when other rules
    became live, and their revisions."""

    places: Sequence[int] = ()
    woken: Mapping[datetime, Sequence[Beat]] = {}
    overdue: Mapping[datetime, Beat] = {}
    continued: Mapping[datetime, Sequence[Beat]] = {}
    edits: Sequence[tuple[Beat, str]] = ()


EVEN = Pace()
"""Where the recording does not say."""
