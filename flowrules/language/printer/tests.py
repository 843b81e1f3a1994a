"""Tests that stand in rule files."""

from collections.abc import Iterator

from flowrules.language.nodes import (
    AnyStep,
    EventKey,
    Expect,
    ExpectExactly,
    ExpectNoRule,
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
    PlayedEvent,
    Reports,
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
            return f"given {node.fact.text} is {literals(node.values)}{_from(node.source)}"
        case GivenTime():
            return f"given time is {literal(node.date)} {literal(node.time)}"
        case GivenFails():
            often = "" if node.times is None else f" {_often(node.times)}"
            because = f" because {names(node.reasons)}" if node.reasons else ""
            return f"given {node.verb.text} fails{often}{because}"
        case Play():
            return f"on {_reports(node.reports)}{_meanwhile(node.meanwhile)}"
        case PlayAfter():
            of = f" of {node.fact.text}" if node.fact else ""
            return f"after {literal(node.duration)}{of}{_meanwhile(node.meanwhile)}"
        case PlayAt():
            return f"at {literal(node.time)}{_meanwhile(node.meanwhile)}"
        case Expect():
            return f"expect {_patterns(node.patterns)}"
        case ExpectExactly():
            return f"expect exactly {_often(node.times)} {_pattern(node.pattern)}"
        case ExpectNot():
            return f"expect not {_patterns(node.patterns)}"
        case ExpectNothing():
            return "expect nothing"
        case ExpectRule():
            return f"expect rule {literal(node.label)}"
        case ExpectNoRule():
            return f"expect not rule {literal(node.label)}"


def _often(times: int) -> str:
    return "once" if times == 1 else f"{times} times"


def _from(source: str | None) -> str:
    return f" from {source}" if source else ""


def _meanwhile(node: Reports | None) -> str:
    return f" meanwhile {_reports(node)}" if node else ""


def _reports(node: Reports) -> str:
    return " and in the same turn ".join(map(_event, node.events))


def _event(node: PlayedEvent) -> str:
    first, *others = [words for key in node.keys for words in _event_key(key)]
    carried = f"{first} with {', '.join(others)}" if others else first
    return f"{carried}{_from(node.source)}"


def _event_key(node: EventKey) -> list[str]:
    """`intent=sales`; the key again for each further value."""
    return [f"{node.name.text}={literal(value)}" for value in node.values] or [node.name.text]


def _patterns(nodes: tuple[Pattern, ...]) -> str:
    return " then ".join(map(_pattern, nodes))


def _pattern(node: Pattern) -> str:
    if isinstance(node.step, AnyStep):
        return f"{node.step.word} {node.step.fact.text}" if node.step.fact else node.step.word
    return step(node.step)
