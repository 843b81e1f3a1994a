"""The common ground of the builders: from a node of Lark's tree to a literal, a name, or whatever its rule says."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flowrules.diagnostics.codes import syntax as codes
from flowrules.diagnostics.codes.arguments import OUT_OF_RANGE
from flowrules.language import nodes as n
from flowrules.language.literals import literal, name, seconds, span_of
from flowrules.language.parser.grammar import FORMS, OPEN_FORMS
from flowrules.language.parser.tree import Token, Tree
from flowrules.language.problem import Problem
from flowrules.language.reserved import STATES, is_reserved, reserved_name_problem, reserved_problem
from flowrules.source import Span

Node = Tree[Token] | Token | None


MAX_DIGITS = 30
"""Of a number, at most; an account number that is longer is text."""
_TOO_MANY_DIGITS = re.compile(rf"[0-9]{{{MAX_DIGITS + 1}}}")
MAX_COUNT_DIGITS = 6
MAX_DURATION = 1_000 * 86_400
"""In seconds. Nothing on a call is planned for longer."""


class Values:
    """Literals and names. `problems` collects what grammar alone could not refuse."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def _build(self, node: Node) -> Any:
        """Whatever the method says that has the name of the node's grammar rule; a token is a literal."""
        if isinstance(node, Token):
            return self._literal(node)
        assert node is not None
        rule = "verb" if node.data in FORMS or node.data in OPEN_FORMS else node.data
        method: Callable[[Tree[Token], Span], Any] = getattr(self, f"_{rule}")
        return method(node, span_at(node))

    def _all(self, nodes: Iterable[Node]) -> tuple[Any, ...]:
        return tuple(self._build(node) for node in nodes if node is not None)

    def _literal(self, token: Node) -> n.Literal:
        """A value. Words of the grammar and verbs are refused unless they are quoted."""
        assert isinstance(token, Token)
        problem = _refused(token)
        if problem is None:
            try:
                return literal(token)
            except ValueError:
                problem = Problem(
                    codes.BAD_DATE,
                    span_of(token),
                    f"{token} is no day of the calendar.",
                    "Write a date as year-month-day, such as 2026-01-26.",
                )
        self.problems.append(problem)
        return n.Literal(n.Kind.WORD, str(token), str(token), span_of(token))

    def _literals(self, tokens: Iterable[Node]) -> tuple[n.Literal, ...]:
        return tuple(self._literal(token) for token in tokens)

    def _count(self, token: Node) -> int:
        """The number in `3 times`."""
        assert isinstance(token, Token)
        digits = str(token).split()[0]
        if len(digits) > MAX_COUNT_DIGITS:
            self.problems.append(_too_large(token, f"{digits[:12]}… is more often than anybody counts."))
            return 1
        return int(digits)

    def _fact(self, token: Node) -> n.Name:
        """The name of a fact or an event."""
        fact = name_of(token)
        if is_reserved(fact.text):
            self.problems.append(reserved_name_problem(fact.text, fact.span))
        return fact

    def _source(self, token: Node) -> str | None:
        """Who says a fact or reports an event; None where that is not written."""
        if token is None:
            return None
        assert isinstance(token, Token)
        word = str(token).lower()
        if word not in ("platform", "host", "model", "caller"):
            self.problems.append(
                Problem(
                    codes.UNKNOWN_SOURCE,
                    span_of(token),
                    f'Nothing comes from "{token}".',
                    "Say from platform, host, model or caller.",
                )
            )
        return word

    def _clock_zone(self, node: Node) -> n.Zone | None:
        """A time zone, or the fact that names it, whose name has a point in it."""
        if node is None or (isinstance(node, Tree) and node.data == "call_zone"):
            return None if node is None else self._build(node)
        zone = self._literal(node)
        text = str(zone.value)
        return n.CallZone(n.Name(text, zone.span), None, zone.span) if "." in text else zone

    def _call_zone(self, tree: Tree[Token], span: Span) -> n.CallZone:
        fact, otherwise = tree.children
        assert isinstance(fact, Token)
        if "/" in fact:
            self.problems.append(
                Problem(
                    codes.OTHER_WORDING,
                    span_of(fact),
                    f'"{fact}" is a time zone, and before "or" stands the fact that names one.',
                    f"Write: in lead.timezone or {otherwise}. For one zone write it alone: in {fact}",
                )
            )
            return n.CallZone(n.Name(str(fact), span_of(fact)), None, span)
        return n.CallZone(name_of(fact), self._literal(otherwise), span)

    def _party(self, tree: Tree[Token], span: Span) -> n.Literal:
        word = str(only(tree))
        return n.Literal(n.Kind.WORD, word.lower(), word, span)

    def _values(self, tree: Tree[Token], span: Span) -> tuple[n.Literal, ...]:
        return self._literals(tree.children)

    def _name(self, tree: Tree[Token], span: Span) -> n.Name:
        return name_of(only(tree))

    def _names(self, nodes: Iterable[Node]) -> tuple[n.Name, ...]:
        return tuple(name_of(node) for node in nodes)


def children(tree: Tree[Token]) -> Sequence[Node]:
    return tree.children


def only(tree: Tree[Token]) -> Node:
    child: Node
    (child,) = tree.children
    return child


def span_at(node: Tree[Token] | Token) -> Span:
    if isinstance(node, Token):
        return span_of(node)
    return Span(node.start, node.end)


def name_of(node: Node) -> n.Name:
    assert isinstance(node, Token)
    return name(node)


def _refused(token: Token) -> Problem | None:
    if token.type == "NAME" and is_reserved(str(token)) and token.lower() not in STATES:
        return reserved_problem(str(token), span_of(token))
    if token.type in ("NUMBER", "DURATION") and _TOO_MANY_DIGITS.search(token):
        return _too_large(token, f"A number has {MAX_DIGITS} digits at most.")
    if token.type == "DURATION" and seconds(token) > MAX_DURATION:
        return _too_large(token, f"{token} is longer than {MAX_DURATION // 86_400:,} days.")
    return None


def _too_large(token: Token, message: str) -> Problem:
    return Problem(OUT_OF_RANGE, span_of(token), message, "If it is meant as text, put it in quotes.")
