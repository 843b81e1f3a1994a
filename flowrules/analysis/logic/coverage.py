"""The rules that compete for the same events, each with where it fires and where it surely takes the event.

An urgent rule that matches has the event to itself; else the first plain rule in written order owns it, and
`also` rules run beside it. A rule with a limit or a counter may let an event pass, so it surely takes none.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from flowrules.analysis.logic.dnf import (
    Conjunction,
    conjoin,
    conjunction_implies,
    intersect,
    is_unsatisfiable,
    nature,
    to_dnf,
)
from flowrules.analysis.logic.guards import guard_dnf
from flowrules.analysis.model.builtin import HEARING
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.constraint import Constraint, Element, Elements, loose, without
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope
from flowrules.language.nodes import Forget, On, OnAnything, Rank, Remember, Rule
from flowrules.language.operators import Family

LOOKED_AT = 32
"""Earlier rules that one rule is held against, at most: the work must not grow with the square of the rules."""
MAX_PIECES = 24
"""Pieces into which a rule's conjunction is cut while others are taken from it."""


class Region(NamedTuple):
    """A set of situations: `event` is what the event carries, `facts` what holds of facts, those of the event's
    own keys included, `guards` the part of it that is asked besides the event."""

    event: Conjunction
    facts: Conjunction
    guards: Conjunction


Anchor = tuple[str, Element | None, str, Element | None]
"""An event key and one of its values, and a fact and one of its values, under which a region is found."""


@dataclass(frozen=True)
class Competitor:
    """A rule that waits for an event. `fires`: where it runs; None where that can't be weighed.
    `claimed_regions`: where it surely takes the event."""

    unit: CheckedBlock
    rule: Rule
    fires: tuple[Region, ...] | None
    trigger_regions: tuple[Region, ...]
    """What its trigger alone asks."""
    claimed_regions: tuple[Region, ...]

    @property
    def gated(self) -> bool:
        """Has a limit or a counter."""
        return is_gated(self.rule)


