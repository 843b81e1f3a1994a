"""Engines under test. Each is given a workload and answers its events, in its fastest honest encoding.

A subject's module is imported only in the process of its cell.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple


class Subject(NamedTuple):
    """`prepare` makes of the events' JSON texts what the engine takes (not timed), `run` answers each of them and
    drops the answer, as a host would (timed), `answers` keeps them: the number of the rule that each names, -1
    for none (not timed)."""

    prepare: Callable[[Sequence[str]], list[Any]]
    run: Callable[[list[Any]], None]
    answers: Callable[[list[Any]], list[Any]]
