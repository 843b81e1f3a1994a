"""Declarations: vocabulary, destinations, hours, named steps."""

from collections.abc import Iterator

from flowrules.language.nodes import (
    Allow,
    AllowKind,
    ClosedOn,
    Declaration,
    DefaultDisposition,
    Destination,
    DestinationMap,
    EventDef,
    FactDef,
    FactType,
    Holidays,
    Hours,
    HoursLine,
    ListDef,
    OnlyDeclared,
    OpenDate,
    Opening,
    OpenWeek,
    OrderAsWritten,
    Steps,
    Timezone,
)
from flowrules.language.printer.layout import Line
from flowrules.language.printer.steps import step_lines, target
from flowrules.language.printer.words import days, in_zone, literal, literals, names


def declaration_lines(node: Declaration) -> Iterator[Line]:
    match node:
        case DestinationMap():
            return _destination_map(node)
        case Hours():
            return _hours(node)
        case Steps():
            return _steps(node)
        case _:
            return iter((Line(0, _one_line(node), node.span.start),))


def _one_line(
    node: Timezone
    | OrderAsWritten
    | OnlyDeclared
    | ListDef
    | EventDef
    | FactDef
    | Allow
    | DefaultDisposition
    | Destination,
) -> str:
    match node:
        case Timezone():
            return f"timezone {literal(node.zone)}"
        case OrderAsWritten():
            return "order as written"
        case OnlyDeclared():
            return "only declared names"
        case ListDef():
            return f"list {node.name.text} is {literals(node.values)}"
        case EventDef():
            return f"event {names(node.names)}"
        case FactDef():
            return _fact(node)
        case Allow():
            word = "audio from" if node.what is AllowKind.AUDIO else node.what
            return f"allow {word} {literals(node.values)}"
        case DefaultDisposition():
            return f"default disposition {_situation(node)}is {literal(node.label)}"
        case Destination():
            return f"destination {node.name.text} is {target(node.target)}"


def _fact(node: FactDef) -> str:
    kind = f"one of {literals(node.values)}" if node.type is FactType.ONE_OF else node.type
    source = f" {'only ' if node.only else ''}from {node.source}" if node.source else ""
    return f"fact {node.name.text} is {kind}{source}"


def _situation(node: DefaultDisposition) -> str:
    if node.event is None:
        return ""
    return f"for {node.event.text}={literal(node.value)} " if node.value else f"for {node.event.text} "


def _destination_map(node: DestinationMap) -> Iterator[Line]:
    yield Line(0, f"destination {node.name.text} by {node.by.text}", node.span.start)
    for row in node.rows:
        yield Line(1, f"{literal(row.key)} is {target(row.target)}", row.span.start)
    if node.otherwise is not None:
        yield Line(1, f"otherwise is {target(node.otherwise)}")
    yield Line(0, "end")


def _hours(node: Hours) -> Iterator[Line]:
    yield Line(0, f"hours {node.name.text}{in_zone(node.zone)}", node.span.start)
    for part in node.lines:
        yield Line(1, _hours_line(part), part.span.start)
    yield Line(0, "end")


def _hours_line(node: HoursLine) -> str:
    match node:
        case OpenWeek():
            return f"{days(node.days)} {_openings(node.openings)}"
        case OpenDate():
            return f"on {literals(node.dates)} {_openings(node.openings)}"
        case ClosedOn():
            lists = [name.text for name in node.lists]
            return f"closed on {', '.join([*map(literal, node.dates), *lists])}"
        case Holidays():
            return f"holidays {node.calendar.text}"


def _openings(nodes: tuple[Opening, ...]) -> str:
    return ", ".join(f"{literal(node.start)} to {literal(node.end)}" for node in nodes)


def _steps(node: Steps) -> Iterator[Line]:
    yield Line(0, f"steps {node.name.text}", node.span.start)
    yield from step_lines(node.steps, 1)
    yield Line(0, "end")
