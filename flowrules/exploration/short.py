"""Short stories: what can be played of a rule set while somebody waits for it."""

from collections.abc import Collection

from flowrules.compiler.ruleset import RuleSet
from flowrules.exploration.budget import Budget
from flowrules.exploration.search import Clock, explore
from flowrules.exploration.trail import Exploration
from flowrules.exploration.watchers import watchers_of

DEPTH = 2
SECONDS = 0.5
INPUTS = 20_000
"""More than any machine plays in so short a time: where the clock cuts nothing off, the answer is always the same."""


def short_stories(
    ruleset: RuleSet, clock: Clock, seconds: float = SECONDS, first: Collection[str] = ()
) -> Exploration:
    """Stories in which up to `DEPTH` things happen. `first`: the ids of rules whose events are played before others, in
    case the time does not suffice."""
    return explore(ruleset, watchers_of(ruleset), Budget(DEPTH, seconds, INPUTS), clock=clock, first=first)


def changed_rules(old: RuleSet, new: RuleSet) -> frozenset[str]:
    """The ids of rules that an edit has brought, or has changed."""
    before = {rule.id: rule.rule for rule in old.rules}
    return frozenset(rule.id for rule in new.rules if before.get(rule.id) != rule.rule)
