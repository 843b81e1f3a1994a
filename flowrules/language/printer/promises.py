"""Promises: in one line, or as a block with each part on a line of its own."""

from collections.abc import Iterator
from typing import assert_never

from flowrules.language.nodes import Absence, Existence, Precedence, Promise, Promised, Response, Universality
from flowrules.language.printer.conditions import bracketed, condition, guard, occurrence
from flowrules.language.printer.layout import Line
from flowrules.language.printer.words import literal, names


def promise_lines(node: Promise) -> Iterator[Line]:
    head = f"promise {literal(node.label)}"
    if not node.block:
        yield Line(0, " ".join((head, *(line.text for line in _parts(node.pattern)))), node.span.start)
        return
    yield Line(0, head, node.span.start)
    yield from _parts(node.pattern)
    yield Line(0, "end")


def promised(node: Promised) -> str:
    """What is promised, in one line."""
    return " ".join(line.text for line in _parts(node))


def _parts(node: Promised) -> Iterator[Line]:
    start = node.span.start
    match node:
        case Existence():
            yield Line(1, f"at the end {condition(node.condition)}", start)
        case Absence():
            yield Line(1, f"never {names(node.verbs)}", start)
            yield from (Line(1, guard(one), one.span.start) for one in node.guards)
        case Precedence():
            yield Line(1, f"before {names(node.verbs)}", start)
            yield Line(1, condition(node.condition), node.condition.span.start)
        case Universality():
            yield Line(1, f"while {bracketed(node.during)}", start)
            yield Line(1, condition(node.condition), node.condition.span.start)
        case Response():
            yield Line(1, f"after {_trigger(node)}", start)
            yield from (Line(1, guard(one), one.span.start) for one in node.guards)
            yield Line(1, f"within {literal(node.within)}" if node.within else "before the call ends")
            yield Line(1, _answers(node))
        case _:
            assert_never(node)


def _trigger(node: Response) -> str:
    return names(node.verbs) if node.on is None else occurrence(node.on)


def _answers(node: Response) -> str:
    named = [name.text for name in node.answers]
    return " or ".join((*named, "the call ends") if node.or_end else named)
