"""From a compiled verb to the exact request, with what is known in this call."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flowrules.analysis.model.dispositions import DispositionChoice
from flowrules.analysis.model.verb_fields import Quote, sentences
from flowrules.compiler.compiled_steps import Choices, ChosenTarget, CompiledCallback, CompiledVerb, OpenField
from flowrules.compiler.templates import printed, render
from flowrules.engine.event import Source
from flowrules.engine.planning.callback_time import callback_time
from flowrules.engine.planning.planning_state import PlanningState
from flowrules.engine.planning.refusal import Refusal
from flowrules.language.names import fold
from flowrules.language.nodes import CallbackKind, CallbackTime, Name
from flowrules.language.template import QuotedFact
from flowrules.verbs import BY_NAME
from flowrules.verbs.addresses import is_address

_HEARD = "tts_text"
"""The field whose text somebody hears spoken, the caller or an agent."""


@dataclass(frozen=True, slots=True)
class Request:
    """A body, ready to send. `late` maps fields to facts that a receipt of the same plan will bring, `why` says
    what filled a bare `set_disposition`, `notes` what was printed empty or cut. `source` is the weakest source among
    the facts that the body quotes."""

    body: Mapping[str, Any]
    late: Mapping[str, str] | None = None
    why: str = ""
    notes: tuple[str, ...] = ()
    source: Source = Source.PLATFORM


def make_request(verb: CompiledVerb, planning: PlanningState) -> Request | Refusal:
    """The exact body of a verb, validated by its model; why there is none where a fact is missing or bad."""
    if verb.body is not None:
        return Request(verb.body, why=verb.note)
    fields = dict(verb.fixed)
    notes: list[str] = []
    late = {}
    why = verb.note
    source = Source.PLATFORM
    for name, open_field in verb.open.items():
        filled = _fill(name, open_field, planning, notes)
        if isinstance(filled, Refusal):
            return filled
        fields |= filled
        source = max(source, *_sources(open_field, planning))
        match open_field:
            case Name(key=key) if key in planning.pending:
                late[name] = key
            case tuple() as choices if choice := _choice(choices, planning):
                why = choice.note
    spec = BY_NAME.get(verb.verb)
    if spec is None:
        return _unchecked(fields, verb.open, planning) or Request(fields, notes=tuple(notes), source=source)
    empty = [
        name for name in verb.open if fields[name] == "" and not spec.model.model_fields[name].is_required()
    ]
    for name in empty:
        del fields[name]
    from pydantic import ValidationError  # imported with the first verb's model, which takes long

    try:
        body = spec.model.model_validate(fields).body()
    except ValidationError as error:
        return Refusal("; ".join(f"{name}: {sentence}" for name, sentence in sentences(error)))
    return Request(body, late or None, why, tuple(notes), source)


def _sources(open_field: OpenField, planning: PlanningState) -> Iterator[Source]:
    """Who said the facts that a field quotes. A fact that only chooses among rows of the rules is not quoted."""
    yield Source.PLATFORM
    match open_field:
        case Quote(parts):
            yield from (planning.source_of(part.fact.key) for part in parts if isinstance(part, QuotedFact))
        case Name(key=key) | CompiledCallback(when=CallbackTime(CallbackKind.AT_FACT, name=Name(key=key))):
            yield planning.source_of(key)
        case Mapping():
            for value in open_field.values():
                if isinstance(value, Quote):
                    yield from _sources(value, planning)


def _unchecked(
    fields: Mapping[str, Any], open_: Mapping[str, OpenField], planning: PlanningState
) -> Refusal | None:
    """Why a verb that is not in the catalogue is not sent: a field quotes a model or a caller, and its whole text is
    an address. Nobody knows which fields of such a verb say where."""
    for name, open_field in open_.items():
        source = max(_sources(open_field, planning))
        if source > Source.HOST and is_address(str(fields[name])):
            who = source.name.lower()
            return Refusal(
                f"{name} is an address that the {who} said; an address is taken from the rules only"
            )
    return None


def _fill(
    name: str, open_field: OpenField, planning: PlanningState, notes: list[str]
) -> dict[str, Any] | Refusal:
    match open_field:
        case Quote():
            return {name: _text(open_field, planning, notes, heard=name == _HEARD)}
        case Name():
            held = _id(open_field, planning)
            return held if isinstance(held, Refusal) else {name: held}
        case ChosenTarget():
            return _target(open_field, planning)
        case CompiledCallback():
            zone = planning.scope.zone if planning.scope.checked.zone else None
            source = max(_sources(open_field, planning))
            time = callback_time(open_field, planning.moment[0], zone, planning.look_up, source)
            return time if isinstance(time, Refusal) else {name: time}
        case tuple():
            choice = _choice(open_field, planning)
            return (
                {name: choice.disposition}
                if choice
                else Refusal("the rules give no disposition for this event")
            )
        case Mapping():
            return {
                name: {
                    key: _text(value, planning, notes) if isinstance(value, Quote) else value
                    for key, value in open_field.items()
                }
            }


def _text(quote: Quote, planning: PlanningState, notes: list[str], *, heard: bool = False) -> str:
    text, said = render(quote, planning.look_up, spoken_in=planning.zone if heard else None)
    notes += said
    return text


def _id(name: Name, planning: PlanningState) -> str | Refusal:
    """The call or the member that a fact holds. What a model or a caller said never names one."""
    value = planning.facts.get(name.key)
    if isinstance(value, tuple):
        value = value[0] if len(value) == 1 else None
    if value is None or isinstance(value, bool) or value == "":
        return Refusal(f"{name.text} is unknown: no call or member is kept under it")
    source = planning.source_of(name.key)
    if source > Source.HOST:
        return Refusal(
            f"{name.text} was said by the {source.name.lower()}; an id is taken from the platform or the host only"
        )
    return str(value)


def _target(target: ChosenTarget, planning: PlanningState) -> dict[str, Any] | Refusal:
    """The row that a fact chooses. Its text is only compared: what is sent stands in the rules."""
    value = planning.look_up(target.by.key)
    values = value if isinstance(value, tuple) else () if value is None else (value,)
    for one in values:
        if (row := target.rows.get(fold(printed(one)))) is not None:
            return dict(row)
    if target.otherwise is not None:
        return dict(target.otherwise)
    if not values:
        return Refusal(f"{target.by.text} is unknown, and destination {target.name} has no otherwise")
    return Refusal(f"destination {target.name} has no row for this {target.by.text}, and no otherwise")


def _choice(choices: Choices, planning: PlanningState) -> DispositionChoice | None:
    return next((choice for choice in choices if choice.taken_for(planning.event)), None)