@dataclass
class CoverageIndex:
    """All competitors of a rule set, in written order, and an index over the regions that they own."""

    scope: Scope
    competitors: list[Competitor] = field(default_factory=list)
    _owned: dict[Anchor, list[tuple[Competitor, Region]]] = field(default_factory=dict)

    @cached_property
    def by_event(self) -> dict[tuple[str, Element | None], list[tuple[Competitor, Region]]]:
        """Where rules may answer an event, `also` rules apart, by its key and each of the values it may have."""
        found: dict[tuple[str, Element | None], list[tuple[Competitor, Region]]] = {}
        for competitor in self.competitors:
            if competitor.rule.rank is Rank.ALSO:
                continue
            lapses = competitor.fires is None or competitor.rule.otherwise is not None
            for region in competitor.trigger_regions if lapses else competitor.fires or ():
                for key, asked in region.event.items():
                    for element in smallest(asked):
                        found.setdefault((key, element), []).append((competitor, region))
        return found

    @cached_property
    def _changed(self) -> dict[str, list[tuple[frozenset[Element | None], frozenset[str]]]]:
        """By event key (empty: whatever happens) and values (None: any): the facts that `also` rules change."""
        found: dict[str, list[tuple[frozenset[Element | None], frozenset[str]]]] = {}
        for competitor in self.competitors:
            if competitor.rule.rank is Rank.ALSO:
                steps = (*competitor.rule.steps, *(competitor.rule.otherwise or ()))
                written = (step for step, _ in self.scope.written_out(steps))
                facts = frozenset(step.name.key for step in written if isinstance(step, Remember | Forget))
                if isinstance(competitor.rule.trigger, OnAnything):
                    found.setdefault("", []).append((frozenset({None}), facts))
                for region in competitor.trigger_regions:
                    for key, asked in region.event.items():
                        found.setdefault(key, []).append((frozenset(smallest(asked)), facts))
        return found

    def _is_asked_alike(
        self, rival: Competitor, owned: Region, competitor: Competitor, region: Region
    ) -> bool:
        """Whether a rival is asked on the same facts. An urgent rule is asked before `also` rules change them."""
        if rival.rule.rank is competitor.rule.rank:
            return True
        return self.changed_besides(region).isdisjoint(owned.guards)

    def changed_besides(self, region: Region) -> frozenset[str]:
        """The facts that `also` rules for the same events may change before the rule that takes one is asked."""
        changed = {fact for _, facts in self._changed.get("", ()) for fact in facts}
        for key, asked in region.event.items():
            mine = frozenset(smallest(asked))
            for values, facts in self._changed.get(key, ()):
                if None in mine or None in values or not values.isdisjoint(mine):
                    changed |= facts
        return frozenset(changed)

    def add(self, competitor: Competitor) -> None:
        self.competitors.append(competitor)
        for region in competitor.claimed_regions:
            for anchor in _anchors(region, self.scope):
                self._owned.setdefault(anchor, []).append((competitor, region))

    def rivals(self, competitor: Competitor, region: Region) -> list[tuple[Competitor, Region]]:
        """Regions that come before a competitor's own in deciding and may hold this one, the first ones."""
        found: list[tuple[Competitor, Region]] = []
        for place in _places(region):
            for rival, owned in self._owned.get(place, ()):
                if isinstance(rival.rule.trigger, OnAnything) and region.event.keys() == {HEARING}:
                    continue
                if goes_before(rival, competitor) and self._is_asked_alike(rival, owned, competitor, region):
                    found.append((rival, owned))
                    if len(found) >= LOOKED_AT:
                        return found
        return found

    def covered_by(self, competitor: Competitor, regions: Iterable[Region]) -> list[Competitor] | None:
        """The competitors that together take everything in these regions first; None where something is left."""
        takers: list[Competitor] = []
        for region in regions:
            covering = self._cover(region, self.rivals(competitor, region))
            if covering is None:
                return None
            takers += (taker for taker in covering if taker not in takers)
        return sorted(takers, key=lambda taker: taker.unit.order)

    def _cover(self, region: Region, rivals: list[tuple[Competitor, Region]]) -> list[Competitor] | None:
        for rival, owned in rivals:
            if self.holds(owned, region):
                return [rival]
        pieces, takers = [region], []
        for rival, owned in rivals:
            if intersect(region.facts, owned.facts, self.scope) is None:
                continue
            left: list[Region] = []
            for piece in pieces:
                left += self._outside(piece, owned)
            if left != pieces:
                takers.append(rival)
            pieces = left
            if not pieces:
                return takers
            if len(pieces) > MAX_PIECES:
                return None
        return None

    def holds(self, outer: Region, inner: Region) -> bool:
        """Whether the inner region lies in the outer one."""
        return all(
            key in inner.event
            and conjunction_implies({key: inner.facts.get(key, asked)}, {key: asked}, self.scope)
            for key, asked in outer.event.items()
        ) and conjunction_implies(inner.facts, outer.guards, self.scope)

    def _outside(self, piece: Region, owned: Region) -> list[Region]:
        """What of a piece is outside of an owned region, cut along what that asks; the piece itself where it
        can't be cut."""
        pieces: list[Region] = []
        rest = piece
        for subject, asked in (*owned.event.items(), *owned.guards.items()):
            mine = rest.facts.get(subject, Constraint())
            if subject in owned.event and subject not in rest.event:
                return [piece]
            if conjunction_implies({subject: mine}, {subject: asked}, self.scope) and subject in rest.facts:
                continue
            cut = without(mine, asked, nature(subject, self.scope).always)
            if cut is None:
                return [piece]
            if not is_unsatisfiable(subject, cut, self.scope):
                pieces.append(rest._replace(facts={**rest.facts, subject: cut}))
            inside = intersect(rest.facts, {subject: asked}, self.scope)
            if inside is None:
                return [piece]
            rest = rest._replace(facts=inside)
        return pieces


def make_coverage(scope: Scope, report: Report) -> CoverageIndex:
    """An index of the rules without errors that wait for events."""
    coverage = CoverageIndex(scope)
    for unit in scope.rules:
        assert isinstance(unit.item, Rule)
        if not report.is_broken(unit.block) and isinstance(unit.item.trigger, On | OnAnything):
            coverage.add(competitor_of(unit, unit.item, scope))
    return coverage


