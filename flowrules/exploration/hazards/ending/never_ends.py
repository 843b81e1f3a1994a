"""A call that was to end goes on: a lesser step before the ending failed, and the plan stopped there."""

from collections.abc import Hashable, Sequence

from flowrules.call.entries import Settled
from flowrules.call.outcome import EventOutcome, EventStatus, StepOutcome
from flowrules.call.receipt import Status
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.compiled_steps import (
    CompiledVerb,
)
from flowrules.compiler.guards.conditions import facts_asked
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.hazards import NEVER_ENDS
from flowrules.exploration.hazards.asked import behind_step, on_the_way, steps_of, taken
from flowrules.exploration.hazards.failed_step import (
    ending_behind,
    is_noticed,
    stopped_at,
    waits_for_any_failure,
)
from flowrules.exploration.hazards.failure_lines import FailureLine
from flowrules.exploration.hazards.hazard import Hazard, Seen, ends_session, in_a_row, rule_words, word_of
from flowrules.exploration.watching.watch import Step, Times
from flowrules.language.nodes import On
from flowrules.verbs import BEST_EFFORT, BY_NAME, Effect

_WHICH = "failed_verb"


class NeverEnds(Hazard):
    """Whoever has a rule for whatever fails, which ends the call, has thought of it; and so has one who names the step
    and tells the caller."""

    code = NEVER_ENDS

    def __init__(self, ruleset: RuleSet) -> None:
        super().__init__(ruleset)
        self._rules = {rule.id: rule for rule in ruleset.rules}
        self._answering = frozenset(
            rule.id for rule in ruleset.rules if _ends(rule) or (_names_the_step(rule) and is_noticed(rule))
        )
        self._is_caught = any(waits_for_any_failure(rule) and _ends(rule) for rule in ruleset.rules)

    def settled(self, memory: Hashable, entry: Settled, step: Step) -> Seen:
        outcome = entry.outcome
        if self._is_caught or outcome.status is not EventStatus.FAILED or step.after.machine.over:
            return memory, ()
        if any(ref.id in self._answering for one in outcome.raised for ref, _ in one.rules):
            return memory, ()
        failed = stopped_at(outcome)
        if failed is None or ends_session(failed.verb):
            return memory, ()
        ending = ending_behind(failed, outcome, self._rules.get(failed.rule.id))
        if not ending:
            return memory, ()
        verbs = self._stopping(failed, outcome)
        was_tried = any(one.verb == ending and one.status is not Status.DROPPED for one in outcome.steps)
        words = in_a_row([f'"{word_of(verb)}"' for verb in verbs], "or")
        what = "is forbidden" if failed.reason == "forbidden" else "fails"
        return memory, (
            self.breach(
                self.place(failed.rule, failed.verb, failed.path),
                f'Where {words} {what} in {rule_words(failed.rule)}, its "{ending}" never comes, and the call '
                "goes on.",
                failed.rule.id,
                self._cure(failed, verbs, ending, outcome),
                expects=(Times(ending, 1) if was_tried else f"expect {ending}",),
            ),
        )

    def _cure(self, failed: StepOutcome, verbs: Sequence[str], ending: str, outcome: EventOutcome) -> str:
        place = (
            self.place(failed.rule, failed.verb, failed.path).start
            - self.ruleset.blocks[failed.rule.id].start
        )
        written = self.step_as_written(failed.rule, ending, place) or ending
        lesser = [f'"{word_of(verb)}"' for verb in verbs if _is_lesser(verb)]
        relied = [f'"{word_of(verb)}"' for verb in verbs if not _is_lesser(verb)]
        said = []
        inside = any(not self._line(failed, one, outcome).below for one in verbs)
        if lesser:
            where = "Right behind" if inside else "On a line of its own below"
            on = ", on the same line," if inside else ""
            said.append(f"{where} {in_a_row(lesser)}{on} write: if it fails then go on.")
        if relied:
            where = "Right behind" if inside else "Below" if lesser else "On a line of its own below"
            on = ", on the same line," if inside else ""
            said.append(
                f"{where} {in_a_row(relied)}{on} say what the caller is told then, for instance: if it fails then "
                f'(say "…" then {written}{self._counted(failed, outcome)})'
            )
        return " ".join(said)

    def _line(self, failed: StepOutcome, verb: str, outcome: EventOutcome) -> FailureLine:
        """Where to write what follows if one of the steps before the ending fails."""
        paths = [one.path for one in outcome.steps if one.rule == failed.rule and one.verb == verb]
        return self.failure_line(failed.rule, verb, paths[0] if paths else failed.path)

    def _counted(self, failed: StepOutcome, outcome: EventOutcome) -> str:
        """A disposition for the call that ends otherwise, where the rule sets one on its way."""
        for one in on_the_way(behind_step(taken(self._rules.get(failed.rule.id), outcome), failed.path)):
            spec = BY_NAME.get(one.verb)
            if spec is not None and spec.copied_to("call.disposition") is not None:
                return f" then {one.verb} …"
        return ""

    def _stopping(self, failed: StepOutcome, outcome: EventOutcome) -> tuple[str, ...]:
        """The verbs on the way to the ending at which the plan stops if they fail, that one first."""
        found = [failed.verb]
        if "." not in failed.path:
            for step in on_the_way(taken(self._rules.get(failed.rule.id), outcome)):
                if ends_session(step.verb):
                    break
                if not step.failures and step.verb not in BEST_EFFORT:
                    found.append(step.verb)
        return tuple(dict.fromkeys(found))


def _is_lesser(verb: str) -> bool:
    """Whether what follows a verb hardly speaks of it: a sentence, a record that is no booking, a question to the
    platform, and what undoes something."""
    spec = BY_NAME.get(verb)
    if spec is None:
        return False
    if spec.heard_field is not None:
        return True
    if spec.effect is not Effect.LIVE:
        return spec.copied_to("call.callback") is None
    return bool(spec.slots_of("member")) or any(other.closed_by == verb for other in BY_NAME.values())


def _ends(rule: CompiledRule) -> bool:
    """Whether a rule ends the AI's part."""
    return any(isinstance(step, CompiledVerb) and ends_session(step.verb) for step in steps_of(rule))


def _names_the_step(rule: CompiledRule) -> bool:
    """Whether a rule asks which step has failed."""
    trigger = rule.rule.trigger
    named = isinstance(trigger, On) and any(test.name.key == _WHICH for test in trigger.tests)
    return named or (rule.guard is not None and _WHICH in facts_asked(rule.guard))
