"""From a verb's arguments to the fields of its request: which argument fills which field, and with what.

What is literal is checked here against the verb's model, so that a mistake is a finding and not a refusal in
a call. What is only known in a call (a fact in a text, a map's row, a time) stays open.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from flowrules.language.nodes import (
    Argument,
    ArgumentValue,
    CallbackTime,
    Destination,
    DestinationMap,
    Kind,
    Literal,
    Name,
    OtherVerb,
    Pair,
    Target,
    TargetKind,
    VerbStep,
)
from flowrules.language.template import QuotedFact, split_template
from flowrules.language.values import Scalar
from flowrules.verbs import BY_NAME, CATALOGUE

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

MAX_WAIT_SECONDS = 60
"""The longest `wait`, in seconds."""
MAX_PATIENCE_SECONDS = 60
"""The longest that a caller waits for one step: `within 60 seconds`."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Text that quotes facts, in its parts."""

    parts: tuple[str | QuotedFact, ...]


Metadata = Mapping[str, Scalar | Quote]
Field = Scalar | Quote | Name | Target | CallbackTime | Metadata
"""What fills a field. A Name is a fact that holds an id, a Target stands under `destination`."""

DESTINATION_TYPES: Mapping[str, Mapping[TargetKind, str]] = {
    spec.name: {TargetKind(kind): word for kind, word in spec.targets.kinds.items()}
    for spec in CATALOGUE
    if spec.targets is not None
}
"""The API's word for each kind of target, by verb."""

SLOT_KINDS = {(spec.name, slot.name): slot.kind for spec in CATALOGUE for slot in spec.slots}
"""The kind of each argument, by verb and argument name."""

_ELSEWHERE = frozenset({"now", "cap", "keep_as", "within"})
"""Arguments that say how or when a verb is sent, and fill no field."""


def fields_of(step: VerbStep) -> dict[str, Field]:
    """The fields that a step's arguments fill, under the model's names; what was not written is absent."""
    fields: dict[str, Field] = {}
    metadata: dict[str, Scalar | Quote] = {}
    for argument in step.arguments:
        match argument.name, argument.value:
            case name, _ if name in _ELSEWHERE:
                pass
            case name, bool():
                field, value = BY_NAME[step.verb].flags[name]
                fields[field] = value
            case "target", Target() as target:
                fields["destination"] = target
            case "target", TargetKind():
                pass
            case _, tuple() as pairs:
                metadata |= pairs_of(pairs)
            case name, Literal() as literal if name not in _model_fields(step.verb):
                metadata[name] = quoted(literal)
            case name, value:
                fields[name] = _field(SLOT_KINDS[step.verb, name], value)
    if metadata:
        fields["metadata"] = metadata
    return fields


def pairs_of(pairs: tuple[Pair, ...]) -> dict[str, Scalar | Quote]:
    """`with KEY VALUE, …` as JSON members; keys as they are written."""
    return {pair.key.text: quoted(pair.value) for pair in pairs}


def quoted(literal: Literal) -> Scalar | Quote:
    """A value for a request: text may quote facts, numbers and yes or no stay what they are."""
    if literal.kind is not Kind.TEXT:
        return scalar(literal)
    parts = split_template(str(literal.value))
    if any(isinstance(part, QuotedFact) for part in parts):
        return Quote(parts)
    return "".join(str(part) for part in parts)


def scalar(literal: Literal) -> Scalar:
    """A literal as a fact or a JSON value holds it: a duration in seconds, a time as `09:00`, a date as
    `2026-01-26`."""
    match literal.kind, literal.value:
        case Kind.TIME, int(minutes):
            return f"{minutes // 60:02}:{minutes % 60:02}"
        case _, date() as day:
            return day.isoformat()
        case _, value:
            return value


def as_written(literal: Literal) -> str:
    """A label, an address or digits: text as it stands, a number with every digit that was written."""
    return literal.value if isinstance(literal.value, str) else literal.raw


def targets_of(
    target: Target, destinations: Mapping[str, Destination | DestinationMap]
) -> tuple[Target, ...]:
    """Every target that one on the page can come to mean: itself, or those of the destination it names."""
    if target.kind is not TargetKind.TO:
        return (target,)
    match destinations.get(Name(as_written(target.value)).key):
        case Destination(target=one):
            return (one,)
        case DestinationMap(rows=rows, otherwise=otherwise):
            return tuple(row.target for row in rows) + ((otherwise,) if otherwise else ())
        case None:
            return ()


def destination_fields(verb: str, target: Target) -> dict[str, str] | None:
    """The two fields of a target, or None where the verb takes no target of this kind."""
    kind = DESTINATION_TYPES.get(verb, {}).get(target.kind)
    if kind is None:
        return None
    targets = BY_NAME[verb].targets
    assert targets is not None
    return {targets.type_field: kind, "destination": as_written(target.value)}


