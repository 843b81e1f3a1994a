"""A verb's arguments in words, and the sentence that they fill."""

from collections.abc import Mapping
from typing import assert_never

from flowrules.language.names import fold
from flowrules.language.nodes import (
    Argument,
    CallbackKind,
    CallbackTime,
    Destination,
    DestinationMap,
    Literal,
    Name,
    Pair,
    Target,
    TargetKind,
    VerbStep,
)
from flowrules.language.printer.steps import form_of
from flowrules.prose.conditions import hours_name
from flowrules.prose.facts import subject
from flowrules.prose.values import DAYS, duration, label, listed, quoted, sent, text
from flowrules.verbs import BY_NAME

Destinations = Mapping[str, Destination | DestinationMap]

_TARGETS: Mapping[TargetKind, str] = {
    TargetKind.AGENT: "the agent",
    TargetKind.QUEUE: "the queue",
    TargetKind.NUMBER: "the number",
    TargetKind.SIP: "the SIP address",
    TargetKind.SUPERVISOR: "the supervisor",
    TargetKind.TO: "the destination",
}


def verb_sentence(node: VerbStep, destinations: Destinations, disposition: str) -> str:
    """What a verb does. `disposition` tells that of a step which names none; empty: the verb's own words for it."""
    spec = BY_NAME[node.verb]
    arguments = {argument.name: argument for argument in node.arguments}
    kinds = {slot.name: slot.kind for slot in spec.slots}
    words = {
        name: _argument(argument, kinds.get(name, ""), destinations) for name, argument in arguments.items()
    }
    recorded = spec.copied_to("call.disposition")
    if recorded is not None and recorded not in words and disposition:
        words[recorded] = disposition
    return spec.sentences[spec.forms.index(form_of(node, arguments))].fill(words)


def target(node: Target, destinations: Destinations) -> str:
    """`the queue “tier1”`. A destination is told with the place that it stands for, or the fact that it goes by."""
    name = f"{_TARGETS[node.kind]} {label(node.value)}"
    if node.kind is not TargetKind.TO:
        return name
    declared = destinations.get(fold(str(node.value.value)))
    name = f"{_TARGETS[node.kind]} {quoted(fold(str(node.value.value)))}"
    match declared:
        case Destination(target=one):
            return f"{target(one, destinations)} ({name})"
        case DestinationMap(by=by):
            return f"{name}, chosen by {subject(by.key)}"
        case None:
            return name


def pairs(nodes: tuple[Pair, ...]) -> str:
    return listed([f"{node.key.text} {sent(node.value)}" for node in nodes])


def _argument(argument: Argument, kind: str, destinations: Destinations) -> str:
    match argument.value:
        case bool():
            return ""
        case Target() as where:
            return target(where, destinations)
        case TargetKind() as alone:
            return str(alone)
        case CallbackTime() as when:
            return callback_time(when)
        case tuple() as some:
            return pairs(some)
        case Name() as name:
            if kind == "call_fact":
                return f"that {subject(name.key)} names"
            return hours_name(name.key) if argument.name == "within" else quoted(name.key)
        case Literal() as literal:
            return _literal(literal, kind)
        case _:
            assert_never(argument.value)


def _literal(node: Literal, kind: str) -> str:
    if kind == "text":
        return text(node)
    if kind == "value":
        return sent(node)
    if kind == "duration":
        return duration(node)
    return f"the {fold(str(node.value))}" if kind == "party" else label(node)


def callback_time(node: CallbackTime) -> str:
    at = f" at {duration(node.time)}" if node.time else ""
    match node.kind:
        case CallbackKind.IN:
            return f"in {duration(node.duration)}" if node.duration else ""
        case CallbackKind.TODAY | CallbackKind.TOMORROW:
            return f"{node.kind}{at}"
        case CallbackKind.NEXT_DAY:
            return f"next {DAYS[node.day or 0]}{at}"
        case CallbackKind.AT_DATE:
            return f"on {duration(node.date)}{at}" if node.date else ""
        case CallbackKind.AT_FACT:
            return f"at the time that {subject(node.name.key)} holds" if node.name else ""
        case CallbackKind.NEXT_HOURS:
            return f"at the next opening of {hours_name(node.name.key)}" if node.name else ""
