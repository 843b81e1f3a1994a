"""Which rules an event can concern, found without asking all of them.

A rule stands in buckets by what it must see: an event key with a value, a word in a text, a number past a bound.
Many rules in one bucket are told apart in the same way by what their guards must see among the facts, so that
`on anything` and `said contains …` do not turn a decision into a walk through the whole rule set.

Buckets are in written order, and each is read only up to the best match so far: nothing is merged.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.guards.conditions import operands
from flowrules.compiler.guards.guard_codegen import Facts
from flowrules.compiler.guards.scope import Scope
from flowrules.compiler.indexing.bucket import Bucket, Entry, Group, SplitBucket, besides, gather
from flowrules.compiler.indexing.lookup import Place, ValueIndex, ValueIndexBuilder, place_of
from flowrules.compiler.times.moment import COMPUTED
from flowrules.compiler.triggers import is_bare, timer_key, trigger_test
from flowrules.language.nodes import And, Compare, Condition, Literal, On, OnAnything, Rank
from flowrules.language.values import Value

SPLIT_FROM = 8
"""A bucket of so many rules is worth telling apart by their guards."""
PASSED = 4
"""One in so many bounds is taken to be met by a number."""

Access = tuple[Compare, tuple[Literal, ...]]
"""A comparison that must be true for a rule to match, with the values it is held against."""


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """The rules of one rank by what they wait for."""

    keys: Mapping[str, ValueIndex]
    anything: Bucket
    timers: Mapping[str, Group]
    more: bool
    """There are rules that wait for no key."""

    def candidates(
        self, carried: Mapping[str, Value], reported: bool, timer: str, facts: Facts
    ) -> list[Group]:
        """Groups of rules, each in written order, that hold every rule the event can match. `carried` are the
        event's keys, `reported` and `timer` as the event has them."""
        found: list[Group] = []
        for key in carried:
            index = self.keys.get(key)
            if index is not None:
                index.gather(carried[key], facts, found)
        self.gather_rest(reported, timer, facts, found)
        return found

    def gather_rest(self, reported: bool, timer: str, facts: Facts, into: list[Group]) -> None:
        """Add the rules that wait for no key: those of `on anything`, and those of a timer."""
        if reported:
            gather(self.anything, facts, into)
        if timer:
            into.append(self.timers.get(timer, ()))


class Indexes(NamedTuple):
    """A rule set's indexes, by rank; None where there is no rule. `owning` are those whose rules take an event, in the
    order in which they are asked."""

    owning: tuple[Index, ...]
    urgent: Index | None
    also: Index | None
    plain: Index | None
    counting: Index | None
    """Rules with a counter (`2 times`), of all ranks."""

    @classmethod
    def of(
        cls, urgent: Index | None, also: Index | None, plain: Index | None, counting: Index | None
    ) -> "Indexes":
        owning = tuple(index for index in (urgent, plain) if index is not None)
        return cls(owning, urgent, also, plain, counting)


def index_all(rules: Iterable[CompiledRule], scope: Scope) -> Indexes:
    """The indexes of a rule set's rules."""
    ranks: dict[Rank, list[CompiledRule]] = {rank: [] for rank in Rank}
    counting = []
    for rule in rules:
        ranks[rule.rank].append(rule)
        if is_counting(rule):
            counting.append(rule)
    return Indexes.of(
        make_index(ranks[Rank.URGENT], scope),
        make_index(ranks[Rank.ALSO], scope),
        make_index(ranks[Rank.PLAIN], scope),
        make_index(counting, scope, guarded=False),
    )


def is_counting(rule: CompiledRule) -> bool:
    trigger = rule.rule.trigger
    return isinstance(trigger, On) and trigger.times is not None


def make_index(rules: Sequence[CompiledRule], scope: Scope, *, guarded: bool = True) -> Index | None:
    """An index of rules of one rank, given in written order. None for no rules.

    With `guarded` a rule may be left out of the candidates where its guard can't be met; without, guards are no
    part of the index.
    """
    builder = IndexBuilder(scope, guarded)
    for rule in rules:
        builder.add(rule)
    return builder.build() if rules else None