def validate_arguments(
    step: VerbStep, destinations: Mapping[str, Destination | DestinationMap] | None = None
) -> list[tuple[str, str]]:
    """What is wrong with a step's literal arguments: the argument's name and a sentence, an error each.

    With `destinations` (by folded name) the targets behind `to NAME` are checked for this verb too.
    """
    fields = fields_of(step)
    found = [problem for argument in step.arguments for problem in _argument_problems(argument)]
    samples = {name: _sample(field) for name, field in fields.items() if not isinstance(field, Target)}
    if (field := disposition_field(step.verb)) is not None:
        samples.setdefault(field, "x")  # bare: `analysis/model/dispositions.py` says what it takes
    target = fields.get("destination")
    if not isinstance(target, Target):
        return found + _model_problems(step.verb, samples)
    for one in targets_of(target, destinations or {}):
        where = destination_fields(step.verb, one)
        if where is None:
            found.append(("target", _wrong_kind(step.verb, one.kind)))
        else:
            found += _model_problems(step.verb, where | samples)
    return list(dict.fromkeys(found))


def sentences(error: "ValidationError") -> list[tuple[str, str]]:
    """What a verb's model has against its fields: the argument behind each, and a sentence."""
    return [_problem(detail) for detail in error.errors(include_url=False)]


def validate_other(step: OtherVerb) -> list[tuple[str, str]]:
    """What is wrong with `verb NAME with …`: the name `name` or a pair's key, and a sentence."""
    found = []
    if step.name.key in BY_NAME:
        found.append(("name", f"{step.name.text} is a verb of its own: write it without the word verb."))
    for pair in step.pairs:
        if pair.key.key == "event":
            found.append((pair.key.text, "event holds the verb's name and can't be given again."))
    return found


def disposition_field(verb: str) -> str | None:
    """The field by which a verb records how the call went, which a file's defaults fill where it is left out."""
    return BY_NAME[verb].copied_to("call.disposition")


def _model_fields(verb: str) -> frozenset[str]:
    return frozenset(BY_NAME[verb].model.model_fields)


def _field(kind: str, value: ArgumentValue) -> Field:
    match kind, value:
        case (("text" | "value"), Literal() as literal):
            return quoted(literal)
        case _, Literal() as literal:
            return as_written(literal)
        case _, Name() | CallbackTime():
            return value
        case _:
            raise TypeError(f"a {kind} can't hold {value!r}")


def _sample(field: Field) -> object:
    """A value that any model takes where a field is only known in a call."""
    match field:
        case Quote() | Name():
            return "x"
        case CallbackTime():
            return "2026-01-01T00:00:00+00:00"
        case Mapping():
            return {key: _sample(value) for key, value in field.items()}
        case str() | int() | float() | Target():
            return field


def _argument_problems(argument: Argument) -> list[tuple[str, str]]:
    match argument.value:
        case Literal(kind=Kind.DURATION, value=0):
            return [(argument.name, "It must be at least 1 second.")]
        case Target(value=literal) if "{" in str(literal.value):
            return [("target", "A target is never built from facts: declare a destination … by a fact.")]
        case tuple() as pairs:
            keys = [pair.key.text for pair in pairs]
            return [
                ("metadata", f"{key} is given twice.") for key in sorted(set(keys)) if keys.count(key) > 1
            ]
        case Literal() | Target() | TargetKind() | Name() | CallbackTime() | bool():
            return []


def _model_problems(verb: str, fields: Mapping[str, object]) -> list[tuple[str, str]]:
    from pydantic import ValidationError  # imported with the first verb's model, which takes long

    try:
        BY_NAME[verb].model.model_validate(fields)
    except ValidationError as error:
        return sentences(error)
    return []


def _problem(detail: "ErrorDetails") -> tuple[str, str]:
    field = str(detail["loc"][0]) if detail["loc"] else "target"
    return ("target" if field == "destination" else field), _sentence(detail)


def _sentence(detail: "ErrorDetails") -> str:
    match detail["type"]:
        case "missing":
            return "It is missing."
        case "string_too_short":
            return "It must not be empty."
        case "string_too_long":
            return f"It has more than {detail['ctx']['max_length']:,} characters."
        case "value_error":
            text = str(detail["ctx"]["error"])
            return f"{text[0].upper()}{text[1:]}."
        case _:
            return f"{detail['msg']}."


def _wrong_kind(verb: str, kind: TargetKind) -> str:
    kinds = [str(known) for known in DESTINATION_TYPES[verb]]
    return f"{verb} takes no {kind}: write {', '.join(kinds[:-1])} or {kinds[-1]}."
