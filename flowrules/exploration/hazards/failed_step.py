"""The step whose failure has stopped a plan, what was to come behind it, and who answers for it."""

from flowrules.call.outcome import EventOutcome, StepOutcome
from flowrules.call.receipt import Status
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.compiled_steps import CompiledAdvise, CompiledVerb
from flowrules.exploration.hazards.asked import behind_step, every, steps_of, taken
from flowrules.exploration.hazards.hazard import ends_session
from flowrules.language.nodes import On
from flowrules.verbs import BY_NAME

_FAILED = "step_failed"


def stopped_at(outcome: EventOutcome) -> StepOutcome | None:
    """The step whose failure has stopped the plan; None where that is not known."""
    for raised in outcome.raised:
        if raised.decision is not None and (verb := raised.decision.event.keys.get("failed_verb")):
            failed = [one for one in outcome.steps if one.verb == verb and not one.receipt.went_well]
            return next((one for one in reversed(failed) if one.status is not Status.DROPPED), None)
    return None


def ending_behind(failed: StepOutcome, outcome: EventOutcome, rule: CompiledRule | None) -> str:
    """The ending verb that was to come behind a step of this rule; '' where none was."""
    for one in outcome.steps:
        if one.status is Status.DROPPED and ends_session(one.verb):
            return one.verb
    behind = behind_step(taken(rule, outcome), failed.path)
    verbs = (one.verb for one in every(behind) if isinstance(one, CompiledVerb))
    return next(filter(ends_session, verbs), "")


def waits_for_any_failure(rule: CompiledRule) -> bool:
    """Whether a rule runs whichever step fails."""
    trigger = rule.rule.trigger
    return (
        isinstance(trigger, On)
        and rule.guard is None
        and any(test.name.key == _FAILED and test.test is None for test in trigger.tests)
    )


def is_noticed(rule: CompiledRule) -> bool:
    """Whether the caller hears of it, or the model does."""
    for step in steps_of(rule):
        if isinstance(step, CompiledAdvise):
            return True
        if isinstance(step, CompiledVerb):
            spec = BY_NAME.get(step.verb)
            if spec is not None and spec.heard_field is not None:
                return True
    return False
