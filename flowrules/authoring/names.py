"""The names that a draft uses and the rule set beneath it does not know: a new name is meant, or it is a slip."""

from collections.abc import Iterable, Iterator, Mapping

from flowrules.agents.fact_usage import fact_usages
from flowrules.analysis.gather import gather
from flowrules.analysis.model.builtin import EVENTS, FACTS, VALUES, is_reserved
from flowrules.analysis.model.scope import Scope
from flowrules.analysis.model.verb_fields import as_written
from flowrules.diagnostics.guess import nearest
from flowrules.language.names import fold
from flowrules.language.nodes import (
    Destination,
    DestinationMap,
    Promise,
    RuleFile,
    Target,
    TargetKind,
    Test,
    VerbStep,
)
from flowrules.language.traverse import bare_events, event_tests

Known = dict[str, dict[str, str]]
"""By what a name is for, such as `event`: the names, folded, each as it is first written."""


def unknown_names(draft: Iterable[RuleFile], before: Iterable[RuleFile]) -> tuple[str, ...]:
    """A sentence for each name that the draft uses, and neither declares nor finds in the rule set; none where there is
    no rule set. `draft` are the draft's files, `before` those of the rule set as it is."""
    beneath = gather(before)
    if not beneath.rules:
        return ()
    known, used = _names(beneath), _names(new := gather(draft))
    named = frozenset(new.facts.found.keys() | new.remembered.keys())
    declared = {"fact": named, "event": frozenset(new.events.found), "intent": frozenset(_intents(new))}
    return tuple(_sentences(used, known, declared))


def _sentences(used: Known, known: Known, declared: Mapping[str, frozenset[str]]) -> Iterator[str]:
    for what, names in used.items():
        there = known.get(what, {})
        for key, name in names.items():
            if key in there or key in declared.get(what, ()):
                continue
            guess = nearest(name, sorted(there.values())).question()
            yield f'The {what} "{name}" is new: no rule and no declaration of the rule set has it. {guess}'.rstrip()


def _names(scope: Scope) -> Known:
    found: Known = {}

    def note(what: str, name: str) -> None:
        found.setdefault(what, {}).setdefault(fold(name), name)

    units = [unit for unit in scope.units if not isinstance(unit.item, Promise | Test)]
    for unit in units:
        for test in event_tests(unit.item):
            if test.test is not None and test.name.key == "intent":
                for value in test.test.values:
                    note("intent", as_written(value))
        for name in bare_events(unit.item):
            if name.key not in EVENTS:
                note("event", name.text)
        for step in unit.steps:
            for argument in step.arguments if isinstance(step, VerbStep) else ():
                if isinstance(argument.value, Target) and argument.value.kind is not TargetKind.TO:
                    note(str(argument.value.kind), as_written(argument.value.value))
    for destination in scope.destination_nodes.values():
        for target in _leads_to(destination):
            note(str(target.kind), as_written(target.value))
    for key, use in fact_usages(scope).items():
        if key not in FACTS and key not in VALUES and key != "intent" and not is_reserved(key):
            note("fact", use.name)
    for declared in scope.facts.found.values():
        note("fact", declared.name.text)
    for remembered in scope.remembered.values():
        note("fact", remembered)
    for event in scope.events.found.values():
        note("event", event.name.text)
    for key, intent in _intents(scope).items():
        found.setdefault("intent", {}).setdefault(key, intent)
    return found


def _leads_to(destination: Destination | DestinationMap) -> tuple[Target, ...]:
    match destination:
        case Destination(target=target):
            return (target,)
        case DestinationMap(rows=rows, otherwise=otherwise):
            return (*(row.target for row in rows), *((otherwise,) if otherwise else ()))


def _intents(scope: Scope) -> dict[str, str]:
    """Those that are declared (`fact intent is one of sales, billing`), folded, as they are written."""
    declared = scope.facts.node("intent")
    values = map(as_written, declared.values) if declared is not None else ()
    return {fold(value): value for value in values}
