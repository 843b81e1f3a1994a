"""A call ends without a disposition, though other ways through the same file set one for such an ending."""

from collections.abc import Hashable
from typing import NamedTuple

from flowrules.call.entries import Received
from flowrules.compiler.compiled_steps import CompiledVerb
from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.hazards import DISPOSITION_MISSING
from flowrules.exploration.hazards.asked import steps_of
from flowrules.exploration.hazards.hazard import Hazard, Seen, ends_session, rule_words, the_rule
from flowrules.exploration.hazards.keeping.false_disposition import FACT, SETS
from flowrules.exploration.watching.watch import Breaches, Step, Times
from flowrules.verbs import BY_NAME

_SETS = "sets"


class Ended(NamedTuple):
    rule: RuleRef
    verb: str
    path: str


class DispositionMissing(Hazard):
    """Its memory: `sets` once a disposition was tried, whatever became of it; before that, who has ended the call."""

    code = DISPOSITION_MISSING

    def __init__(self, ruleset: RuleSet) -> None:
        super().__init__(ruleset)
        self._examples: dict[tuple[str, str], list[RuleRef]] = {}
        for rule in ruleset.rules:
            verbs = {step.verb for step in steps_of(rule) if isinstance(step, CompiledVerb)}
            if any(map(_sets, verbs)):
                for verb in filter(ends_session, verbs):
                    self._examples.setdefault((rule.file, verb), []).append(ruleset.ref(rule))

    def received(self, memory: Hashable, entry: Received, step: Step) -> Seen:
        verb = entry.request.verb
        if _sets(verb):
            return _SETS, ()
        if memory is None and ends_session(verb) and entry.receipt.went_well:
            return Ended(entry.rule, verb, entry.path), ()
        return memory, ()

    def end(self, memory: Hashable, step: Step) -> Breaches:
        if not isinstance(memory, Ended):
            return ()
        examples = self._examples.get((memory.rule.file, memory.verb))
        if not examples:
            return ()
        example = next((one for one in examples if one != memory.rule), memory.rule)
        verb = memory.verb
        return (
            self.breach(
                self.place(memory.rule, verb, memory.path),
                f'{the_rule(memory.rule)} ends the call by "{verb}" without a disposition, while '
                f"{'another way through it' if example == memory.rule else rule_words(example)} sets one.",
                memory.rule.id,
                f'Write "set_disposition" and its name behind "{verb}": it is sent before it, and holds only if the '
                f"call ends. For all of them at once: "
                f"before {verb} unless call.disposition is known then set_disposition …",
                *(
                    ()
                    if example == memory.rule
                    else ((self.place(example, verb), "this one sets a disposition"),)
                ),
                expects=(Times(SETS, 1),),
            ),
        )


def _sets(verb: str) -> bool:
    spec = BY_NAME.get(verb)
    return spec is not None and spec.copied_to(FACT) is not None
