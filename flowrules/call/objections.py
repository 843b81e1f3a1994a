"""What speaks against a verb right before it goes out."""

from flowrules.call.call import Call
from flowrules.call.spent import Spent
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.plan import PlannedVerb
from flowrules.engine.planner import forbidden


def objection(call: Call, ruleset: RuleSet, step: PlannedVerb) -> str:
    """Guard rails and the host's own lists, as they are at this moment; '' where nothing speaks against it."""
    if ruleset.rails.never and (why := forbidden(ruleset, step, call.state, call.now)):
        return why
    return call.setup.objection(step.body)


def limit(call: Call, spent: Spent) -> str:
    """Which number of verbs is reached; '' where none is."""
    limits = call.setup.limits
    if spent.verbs >= limits.verbs_per_event:
        return f"one event may lead to {limits.verbs_per_event} verbs at most"
    if call.verbs >= limits.verbs_per_call:
        return f"one call may have {limits.verbs_per_call} verbs at most"
    return ""
