"""Where the `if it fails` of a step can be written, in words: what a cure says must not be a mistake of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.exploration.hazards.written_steps import steps_around
from flowrules.language.nodes import Rule, Step


@dataclass(frozen=True, slots=True)
class FailureLine:
    """`where` follows "write" or "say so": `on a line of its own below "hold"`. `brackets`: steps stand behind it on
    that line, which would be taken for its own. `below`: it is a line of its own. `ends`: no step stands behind it
    that could be gone on with."""

    where: str
    brackets: bool = False
    below: bool = True
    ends: bool = False

    def then(self, steps: str) -> str:
        """The line with steps in it; some that stand in brackets already keep these."""
        if self.brackets and not steps.startswith("(") and steps != "…":
            steps = f"({steps})"
        return f"if it fails then {steps}"

    @property
    def sentence(self) -> str:
        """`where` at the start of a sentence."""
        return f"{self.where[:1].upper()}{self.where[1:]}"


def failure_line(ruleset: RuleSet, rule: RuleRef, verb: str, path: str, word: str = "") -> FailureLine:
    """Of the step that sends `verb` at `path`; `word` is what rules write for it. A line below belongs to the last step
    of the line above, and inside a one-line `if`, or a failure branch, to none."""
    named = f'"{word or verb}"'
    below = FailureLine(f"on a line of its own below {named}")
    block = ruleset.blocks.get(rule.id)
    if block is None or not isinstance(block.item, Rule):
        return below
    around = steps_around(block.item, verb, path)
    if around is None:
        return below
    steps, at = around
    more = _on_its_line(block.text, steps, at)
    whole = block.item.otherwise if steps is block.item.otherwise else block.item.steps
    ends = at + 1 == len(steps) and int(path.split(".")[0]) >= len(whole or ())
    if "." not in path and not more:
        return replace(below, ends=ends)
    return FailureLine(f"right behind {named}, on the same line", more, below=False, ends=ends)


def _on_its_line(text: str, steps: Sequence[Step], at: int) -> bool:
    """Whether another step of the sequence stands behind one on its line."""
    return at + 1 < len(steps) and "\n" not in text[steps[at].span.start : steps[at + 1].span.start]
