"""Promises: a name, and one of five patterns."""

from collections.abc import Sequence

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language import nodes as n
from flowrules.language.builder.steps import Steps
from flowrules.language.builder.values import Node, only, span_at
from flowrules.language.parser.tree import Token, Tree
from flowrules.language.problem import Problem
from flowrules.source import Span


class Promises(Steps):
    def _promise(self, tree: Tree[Token], span: Span) -> n.Promise:
        label, promised = tree.children
        return n.Promise(self._literal(label), self._build(promised), False, span)

    def _promise_block(self, tree: Tree[Token], span: Span) -> n.Promise:
        label, promised = tree.children
        return n.Promise(self._literal(label), self._build(promised), True, span)

    def _existence(self, tree: Tree[Token], span: Span) -> n.Existence:
        return n.Existence(self._build(only(tree)), span)

    def _absence(self, tree: Tree[Token], span: Span) -> n.Absence:
        verbs, *guards = tree.children
        return n.Absence(self._build(verbs), self._all(guards), span)

    def _precedence(self, tree: Tree[Token], span: Span) -> n.Precedence:
        verbs, condition = tree.children
        return n.Precedence(self._build(verbs), self._build(condition), span)

    def _universality(self, tree: Tree[Token], span: Span) -> n.Universality:
        during, condition = tree.children
        return n.Universality(self._build(during), self._build(condition), span)

    def _response(self, tree: Tree[Token], span: Span) -> n.Response:
        trigger, time, answers = tree.children
        assert isinstance(trigger, Tree)
        assert isinstance(time, Tree)
        assert isinstance(answers, Tree)
        first, *guards = self._all(trigger.children)
        on, verbs = (first, ()) if isinstance(first, n.On) else (None, first)
        named = [one for one in answers.children if isinstance(one, Tree) and not _is_end(one)]
        ends = [one for one in answers.children if isinstance(one, Tree) and _is_end(one)]
        within = self._literal(time.children[-1]) if time.data == "promised_within" else None
        if ends and within is None:
            self._refuse_end_twice(span_at(ends[0]), named)
        return n.Response(
            on=on,
            verbs=verbs,
            guards=tuple(guards),
            within=within,
            answers=self._all(named),
            or_end=bool(ends),
            span=span,
        )

    def _refuse_end_twice(self, end: Span, answers: Sequence[Tree[Token]]) -> None:
        """`before the call ends transfer or the call ends`: the call always ends, so nothing is promised."""
        start = span_at(answers[-1]).end if answers else end.start
        self.problems.append(
            Problem(
                codes.SAID_TWICE,
                end,
                '"the call ends" stands here a second time, and so nothing is promised.',
                "Write the verbs that must come: before the call ends transfer",
                ((Span(start, end.end), ""),) if answers else (),
            )
        )

    def _promised_words(self, tree: Tree[Token], span: Span) -> tuple[n.Name, ...]:
        return self._all(tree.children)

    _lone_advise = Steps._name


def _is_end(node: Node) -> bool:
    return isinstance(node, Tree) and node.data == "call_ends"
