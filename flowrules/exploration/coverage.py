"""How far an exploration has looked."""

from dataclasses import dataclass, field

from flowrules.compiler.ruleset import RuleSet


@dataclass(slots=True)
class Coverage:
    """`fired` and `lapsed`: ids of rules of which the steps, or those of `otherwise`, have run. `branches`: failure
    branches that have run, by the rule's id and the path of the step that failed. `inputs` counts moves that were
    played, `states` different worlds that they led to. `depth`: up to here every story was played. `cut` names what
    was left out, in words; nothing is where all that the moves can reach was played."""

    ruleset: RuleSet
    fired: set[str] = field(default_factory=set)
    lapsed: set[str] = field(default_factory=set)
    branches: set[tuple[str, str]] = field(default_factory=set)
    inputs: int = 0
    states: int = 0
    depth: int = 0
    seconds: float = 0.0
    cut: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return not self.cut
