"""The step whose failure has stopped a plan, what was to come behind it, and who answers for it."""

import re

from flowrules.call.outcome import EventOutcome, StepOutcome
from flowrules.call.receipt import Status
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.compiled_steps import CompiledAdvise, CompiledGoOn, CompiledVerb
from flowrules.exploration.hazards.asked import behind_step, every, steps_of, taken
from flowrules.exploration.hazards.hazard import ends_session
from flowrules.language.nodes import On
from flowrules.verbs import BY_NAME

_FAILED = "step_failed"
_IN_BRANCH = re.compile(r".*\bfail\d+\.")
"""The path of a failure branch at the start of the path of a step in it, as in `2.fail1.3`."""


def stopped_at(outcome: EventOutcome) -> StepOutcome | None:
    """The step whose failure has stopped the plan; None where that is not known."""
    for raised in outcome.raised:
        if raised.decision is not None and (verb := raised.decision.event.keys.get("failed_verb")):
            failed = [one for one in outcome.steps if one.verb == verb and not one.receipt.went_well]
            return next((one for one in reversed(failed) if one.status is not Status.DROPPED), None)
    return None


def ending_behind(failed: StepOutcome, outcome: EventOutcome, rule: CompiledRule | None) -> str:
    """The ending verb that was to come behind a step of this rule; '' where none was. Behind a step of a failure branch
    stands the branch alone, unless it goes on: what is below the step that has failed first does not come anyhow."""
    branch = _branch_of(failed, rule)
    for one in outcome.steps:
        if one.status is Status.DROPPED and ends_session(one.verb) and one.path.startswith(branch):
            return one.verb
    if branch:
        return ""
    behind = behind_step(taken(rule, outcome), failed.path)
    verbs = (one.verb for one in every(behind) if isinstance(one, CompiledVerb))
    return next(filter(ends_session, verbs), "")


def _branch_of(failed: StepOutcome, rule: CompiledRule | None) -> str:
    """How the paths of all steps begin that stand in the same failure branch; '' for none, and for one that goes on."""
    found = _IN_BRANCH.match(failed.path)
    if found is None or rule is None:
        return ""
    for step in steps_of(rule):
        for failure in step.failures if isinstance(step, CompiledVerb) else ():
            inner = tuple(every(failure.steps.steps))
            named = any(isinstance(one, CompiledVerb) and one.verb == failed.verb for one in inner)
            if named and any(isinstance(one, CompiledGoOn) for one in inner):
                return ""
    return found[0]


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
