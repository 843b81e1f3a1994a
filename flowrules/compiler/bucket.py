"""Rules that one thing concerns, in written order; many of them told apart by their guards."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flowrules.compiler.comparisons import Facts, Test
from flowrules.compiler.ruleset import CompiledRule

if TYPE_CHECKING:
    from flowrules.compiler.lookup import ValueIndex


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A rule in a bucket, with what is left to ask once the bucket was found."""

    order: int
    """Its place among the rules of its rank."""
    trigger: Test | None
    """Asked of what the event carries; None where the bucket alone proves it."""
    gated: bool
    """It has a limit or a counter."""
    guard: Test | None
    lapses: bool
    """It has an `otherwise`, so that it takes the event whatever its guard says."""
    rule: CompiledRule


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """A large bucket. `facts` find the rules whose guards need a certain value of a fact; `rest` are the others."""

    facts: "tuple[tuple[str, ValueIndex], ...]"
    rest: tuple[Entry, ...]


Bucket = tuple[Entry, ...] | Split


def gather(bucket: Bucket, facts: Facts, into: list[tuple[Entry, ...]]) -> None:
    """Add a bucket's entries that the facts don't rule out."""
    if not isinstance(bucket, Split):
        into.append(bucket)
        return
    for key, index in bucket.facts:
        value = facts.get(key)
        if value is not None:
            index.gather(value, facts, into)
    if bucket.rest:
        into.append(bucket.rest)


def written_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=_order))


def _order(entry: Entry) -> int:
    return entry.order
