"""What a rule is compiled to, and the timer that may set it off."""

from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from flowrules.compiler.compiled_steps import CompiledSteps
from flowrules.compiler.guards.conditions import CompiledCondition
from flowrules.compiler.times.clocks import CallClock
from flowrules.language.nodes import Rank, Rule


class CompiledRule(NamedTuple):
    """A rule, ready to run, wherever it stands: an edit elsewhere leaves it as it is. A tuple, since a rule set holds
    thousands.

    `id` survives a reload: the folded name, or a digest of the canonical text. `order` is greater than that of every
    rule that is written before. `guard` is None where nothing is asked, `otherwise` where it was not written.
    """

    id: str
    file: str
    order: int
    rule: Rule
    """Its syntax: trigger, rank, limits."""
    guard: CompiledCondition | None
    steps: CompiledSteps
    otherwise: CompiledSteps | None

    @property
    def rank(self) -> Rank:
        return self.rule.rank

    def __repr__(self) -> str:
        return f"CompiledRule({self.id!r})"


@dataclass(frozen=True, slots=True)
class TimerSpec:
    """A rule that time sets off. Exactly one of `after` and `at` is set.

    `key` is what a timer event carries. `after`: seconds, of the call, or since `fact` has been yes. `at`:
    minutes after midnight by `clock`.
    """

    key: str
    fact: str | None = None
    after: int | None = None
    at: int | None = None
    clock: ZoneInfo | CallClock | None = None
    in_all: bool = False
    """All the time in which `fact` was yes counts, taken together."""
