"""The opposite of what guards ask, as a person would write it."""

from collections.abc import Iterable
from dataclasses import replace

from flowrules.language.nodes import And, Compare, Guard, GuardWord
from flowrules.language.operators import BY_OP, Family
from flowrules.language.printer import print_condition


def other_than(guards: Iterable[Guard]) -> str:
    """The condition that is met wherever these guards are not, also where a fact is unknown: `plan is not gold or plan
    is unknown`. '' unless each is a `when` whose comparisons must all hold: only then does an unknown fact alone keep
    the guards from being met."""
    others: list[str] = []
    unknown: list[str] = []
    for guard in guards:
        joined = guard.condition.parts if isinstance(guard.condition, And) else (guard.condition,)
        for part in joined:
            if guard.word is not GuardWord.WHEN or not isinstance(part, Compare):
                return ""
            row = BY_OP[part.op]
            if row.negation is None:
                others.append(f"not ({print_condition(part)})")
            else:
                others.append(print_condition(replace(part, op=row.negation)))
            if row.family is not Family.PRESENCE:
                unknown.append(f"{part.fact.text} is unknown")
    return " or ".join(dict.fromkeys(others + unknown))
