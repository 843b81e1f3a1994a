"""How far an exploration has looked."""

from dataclasses import dataclass, field
from typing import Any, assert_never

from flowrules.call.entries import CapDue, Decided, Ended, Entry, Note, NotSent, Received, Sending, Settled
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.decision import Outcome
from flowrules.engine.planning.plan import Branch, FailedStep, PlannedVerb, branch_for

ENOUGH = 3
"""The depth to which a finding that is not there would have shown, and a rule that can run has run."""


def happens(at_most: int) -> str:
    """`up to 3 things happen`: how long stories are."""
    if at_most > 1:
        return f"up to {at_most} things happen"
    return "at most one thing happens" if at_most else "nothing happens"


@dataclass(slots=True)
class Coverage:
    """`fired` and `lapsed`: ids of rules of which the steps, or those of `otherwise`, have run. `branched`: the failure
    branches of steps that were planned, by the rule's id and the step's path; `failed`: steps that failed, with the
    reason. `inputs` counts moves that were played, `states` the different worlds that they led to. `depth`: every
    story of so much was played. `cut` says what was left out, in words; nothing is where all that was wanted is."""

    ruleset: RuleSet
    fired: set[str] = field(default_factory=set)
    lapsed: set[str] = field(default_factory=set)
    branched: dict[tuple[str, str], tuple[Branch, ...]] = field(default_factory=dict)
    failed: set[tuple[str, str, str]] = field(default_factory=set)
    inputs: int = 0
    alike: int = 0
    """Moves that were not played, since one that is alike to it was."""
    states: int = 0
    depth: int = 0
    wanted: int = 0
    """The depth that was asked for."""
    seconds: float = 0.0
    cut: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether all was played that was asked for."""
        return not self.cut

    @property
    def branches(self) -> tuple[int, int]:
        """How many failure branches have run, of how many."""
        reached = {
            (rule, path, index)
            for rule, path, reason in self.failed
            for index, branch in enumerate(self.branched.get((rule, path), ()))
            if branch_for(self.branched[rule, path], reason) is branch
        }
        return len(reached), sum(map(len, self.branched.values()))

    @property
    def branches_left(self) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
        """The failure branches that have not run: the rule's id, the step's path, and the reasons that the branch
        names; none: any."""
        return tuple(
            (rule, path, branch.reasons)
            for (rule, path), branches in self.branched.items()
            for branch in branches
            if not any(
                (rule, path) == failed[:2] and branch_for(branches, failed[2]) is branch
                for failed in self.failed
            )
        )

    def note(self, entry: Entry) -> None:
        """Something was put on record."""
        match entry:
            case Decided(decision=decision, plan=plan):
                for rule, outcome in decision.parts:
                    (self.fired if outcome is Outcome.FIRED else self.lapsed).add(rule.id)
                for part in plan.parts:
                    for step in part.steps:
                        if isinstance(step, PlannedVerb | FailedStep) and step.branches:
                            self.branched[part.rule.id, step.path] = step.branches
            case (
                Received(rule=ref, path=path, receipt=receipt) | NotSent(rule=ref, path=path, receipt=receipt)
            ):
                if receipt.reason is not None:
                    self.failed.add((ref.id, path, receipt.reason))
            case CapDue() | Sending() | Settled() | Ended() | Note():
                pass
            case _:
                assert_never(entry)

    def words(self) -> tuple[str, ...]:
        """How far was looked, in sentences."""
        rules = len(self.ruleset.rules)
        run = len(self.fired | self.lapsed)
        branches, of = self.branches
        took = f" in {self.seconds:.1f} seconds" if self.seconds else ""
        played = f"Played {self.inputs:,} inputs{took}, to {self.states:,} different situations"
        failing = f", and {branches} of {of} failure branches" if of else ""
        if self.complete:
            bound = f"Every story was played in which {happens(self.wanted)}."
        else:
            cut = ", ".join(self.cut)
            bound = f"Every story was played in which {happens(self.depth)}; longer ones only {cut}."
        return f"{played}: {run} of {rules} rules ran{failing}.", bound

    def data(self) -> dict[str, Any]:
        """As JSON data."""
        branches, of = self.branches
        return {
            "inputs": self.inputs,
            "states": self.states,
            "depth": self.depth,
            "wanted_depth": self.wanted,
            "complete": self.complete,
            "cut": list(self.cut),
            "rules": len(self.ruleset.rules),
            "rules_run": len(self.fired | self.lapsed),
            "rules_not_run": [
                self.ruleset.ref(rule).label
                for rule in self.ruleset.rules
                if rule.id not in self.fired | self.lapsed
            ],
            "failure_branches": of,
            "failure_branches_run": branches,
        }
