"""Who is called: every agent, queue, number and address that the rules name, and by which rules."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from flowrules.analysis.model.checked import CheckedRules
from flowrules.analysis.model.verb_fields import as_written, targets_of
from flowrules.language.nodes import Step, TargetKind
from flowrules.prose.arguments import target
from flowrules.prose.page import Named
from flowrules.prose.reached import targets_in
from flowrules.prose.values import capital, listed

_ORDER = tuple(TargetKind)


class Caller(NamedTuple):
    """A rule or a rail, and every step that it can come to."""

    number: str
    steps: tuple[Step, ...]


def called(callers: Iterable[Caller], checked: CheckedRules) -> Iterator[Named]:
    found: dict[tuple[int, str, str], dict[str, None]] = {}
    for number, steps in callers:
        for written in targets_in(steps):
            for one in targets_of(written, checked.destinations):
                place = (_ORDER.index(one.kind), as_written(one.value), target(one, checked.destinations))
                found.setdefault(place, {})[number] = None
    for place in sorted(found):
        yield Named(capital(place[2]), (f"Called by {by_rules(found[place])}.",))


def by_rules(numbers: Iterable[str]) -> str:
    """`rules 1 and U2, and guard rail N1`."""
    rails = [number for number in numbers if number[0] in "NB"]
    rules = [number for number in numbers if number not in rails]
    told = [
        f"{thing}{'' if len(some) == 1 else 's'} {listed(some)}"
        for thing, some in (("rule", rules), ("guard rail", rails))
        if some
    ]
    return ", and ".join(told)
