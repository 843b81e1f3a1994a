"""The recording was to be paused and is not: who was to be told something, hears nothing."""

from collections.abc import Hashable, Iterable

from flowrules.call.entries import Settled
from flowrules.call.outcome import EventOutcome, EventStatus
from flowrules.call.receipt import Status
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.compiled_steps import CompiledAdvise, CompiledStep, CompiledVerb
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.hazards import STILL_RECORDED
from flowrules.exploration.hazards.asked import behind_step, every, taken
from flowrules.exploration.hazards.hazard import Hazard, Seen, ends_session, rule_words, word_of
from flowrules.exploration.watch import Breach, Step
from flowrules.verbs import BY_NAME, Holds

_RECORDING, _ON = "call.recording", "on"


class StillRecorded(Hazard):
    """Found where something was to be said or advised behind the pause, and nothing is: not before it, not where it
    fails, and by no rule for what fails."""

    code = STILL_RECORDED

    def __init__(self, ruleset: RuleSet) -> None:
        super().__init__(ruleset)
        self._rules = {rule.id: rule for rule in ruleset.rules}

    def settled(self, memory: Hashable, entry: Settled, step: Step) -> Seen:
        outcome = entry.outcome
        if outcome.status is not EventStatus.FAILED or step.after.machine.over or _is_noticed(outcome):
            return memory, ()
        for one in outcome.refused:
            rule = self._rules.get(one.rule.id)
            if rule is None or not _stops_recording(one.verb) or one.status is not Status.REFUSED:
                continue
            lost = _telling(every(behind_step(taken(rule, outcome), one.path)))
            if lost:
                return memory, (self._found(rule, one.verb, lost),)
        return memory, ()

    def _found(self, rule: CompiledRule, verb: str, lost: str) -> Breach:
        ref = self.ruleset.ref(rule)
        return self.breach(
            self.place(ref, verb),
            f'Where "{verb}" fails in {rule_words(ref)}, the call is still recorded, its "{lost}" never comes, and '
            "nobody is told.",
            ref.id,
            f'On a line of its own below "{verb}" write: if it fails then go on. Where what stands behind it is not '
            'right then, say what follows, for instance: if it fails then advise "The call is still recorded. '
            'Ask the caller to say nothing secret now."',
            meant="what is said then may be on record",
            expects=(f"expect {lost}",),
        )


def _stops_recording(verb: str) -> bool:
    spec = BY_NAME.get(verb)
    return spec is not None and any(
        isinstance(one, Holds) and one.fact == _RECORDING and one.value != _ON for one in spec.tells
    )


def _is_noticed(outcome: EventOutcome) -> bool:
    """Whether anything was said or advised in a plan, or where it failed; or tried."""
    return bool(outcome.advice) or any(
        _is_heard(one.verb) or ends_session(one.verb)
        for each in (outcome, *outcome.raised)
        for one in each.steps
        if one.status is not Status.DROPPED
    )


def _is_heard(verb: str) -> bool:
    spec = BY_NAME.get(verb)
    return spec is not None and spec.heard_field is not None


def _telling(steps: Iterable[CompiledStep]) -> str:
    """The first step that tells the caller or the model something, as it is written; '' where none does."""
    for step in steps:
        if isinstance(step, CompiledAdvise):
            return "advise"
        if isinstance(step, CompiledVerb) and _is_heard(step.verb):
            return word_of(step.verb)
    return ""
