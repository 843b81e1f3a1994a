"""Somebody was to be brought to the caller, the platform refuses it, and nobody says a word."""

from collections.abc import Hashable, Iterator, Mapping, Sequence

from flowrules.call.entries import Settled
from flowrules.call.outcome import EventOutcome, EventStatus, StepOutcome
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.compiled_steps import CompiledStep, CompiledVerb
from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.hazards import SILENT_FAILURE
from flowrules.engine.event import PRESSED
from flowrules.engine.raised import RAISED
from flowrules.exploration.hazards.asked import behind_step, every, on_the_way, steps_of, taken
from flowrules.exploration.hazards.failed_step import (
    ending_behind,
    is_noticed,
    stopped_at,
    waits_for_any_failure,
)
from flowrules.exploration.hazards.hazard import Hazard, Seen, ends_session, in_a_row, quoted, rule_words
from flowrules.exploration.watching.watch import Step
from flowrules.language.nodes import On
from flowrules.verbs import BY_NAME

_WAITED_FOR = frozenset(spec.name for spec in BY_NAME.values() if spec.awaited)
"""The verbs whose effect the caller waits for."""
_SILENT = PRESSED | RAISED
"""The events to which nobody says a word but the rules."""
_MOST = 3
"""So many rules are named."""


class SilentFailure(Hazard):
    """Found where the rules have announced it, and where nobody else speaks then: keys and time set a rule off without
    the model. One that answers a report of the model is left out, for the model is told of the failure; so is one that
    answers words, which the model answers besides. What stands before an ending is never-ends. What stands behind "if
    it fails" answers for the step above it once it has said something: until then its own failure is as silent."""

    code = SILENT_FAILURE

    def __init__(self, ruleset: RuleSet) -> None:
        super().__init__(ruleset)
        self._rules = {rule.id: rule for rule in ruleset.rules}
        self._answering = frozenset(
            rule.id
            for rule in ruleset.rules
            if is_noticed(rule) or any(isinstance(step, CompiledVerb) for step in steps_of(rule))
        )
        self._is_caught = any(
            waits_for_any_failure(rule) and rule.id in self._answering for rule in ruleset.rules
        )
        self._silent: dict[str, list[RuleRef]] = {}
        for rule in ruleset.rules:
            for verb in dict.fromkeys(_silent_in(rule)):
                self._silent.setdefault(verb, []).append(ruleset.ref(rule))

    def settled(self, memory: Hashable, entry: Settled, step: Step) -> Seen:
        outcome = entry.outcome
        if self._is_caught or outcome.status is not EventStatus.FAILED:
            return memory, ()
        if step.after.machine.over or step.after.machine.closed:
            return memory, ()
        if any(ref.id in self._answering for one in outcome.raised for ref, _ in one.rules):
            return memory, ()
        failed = stopped_at(outcome)
        rule = self._rules.get(failed.rule.id) if failed is not None else None
        if failed is None or rule is None or failed.reason == "forbidden" or _is_heard(failed.verb):
            return memory, ()
        first = _first_failed(failed, outcome)
        if (
            first is None
            or not (first.verb in _WAITED_FOR or _waited_for_behind(first, outcome, self._rules))
            or (first is not failed and _is_told(first, outcome))
        ):
            return memory, ()
        if ending_behind(failed, outcome, rule):
            return memory, ()
        is_announced = any(map(_is_heard, (one.verb for one in outcome.accepted)))
        event = outcome.decision.event if outcome.decision is not None else None
        if not (is_announced or (event is not None and (event.timer or not _SILENT.isdisjoint(event.keys)))):
            return memory, ()
        verb = failed.verb
        others = [ref for ref in self._silent.get(verb, ()) if ref != failed.rule and first is failed]
        fails = f'"{verb}" fails' if first is failed else f'"{first.verb}" fails, and then "{verb}",'
        line = self.failure_line(failed.rule, verb, failed.path)
        sorry = line.then('say "I am sorry, that did not work."')
        cure = (
            f"{line.sentence} say what the caller is told then, for instance: {sorry} "
            "One rule answers for all steps: "
            if first is failed
            else f'Say something to the caller above "{verb}". Or write one rule that answers for all steps: '
        )
        said = "though the bot has announced it" if is_announced else "and the model is told nothing"
        return memory, (
            self.breach(
                self.place(failed.rule, verb, failed.path),
                f"Where {fails} in {rule_words(failed.rule)}, no rule says so, {said}.{_also_in(others)}",
                (verb, first is failed),
                f'{cure}on step_failed once per call say "I am sorry, that did not work."',
                *((self.place(other, verb), "it is so here, too") for other in others[:_MOST]),
                expects=("expect say",) if not is_announced else (f"expect {verb} then say",),
            ),
        )


def _first_failed(failed: StepOutcome, outcome: EventOutcome) -> StepOutcome | None:
    """The step whose "if it fails" has led to this one; itself where there is none such."""
    path = failed.path.partition(".fail")[0]
    return next((one for one in outcome.steps if one.rule == failed.rule and one.path == path), None)


def _waited_for_behind(first: StepOutcome, outcome: EventOutcome, rules: Mapping[str, CompiledRule]) -> bool:
    """Whether somebody was to be brought behind a step, which never comes to that: a conference that can't be begun."""
    behind = behind_step(taken(rules.get(first.rule.id), outcome), first.path)
    return any(step.verb in _WAITED_FOR for step in on_the_way(behind))


def _is_told(first: StepOutcome, outcome: EventOutcome) -> bool:
    """Whether anything was said, or the model was told, in the branch of a step that failed."""
    inside = f"{first.path}.fail"
    return bool(outcome.advice) or any(
        one.rule == first.rule and one.path.startswith(inside) and _is_heard(one.verb)
        for one in outcome.accepted
    )


def _also_in(others: Sequence[RuleRef]) -> str:
    if not others:
        return ""
    named = [quoted(ref) for ref in others[:_MOST]]
    if len(others) > _MOST:
        named.append(f"{len(others) - _MOST} more")
    return f" It is so in {in_a_row(named)}, too."


def _is_heard(verb: str) -> bool:
    spec = BY_NAME.get(verb)
    return spec is not None and spec.heard_field is not None


def _is_without_model(rule: CompiledRule) -> bool:
    """Whether a rule is set off by what nobody answers besides."""
    trigger = rule.rule.trigger
    return not isinstance(trigger, On) or any(test.name.key in _SILENT for test in trigger.tests)


def _silent_in(rule: CompiledRule) -> Iterator[str]:
    """The verbs of a rule that may fail in silence."""
    for steps in (rule.steps.steps, rule.otherwise.steps if rule.otherwise is not None else ()):
        is_announced = _is_without_model(rule)
        for step in on_the_way(steps):
            is_announced = is_announced or _is_heard(step.verb)
            answered = any(not failure.reasons for failure in step.failures)
            if is_announced and step.verb in _WAITED_FOR and not answered and not _ends_behind(steps, step):
                yield step.verb


def _ends_behind(steps: Sequence[CompiledStep], step: CompiledVerb) -> bool:
    return any(
        isinstance(one, CompiledVerb) and ends_session(one.verb) for one in every(behind_step(steps, step.at))
    )
