"""Comparisons, `and`, `or`, `not`, and the guard phrases that hold them."""

from lark import Token, Tree

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language import nodes as n
from flowrules.language.builder.values import Values, name_of, only, span_at
from flowrules.language.literals import twelve_hour
from flowrules.language.problem import Problem, clock_problem
from flowrules.source import Span

_NOTHING = frozenset({"null", "nil", "undefined", "empty", "blank", "n/a"})
_ORDERING = frozenset({n.Op.LT, n.Op.LE, n.Op.GT, n.Op.GE, n.Op.BETWEEN, n.Op.NOT_BETWEEN})


class Conditions(Values):
    def _all_of(self, tree: Tree[Token], span: Span) -> n.And:
        return n.And(self._all(tree.children), span)

    def _any_of(self, tree: Tree[Token], span: Span) -> n.Or:
        return n.Or(self._all(tree.children), span)

    def _negation(self, tree: Tree[Token], span: Span) -> n.Not:
        return n.Not(self._build(only(tree)), span)

    def _during(self, tree: Tree[Token], span: Span) -> n.During:
        return n.During(name_of(only(tree)), True, span)

    def _outside(self, tree: Tree[Token], span: Span) -> n.During:
        return n.During(name_of(only(tree)), False, span)

    def _compare(self, tree: Tree[Token], span: Span) -> n.Compare:
        fact, comparison = tree.children
        assert isinstance(comparison, Tree)
        op = n.Op(comparison.data)
        compared = self._compared(self._fact(fact), op, comparison, span)
        self._refuse_nothing(compared, span_at(comparison))
        self._refuse_twelve_hours(compared)
        return compared

    def _compared(self, fact: n.Name, op: n.Op, comparison: Tree[Token], span: Span) -> n.Compare:
        match op:
            case n.Op.IN_LIST | n.Op.NOT_IN_LIST:
                return n.Compare(fact, op, list=name_of(only(comparison)), span=span)
            case n.Op.CONTAINS_DIGITS:
                return n.Compare(fact, op, (self._literal(only(comparison)),), span=span)
            case n.Op.CONTAINS_ANY if (listed := _bare_name(comparison)) is not None:
                return n.Compare(fact, n.Op.CONTAINS_LIST, list=listed, span=span)
            case n.Op.ONE_OF | n.Op.NOT_ONE_OF | n.Op.CONTAINS_ANY:
                return n.Compare(fact, op, self._build(only(comparison)), span=span)
            case _:
                return n.Compare(fact, op, self._all(comparison.children), span=span)

    def _refuse_nothing(self, compared: n.Compare, span: Span) -> None:
        """`email is empty`: a fact that nobody supplied is asked for by `is unknown`."""
        value = compared.values[0] if compared.op in (n.Op.EQ, n.Op.NE) else None
        if value is None or value.kind is not n.Kind.WORD or value.raw.lower() not in _NOTHING:
            return
        better = "is unknown" if compared.op is n.Op.EQ else "is known"
        self.problems.append(
            Problem(
                codes.OTHER_WORDING,
                span,
                f'A fact that nobody supplied is unknown, not "{value.raw}".',
                f'Write: {compared.fact.text} {better}. If the word is meant, put it in quotes: "{value.raw}".',
                ((span, better),),
            )
        )

    def _refuse_twelve_hours(self, compared: n.Compare) -> None:
        """`time is between 9am and 6pm`."""
        if compared.fact.key != "time" and compared.op not in _ORDERING:
            return
        for value in compared.values:
            better = twelve_hour(value.raw) if value.kind is n.Kind.WORD else None
            if better:
                self.problems.append(clock_problem(value.span, value.raw, better))

    def _guard_when(self, tree: Tree[Token], span: Span) -> n.Guard:
        return n.Guard(n.GuardWord.WHEN, self._build(only(tree)), span)

    def _guard_unless(self, tree: Tree[Token], span: Span) -> n.Guard:
        return n.Guard(n.GuardWord.UNLESS, self._build(only(tree)), span)

    def _guard_during(self, tree: Tree[Token], span: Span) -> n.Guard:
        return n.Guard(n.GuardWord.DURING, self._during(tree, span), span)

    def _guard_outside(self, tree: Tree[Token], span: Span) -> n.Guard:
        return n.Guard(n.GuardWord.OUTSIDE, self._outside(tree, span), span)


def _bare_name(comparison: Tree[Token]) -> n.Name | None:
    """The list's name in `contains any of NAME`: one bare word; words to look for are quoted."""
    values = only(comparison)
    assert isinstance(values, Tree)
    first, *others = values.children
    is_bare = not others and isinstance(first, Token) and first.type == "NAME"
    return name_of(first) if is_bare else None
