"""Lines of a `test` block, made of what happened in a call."""

from collections.abc import Iterator, Mapping
from typing import Any

from flowrules.engine.event import CALLER_KEYS, Event, Source
from flowrules.engine.planning.plan import (
    AdviseStep,
    FailedStep,
    PlannedStep,
    PlannedVerb,
    RememberStep,
    SilentStep,
    WaitStep,
)
from flowrules.exploration.telling.told import each, written
from flowrules.language.values import Value
from flowrules.verbs import BY_NAME


def given_line(name: str, value: Value) -> str:
    """`given balance is 900`."""
    return f"given {name} is {_values(value)}"


def _values(value: Value) -> str:
    return ", ".join(map(written, each(value)))


def event_line(event: Event) -> str:
    """`intent=sales with balance=900 from model`: what stands behind `on`."""
    words = " with ".join(_joined(list(_keys(event))))
    if event.source in (Source.MODEL, Source.CALLER) and not event.keys.keys() <= CALLER_KEYS:
        words += f" from {event.source.name.lower()}"
    return words


def _joined(keys: list[str]) -> list[str]:
    first, *others = keys
    return [first, ", ".join(others)] if others else [first]


def _keys(event: Event) -> Iterator[str]:
    for name, value in event.keys.items():
        if value is True and name in event.passing:
            yield name
        elif isinstance(value, tuple):
            yield from (f"{name}={written(one)}" for one in value)
        else:
            yield f"{name}={written(value)}"


def step_pattern(step: PlannedStep) -> str:
    """What stands behind `expect` for a step that ran."""
    match step:
        case PlannedVerb(verb=verb, body=body):
            return request_words(verb, body)
        case FailedStep(verb=verb):
            return verb_word(verb)
        case WaitStep():
            return "wait"
        case RememberStep(fact=fact, value=None):
            return f"forget {fact}"
        case RememberStep():
            return "remember"
        case AdviseStep():
            return "advise"
        case SilentStep():
            return "stay silent"


def request_words(verb: str, body: Mapping[str, Any]) -> str:
    """The word by which rules write a request: `say` for an audio that is a text."""
    spec = BY_NAME.get(verb)
    other = next((word for word, fields in spec.synonyms if fields <= body.keys()), None) if spec else None
    return other or verb_word(verb)


def verb_word(verb: str) -> str:
    """How a verb is named in a test."""
    return verb if verb in BY_NAME else f"verb {verb}"
