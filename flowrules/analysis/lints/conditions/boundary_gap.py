"""boundary-gap

What: of two rules for the same event one takes what is less than a number and the other what is more, and no rule
takes the number itself.

Why: "less than 18" beside "more than 18" leaves out 18.

Avoid:
    on intent=loan when age is less than 18 say "Please come with a parent."
    on intent=loan when age is more than 18 transfer queue loans

Prefer:
    on intent=loan when age is less than 18 say "Please come with a parent."
    on intent=loan when age is at least 18 transfer queue loans
"""

from collections.abc import Iterator
from math import inf

from flowrules.analysis.checks.reach import line_of
from flowrules.analysis.logic.coverage import Competitor, CoverageIndex, Region, smallest
from flowrules.analysis.logic.dnf import intersect
from flowrules.analysis.logic.example import shown
from flowrules.analysis.model.constraint import WHOLE, Constraint
from flowrules.analysis.model.intervals import Interval
from flowrules.analysis.model.report import Report
from flowrules.diagnostics.codes.logic import BOUNDARY_GAP
from flowrules.language.nodes import Compare
from flowrules.source import Span

Member = tuple[Competitor, Region, Interval]
"""A stretch that a rule takes."""

Group = tuple[str, str, frozenset[str], frozenset[tuple[str, Constraint]]]
"""A fact, what it is measured in, the event's keys, and everything else that is asked."""

LOOKED_AT = 256
"""Stretches, or rules for one event, that are looked through; where there are more nothing is claimed."""


def boundary_gap(coverage: CoverageIndex, report: Report) -> None:
    groups: dict[Group, list[Member]] = {}
    for competitor in coverage.competitors:
        if report.is_broken(competitor.unit.block):
            continue
        for region in competitor.fires or ():
            for fact, asked in region.facts.items():
                if asked.within is not None and asked == Constraint(
                    within=asked.within, measure=asked.measure
                ):
                    rest = frozenset((key, other) for key, other in region.facts.items() if key != fact)
                    group = groups.setdefault((fact, asked.measure, frozenset(region.event), rest), [])
                    group += ((competitor, region, part) for part in asked.within)
    for (fact, measure, _, _), members in groups.items():
        if not 1 < len(members) <= LOOKED_AT:
            continue
        for point, low, high in _gaps(members, measure):
            _check(fact, measure, point, low, high, coverage, report)


def _gaps(
    members: list[Member], measure: str
) -> Iterator[tuple[float, tuple[Competitor, Region], tuple[Competitor, Region]]]:
    """Points between the end of one stretch and the start of another that belong to neither."""
    step = 1.0 if measure in WHOLE else 0.0
    ends = {m[2].high + step: m for m in members if m[2].high < inf and (step or m[2].high_open)}
    for competitor, region, part in members:
        if part.low == -inf or not (step or part.low_open):
            continue
        point = part.low - step
        below = ends.get(point)
        if below is not None and not any(point in other for _, _, other in members):
            yield point, (below[0], below[1]), (competitor, region)


def _check(
    fact: str,
    measure: str,
    point: float,
    low: tuple[Competitor, Region],
    high: tuple[Competitor, Region],
    coverage: CoverageIndex,
    report: Report,
) -> None:
    first, second = sorted((low, high), key=lambda member: member[0].unit.order)
    here = Constraint(within=(Interval(point, point),), measure=measure)
    region = second[1]._replace(facts={**second[1].facts, fact: here})
    if first[0] is second[0] or _is_taken(region, coverage):
        return
    unit = second[0].unit
    value = shown((measure, point))
    name, span = _question(second[0], fact)
    report.add(
        BOUNDARY_GAP,
        unit.block,
        span,
        f'"{name}" of exactly {value} falls between this rule and the one at line {line_of(first[0].unit)}.',
        f"Let one of the two include {value}: is at least {value}, or is at most {value}",
        related=((first[0].unit.block.locate(_question(first[0], fact)[1]), "the other side of the gap"),),
    )


def _question(competitor: Competitor, fact: str) -> tuple[str, Span]:
    asked = [atom for atom in competitor.unit.asked if isinstance(atom, Compare) and atom.fact.key == fact]
    return asked[-1].fact.text, asked[-1].span


def _is_taken(region: Region, coverage: CoverageIndex) -> bool:
    """Whether some rule may answer the event at this point."""
    for key, asked in region.event.items():
        for element in (*smallest(asked), None):
            others = coverage.by_event.get((key, element), [])
            if len(others) > LOOKED_AT:
                return True
            if any(intersect(region.facts, other.facts, coverage.scope) is not None for _, other in others):
                return True
    return False
