"""overlap

What: two rules can take the same event, and neither is a special case of the other.

Why: which of them runs depends on which is written first, and whoever sorts the file changes what happens. Rules
that go from the special case to the general one are not meant, nor questions about what somebody said: there any
two can meet in one sentence.

Avoid:
    on intent=sales when balance is at least 500 transfer queue gold
    on intent=sales when language is hi transfer queue hindi_sales

Prefer:
    on intent=sales when balance is at least 500 transfer queue gold
    on intent=sales when language is hi and balance is less than 500 transfer queue hindi_sales
"""

from collections.abc import Container

from flowrules.analysis.checks.reach import head_of, line_of, name_of
from flowrules.analysis.logic.coverage import Competitor, CoverageIndex, Region, smallest
from flowrules.analysis.logic.dnf import Conjunction, conjunction_implies
from flowrules.analysis.logic.example import example
from flowrules.analysis.model.other_than import other_than
from flowrules.analysis.model.report import Report
from flowrules.diagnostics.codes.logic import OVERLAP
from flowrules.language.nodes import On, Rank
from flowrules.language.operators import Family

LOOKED_AT = 16
"""Earlier rules for the same event that one rule is held against."""

SPOKEN = frozenset({"said", "hearing"})


def overlap(coverage: CoverageIndex, report: Report) -> None:
    sound = (competitor for competitor in coverage.competitors if not report.is_broken(competitor.unit.block))
    weighed = {competitor.unit.order: competitor for competitor in sound if _is_weighed(competitor)}
    for competitor in weighed.values():
        _check(competitor, weighed, coverage, report)


def _is_weighed(competitor: Competitor) -> bool:
    """A plain rule without limit, counter and `otherwise`, whose questions all have an exact answer."""
    rule = competitor.rule
    if rule.rank is not Rank.PLAIN or competitor.gated or rule.otherwise is not None:
        return False
    if not isinstance(rule.trigger, On) or not competitor.fires:
        return False
    return all(_is_exact(region.facts) for region in competitor.fires)


def _is_exact(conjunction: Conjunction) -> bool:
    return not any(
        asked.vague
        or asked.carried
        or any(question.family is not Family.AFFIX for question in asked.opaque)
        or subject in SPOKEN
        or subject.startswith("during ")
        for subject, asked in conjunction.items()
    )


def _check(competitor: Competitor, weighed: Container[int], coverage: CoverageIndex, report: Report) -> None:
    """One finding for a rule: the first earlier one that it meets."""
    looked_at = 0
    for region in competitor.fires or ():
        for key, asked in region.event.items():
            for element in smallest(asked):
                for rival, theirs in coverage.by_event.get((key, element), ()):
                    if rival.unit.order >= competitor.unit.order or looked_at >= LOOKED_AT:
                        break
                    looked_at += 1
                    if rival.unit.order in weighed and _meet(
                        competitor, region, rival, theirs, coverage, report
                    ):
                        return


def _meet(
    competitor: Competitor,
    region: Region,
    rival: Competitor,
    theirs: Region,
    coverage: CoverageIndex,
    report: Report,
) -> bool:
    shared = example(region.facts, theirs.facts, coverage.scope)
    if shared is None or rival.rule.steps == competitor.rule.steps:
        return False
    if not coverage.changed_besides(region).isdisjoint({*region.guards, *theirs.guards}):
        return False  # Which of the two fires may be settled by what an `also` rule remembers just before.
    if _asks_more(theirs, region, coverage):
        return (
            False  # The first asks more of what both wait for: the special case stands above the general one.
        )
    if _is_special_case(rival, competitor, coverage) or _is_special_case(competitor, rival, coverage):
        return False
    unit = competitor.unit
    name = name_of(rival.unit)
    other = f"the rule {name} at line" if name else "the one at line"
    report.add(
        OVERLAP,
        unit.block,
        head_of(unit),
        f"With {shared} both this rule and {other} {line_of(rival.unit)} match; the one written first runs.",
        f"If that is right, {_how(rival)}; if not, change their order.",
        related=((rival.unit.block.locate(head_of(rival.unit)), "matches too, and stands first"),),
    )
    return True


def _is_special_case(one: Competitor, other: Competitor, coverage: CoverageIndex) -> bool:
    return all(any(coverage.holds(outer, inner) for outer in other.fires or ()) for inner in one.fires or ())


def _asks_more(special: Region, general: Region, coverage: CoverageIndex) -> bool:
    """Whether what one asks besides the event lies in what the other asks, and is less."""
    scope = coverage.scope
    return conjunction_implies(special.guards, general.guards, scope) and not conjunction_implies(
        general.guards, special.guards, scope
    )


def _how(rival: Competitor) -> str:
    """What keeps this rule back where the rival fires, and only there: `unless` also keeps it back where the
    rival's fact is unknown."""
    other = other_than(rival.rule.guards)
    return f"say so here: when {other}" if other else "write above this rule: # allow FR504: and why"