def goes_before(one: Competitor, other: Competitor) -> bool:
    """Whether one is asked before the other, and leaves it nothing of what it takes."""
    if one is other or one.rule.rank is Rank.ALSO:
        return False
    if one.rule.rank is other.rule.rank:
        return one.unit.order < other.unit.order
    return one.rule.rank is Rank.URGENT


def smallest(asked: Constraint) -> Iterable[Element | None]:
    """The values, or phrases, by which a constraint can be looked up; (None,) where it names none."""
    if asked.hit:
        fewest: Elements = min(asked.hit, key=len)
        return sorted(fewest, key=str)
    phrases = (
        question.words for question in asked.opaque if question.yes and question.family is Family.PHRASE
    )
    wanted = min(phrases, key=len, default=frozenset())
    return [("contains", phrase) for phrase in sorted(wanted)] or (None,)


def is_gated(rule: Rule) -> bool:
    """Has a limit or a counter, so that it may let an event pass."""
    return bool(rule.limits) or (isinstance(rule.trigger, On) and rule.trigger.times is not None)


def competitor_of(unit: CheckedBlock, rule: Rule, scope: Scope) -> Competitor:
    waits = tuple(_waits(rule, scope))
    guards = conjoin([guard_dnf(guard, scope) for guard in rule.guards], scope)
    if rule.rank is Rank.PLAIN and guards is not None and _asks_what_is_retold(waits, guards, scope):
        guards = None
    fires = None
    if guards is not None:
        met = (_guarded(region, conjunction, scope) for region in waits for conjunction in guards)
        fires = tuple(region for region in met if region is not None)
    claimed: tuple[Region, ...] = ()
    if rule.rank is not Rank.ALSO and not is_gated(rule):
        claimed = waits if rule.otherwise is not None or not rule.guards else fires or ()
    return Competitor(unit, rule, fires, waits, claimed)


def _asks_what_is_retold(waits: Iterable[Region], guards: Iterable[Conjunction], scope: Scope) -> bool:
    """Whether a guard asks for what the event carries, and an `also` rule may have changed that in between."""
    carried = {key for region in waits for key in region.event if scope.is_retold(key)}
    return any(not carried.isdisjoint(conjunction) for conjunction in guards)


def _guarded(region: Region, conjunction: Conjunction, scope: Scope) -> Region | None:
    facts = intersect(region.facts, conjunction, scope)
    return (
        None
        if facts is None
        else Region(region.event, facts, {subject: facts[subject] for subject in conjunction})
    )


def _waits(rule: Rule, scope: Scope) -> Iterator[Region]:
    if not isinstance(rule.trigger, On):
        return
    for test in rule.trigger.tests:
        if test.test is None:
            asked: Conjunction = {test.name.key: Constraint(carried=True)}
            yield Region(asked, asked, {})
            continue
        for conjunction in to_dnf(test.test, scope) or ():
            yield Region(conjunction, conjunction, {})


def _anchors(region: Region, scope: Scope) -> Iterator[Anchor]:
    """Where an owned region is filed: under each value of its event key, and of the first guard with values.

    A guard whose fact is always known is passed over: two such regions together can hold one that asks nothing
    of it (during, and outside of, the same hours).
    """
    for key, asked in region.event.items():
        guards = ((s, a) for s, a in region.guards.items() if a.hit and not nature(s, scope).always)
        guard = next(guards, None)
        for element in smallest(asked):
            if guard is None:
                yield key, element, "", None
            else:
                subject, values = guard
                for value in smallest(values):
                    yield key, element, subject, value


def _places(region: Region) -> Iterator[Anchor]:
    """Where the regions are filed that may hold this one, or a part of it."""
    for key in region.event:
        elements = [*smallest(region.facts[key]), None]
        elements += [loose(element) for element in elements if element is not None]
        for element in dict.fromkeys(elements):
            yield key, element, "", None
            for subject, asked in region.facts.items():
                for value in smallest(asked):
                    if value is not None:
                        yield key, element, subject, value
