"""Comparisons, `and`, `or`, `not`, and the guard phrases that hold them."""

from typing import assert_never

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language import nodes as n
from flowrules.language.builder.values import Values, name_of, only, span_at
from flowrules.language.literals import twelve_hour
from flowrules.language.operators import BY_OP, Family, Operand, taking
from flowrules.language.parser.tree import Token, Tree
from flowrules.language.problem import Problem, clock_problem
from flowrules.source import Span

_NOTHING = frozenset({"null", "nil", "undefined", "empty", "blank", "n/a"})


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

    def _holiday(self, tree: Tree[Token], span: Span) -> n.Holiday:
        return self._on_holiday(tree, True, span)

    def _no_holiday(self, tree: Tree[Token], span: Span) -> n.Holiday:
        return self._on_holiday(tree, False, span)

    def _on_holiday(self, tree: Tree[Token], is_one: bool, span: Span) -> n.Holiday:
        day, _, hours = tree.children
        subject = name_of(day)
        if subject.key != "today":
            self.problems.append(
                Problem(
                    codes.OTHER_WORDING,
                    subject.span,
                    f'Whether it is a holiday is asked of today, not of "{subject.text}".',
                    "Write: today is a holiday",
                )
            )
        return n.Holiday(None if hours is None else name_of(hours), is_one, span)

    def _compare(self, tree: Tree[Token], span: Span) -> n.Compare:
        fact, comparison = tree.children
        assert isinstance(comparison, Tree)
        op = n.Op(comparison.data)
        compared = self._compared(self._fact(fact), op, comparison, span)
        self._refuse_nothing(compared, span_at(comparison))
        self._refuse_twelve_hours(compared)
        return compared

    def _compared(self, fact: n.Name, op: n.Op, comparison: Tree[Token], span: Span) -> n.Compare:
        row = BY_OP[op]
        match row.operand:
            case Operand.NONE:
                return n.Compare(fact, op, span=span)
            case Operand.LIST:
                return n.Compare(fact, op, list=name_of(only(comparison)), span=span)
            case Operand.DIGITS:
                return n.Compare(fact, op, (self._literal(only(comparison)),), span=span)
            case Operand.MANY:
                listing = taking(row, Operand.LIST)
                if listing is not None and listing.words == row.words:
                    listed = _bare_name(comparison)
                    if listed is not None:
                        return n.Compare(fact, listing.op, list=listed, span=span)
                return n.Compare(fact, op, self._build(only(comparison)), span=span)
            case Operand.ONE | Operand.RANGE:
                return n.Compare(fact, op, self._all(comparison.children), span=span)
            case _:
                assert_never(row.operand)

    def _refuse_nothing(self, compared: n.Compare, span: Span) -> None:
        """`email is empty`: a fact that nobody supplied is asked for by `is unknown`."""
        row = BY_OP[compared.op]
        value = compared.values[0] if row.family is Family.AMONG and row.operand is Operand.ONE else None
        if value is None or value.kind is not n.Kind.WORD or value.raw.lower() not in _NOTHING:
            return
        better = "is known" if row.negative else "is unknown"
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
        if compared.fact.key != "time" and BY_OP[compared.op].family not in (Family.ORDER, Family.RANGE):
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
