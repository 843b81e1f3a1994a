"""What was typed for an event or a fact, and no rule knows: a slip would else look like a rule that does not fire."""

from collections.abc import Iterator, Mapping

from flowrules.agents.fact_usage import fact_usages
from flowrules.agents.vocabulary import Reportable, vocabulary
from flowrules.analysis.gather import gather
from flowrules.analysis.model.builtin import EVENTS, FACTS, VALUES, is_reserved
from flowrules.analysis.model.scope import Scope
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.guess import nearest
from flowrules.engine.event import Event
from flowrules.language.names import fold
from flowrules.language.nodes import Promise
from flowrules.language.traverse import bare_events
from flowrules.language.values import Value

SHOWN = 6
"""Values that a sentence lists at most."""


def event_names(ruleset: RuleSet) -> frozenset[str]:
    """Bare events that these rules wait for, play in tests or declare, and those that every call may have, folded."""
    return _events(gather(ruleset.checked.files))


def remarks(ruleset: RuleSet, event: Event, known: Mapping[str, Value]) -> Iterator[str]:
    """A sentence for each name of an event or a known fact that stands in no rule, and for each value that no rule
    compares its fact with. An event without keys is none."""
    scope = gather(ruleset.checked.files)
    events, facts = _events(scope), _facts(scope)
    named = {item.key: item for item in vocabulary(ruleset).items}
    for key, value in event.keys.items():
        if value is True and key in event.passing:
            if key not in events | facts:
                yield _no_name(key, events, f'No rule waits for the event "{key}".')
        elif key not in facts | events:
            yield _no_name(key, facts | events, f'No rule asks for "{key}".')
        else:
            yield from _values(key, value, named.get(key))
    for key, value in known.items():
        if key not in facts and not is_reserved(key):
            yield _no_name(key, facts, f'No rule asks for "{key}".')
        else:
            yield from _values(key, value, named.get(key))


def _events(scope: Scope) -> frozenset[str]:
    units = (unit for unit in scope.units if not isinstance(unit.item, Promise))
    played = {name.key for unit in units for name in bare_events(unit.item)}
    return EVENTS | scope.events.found.keys() | played


def _facts(scope: Scope) -> frozenset[str]:
    return FACTS | fact_usages(scope).keys() | scope.facts.found.keys() | scope.remembered.keys()


def _no_name(key: str, names: frozenset[str], sentence: str) -> str:
    return f"{sentence} {nearest(key, sorted(names)).question()}".rstrip()


def _values(key: str, value: Value, item: Reportable | None) -> Iterator[str]:
    """Only where the rules compare the fact with whole values, and with nothing else."""
    if item is None or not item.closed or not item.values:
        return
    known = {fold(one): one for one in (*item.values, *VALUES.get(key, ()))}
    for one in value if isinstance(value, tuple) else (value,):
        if not isinstance(one, str) or fold(one) in known:
            continue
        listed = ", ".join([*known.values()][:SHOWN]) + (", …" if len(known) > SHOWN else "")
        hint = nearest(one, known.values()).question(f"The rules know: {listed}.")
        yield f'No rule knows {key} "{one}". {hint}'
