"""Tests that stand in rule files."""

from collections.abc import Iterator

from flowrules.language.nodes import (
    AnyStep,
    EventKey,
    Expect,
    ExpectNot,
    ExpectNothing,
    ExpectRule,
    Given,
    GivenFails,
    GivenTime,
    Pattern,
    Play,
    PlayAfter,
    PlayAt,
    Test,
    TestLine,
)
from flowrules.language.printer.layout import Line
from flowrules.language.printer.steps import step
from flowrules.language.printer.words import literal, literals, names


def test_lines(node: Test) -> Iterator[Line]:
    yield Line(0, f"test {literal(node.label)}", node.span.start)
    for part in node.lines:
        yield Line(1, _line(part), part.span.start)
    yield Line(0, "end")


def _line(node: TestLine) -> str:
    match node:
        case Given():
            return f"given {node.fact.text} is {literals(node.values)}"
        case GivenTime():
            return f"given time is {literal(node.date)} {literal(node.time)}"
        case GivenFails():
            because = f" because {names(node.reasons)}" if node.reasons else ""
            return f"given {node.verb.text} fails{because}"
        case Play():
            meanwhile = f" meanwhile {_event(node.meanwhile)}" if node.meanwhile else ""
            return f"on {_event(node)}{meanwhile}"
        case PlayAfter():
            of = f" of {node.fact.text}" if node.fact else ""
            return f"after {literal(node.duration)}{of}"
        case PlayAt():
            return f"at {literal(node.time)}"
        case Expect():
            return f"expect {' then '.join(map(_pattern, node.patterns))}"
        case ExpectNot():
            return f"expect not {_pattern(node.pattern)}"
        case ExpectNothing():
            return "expect nothing"
        case ExpectRule():
            return f"expect rule {literal(node.label)}"


def _event(node: Play) -> str:
    first, *others = [words for key in node.keys for words in _event_key(key)]
    return f"{first} with {', '.join(others)}" if others else first


def _event_key(node: EventKey) -> list[str]:
    """`intent=sales`; the key again for each further value."""
    return [f"{node.name.text}={literal(value)}" for value in node.values] or [node.name.text]


def _pattern(node: Pattern) -> str:
    return node.step.word if isinstance(node.step, AnyStep) else step(node.step)
