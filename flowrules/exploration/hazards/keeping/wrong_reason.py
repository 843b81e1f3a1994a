"""A sentence for what has failed is said where one of the rules' own guard rails forbids the step."""

import re
from collections.abc import Hashable

from flowrules.call.entries import Settled
from flowrules.call.outcome import EventOutcome, StepOutcome
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.compiled_steps import CompiledVerb
from flowrules.compiler.rails import CompiledRail
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.hazards import WRONG_REASON
from flowrules.exploration.hazards.asked import steps_of
from flowrules.exploration.hazards.hazard import Hazard, Seen, rule_words, word_of
from flowrules.exploration.watching.watch import Step, Times
from flowrules.verbs import BY_NAME

_FORBIDDEN = "forbidden"
_BRANCH = re.compile(r"\.fail(\d+)\.")


_ABOVE = "Above that line"
_ABOVE_IN_A_BLOCK = 'Write the rule on several lines, from rule "…" to end, and above that line'


class WrongReason(Hazard):
    """Found where the failure line names no reason, and where the guard rail asks for a fact: one that asks for hours
    alone forbids the step when nobody is there to take the call, of which such a sentence mostly speaks."""

    code = WRONG_REASON

    def __init__(self, ruleset: RuleSet) -> None:
        super().__init__(ruleset)
        self._rules = {rule.id: rule for rule in ruleset.rules}
        self._rails = tuple(rail for rail in ruleset.rails.never if rail.asks)

    def settled(self, memory: Hashable, entry: Settled, step: Step) -> Seen:
        outcome = entry.outcome
        if not self._rails or outcome.decision is None:
            return memory, ()
        for one in outcome.steps:
            rule = self._rules.get(one.rule.id)
            if one.reason != _FORBIDDEN or rule is None:
                continue
            spoken = _spoken_for(one, outcome)
            rail = self._forbidding(one.verb, step)
            if rail is None or spoken is None or not _names_no_reason(rule, one.verb, spoken.path, one.path):
                continue
            verb, word = one.verb, word_of(spoken.verb)
            return memory, (
                self.breach(
                    self.place(one.rule, verb),
                    f'The "{word}" for a "{verb}" that fails in {rule_words(one.rule)} is also said where '
                    f'"{rail.text}" forbids it: the caller hears a reason that is none.',
                    (one.rule.id, verb),
                    f"{_ABOVE if rule.rule.block else _ABOVE_IN_A_BLOCK} write what is right then, for "
                    'instance: if it fails because forbidden then log "not sent: forbidden". Where the caller is to '
                    "hear something else, say it there.",
                    meant="the sentence is right then, too",
                    expects=(Times(word, -1),),
                ),
            )
        return memory, ()

    def _forbidding(self, verb: str, step: Step) -> CompiledRail | None:
        state = step.after.machine.state
        spec = BY_NAME.get(verb)
        words = frozenset({verb, *(word for word, _ in spec.synonyms)} if spec is not None else {verb})
        for rail in self._rails:
            if rail.stands_over(words) and rail.binds(state.facts, (step.after.now, state)):
                return rail
        return None


def _spoken_for(failed: StepOutcome, outcome: EventOutcome) -> StepOutcome | None:
    """What the caller heard in a step's failure line."""
    for one in outcome.accepted:
        spec = BY_NAME.get(one.verb)
        is_heard = spec is not None and spec.heard_field is not None
        if is_heard and one.rule == failed.rule and one.path.startswith(f"{failed.path}.fail"):
            return one
    return None


def _names_no_reason(rule: CompiledRule, verb: str, spoken: str, failed: str) -> bool:
    """Whether the failure line in which a path stands, of a step that failed, is for any reason."""
    found = _BRANCH.match(spoken, len(failed))
    number = int(found[1]) if found else 0
    return any(
        isinstance(step, CompiledVerb)
        and step.verb == verb
        and 0 < number <= len(step.failures)
        and not step.failures[number - 1].reasons
        for step in steps_of(rule)
    )
