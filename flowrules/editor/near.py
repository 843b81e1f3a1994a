"""The stories around some rules: what sets them off, and what sets off the rules that have to do with them."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.ruleset import RuleSet
from flowrules.exploration.playing.alphabet import Alphabet, alphabet_of
from flowrules.exploration.playing.asked import Asked, asked_of, facts_in
from flowrules.exploration.watching.watch import Watcher
from flowrules.language.nodes import Block, Forget, On, Remember, Rule, VerbStep
from flowrules.verbs import BY_NAME, Effect

MOST_NEAR = 12
"""Rules that are played around one, at most; the nearest in written order."""

MOST_ENDINGS = 2
"""Of rules that end the call, and have nothing else to do with one."""
_ENDINGS = frozenset(spec.name for spec in BY_NAME.values() if spec.effect is Effect.ENDING)
_CLOSERS = {spec.name: spec.closed_by for spec in BY_NAME.values() if spec.closed_by}
_PAIRS = {
    **{verb: frozenset({closer}) for verb, closer in _CLOSERS.items()},
    **{
        closer: frozenset(verb for verb, other in _CLOSERS.items() if other == closer)
        for closer in _CLOSERS.values()
    },
}
"""By a verb, those that undo it, or that it undoes."""


def near(ruleset: RuleSet, rules: Collection[str]) -> frozenset[str]:
    """The ids of rules; of those that ask for what they change, or change what they ask for; of those that undo their
    verbs; and some of those that end the call."""
    units = {rule.id: _unit(ruleset.blocks[rule.id]) for rule in ruleset.rules}
    places = [at for at, rule in enumerate(ruleset.rules) if rule.id in rules]
    own = [units[ruleset.rules[at].id] for at in places]
    asked = {name for unit in own for name in facts_in(unit)}
    changed = {name for unit in own for name in _changes(unit)}
    pairs = {other for unit in own for verb in _verbs(unit) for other in _PAIRS.get(verb, ())}
    others: list[tuple[int, str]] = []
    endings: list[tuple[int, str]] = []
    for at, rule in enumerate(ruleset.rules):
        if rule.id in rules or not places:
            continue
        unit, away = units[rule.id], min(abs(at - place) for place in places)
        shares = not (asked.isdisjoint(_changes(unit)) and changed.isdisjoint(facts_in(unit)))
        verbs = frozenset(_verbs(unit))
        if shares or not pairs.isdisjoint(verbs):
            others.append((away, rule.id))
        elif not _ENDINGS.isdisjoint(verbs):
            endings.append((away, rule.id))
    chosen = sorted(others)[:MOST_NEAR] + sorted(endings)[:MOST_ENDINGS]
    return frozenset(rules) | {rule for _, rule in chosen}


def alphabet_near(ruleset: RuleSet, watchers: Collection[Watcher], rules: Collection[str]) -> Alphabet:
    """The moves that concern some rules (ids). What they lead to is that of the whole rule set: a story of these moves
    is one of all moves."""
    asked = asked_of(ruleset, [name for watcher in watchers for name in sorted(watcher.reads)])
    chosen = replace(ruleset, rules=tuple(rule for rule in ruleset.rules if rule.id in rules))
    alphabet = alphabet_of(chosen, asked, first=rules)
    names = {name for rule in chosen.rules for name in _reads(ruleset, rule)} | _always(ruleset, asked)
    facts = tuple(learns for learns in alphabet.facts if not names.isdisjoint(learns.facts))
    return replace(alphabet, facts=facts)


def _reads(ruleset: RuleSet, rule: CompiledRule) -> Iterator[str]:
    return facts_in(_unit(ruleset.blocks[rule.id]))


def _always(ruleset: RuleSet, asked: Asked) -> set[str]:
    """What is asked for beside rules: by guard rails, tables and promises."""
    blocks = (block for file in ruleset.checked.files for block in file.blocks)
    return {
        name
        for block in blocks
        if block.item is not None and not isinstance(block.item, Rule)
        for name in facts_in(_unit(block))
        if name in asked.facts
    }


def _changes(unit: CheckedBlock) -> Iterator[str]:
    """The facts that a rule sets: those that its steps remember, and what its event carries."""
    for step in unit.steps:
        if isinstance(step, Remember | Forget):
            yield step.name.key
    if isinstance(unit.item, Rule) and isinstance(unit.item.trigger, On):
        yield from (test.name.key for test in unit.item.trigger.tests)


def _verbs(unit: CheckedBlock) -> Iterator[str]:
    return (step.verb for step in unit.steps if isinstance(step, VerbStep))


def _unit(block: Block) -> CheckedBlock:
    assert block.item is not None
    return CheckedBlock(block, block.item, 0)
