"""Reading a tool call's arguments against the vocabulary. Known facts with fitting values are taken; the answer tells
the model in words about the rest. A caller may talk a model into anything, so nothing here raises, and no unknown name
or value passes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flowrules.agents.schema import argument_name, narrow_name
from flowrules.agents.vocabulary import Reportable, Shape, Vocabulary
from flowrules.compiler.guards import coerce
from flowrules.language.names import fold
from flowrules.language.values import Scalar, Value
from flowrules.redaction import redact

MAX_ARGUMENTS = 64 * 1024
"""Characters of a tool call."""
MAX_TEXT = 2_000
"""Characters of one text in it."""
MAX_NOTES = 16
_BITS = 1024
"""The most bits of a whole number, the same limit as for events. A larger number is refused by itself; the rest of
the report is taken."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a tool call said: facts by their name in the rules, bare events, and sentences on what was not taken."""

    facts: Mapping[str, Value]
    events: tuple[str, ...]
    notes: tuple[str, ...]


class _Unfit(ValueError):
    """A value that its fact can't have. The message says which values it can have."""


def read_arguments(vocabulary: Vocabulary, arguments: object) -> Report:
    """`arguments` is an object, or the JSON text of one, as tool calls bring it."""
    given = _parse(arguments) if isinstance(arguments, str | bytes) else arguments
    if not isinstance(given, Mapping):
        return Report({}, (), ("a report is a JSON object",))
    known = {fold(name(item)): item for item in vocabulary.items for name in (narrow_name, argument_name)}
    known |= {item.key: item for item in vocabulary.items}
    facts: dict[str, Value] = {}
    events: list[str] = []
    notes: list[str] = []
    for name, value in given.items():
        item = known.get(fold(name)) if isinstance(name, str) else None
        if item is None:
            notes.append(f"{_short(name)} is nothing that can be reported")
            continue
        if value is None:
            continue
        try:
            if not item.event:
                facts[item.name] = _value(item, value)
            elif _yesno(value):
                events.append(item.name)
        except _Unfit as error:
            notes.append(f"{item.name} was not taken: {error}")
    return Report(facts, tuple(events), tuple(notes[:MAX_NOTES]))


def _parse(text: str | bytes) -> Any:
    try:
        return json.loads(text or "{}") if len(text) <= MAX_ARGUMENTS else None
    except (ValueError, RecursionError):
        return None


def _value(item: Reportable, value: object) -> Value:
    if isinstance(value, list | tuple):
        if not value or not (item.several or len(value) == 1):
            raise _Unfit("it holds one value")
        return tuple(dict.fromkeys(_one(item, one) for one in value[: len(item.values) or 1]))
    return _one(item, value)


def _one(item: Reportable, value: object) -> Scalar:
    if not isinstance(value, str | bool | int | float):
        raise _Unfit("it is text, a number, or true or false")
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise _Unfit(f"it is longer than {MAX_TEXT} characters")
    if item.closed:
        wanted = fold(str(value))
        meant = next((one for one in item.values if fold(one) == wanted), None)
        if meant is None:
            raise _Unfit(f"it is one of {', '.join(item.values)}")
        return meant
    match item.shape:
        case Shape.NUMBER | Shape.SECONDS:
            return _number(value)
        case Shape.YESNO:
            return _yesno(value)
        case Shape.TIME if coerce.clock(str(value)) is None:
            raise _Unfit("it is a time of day such as 18:30")
        case Shape.DATE if coerce.day(str(value)) is None:
            raise _Unfit("it is a date such as 2026-05-02")
        case Shape.TEXT | Shape.TIME | Shape.DATE | Shape.MOMENT:
            return str(value)


def _number(value: Scalar) -> int | float:
    number = None if isinstance(value, bool) else coerce.number(value)
    if number is None or number - number != 0 or (isinstance(number, int) and number.bit_length() > _BITS):
        raise _Unfit("it is a number, without signs or units")
    return number


def _yesno(value: object) -> bool:
    answer = coerce.yesno(value) if isinstance(value, str | bool) else None
    if answer is None:
        raise _Unfit("it is true or false")
    return answer


def _short(name: object) -> str:
    text = "".join(sign if sign.isprintable() else " " for sign in redact(str(name)[:4_000])[:40])
    return f'"{text}"'
