"""An example of facts that meet what two rules ask, as somebody would type it."""

from datetime import date

from flowrules.analysis.logic.dnf import Conjunction, nature
from flowrules.analysis.model.constraint import Constraint, Element, Opaque, is_empty, loose, meet_constraints
from flowrules.analysis.model.intervals import sample
from flowrules.analysis.model.scope import Scope
from flowrules.language.nodes import Op
from flowrules.language.operators import Family


def example(one: Conjunction, other: Conjunction, scope: Scope) -> str | None:
    """Facts, each with one value, that meet both conjunctions; None where there are none."""
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
        fitting = (element for element in left if not asked.opaque or _holds(asked.opaque, element))
        return next(map(shown, fitting), None)
    if asked.opaque:
        return _text(asked)
    if asked.miss:
        kinds = {kind for kind, _ in asked.miss}
        return _else(asked.miss) if len(kinds) == 1 else None
    return ""


def _holds(opaque: frozenset[Opaque], element: Element) -> bool:
    kind, text = element
    affixes = all(question.family is Family.AFFIX for question in opaque)
    return affixes and kind == "text" and all(question.holds_of(str(text)) for question in opaque)


def _text(asked: Constraint) -> str | None:
    """A text that begins and ends as it is asked to."""
    wanted = [question for question in asked.opaque if question.yes]
    begins = [word for question in wanted if question.op is Op.STARTS_WITH for word in question.words]
    ends = [word for question in wanted if question.op is Op.ENDS_WITH for word in question.words]
    joint = "other" if len(wanted) < len(asked.opaque) else " " if begins and ends else ""
    element: Element = ("text", max(begins, key=len, default="") + joint + max(ends, key=len, default=""))
    if not _holds(asked.opaque, element) or element in asked.miss:
        return None
    # Quotes say that it is a text: no number begins or ends with anything.
    return shown(element) if loose(element) == element else f'"{element[1]}"'


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
