"""An index after an edit: the buckets in which rules came or went are made anew, all others are shared."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.guards.scope import Scope
from flowrules.compiler.indexing.bucket import RULE, Bucket, Entry, Group, entries_of, written_order
from flowrules.compiler.indexing.index import Index, IndexBuilder
from flowrules.compiler.indexing.lookup import Thresholds, ValueIndex, ValueIndexBuilder, bounds_of

K = TypeVar("K")


def revise_index(
    old: Index,
    gone: Iterable[CompiledRule],
    come: Iterable[CompiledRule],
    scope: Scope,
    *,
    guarded: bool = True,
) -> Index | None:
    """The index without some rules of its rank and with others: what `make_index` makes of the rules that are left.
    None where there are none."""
    left, came = IndexBuilder(scope, guarded), IndexBuilder(scope, guarded)
    for rule in gone:
        left.add(rule)
    for rule in come:
        came.add(rule)
    revision = _Revision({id(rule) for rule in gone}, came)
    keys = dict(old.keys)
    for key in left.keys.keys() | came.keys.keys():
        values = revision.values(keys.pop(key, _NOTHING), left.keys[key], came.keys[key])
        if values is not None:
            keys[key] = values
    anything = revision.bucket(old.anything, left.anything, came.anything)
    timers = revision.places(old.timers, left.timers, came.timers)
    if not (keys or anything or timers):
        return None
    return Index(
        keys, anything, {key: entries_of(group) for key, group in timers.items()}, bool(anything or timers)
    )


class _Revision:
    """`gone` are rules by identity, `builder` makes buckets."""

    def __init__(self, gone: set[int], builder: IndexBuilder) -> None:
        self._gone = gone
        self._builder = builder

    def values(self, old: ValueIndex, left: ValueIndexBuilder, came: ValueIndexBuilder) -> ValueIndex | None:
        texts = self.places(old.texts, left.texts, came.texts)
        others = (
            self.places(old.numbers, left.numbers, came.numbers),
            self.places(old.text_numbers, left.text_numbers, came.text_numbers),
            self.bucket(old.yes, left.yesno[True], came.yesno[True]),
            self.bucket(old.no, left.yesno[False], came.yesno[False]),
            self.places(old.words, left.words, came.words),
            self._bounds(old.above, left.above, came.above),
            self._bounds(old.below, left.below, came.below),
            self.bucket(old.carried, left.carried, came.carried),
            self.bucket(old.other, left.other, came.other),
        )
        only = not any(others)
        return None if only and not texts else ValueIndex(texts, *others, texts if only else {})

    def places(
        self,
        old: Mapping[K, Bucket],
        left: Mapping[Any, Sequence[Entry]],
        came: Mapping[Any, Sequence[Entry]],
    ) -> dict[K, Bucket]:
        """Buckets by what is looked for; none of them empty."""
        places = dict(old)
        for key in left.keys() | came.keys():
            bucket = self.bucket(places.pop(key, ()), left.get(key, ()), came.get(key, ()))
            if bucket:
                places[key] = bucket
        return places

    def bucket(self, old: Bucket, left: Sequence[Entry], came: Sequence[Entry]) -> Bucket:
        """A bucket; the old one where nothing came or left."""
        if not left and not came:
            return old
        return self._builder.bucket(written_order((*self._stayed(entries_of(old)), *came)))

    def _bounds(
        self, old: Thresholds | None, left: Sequence[tuple[float, Entry]], came: Sequence[tuple[float, Entry]]
    ) -> Thresholds | None:
        if not left and not came:
            return old
        known = zip(old.limits, old.entries, strict=True) if old is not None else ()
        return bounds_of(
            [*((limit, entry) for limit, entry in known if id(entry[RULE]) not in self._gone), *came]
        )

    def _stayed(self, entries: Group) -> list[Entry]:
        return [entry for entry in entries if id(entry[RULE]) not in self._gone]


_NOTHING = ValueIndex({}, {}, {}, (), (), {}, None, None, (), (), {})
