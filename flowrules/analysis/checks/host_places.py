"""The places that stand in rules, held against the host's fence."""

from collections.abc import Iterator, Mapping
from typing import Any

from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.destination_policy import DestinationPolicy
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope
from flowrules.analysis.model.verb_fields import SLOT_KINDS, as_written, destination_fields
from flowrules.diagnostics.codes.arguments import HOST_REFUSES
from flowrules.language.nodes import Destination, DestinationMap, Literal, OtherVerb, Target, VerbStep
from flowrules.source import Span
from flowrules.verbs import taking_target


def check_host_fence(fence: DestinationPolicy, scope: Scope, report: Report) -> None:
    """A finding at every place in the rules that the host refuses."""
    for unit in report.units_without_errors(scope.units):
        for body, span in _places(unit):
            if objection := fence.objection(body):
                written = unit.block.text[span.start : span.end].strip('"')
                message = f'"{written}" is out of bounds: {objection}.'
                hint = "Name another place, or ask whoever runs flowrules to let this one pass."
                report.add(HOST_REFUSES, unit.block, span, message, hint)


def _places(unit: CheckedBlock) -> Iterator[tuple[Mapping[str, Any], Span]]:
    """Every place that stands in a block, as the request's fields that would hold it."""
    match unit.item:
        case Destination(target=target):
            yield from _declared(target)
        case DestinationMap(rows=rows, otherwise=otherwise):
            for target in (*(row.target for row in rows), *((otherwise,) if otherwise else ())):
                yield from _declared(target)
    for step in unit.steps:
        match step:
            case VerbStep(verb=verb, arguments=arguments):
                for argument in arguments:
                    match argument.value:
                        case Target() as target:
                            yield from _target(target, verb)
                        case Literal() as literal if SLOT_KINDS.get((verb, argument.name)) == "url":
                            yield {"event": verb, argument.name: as_written(literal)}, literal.span
            case OtherVerb(name=name, pairs=pairs):
                for pair in pairs:
                    yield {"event": name.text, pair.key.text: as_written(pair.value)}, pair.value.span


def _declared(target: Target) -> Iterator[tuple[Mapping[str, Any], Span]]:
    """A destination's target, as the first verb sends it that takes one of its kind."""
    if (taker := taking_target(target.kind)) is not None:
        yield from _target(target, taker.name)


def _target(target: Target, verb: str) -> Iterator[tuple[Mapping[str, Any], Span]]:
    fields = destination_fields(verb, target)
    if fields is not None:
        yield {"event": verb, **fields}, target.value.span
