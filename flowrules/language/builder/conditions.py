"""Comparisons, `and`, `or`, `not`, and the guard phrases that hold them."""

from lark import Token, Tree

from flowrules.language import nodes as n
from flowrules.language.builder.values import Values, name_of, only
from flowrules.source import Span


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
        match op:
            case n.Op.IN_LIST | n.Op.NOT_IN_LIST:
                return n.Compare(name_of(fact), op, list=name_of(only(comparison)), span=span)
            case n.Op.CONTAINS_DIGITS:
                return n.Compare(name_of(fact), op, (self._literal(only(comparison)),), span=span)
            case n.Op.CONTAINS_ANY if (listed := _bare_name(comparison)) is not None:
                return n.Compare(name_of(fact), n.Op.CONTAINS_LIST, list=listed, span=span)
            case n.Op.ONE_OF | n.Op.NOT_ONE_OF | n.Op.CONTAINS_ANY:
                return n.Compare(name_of(fact), op, self._build(only(comparison)), span=span)
            case _:
                return n.Compare(name_of(fact), op, self._all(comparison.children), span=span)

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
