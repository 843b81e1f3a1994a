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

from flowrules.analysis.boxes import Box, box_implies
from flowrules.analysis.contest import Contender, Contest, Region, smallest
from flowrules.analysis.example import example
from flowrules.analysis.other_than import other_than
from flowrules.analysis.reach import head_of, line_of, name_of
from flowrules.analysis.report import Report
from flowrules.diagnostics.codes.logic import OVERLAP
from flowrules.language.nodes import On, Rank
from flowrules.language.operators import Family

LOOKED_AT = 16
"""Earlier rules for the same event that one rule is held against."""

SPOKEN = frozenset({"said", "hearing"})


def overlap(contest: Contest, report: Report) -> None:
    sound = (contender for contender in contest.contenders if not report.is_broken(contender.unit.block))
    weighed = {contender.unit.order: contender for contender in sound if _is_weighed(contender)}
    for contender in weighed.values():
        _check(contender, weighed, contest, report)


def _is_weighed(contender: Contender) -> bool:
    """A plain rule without limit, counter and `otherwise`, whose questions all have an exact answer."""
    rule = contender.rule
    if rule.rank is not Rank.PLAIN or contender.gated or rule.otherwise is not None:
        return False
    if not isinstance(rule.trigger, On) or not contender.fires:
        return False
    return all(_is_exact(region.facts) for region in contender.fires)


def _is_exact(box: Box) -> bool:
    return not any(
        asked.vague
        or asked.carried
        or any(question.family is not Family.AFFIX for question in asked.opaque)
        or subject in SPOKEN
        or subject.startswith("during ")
        for subject, asked in box.items()
    )


def _check(contender: Contender, weighed: Container[int], contest: Contest, report: Report) -> None:
    """One finding for a rule: the first earlier one that it meets."""
    looked_at = 0
    for region in contender.fires or ():
        for key, asked in region.event.items():
            for element in smallest(asked):
                for rival, theirs in contest.by_event.get((key, element), ()):
                    if rival.unit.order >= contender.unit.order or looked_at >= LOOKED_AT:
                        break
                    looked_at += 1
                    if rival.unit.order in weighed and _meet(
                        contender, region, rival, theirs, contest, report
                    ):
                        return


def _meet(
    contender: Contender, region: Region, rival: Contender, theirs: Region, contest: Contest, report: Report
) -> bool:
    shared = example(region.facts, theirs.facts, contest.scope)
    if shared is None or rival.rule.steps == contender.rule.steps:
        return False
    if not contest.changed_besides(region).isdisjoint({*region.guards, *theirs.guards}):
        return False  # Which of the two fires may be settled by what an `also` rule remembers just before.
    if _asks_more(theirs, region, contest):
        return (
            False  # The first asks more of what both wait for: the special case stands above the general one.
        )
    if _is_special_case(rival, contender, contest) or _is_special_case(contender, rival, contest):
        return False
    unit = contender.unit
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


def _is_special_case(one: Contender, other: Contender, contest: Contest) -> bool:
    return all(any(contest.holds(outer, inner) for outer in other.fires or ()) for inner in one.fires or ())


def _asks_more(special: Region, general: Region, contest: Contest) -> bool:
    """Whether what one asks besides the event lies in what the other asks, and is less."""
    scope = contest.scope
    return box_implies(special.guards, general.guards, scope) and not box_implies(
        general.guards, special.guards, scope
    )


def _how(rival: Contender) -> str:
    """What keeps this rule back where the rival fires, and only there: `unless` also keeps it back where the
    rival's fact is unknown."""
    other = other_than(rival.rule.guards)
    return f"say so here: when {other}" if other else "write above this rule: # allow FR504: and why"
