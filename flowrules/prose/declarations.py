"""Lists, facts, destinations, named steps and settings in sentences, by their names."""

from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from flowrules.analysis.model.checked import Allowed, CheckedRules
from flowrules.language.nodes import Destination, DestinationMap, Do, FactDef, FactType
from flowrules.prose.arguments import Destinations, target
from flowrules.prose.called import Caller, by_rules
from flowrules.prose.defaults import declared_default
from flowrules.prose.facts import subject
from flowrules.prose.page import Named
from flowrules.prose.steps import Teller
from flowrules.prose.values import compared, listed, quoted

_KINDS: Mapping[FactType, str] = {
    FactType.NUMBER: "a number",
    FactType.TEXT: "a text",
    FactType.YESNO: "yes or no",
    FactType.DURATION: "a length of time",
    FactType.TIME: "a time of day",
    FactType.DATE: "a date",
}
_SOURCES = {
    "platform": "Only the platform may say so.",
    "host": "Only the platform and the host program may say so, not the model, and not the caller.",
    "model": "The platform, the host program and the model may say so, not the caller.",
    "caller": "Anybody may say so, the caller too.",
}


_ONLY = {
    "platform": "Only the platform may say so.",
    "host": "Only the host program may say so, and nobody else.",
    "model": "Only the model may say so, and nobody else.",
    "caller": "Only the caller may say so, and nobody else.",
}


def lists(checked: CheckedRules) -> Iterator[Named]:
    for key in sorted(checked.lists):
        values = dict.fromkeys(map(compared, checked.lists[key].values))
        yield Named(key, (f"{listed(list(values))}.",))


def named_steps(checked: CheckedRules, callers: Iterable[Caller]) -> Iterator[Named]:
    all_as_written = bool(checked.files) and all(f.source.path in checked.as_written for f in checked.files)
    teller = Teller(checked, as_written=all_as_written)
    users: dict[str, dict[str, None]] = {}
    for number, steps in callers:
        for step in steps:
            if isinstance(step, Do):
                users.setdefault(step.name.key, {})[number] = None
    for key in sorted(checked.steps):
        yield Named(key, (_carried_out(users.get(key, {})),), teller.steps(checked.steps[key].steps))


def _carried_out(numbers: Mapping[str, None]) -> str:
    return f"Carried out by {by_rules(numbers)}." if numbers else "No rule carries them out."


def facts(checked: CheckedRules) -> Iterator[Named]:
    """What a declared fact may hold, and who may say so."""
    for key in sorted(checked.facts):
        yield Named(key, tuple(_fact(checked.facts[key])))


def _fact(node: FactDef) -> Iterator[str]:
    if node.type is FactType.ONE_OF:
        yield f"One of {listed(list(dict.fromkeys(map(compared, node.values))), 'or')}."
    else:
        yield f"It is {_KINDS[node.type]}."
    if node.source is not None:
        yield _ONLY[node.source] if node.only else _SOURCES[node.source]


def destinations(checked: CheckedRules) -> Iterator[Named]:
    for key in sorted(checked.destinations):
        yield Named(key, tuple(_destination(checked.destinations[key], checked.destinations)))


def _destination(node: Destination | DestinationMap, known: Destinations) -> Iterator[str]:
    match node:
        case Destination(target=one):
            yield f"It is {target(one, known)}."
        case DestinationMap(by=by, rows=rows, otherwise=otherwise):
            seen: set[str] = set()
            for row in rows:
                if (value := compared(row.key)) not in seen:
                    yield f"If {subject(by.key)} is {value}: {target(row.target, known)}."
                seen.add(value)
            if otherwise is None:
                yield "In any other case the step fails."
            else:
                yield f"In any other case: {target(otherwise, known)}."
        case _:
            assert_never(node)


def settings(checked: CheckedRules) -> Iterator[str]:
    if checked.zone is not None:
        yield f"Times and dates are those of {checked.zone}."
    if checked.events:
        yield f"These events are declared: {listed(sorted(checked.events))}."
    yield from _allowed(checked.allowed)
    defaults = (default for some in checked.dispositions.values() for default in some)
    yield from sorted(set(map(declared_default, defaults)))


def _allowed(node: Allowed) -> Iterator[str]:
    if node.numbers:
        yield f"Only numbers that begin with {_quotes(node.numbers)} may be dialled."
    if node.sip_hosts:
        yield f"Only SIP addresses at {_quotes(node.sip_hosts)} may be called."
    if node.audio_hosts:
        yield f"Only recordings from {_quotes(node.audio_hosts)} may be played."


def _quotes(values: tuple[str, ...]) -> str:
    return listed([quoted(value) for value in sorted(set(values))], "or")
