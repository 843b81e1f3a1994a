"""Rules that one thing concerns, in written order; many of them told apart by their guards."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.guards.guard_codegen import Facts, Operands, Shape, Test

if TYPE_CHECKING:
    from flowrules.compiler.indexing.lookup import ValueIndex


class ExtraTests(NamedTuple):
    """What else there is to look at in a rule, its guard apart."""

    trigger: Test | None
    """Asked of what the event carries; None where the bucket alone proves it."""
    gated: bool
    """It has a limit or a counter."""
    lapses: bool
    """It has an `otherwise`, so that it takes the event whatever its guard says."""


Entry = tuple[int, Shape | None, Operands, ExtraTests | None, CompiledRule]
"""A rule in a bucket: its order, its guard (None: there is none) with its operands,
what else there is to look at (None for most), and the rule. A bare tuple, since every decision looks into some."""
ORDER: Final = 0
GUARD: Final = 1
OPERANDS: Final = 2
BESIDES: Final = 3
RULE: Final = 4

Group = tuple[Entry, ...]
"""Entries in written order."""


@dataclass(frozen=True, slots=True, eq=False)
class SplitBucket:
    """A large bucket. `facts` find the rules whose guards need a certain value of a fact; `rest` are the others."""

    facts: "tuple[tuple[str, ValueIndex], ...]"
    rest: Group
    entries: Group
    """All of them."""


Bucket = Group | SplitBucket

besides = lru_cache(maxsize=64)(ExtraTests)
"""Most rules have the same besides, if any."""


def entries_of(bucket: Bucket) -> Group:
    return bucket.entries if isinstance(bucket, SplitBucket) else bucket


def gather(bucket: Bucket, facts: Facts, into: list[Group]) -> None:
    """Add a bucket's entries that the facts don't rule out."""
    if not isinstance(bucket, SplitBucket):
        into.append(bucket)
        return
    for key, index in bucket.facts:
        value = facts.get(key)
        if value is not None:
            index.gather(value, facts, into)
    if bucket.rest:
        into.append(bucket.rest)


def asked(entry: Entry, trigger: Test) -> Entry:
    """An entry whose place alone does not prove its trigger."""
    order, guard, operands, more, rule = entry
    return order, guard, operands, ExtraTests(trigger, *(more[1:] if more else (False, False))), rule


def written_order(entries: Iterable[Entry]) -> Group:
    return tuple(sorted(entries, key=order_of))


order_of = itemgetter(ORDER)