class IndexBuilder:
    """Files rules under what they wait for."""

    def __init__(self, scope: Scope, guarded: bool) -> None:
        self.scope = scope
        self.guarded = guarded
        self.keys: defaultdict[str, ValueIndexBuilder] = defaultdict(ValueIndexBuilder)
        self.anything: list[Entry] = []
        self.timers: dict[str, list[Entry]] = {}

    def add(self, rule: CompiledRule) -> None:
        syntax = rule.rule
        trigger = syntax.trigger
        guard, held_against = rule.guard.test if self.guarded and rule.guard else (None, ())
        gated = bool(syntax.limits) or is_counting(rule)
        lapses = rule.otherwise is not None
        apart = besides(None, gated, lapses) if gated or lapses else None
        entry: Entry = rule.order, guard, held_against, apart, rule
        if isinstance(trigger, On):
            for test in trigger.tests:
                builder = self.keys[test.name.key]
                if test.test is None:
                    place = builder.carried if is_bare(test.name.key, self.scope) else builder.other
                    place.append(entry)
                else:
                    values = operands(test.test, self.scope)
                    builder.add(entry, test.test.op, values, partial(trigger_test, test, self.scope))
        elif isinstance(trigger, OnAnything):
            self.anything.append(entry)
        elif (key := timer_key(rule)) is not None:
            self.timers.setdefault(key, []).append(entry)

    def build(self) -> Index:
        return Index(
            {key: builder.build(self.bucket) for key, builder in self.keys.items()},
            self.bucket(self.anything),
            {key: tuple(entries) for key, entries in self.timers.items()},
            bool(self.anything or self.timers),
        )

    def bucket(self, entries: Iterable[Entry]) -> Bucket:
        return _bucket(entries, self.scope)


# --- large buckets ------------------------------------------------------------------------------------------


def _bucket(entries: Iterable[Entry], scope: Scope, used: frozenset[str] = frozenset()) -> Bucket:
    """A bucket, split by the facts that its rules' guards need; `used` are the facts split by so far."""
    entries = tuple(entries)
    if len(entries) < SPLIT_FROM:
        return entries
    needs = [tuple(_needs(entry, scope, used)) for entry in entries]
    common = Counter(_label(access) for accesses in needs for access in accesses)

    def crowd(access: Access) -> float:
        """About how many rules are left where this need is met; of those with a bound, few tend to be."""
        ranged = place_of(access[0].op, access[1]) in (Place.ABOVE, Place.BELOW)
        return common[_label(access)] / (PASSED if ranged else 1)

    builders: dict[str, ValueIndexBuilder] = {}
    rest = []
    for entry, accesses in zip(entries, needs, strict=True):
        if not accesses:
            rest.append(entry)
            continue
        compare, values = min(accesses, key=crowd)
        builders.setdefault(compare.fact.key, ValueIndexBuilder()).add(entry, compare.op, values)
    if not builders:
        return entries
    facts = tuple(
        (key, builder.build(partial(_bucket, scope=scope, used=used | {key})))
        for key, builder in builders.items()
    )
    return SplitBucket(facts, tuple(rest), entries)


def _needs(entry: Entry, scope: Scope, used: frozenset[str]) -> Iterator[Access]:
    """What must be true among the facts for an entry to match, as far as it can be looked up."""
    _, guard, _, more, rule = entry
    condition = rule.guard
    if guard is None or condition is None or (more is not None and more.lapses):
        return
    for compare in _conjuncts(condition.node):
        if compare.fact.key not in used and compare.fact.key not in COMPUTED:
            values = operands(compare, scope)
            if place_of(compare.op, values) is not None:
                yield compare, values


def _conjuncts(node: Condition) -> Iterator[Compare]:
    if isinstance(node, Compare):
        yield node
    elif isinstance(node, And):
        for part in node.parts:
            yield from _conjuncts(part)


def _label(access: Access) -> tuple[object, ...]:
    """What two rules have in common that would be found in the same place; bounds of one fact count together."""
    compare, values = access
    place = place_of(compare.op, values)
    if place in (Place.VALUE, Place.WORD):
        return compare.fact.key, place, tuple(value.value for value in values)
    return compare.fact.key, compare.op
