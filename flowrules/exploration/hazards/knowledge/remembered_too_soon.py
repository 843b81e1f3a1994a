"""What was not done is remembered as done: the step that was to do it has failed, and what is remembered keeps the rule
from trying again, or sets off what follows."""

from collections.abc import Hashable, Iterator
from typing import NamedTuple

from flowrules.analysis.model.verb_fields import Quote
from flowrules.call.entries import Settled
from flowrules.call.outcome import EventOutcome, EventStatus, StepOutcome
from flowrules.call.receipt import Status
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.compiled_steps import CompiledDo, CompiledRemember, CompiledStep
from flowrules.compiler.guards.conditions import facts_asked
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.hazards import REMEMBERED_TOO_SOON
from flowrules.engine.decide import decide
from flowrules.engine.decision import Decision, Outcome
from flowrules.exploration.hazards.asked import facts_in_rules, on_the_way, remembered_in, steps_of
from flowrules.exploration.hazards.hazard import Hazard, Seen, hangs_up, quoted, rule_words, the_rule, word_of
from flowrules.exploration.telling.told import written
from flowrules.exploration.watching.watch import Breach, Step
from flowrules.language.nodes import On, OnAnything
from flowrules.language.printer import print_trigger
from flowrules.verbs import BY_NAME

_OVER = (EventStatus.DONE, EventStatus.FAILED)
_ONCE = frozenset({"call_started", "machine_answered"})
"""What happens once in a call."""
_FREE = ("helped", "done", "served")
"""Names for a fact that says so; the first that the rules do not use."""


class Failed(NamedTuple):
    """Nothing of what a rule was to do for the caller has been done: `steps` have failed, in order."""

    rule: CompiledRule
    steps: tuple[StepOutcome, ...]


class RememberedTooSoon(Hazard):
    """Looked at is what a rule is there for: to bring somebody or a callback; a sentence, where it does nothing of the
    kind and does not end the call. A fact that some rule changes back is left out, and so is a rule that counts, or has
    a limit."""

    code = REMEMBERED_TOO_SOON

    def __init__(self, ruleset: RuleSet) -> None:
        super().__init__(ruleset)
        changes: dict[str, set[object]] = {}
        for rule in ruleset.rules:
            for fact, value in remembered_in(steps_of(rule)):
                changes.setdefault(fact, set()).add(value)
        asked = facts_in_rules(ruleset)
        self._kept = frozenset(fact for fact, values in changes.items() if len(values) == 1 and fact in asked)
        self._names = asked | changes.keys()

    def settled(self, memory: Hashable, entry: Settled, step: Step) -> Seen:
        outcome, machine = entry.outcome, step.after.machine
        decision = outcome.decision
        if (
            not self._kept
            or decision is None
            or outcome.status not in _OVER
            or machine.over
            or machine.closed
        ):
            return memory, ()
        failed = _failed(decision, outcome)
        if failed is None:
            return memory, ()
        for one in _remembered(failed.rule.steps.steps):
            value = machine.state.facts.get(one.fact)
            if one.fact in self._kept and value == one.value and decision.facts.get(one.fact) != value:
                breach = self._found(failed, one, decision, step)
                if breach is not None:
                    return memory, (breach,)
        return memory, ()

    def _found(self, failed: Failed, one: CompiledRemember, decision: Decision, step: Step) -> Breach | None:
        """What comes of the same event once more, with the fact and without it."""
        state, now = step.after.machine.state, step.after.now
        without = state._replace(
            facts={name: value for name, value in state.facts.items() if name != one.fact}
        )
        if decide(self.ruleset, decision.event, without, now).taker is not failed.rule:
            return None
        again = decide(self.ruleset, decision.event, state, now)
        taker = again.taker
        if taker is None or isinstance(taker.rule.trigger, OnAnything):
            return None if self._is_tried_by_time(failed, one.fact) else self._never_again(failed, one)
        if (
            again.outcome is Outcome.FIRED
            and taker.guard is not None
            and one.fact in facts_asked(taker.guard)
            and _is_said(failed)
            and any(hangs_up(verb.verb) for verb in on_the_way(taker.steps.steps))
        ):
            return self._unheard(failed, one, taker)
        return None

    def _is_tried_by_time(self, failed: Failed, fact: str) -> bool:
        """Whether a rule that the clock sets off tries the same."""
        verbs = {one.verb for one in failed.steps}
        return any(
            not isinstance(rule.rule.trigger, On | OnAnything)
            and any(verb.verb in verbs for verb in on_the_way(rule.steps.steps))
            for rule in self.ruleset.rules
        )

    def _never_again(self, failed: Failed, one: CompiledRemember) -> Breach:
        ref, verb = self.ruleset.ref(failed.rule), word_of(failed.steps[0].verb)
        return self.breach(
            self.place(ref, failed.steps[0].verb),
            f'Where "{verb}" fails in {rule_words(ref)}, it is never tried again: "{one.fact}" is remembered all the '
            "same, and the rule does not run any more.",
            (ref.id, one.fact),
            self._cure(failed, one),
            meant="one try is enough",
            expects=self._expected(failed, one),
        )

    def _unheard(self, failed: Failed, one: CompiledRemember, taker: CompiledRule) -> Breach:
        ref, other = self.ruleset.ref(failed.rule), self.ruleset.ref(taker)
        verb = word_of(failed.steps[0].verb)
        return self.breach(
            self.place(ref, failed.steps[0].verb),
            f'{the_rule(ref)} remembers "{one.fact}" although its "{verb}" may fail: the caller has heard nothing, and '
            f"next time {rule_words(other)} ends the call.",
            (ref.id, one.fact),
            self._cure(failed, one),
            (self.place(other), "this rule takes it for done"),
            meant="who has heard nothing may be hung up on",
            expects=self._expected(failed, one),
        )

    def _expected(self, failed: Failed, one: CompiledRemember) -> tuple[str, ...]:
        return () if self._has_another_job(failed.rule, one.fact) else (f"expect not {_as_written(one)}",)

    def _cure(self, failed: Failed, one: CompiledRemember) -> str:
        """Where the fact has another job, it stays where it is and the rule asks for a fact of its own."""
        verb, what = word_of(failed.steps[0].verb), _as_written(one)
        stop = (
            f' and on a line of its own right below "{verb}": if it fails then stop'
            if _is_said(failed) and _goes_on_behind(failed)
            else ""
        )
        if not self._has_another_job(failed.rule, one.fact):
            return f'First the deed, then what follows from it: write "{what}" as the last step{stop}'
        name = next((free for free in _FREE if free not in self._names), "all_done")
        return (
            f'"{one.fact}" has two jobs. Leave "{what}" where it is, write as the last step of the rule: remember '
            f"{name} is yes;{stop} and let {quoted(self.ruleset.ref(failed.rule))} ask for that instead: when {name} "
            "is unknown"
        )

    def _has_another_job(self, rule: CompiledRule, fact: str) -> bool:
        rails = (*self.ruleset.rails.never, *self.ruleset.rails.before)
        if any(fact in rail.asks for rail in rails):
            return True
        trigger = print_trigger(rule.rule.trigger)
        others = (one for one in self.ruleset.rules if print_trigger(one.rule.trigger) != trigger)
        return any(one.guard is not None and fact in facts_asked(one.guard) for one in others)


