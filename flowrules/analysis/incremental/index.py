"""What is known of every block after a check, so that the next one need only look at what an edit touches."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from flowrules.analysis.checks.listed_events import listed_in
from flowrules.analysis.checks.reach import without_label
from flowrules.analysis.incremental.split import is_movable
from flowrules.analysis.lints.net_not_last import is_net
from flowrules.analysis.logic.coverage import Competitor, CoverageIndex, competitor_of, smallest
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.constraint import Constraint, Element, loose
from flowrules.analysis.model.references import Reference
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope
from flowrules.language.names import fold
from flowrules.language.nodes import (
    ExpectNoRule,
    ExpectRule,
    Forget,
    Item,
    On,
    Rank,
    Remember,
    Rule,
    Test,
)
from flowrules.language.operators import Family

Place = tuple[str, Element | str | int | None]
"""Where blocks that concern one another meet: a kind of place, and which. Rules wait at (`on KEY`, value), those that
name no value of the key at (`on KEY`, None). An `also` rule that changes facts stands at (`changes at KEY`, None), a
rule that may take the event behind it whatever the value is at (`changes at KEY`, itself)."""

SAME = "same"
"""The kind of place of rules that wait for no event: where two say the same, by its hash, which is another one in each
process."""
NETS: Place = ("net", None)
"""Rules that take whatever happens."""


class Reading(NamedTuple):
    """A rule or test, with what it says and where it meets others."""

    item: Item
    says: tuple[Reference, ...]
    places: frozenset[Place]


@dataclass(frozen=True, slots=True)
class CheckIndex:
    """`readings` of all rules and tests by the identity of their item, `groups` the same identities by place.

    `spoken_of` are those of which some finding speaks, `broken` those of them with an error.
    """

    said: Mapping[Reference, int]
    readings: Mapping[int, Reading]
    groups: Mapping[str, Mapping[Element | str | int | None, frozenset[int]]]
    spoken_of: frozenset[int]
    broken: frozenset[int] = frozenset()

    def at(self, place: Place) -> frozenset[int]:
        """Who stands at a place."""
        return self.groups.get(place[0], {}).get(place[1], frozenset())

    def touched_at(self, place: Place) -> frozenset[int]:
        """Whom it may concern that somebody came to a place, or left it: who names no value concerns all."""
        if place[1] is None:
            return frozenset().union(*self.groups.get(place[0], {}).values())
        return self.at(place)

    def met_at(self, place: Place) -> frozenset[int]:
        """Whom somebody at a place is held against."""
        return self.at(place) | self.at((place[0], None))

    def changed(
        self,
        said: Mapping[Reference, int],
        gone: Iterable[int],
        come: Iterable[Reading],
        spoken_of: frozenset[int],
        broken: frozenset[int] = frozenset(),
    ) -> "CheckIndex":
        """The check index without some readings and with others; what did not change is shared."""
        readings, new = dict(self.readings), {id(reading.item): reading for reading in come}
        left = [readings.pop(one) for one in {*gone, *new} if one in readings]
        readings |= new
        kinds = {kind for reading in (*left, *new.values()) for kind, _ in reading.places}
        groups = {kind: dict(self.groups.get(kind, {})) for kind in kinds}
        for reading in left:
            for kind, which in reading.places:
                if others := groups[kind].pop(which) - {id(reading.item)}:
                    groups[kind][which] = others
        for one, reading in new.items():
            for kind, which in reading.places:
                groups[kind][which] = groups[kind].get(which, frozenset()) | {one}
        return CheckIndex(said, readings, {**self.groups, **groups}, spoken_of, broken)


def make_check_index(coverage: CoverageIndex, report: Report) -> CheckIndex | None:
    """The check index of a whole rule set that was checked.

    None where blocks can't be told apart, where a declaration has an error or could not be understood, so that others
    depend on it, and where a finding tells of a number of blocks.
    """
    if report.counts or coverage.scope.has_lost or not errors_are_movable(report):
        return None
    competitors = {competitor.unit.order: competitor for competitor in coverage.competitors}
    units = (*coverage.scope.rules, *coverage.scope.tests)
    readings = [read(unit, competitors.get(unit.order), coverage.scope) for unit in units]
    empty = CheckIndex(coverage.scope.said, {}, {}, frozenset())
    spoken_of = frozenset(id(block.item) for block in (*report.blocks, *report.spoken_of))
    check_index = empty.changed(coverage.scope.said, (), readings, spoken_of, broken_in(report))
    return check_index if len(check_index.readings) == len(units) else None


def errors_are_movable(report: Report) -> bool:
    """Whether all blocks with an error are rules or tests, on which no other block depends."""
    return all(is_movable(block) for block in report.blocks if report.is_broken(block))


def broken_in(report: Report) -> frozenset[int]:
    """The items with an error, by identity."""
    blocks = (*report.blocks, *report.spoken_of)
    return frozenset(id(block.item) for block in blocks if report.is_broken(block))


def read(unit: CheckedBlock, competitor: Competitor | None, scope: Scope) -> Reading:
    """A rule or test, read. `competitor` is the rule's, where it waits for an event."""
    return Reading(unit.item, unit.references, frozenset(_places(unit, competitor, scope)))


def read_alone(unit: CheckedBlock, scope: Scope) -> Reading:
    """As `read`, for a block that has not been checked yet."""
    rule = unit.item if isinstance(unit.item, Rule) and isinstance(unit.item.trigger, On) else None
    return read(unit, competitor_of(unit, rule, scope) if rule else None, scope)


def _places(unit: CheckedBlock, competitor: Competitor | None, scope: Scope) -> Iterator[Place]:
    item = unit.item
    if isinstance(item, Test):
        yield f"test in {unit.block.source.path}", fold(str(item.label.value))
        for line in item.lines:
            if isinstance(line, ExpectRule | ExpectNoRule):
                yield "label", fold(str(line.label.value))
        return
    assert isinstance(item, Rule)
    if item.label is not None:
        yield "label", fold(str(item.label.value))
    yield from ((f"listed {key}", name) for key, name in listed_in(item, scope))
    regions = (*competitor.trigger_regions, *(competitor.fires or ())) if competitor else ()
    changes = item.rank is Rank.ALSO and any(
        isinstance(step, Remember | Forget)
        for step, _ in scope.written_out((*item.steps, *(item.otherwise or ())))
    )
    for region in regions:
        for key, asked in region.event.items():
            yield from ((f"on {key}", one) for one in _elements(asked, region.facts.get(key, asked)))
            if changes:
                yield f"changes at {key}", None
            elif None in smallest(asked):
                yield f"changes at {key}", id(item)
    if not regions:
        yield SAME, hash(without_label(item))
    if is_net(item):
        yield NETS


def _elements(*constraints: Constraint) -> Iterator[Element | None]:
    """Every value and phrase that is named; None where none is."""
    named = {loose(one) for asked in constraints for hit in asked.hit for one in hit}
    for asked in constraints:
        for question in asked.opaque:
            if question.yes and question.family is Family.PHRASE:
                named |= {("contains", phrase) for phrase in question.words}
    yield from named or (None,)
