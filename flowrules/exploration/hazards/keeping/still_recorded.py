"""The recording was to be paused, or a listener to be sent away, and is not: who was to be told, hears nothing."""

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
from flowrules.exploration.watching.watch import Breach, Step
from flowrules.verbs import BY_NAME, Holds

_RECORDING, _ON = "call.recording", "on"
_LISTENED = "call_fact"
"""The slot of a verb that names the call to which somebody listens."""


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
            danger = _danger(one.verb)
            if rule is None or not danger or one.status is not Status.REFUSED or one.request is None:
                continue
            lost = _telling(every(behind_step(taken(rule, outcome), one.path)))
            if lost:
                return memory, (self._found(rule, one.verb, one.path, lost, danger),)
        return memory, ()

    def _found(self, rule: CompiledRule, verb: str, path: str, lost: str, danger: str) -> Breach:
        ref = self.ruleset.ref(rule)
        line = self.failure_line(ref, verb, path)
        warn = f'advise "{danger[:1].upper()}{danger[1:]}. Ask the caller to say nothing secret now."'
        return self.breach(
            self.place(ref, verb, path),
            f'Where "{verb}" fails in {rule_words(ref)}, {danger}, its "{lost}" never comes, and nobody is told.',
            ref.id,
            f"{line.sentence} write: {line.then('go on')}. Where what stands behind it is not right then, say what "
            f"follows, for instance: {line.then(warn)}",
            meant="what is said then is no secret",
            expects=(f"expect {lost}",),
        )


def _danger(verb: str) -> str:
    """What goes on where a verb fails, in words; '' where that is no danger."""
    spec = BY_NAME.get(verb)
    if spec is None:
        return ""
    if any(isinstance(one, Holds) and one.fact == _RECORDING and one.value != _ON for one in spec.tells):
        return "the call is still recorded"
    listens = any(one.closed_by == verb and one.slots_of(_LISTENED) for one in BY_NAME.values())
    return "somebody may still listen" if listens else ""


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
