"""How much has to happen in a call, at least, until a rule can run."""

from collections.abc import Iterator

from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.compiled_steps import CompiledRemember, CompiledVerb
from flowrules.compiler.guards.conditions import facts_asked
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.raised import RAISED
from flowrules.exploration.hazards.asked import steps_of
from flowrules.exploration.hazards.hazard import hangs_up
from flowrules.language.nodes import AfterFact, LimitKind, Name, On, Rank
from flowrules.verbs import BY_NAME


class Needed:
    """Counts what a rule's trigger and guard ask for, and what the rules above it take of the same events."""

    def __init__(self, ruleset: RuleSet) -> None:
        self.ruleset = ruleset
        self._setters: dict[str, list[CompiledRule]] = {}
        for rule in ruleset.rules:
            for step in steps_of(rule):
                for fact in _kept_in(step):
                    self._setters.setdefault(fact, []).append(rule)

    def of(self, rule: CompiledRule) -> int:
        """The events, failures, facts and waits that it takes at least."""
        return self._of(rule, frozenset())

    def _of(self, rule: CompiledRule, above: frozenset[str]) -> int:
        """`above`: the rules and facts for which this is asked, so that none is asked for itself."""
        above |= {rule.id}
        trigger = rule.rule.trigger
        needed = 1
        facts = facts_needed(rule)
        if isinstance(trigger, On):
            needed = max(trigger.times.count if trigger.times is not None else 1, self._left_over(rule))
            if all(test.name.key in RAISED for test in trigger.tests):
                needed += min(self._raising(test.name.key, above) for test in trigger.tests)
        elif isinstance(trigger, AfterFact):
            facts.add(trigger.fact.key)
        for fact in facts - above:
            needed += min(
                (self._of(one, above | {fact}) for one in self._setters.get(fact, ()) if one.id not in above),
                default=1,
            )
        return needed

    def _raising(self, event: str, above: frozenset[str]) -> int:
        """What comes before an event that the engine raises: what a rule takes whose steps lead to it. A call may end
        by itself."""
        return min(
            (
                self._of(rule, above)
                for rule in self.ruleset.rules
                if rule.id not in above and _leads_to(event, rule)
            ),
            default=1,
        )

    def _left_over(self, rule: CompiledRule) -> int:
        """The first time at which an event comes to a rule: the rules above it that run only so often, or not again for
        a while, take it before."""
        needed = 1
        for other in self.ruleset.rules:
            if other.order >= rule.order or other.rank is Rank.ALSO or not _share_an_event(other, rule):
                continue
            for limit in other.rule.limits:
                needed = max(needed, (limit.amount if limit.kind is LimitKind.PER_CALL else 1) + 1)
        return needed


def facts_needed(rule: CompiledRule) -> set[str]:
    """The facts that a rule asks, and those that hold an id which its verbs need."""
    facts = set(facts_asked(rule.guard)) if rule.guard is not None else set()
    for step in steps_of(rule):
        if isinstance(step, CompiledVerb):
            facts.update(name.key for name in step.open.values() if isinstance(name, Name))
    return facts


def _kept_in(step: object) -> Iterator[str]:
    match step:
        case CompiledRemember(fact=fact):
            yield fact
        case CompiledVerb(keep_as=str(fact)):
            yield fact


def _share_an_event(one: CompiledRule, other: CompiledRule) -> bool:
    if not isinstance(one.rule.trigger, On) or not isinstance(other.rule.trigger, On):
        return False
    return not {test.name.key for test in one.rule.trigger.tests}.isdisjoint(
        test.name.key for test in other.rule.trigger.tests
    )


def _leads_to(event: str, rule: CompiledRule) -> bool:
    """Whether a rule's steps may lead to an event that the engine raises."""
    for step in steps_of(rule):
        if isinstance(step, CompiledVerb):
            spec = BY_NAME.get(step.verb)
            match event:
                case "hangup_interrupted":
                    found = hangs_up(step.verb) and not step.now
                case "step_failed":
                    found = spec is not None and not step.failures
                case _:
                    found = False
            if found:
                return True
    return False
