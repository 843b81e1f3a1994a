"""Rules as the one-liners or blocks they were written as, and guard rails."""

from collections.abc import Iterator

from flowrules.language.nodes import Before, Guard, Name, Never, Rule
from flowrules.language.printer.conditions import guard, limit, trigger
from flowrules.language.printer.layout import Line
from flowrules.language.printer.steps import sequence, step_lines
from flowrules.language.printer.words import literal, names


def rule_lines(node: Rule) -> Iterator[Line]:
    return _block(node) if node.block else iter((Line(0, _one_line(node), node.span.start),))


def _head(node: Rule) -> str:
    return f"{node.rank} {trigger(node.trigger)}" if node.rank else trigger(node.trigger)


def _one_line(node: Rule) -> str:
    parts = [_head(node), *map(guard, node.guards), *map(limit, node.limits)]
    parts.append(sequence(node.steps, open_end=node.otherwise is None))
    if node.otherwise is not None:
        parts += ["otherwise", sequence(node.otherwise, open_end=True)]
    return " ".join(parts)


def _block(node: Rule) -> Iterator[Line]:
    yield Line(0, f"rule {literal(node.label)}" if node.label else "rule", node.span.start)
    yield Line(1, _head(node), node.trigger.span.start)
    yield from (Line(1, guard(part), part.span.start) for part in node.guards)
    yield from (Line(1, limit(part), part.span.start) for part in node.limits)
    yield from step_lines(node.steps, 1)
    if node.otherwise is not None:
        yield Line(0, "otherwise")
        yield from step_lines(node.otherwise, 1)
    yield Line(0, "end")


def never_line(node: Never) -> Line:
    text = _rail("never", node.verbs, node.guards)
    if node.instead is not None:
        text += f" instead {sequence(node.instead, open_end=True)}"
    return Line(0, text, node.span.start)


def before_line(node: Before) -> Line:
    text = f"{_rail('before', node.verbs, node.guards)} then {sequence(node.steps, open_end=True)}"
    return Line(0, text, node.span.start)


def _rail(word: str, verbs: tuple[Name, ...], guards: tuple[Guard, ...]) -> str:
    return " ".join([word, names(verbs), *map(guard, guards)])
