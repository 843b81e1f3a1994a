"""How long stories have to be for a rule set."""

from flowrules.compiler.compiled_steps import CompiledVerb
from flowrules.compiler.ruleset import RuleSet
from flowrules.exploration.coverage import ENOUGH
from flowrules.exploration.hazards.asked import steps_of
from flowrules.exploration.hazards.hazard import hangs_up
from flowrules.language.nodes import Item, On, Promise, Response, Times


def deep_enough(ruleset: RuleSet) -> int:
    """The depth at which what may go wrong shows: `ENOUGH`, and what comes before it. A rule or a promise that counts
    (`2 times`) waits for all but the last; and one for `hangup_interrupted` waits for the goodbye of such a rule."""
    counted = [
        (trigger.times.count, rule)
        for rule in ruleset.rules
        if isinstance(trigger := rule.rule.trigger, On) and trigger.times is not None
    ]
    promised = [times.count for block in ruleset.checked.promises if (times := _times_promised(block.item))]
    most = max((*promised, *(count for count, _ in counted)), default=1)
    hangs = any(
        isinstance(step, CompiledVerb) and hangs_up(step.verb)
        for _, rule in counted
        for step in steps_of(rule)
    )
    waits = any(
        test.name.key == "hangup_interrupted"
        for rule in ruleset.rules
        if isinstance(rule.rule.trigger, On)
        for test in rule.rule.trigger.tests
    )
    return ENOUGH + most - 1 + (hangs and waits)


def _times_promised(item: Item | None) -> Times | None:
    pattern = item.pattern if isinstance(item, Promise) else None
    return pattern.on.times if isinstance(pattern, Response) and pattern.on else None
