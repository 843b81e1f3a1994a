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
from datetime import date

from flowrules.analysis.boxes import Box, nature
from flowrules.analysis.constraint import Constraint, Element, is_empty, meet_constraints
from flowrules.analysis.contest import Contender, Contest, Region, smallest
from flowrules.analysis.intervals import sample
from flowrules.analysis.reach import head_of, line_of, name_of
from flowrules.analysis.report import Report
from flowrules.analysis.scope import Scope
from flowrules.diagnostics.codes.logic import OVERLAP
from flowrules.language.nodes import On, Rank

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
        asked.vague or asked.opaque or asked.carried or subject in SPOKEN or subject.startswith("during ")
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
    example = _example(region.facts, theirs.facts, contest.scope)
    if example is None or rival.rule.steps == contender.rule.steps:
        return False
    if _is_special_case(rival, contender, contest) or _is_special_case(contender, rival, contest):
        return False
    unit = contender.unit
    name = name_of(rival.unit)
    other = f"the rule {name} at line" if name else "the one at line"
    report.add(
        OVERLAP,
        unit.block,
        head_of(unit),
        f"With {example} both this rule and {other} {line_of(rival.unit)} match; the one written first runs.",
        'If that is right, say so here with "unless …"; if not, change their order.',
        related=((rival.unit.block.locate(head_of(rival.unit)), "matches too, and stands first"),),
    )
    return True


def _is_special_case(one: Contender, other: Contender, contest: Contest) -> bool:
    return all(any(contest.holds(outer, inner) for outer in other.fires or ()) for inner in one.fires or ())


# --- an example ---------------------------------------------------------------------------------------------


def _example(one: Box, other: Box, scope: Scope) -> str | None:
    """Facts, each with one value, that meet both boxes; None where there are none."""
    shown = []
    shared = [subject for subject in one if subject in other]
    for subject in dict.fromkeys((*shared, *one, *other)):
        asked = meet_constraints(one.get(subject, Constraint()), other.get(subject, Constraint()))
        value = _value(asked, nature(subject, scope).universe)
        if value is None:
            return None
        shown.append(_told(subject, asked, value))
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _told(subject: str, asked: Constraint, value: str) -> str:
    if asked.known is False:
        return f"{subject} unknown"
    return f"{subject}={value}" if value else f"{subject} known"


def _value(asked: Constraint, universe: frozenset[Element] | None) -> str | None:
    if is_empty(asked, True, universe):
        return None
    if asked.within is not None:
        found = sample(asked.within)
        fits = found is not None and not asked.hit and (asked.measure, found) not in asked.miss
        return shown((asked.measure, found)) if fits and found is not None else None
    if asked.hit or universe:
        allowed = frozenset.intersection(*asked.hit) if asked.hit else universe or frozenset()
        left = sorted(allowed - asked.miss, key=str)
        return shown(left[0]) if left else None
    if asked.miss:
        kinds = {kind for kind, _ in asked.miss}
        return _else(asked.miss) if len(kinds) == 1 else None
    return ""


def _else(missed: frozenset[Element]) -> str | None:
    """A value of the same kind that is none of these."""
    ((kind, _), *_) = missed
    match kind:
        case "text":
            return "other" if ("text", "other") not in missed else "another"
        case "yesno":
            left = {True, False} - {value for _, value in missed}
            return shown((kind, left.pop())) if left else None
        case _:
            highest = max(float(value) for _, value in missed if not isinstance(value, str))
            return shown((kind, highest + 1))


def shown(element: Element) -> str:
    """A value as it would be typed."""
    kind, value = element
    match kind, value:
        case "yesno", _:
            return "yes" if value else "no"
        case "time", float() | int():
            return f"{int(value) // 60:02}:{int(value) % 60:02}"
        case "date", float() | int():
            return date.fromordinal(int(value)).isoformat()
        case _, float():
            return f"{value:g}" if abs(value) < 1e15 else str(value)
        case _:
            text = str(value)
            return f'"{text}"' if " " in text else text
