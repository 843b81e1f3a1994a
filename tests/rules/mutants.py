"""The cookbook with something taken out: a step, a guard, a part of a condition, a limit, a failure branch, a rail.

Each change is one that a manager makes by mistake. What the cookbook says of itself (tests, promises, hazards) has to
notice it.
"""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, NamedTuple

from flowrules.language.nodes import And, Before, If, Never, Or, Rule, Steps, Test
from flowrules.language.parse import parse
from flowrules.language.printer import print_item
from flowrules.source import SourceFile, source_from_text

_MAY_LOSE_ONE = {"steps": "step", "guards": "guard", "limits": "limit", "failures": "failure branch"}
"""Fields that hold several nodes, and what one of them is called."""


class Mutant(NamedTuple):
    """`line`: where the changed block stands in the source. `what` says what is gone."""

    line: int
    what: str
    source: SourceFile


def mutants(source: SourceFile) -> Iterator[Mutant]:
    """Every file that differs from `source` by one thing that is gone from a rule, a rail or named steps."""
    file, findings = parse(source)
    assert findings == ()
    for block in file.blocks:
        line = source.position(block.start).line
        if isinstance(block.item, Never | Before | Rule):
            what = "rule" if isinstance(block.item, Rule) else "rail"
            yield Mutant(line, f"{what} gone", _with(source, block.start, block.end, ""))
        if isinstance(block.item, Rule | Never | Before | Steps):
            for what, item in _smaller(block.item):
                text = print_item(item)
                yield Mutant(line, what, _with(source, block.start, block.end, text))


def without_tests(source: SourceFile) -> SourceFile:
    """Its rules and promises alone."""
    file, _ = parse(source)
    for block in reversed(file.blocks):
        if isinstance(block.item, Test):
            source = _with(source, block.start, block.end, "")
    return source


def _with(source: SourceFile, start: int, end: int, text: str) -> SourceFile:
    return source_from_text(source.text[:start] + text + source.text[end:], source.path)


def _smaller(node: Any) -> Iterator[tuple[str, Any]]:
    """Each copy of a node that has lost one thing, at any depth."""
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, tuple):
            yield from _without_one(node, field.name, value)
        elif is_dataclass(value) and field.name == "condition":
            yield from ((what, replace(node, **{field.name: part})) for what, part in _smaller(value))


def _without_one(node: Any, name: str, values: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    word = _MAY_LOSE_ONE.get(name)
    for number, value in enumerate(values):
        rest = (*values[:number], *values[number + 1 :])
        if name == "parts" and isinstance(node, And | Or):
            yield (
                f"a part of a condition gone: {_brief(value)}",
                rest[0] if len(rest) == 1 else replace(node, parts=rest),
            )
        elif name == "otherwise" and isinstance(node, If | Rule):
            empty = None if isinstance(node, Rule) else ()
            yield f"step of the otherwise gone: {_brief(value)}", replace(node, otherwise=rest or empty)
        elif word is not None and (rest or word != "step"):
            yield f"{word} gone: {_brief(value)}", replace(node, **{name: rest})
        if is_dataclass(value) and name in (*_MAY_LOSE_ONE, "parts", "otherwise"):
            for what, changed in _smaller(value):
                yield what, replace(node, **{name: (*values[:number], changed, *values[number + 1 :])})


def _brief(node: Any) -> str:
    return type(node).__name__ + " " + str(getattr(node, "word", getattr(node, "name", "")))
