"""The watchers that every exploration has.

To add one: a module here, with a function that makes the watchers of its kind for a rule set, and its line below. A
watcher may keep what it needs of the rule set; what it remembers of a call is in its memory.
"""

from collections.abc import Callable, Iterable

from flowrules.compiler.ruleset import RuleSet
from flowrules.exploration.hazards import make_hazards
from flowrules.exploration.watching.promises import promises_of
from flowrules.exploration.watching.watch import Watcher

MAKERS: tuple[Callable[[RuleSet], Iterable[Watcher]], ...] = (promises_of, make_hazards)


def watchers_of(ruleset: RuleSet) -> tuple[Watcher, ...]:
    """All that watch an exploration of this rule set."""
    return tuple(watcher for make in MAKERS for watcher in make(ruleset))
