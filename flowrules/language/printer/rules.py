"""Rules as the one-liners or blocks they were written as, and guard rails."""

from collections.abc import Iterable, Iterator

from flowrules.language.nodes import Before, Guard, Limit, Literal, Never, Rule, Step
from flowrules.language.printer.conditions import guard, limit, trigger
from flowrules.language.printer.layout import WIDTH, Line
from flowrules.language.printer.steps import failures_of, sequence, step_lines
from flowrules.language.printer.words import literal, names


def rule_lines(node: Rule) -> Iterator[Line]:
    return _block(node) if node.block else _one_liner(node)


def _head(node: Rule) -> str:
    return f"{node.rank} {trigger(node.trigger)}" if node.rank else trigger(node.trigger)


def _block(node: Rule) -> Iterator[Line]:
    yield Line(0, f"rule {literal(node.label)}" if node.label else "rule", node.span.start)
    yield Line(1, _head(node), node.trigger.span.start)
    yield from _clauses(node.guards, node.limits)
    yield from step_lines(node.steps, 1)
    if node.otherwise is not None:
        yield Line(0, "otherwise")
        yield from step_lines(node.otherwise, 1)
    yield Line(0, "end")


def _clauses(guards: tuple[Guard, ...], limits: tuple[Limit, ...]) -> Iterator[Line]:
    yield from (Line(1, guard(part), part.span.start) for part in guards)
    yield from (Line(1, limit(part), part.span.start) for part in limits)


def _one_liner(node: Rule) -> Iterator[Line]:
    clauses = tuple(_clauses(node.guards, node.limits))
    steps = sequence(node.steps, open_end=node.otherwise is None)
    otherwise = "" if node.otherwise is None else f"otherwise {sequence(node.otherwise, open_end=True)}"
    text = " ".join(filter(None, [_head(node), *(line.text for line in clauses), steps, otherwise]))
    if len(text) <= WIDTH and len(failures_of(node.steps[-1])) < 2:
        yield Line(0, text, node.span.start)
        return
    yield Line(0, _head(node), node.span.start)
    yield from clauses
    yield from _then_lines(node.steps)
    if otherwise:
        yield Line(1, otherwise)


def _then_lines(steps: tuple[Step, ...]) -> Iterator[Line]:
    """`then STEP` lines, which carry a long line on; only the last step's failures may stand on lines of their
    own there."""
    for node in steps[:-1]:
        yield Line(1, f"then {sequence((node,))}", node.span.start)
    last, *failures = step_lines(steps[-1:], 1)
    yield last._replace(text=f"then {last.text}")
    yield from failures


def never_lines(node: Never) -> Iterator[Line]:
    if node.label is not None:
        instead = () if node.instead is None else (Line(0, "instead"), *step_lines(node.instead, 1))
        return _named_rail(node, node.label, "never", instead)
    head = Line(0, f"never {names(node.verbs)}", node.span.start)
    lines = [head, *_clauses(node.guards, ())]
    if node.instead is not None:
        lines.append(Line(1, f"instead {sequence(node.instead, open_end=True)}"))
    return _joined_if_short(lines)


def before_lines(node: Before) -> Iterator[Line]:
    if node.label is not None:
        return _named_rail(node, node.label, "before", step_lines(node.steps, 1))
    head = Line(0, f"before {names(node.verbs)}", node.span.start)
    steps = Line(1, f"then {sequence(node.steps, open_end=True)}", node.steps[0].span.start)
    return _joined_if_short([head, *_clauses(node.guards, ()), steps])


def _named_rail(node: Never | Before, label: Literal, word: str, steps: Iterable[Line]) -> Iterator[Line]:
    yield Line(0, f"rule {literal(label)}", node.span.start)
    yield Line(1, f"{word} {names(node.verbs)}")
    yield from _clauses(node.guards, ())
    yield from steps
    yield Line(0, "end")


def _joined_if_short(lines: list[Line]) -> Iterator[Line]:
    text = " ".join(line.text for line in lines)
    return iter((Line(0, text, lines[0].start),) if len(text) <= WIDTH else lines)