def _failed(decision: Decision, outcome: EventOutcome) -> Failed | None:
    """The rule that took an event without doing anything of what it is there for; None where it did, may have, or was
    kept from it by a guard rail."""
    rule = decision.owner
    if rule is None or decision.outcome is not Outcome.FIRED or not _may_come_again(decision, rule):
        return None
    own = tuple(one for one in outcome.steps if one.rule.id == rule.id)
    brings = [one for one in own if _brings(one.verb)]
    raised = [one for other in outcome.raised for one in other.steps if _brings(one.verb)]
    steps = brings or [one for one in own if _is_heard(one.verb)]
    if not brings and any(hangs_up(one.verb) for one in own):
        return None  # It is there for the end.
    failed = tuple(one for one in steps if one.status is Status.REFUSED)
    if not failed or any(one.reason == "forbidden" for one in failed):
        return None
    if any(one.status in (Status.ACCEPTED, Status.UNKNOWN) for one in (*steps, *raised)):
        return None
    return Failed(rule, failed)


def _may_come_again(decision: Decision, rule: CompiledRule) -> bool:
    trigger = rule.rule.trigger
    return (
        decision.event.reported
        and isinstance(trigger, On)
        and trigger.times is None
        and not rule.rule.limits
        and _ONCE.isdisjoint(decision.event.keys)
    )


def _brings(verb: str) -> bool:
    """Whether a verb brings somebody to the caller, or a callback."""
    spec = BY_NAME.get(verb)
    return spec is not None and spec.awaited


def _is_heard(verb: str) -> bool:
    spec = BY_NAME.get(verb)
    return spec is not None and spec.heard_field is not None


def _is_said(failed: Failed) -> bool:
    return _is_heard(failed.steps[0].verb)


def _goes_on_behind(failed: Failed) -> bool:
    """Whether something is done behind the sentence although it has failed: a step that is no verb and no advice would
    not keep the plan going."""
    steps = failed.rule.steps.steps
    at = next(
        (n for n, one in enumerate(steps) if one.at == failed.steps[0].path.partition(".")[0]), len(steps)
    )
    behind = steps[at + 1 :]
    return any(not isinstance(one, CompiledRemember) for one in behind)


def _remembered(steps: tuple[CompiledStep, ...]) -> Iterator[CompiledRemember]:
    """What a rule remembers whatever else is so, named steps included."""
    for step in steps:
        if (
            isinstance(step, CompiledRemember)
            and step.value is not None
            and not isinstance(step.value, Quote)
        ):
            yield step
        elif isinstance(step, CompiledDo):
            yield from _remembered(step.steps.steps)


def _as_written(one: CompiledRemember) -> str:
    assert one.value is not None
    assert not isinstance(one.value, Quote)
    return f"remember {one.fact} is {written(one.value)}"
