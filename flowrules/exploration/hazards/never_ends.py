"""A call that was to end goes on: a lesser step before the ending failed, and the plan stopped there."""

import re
from collections.abc import Hashable

from flowrules.call.entries import Settled
from flowrules.call.outcome import EventOutcome, EventStatus, StepOutcome
from flowrules.call.receipt import Status
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.compiled_steps import CompiledAdvise, CompiledVerb
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.hazards import NEVER_ENDS
from flowrules.exploration.hazards.asked import every, steps_of
from flowrules.exploration.hazards.hazard import Hazard, Seen, ends_session, rule_words, word_of
from flowrules.exploration.watch import Step
from flowrules.language.nodes import On
from flowrules.verbs import BY_NAME

_FAILED = "step_failed"
_END_OF_STEP = re.compile(r"\s+(?:then|if it fails)\b|\s+#|\)")


class NeverEnds(Hazard):
    """Whoever has a rule for whatever fails, which ends the call or tells the caller, has thought of it."""

    code = NEVER_ENDS

    def __init__(self, ruleset: RuleSet) -> None:
        super().__init__(ruleset)
        self._rules = {rule.id: rule for rule in ruleset.rules}
        self._answering = frozenset(rule.id for rule in ruleset.rules if _is_noticed(rule))
        self._is_caught = any(
            isinstance(rule.rule.trigger, On)
            and rule.guard is None
            and rule.id in self._answering
            and any(test.name.key == _FAILED and test.test is None for test in rule.rule.trigger.tests)
            for rule in ruleset.rules
        )

    def settled(self, memory: Hashable, entry: Settled, step: Step) -> Seen:
        outcome = entry.outcome
        if self._is_caught or outcome.status is not EventStatus.FAILED or step.after.machine.over:
            return memory, ()
        if any(ref.id in self._answering for one in outcome.raised for ref, _ in one.rules):
            return memory, ()
        failed = _stopped_at(outcome)
        if failed is None or ends_session(failed.verb):
            return memory, ()
        ending = self._ending_behind(failed, outcome)
        if not ending:
            return memory, ()
        word = word_of(failed.verb)
        what = "is forbidden" if failed.reason == "forbidden" else "fails"
        return memory, (
            self.breach(
                self.place(failed.rule, failed.verb),
                f'Where "{word}" {what} in {rule_words(failed.rule)}, its "{ending}" never comes, and the call '
                "goes on.",
                failed.rule.id,
                f'Say on a line of its own below "{word}" what is to happen then, for instance: if it fails then '
                f'(say "…" then {self._as_written(failed, ending)}). Only where nothing behind "{word}" speaks of it: '
                "if it fails then go on.",
                expects=(f"expect {ending}",),
            ),
        )

    def _as_written(self, failed: StepOutcome, ending: str) -> str:
        """The ending step as it is written behind the one that failed; the verb alone where it stands elsewhere."""
        block = self.ruleset.blocks[failed.rule.id]
        behind = block.text[self.place(failed.rule, failed.verb).start - block.start :]
        found = re.search(rf"(?<![\w\"]){ending}\b[^\n]*", behind, re.IGNORECASE)
        written = _END_OF_STEP.split(found[0], maxsplit=1)[0].rstrip() if found else ending
        return ending if written.count('"') % 2 else written

    def _ending_behind(self, failed: StepOutcome, outcome: EventOutcome) -> str:
        """The ending verb that was to come behind a step; '' where none was."""
        for one in outcome.steps:
            if one.status is Status.DROPPED and ends_session(one.verb):
                return one.verb
        rule = self._rules.get(failed.rule.id)
        if rule is None:
            return ""
        lapsed = any(ref == failed.rule and how == "otherwise" for ref, how in outcome.rules)
        steps = rule.otherwise if lapsed else rule.steps
        number = failed.path.partition(".")[0]
        if steps is None or not number.isdigit():
            return ""
        behind = [one for one in steps.steps if one.at.isdigit() and int(one.at) > int(number)]
        verbs = (one.verb for one in every(behind) if isinstance(one, CompiledVerb))
        return next(filter(ends_session, verbs), "")


def _is_noticed(rule: CompiledRule) -> bool:
    """Whether the caller notices what a rule does: it ends the AI's part, or something is said."""
    for step in steps_of(rule):
        if isinstance(step, CompiledAdvise):
            return True
        if isinstance(step, CompiledVerb):
            spec = BY_NAME.get(step.verb)
            if ends_session(step.verb) or (spec is not None and spec.heard_field is not None):
                return True
    return False


def _stopped_at(outcome: EventOutcome) -> StepOutcome | None:
    """The step whose failure has stopped the plan; None where that is not known."""
    for raised in outcome.raised:
        if raised.decision is not None and (verb := raised.decision.event.keys.get("failed_verb")):
            failed = [one for one in outcome.steps if one.verb == verb and not one.receipt.went_well]
            return next((one for one in reversed(failed) if one.status is not Status.DROPPED), None)
    return None
