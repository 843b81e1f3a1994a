"""`on intent is sales or billing`: a value behind `or` that stands there as an event of its own.

Behind `=` (`on dtmf=1 or payment_done`) a bare name is taken for a value only where a rule asks for that value, or
where the values are words that the agent makes up: those of `intent`.
"""

from collections.abc import Iterator

from flowrules.analysis.model.builtin import EVENTS
from flowrules.analysis.model.references import ASKED, AWAITED, HELD
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope
from flowrules.diagnostics.codes.syntax import IS_A_OR_B
from flowrules.language.nodes import EventTest, Item, Literal, Op, Promise
from flowrules.language.operators import BY_OP, Family, Operand, Operator, taking
from flowrules.language.traverse import event_tests
from flowrules.source import Span


def check_listed_events(scope: Scope, report: Report) -> None:
    for unit in (*scope.rules, *scope.promises):
        for first, listed in _runs(event_tests(unit.item), scope):
            assert first.test is not None
            in_words = "=" not in unit.block.text[first.span.start : first.span.end]
            held = [scope.says(HELD, first.name.key, test.name.key) for test in listed]
            if not (in_words or first.name.key == "intent" or any(held)):
                continue
            joint = _listing(first.test.op)
            assert joint is not None
            values = [*map(_raw, first.test.values), *(_as_value(test, joint) for test in listed)]
            better = f"{first.name.text} {joint.words} {', '.join(values)}"
            last = listed[-1]
            word = "after" if isinstance(unit.item, Promise) else "on"
            span = Span(first.span.start, last.span.end)
            report.add(
                IS_A_OR_B,
                unit.block,
                span,
                f'"{last.name.text}" stands here as an event of its own, not as a value of "{first.name.text}".',
                f"Write: {better}. If it is an event, put it first: {word} {last.name.text} or …",
                ((span, better),) if all(held) else (),
            )


def listed_in(item: Item, scope: Scope) -> Iterator[tuple[str, str]]:
    """Names that are taken for values of a fact where some rule asks for such a value: the fact, and the name."""
    for first, listed in _runs(event_tests(item), scope):
        yield from ((first.name.key, test.name.key) for test in listed)


def _is_event(key: str, scope: Scope) -> bool:
    """Nobody takes for a value what is declared, what some `on` begins with, what a test plays, or a fact that some
    condition asks for: it is told by an event of its own."""
    declared = key in EVENTS or key in scope.events or key in scope.facts
    return declared or scope.says(AWAITED, key) or scope.says(ASKED, key)


def _runs(tests: tuple[EventTest, ...], scope: Scope) -> Iterator[tuple[EventTest, list[EventTest]]]:
    """Each comparison with the unknown bare events right behind it."""
    first: EventTest | None = None
    listed: list[EventTest] = []
    for test in (*tests, None):
        if (
            first is not None
            and test is not None
            and test.test is None
            and not _is_event(test.name.key, scope)
        ):
            listed.append(test)
            continue
        if first is not None and listed:
            yield first, listed
        is_listing = test is not None and test.test is not None and _listing(test.test.op) is not None
        first, listed = test if is_listing else None, []


def _raw(value: Literal) -> str:
    return value.raw


def _listing(op: Op) -> Operator | None:
    """The comparison that takes several values, where people go on listing those of this one; else None."""
    row = BY_OP[op]
    if row.negative or row.operand not in (Operand.ONE, Operand.MANY):
        return None
    return taking(row, Operand.MANY)


def _as_value(test: EventTest, joint: Operator) -> str:
    return f'"{test.name.text}"' if joint.family is Family.PHRASE else test.name.text
