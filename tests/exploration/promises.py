"""Rules of a few lines with one promise, played."""

from flowrules.compiler.loading.load import load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.exploration.budget import Budget
from flowrules.exploration.search import explore
from flowrules.exploration.telling.told import told
from flowrules.exploration.trail import Exploration
from flowrules.exploration.watching.promises import promises_of
from flowrules.source import source_from_text


def ruleset_of(text: str) -> RuleSet:
    loaded = load_rules((source_from_text(f"timezone UTC\n{text}", "a.rules"),))
    assert loaded.ruleset is not None, loaded.findings
    return loaded.ruleset


def played(promise: str, rules: str, depth: int = 3) -> Exploration:
    ruleset = ruleset_of(f'promise "P" {promise}\n{rules}\n')
    explored = explore(ruleset, tuple(promises_of(ruleset)), Budget(depth))
    assert explored.complete
    return explored


def holds(promise: str, rules: str, depth: int = 3) -> bool:
    return not played(promise, rules, depth).breaches


def shown(promise: str, rules: str, depth: int = 3) -> tuple[str, ...]:
    """What the finding says, then its story from behind the call's beginning on, a line for each thing that happens."""
    (found,) = played(promise, rules, depth).breaches
    said = found.breach.message.removeprefix('The promise "P" is broken: ')
    return (found.breach.code.id, said, *(told(found.story)[1:] if found.story else ()))
