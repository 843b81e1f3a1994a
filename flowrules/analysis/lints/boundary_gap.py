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

from flowrules.analysis.boxes import meet_boxes
from flowrules.analysis.constraint import WHOLE, Constraint
from flowrules.analysis.contest import Contender, Contest, Region, smallest
from flowrules.analysis.example import shown
from flowrules.analysis.intervals import Interval
from flowrules.analysis.reach import line_of
from flowrules.analysis.report import Report
from flowrules.diagnostics.codes.logic import BOUNDARY_GAP
from flowrules.language.nodes import Compare
from flowrules.source import Span

Member = tuple[Contender, Region, Interval]
"""A stretch that a rule takes."""

Group = tuple[str, str, frozenset[str], frozenset[tuple[str, Constraint]]]
"""A fact, what it is measured in, the event's keys, and everything else that is asked."""

LOOKED_AT = 256
"""Stretches, or rules for one event, that are looked through; where there are more nothing is claimed."""


def boundary_gap(contest: Contest, report: Report) -> None:
    groups: dict[Group, list[Member]] = {}
    for contender in contest.contenders:
        if report.is_broken(contender.unit.block):
            continue
        for region in contender.fires or ():
            for fact, asked in region.facts.items():
                if asked.within is not None and asked == Constraint(
                    within=asked.within, measure=asked.measure
                ):
                    rest = frozenset((key, other) for key, other in region.facts.items() if key != fact)
                    group = groups.setdefault((fact, asked.measure, frozenset(region.event), rest), [])
                    group += ((contender, region, part) for part in asked.within)
    for (fact, measure, _, _), members in groups.items():
        if not 1 < len(members) <= LOOKED_AT:
            continue
        for point, low, high in _gaps(members, measure):
            _check(fact, measure, point, low, high, contest, report)


def _gaps(
    members: list[Member], measure: str
) -> Iterator[tuple[float, tuple[Contender, Region], tuple[Contender, Region]]]:
    """Points between the end of one stretch and the start of another that belong to neither."""
    step = 1.0 if measure in WHOLE else 0.0
    ends = {m[2].high + step: m for m in members if m[2].high < inf and (step or m[2].high_open)}
    for contender, region, part in members:
        if part.low == -inf or not (step or part.low_open):
            continue
        point = part.low - step
        below = ends.get(point)
        if below is not None and not any(point in other for _, _, other in members):
            yield point, (below[0], below[1]), (contender, region)


def _check(
    fact: str,
    measure: str,
    point: float,
    low: tuple[Contender, Region],
    high: tuple[Contender, Region],
    contest: Contest,
    report: Report,
) -> None:
    first, second = sorted((low, high), key=lambda member: member[0].unit.order)
    here = Constraint(within=(Interval(point, point),), measure=measure)
    region = second[1]._replace(facts={**second[1].facts, fact: here})
    if first[0] is second[0] or _is_taken(region, contest):
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


def _question(contender: Contender, fact: str) -> tuple[str, Span]:
    asked = [atom for atom in contender.unit.asked if isinstance(atom, Compare) and atom.fact.key == fact]
    return asked[-1].fact.text, asked[-1].span


def _is_taken(region: Region, contest: Contest) -> bool:
    """Whether some rule may answer the event at this point."""
    for key, asked in region.event.items():
        for element in (*smallest(asked), None):
            others = contest.by_event.get((key, element), [])
            if len(others) > LOOKED_AT:
                return True
            if any(meet_boxes(region.facts, other.facts, contest.scope) is not None for _, other in others):
                return True
    return False
