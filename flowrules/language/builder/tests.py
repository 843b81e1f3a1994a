"""Tests: what is given, what happens, what is expected."""

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language import nodes as n
from flowrules.language.builder.steps import Steps
from flowrules.language.builder.values import Node, children, name_of, only
from flowrules.language.literals import span_of
from flowrules.language.names import fold
from flowrules.language.parser.tree import Token, Tree
from flowrules.language.problem import Problem
from flowrules.source import Span


class Tests(Steps):
    def _test(self, tree: Tree[Token], span: Span) -> n.Test:
        label, *lines = tree.children
        return n.Test(self._build(label), self._all(lines), span)

    def _given(self, tree: Tree[Token], span: Span) -> n.Given:
        fact, value, source = tree.children
        return n.Given(name_of(fact), (self._build(value),), self._source(source), span)

    def _given_time(self, tree: Tree[Token], span: Span) -> n.GivenTime:
        fact, *moment = tree.children
        if fold(str(fact)) != "time":
            assert isinstance(fact, Token)
            self.problems.append(
                Problem(
                    codes.DATE_AND_TIME,
                    span_of(fact),
                    f'Only "time" is given a date and a time together, not "{fact}".',
                    "Write: given time is 2026-03-02 11:00",
                )
            )
        date, time = self._literals(moment)
        return n.GivenTime(date, time, span)

    def _given_fails(self, tree: Tree[Token], span: Span) -> n.GivenFails:
        verb, often, *because = tree.children
        assert isinstance(verb, Tree)
        times = None if often is None else self._build(often)
        return n.GivenFails(name_of(only(verb)), self._build(because[0]) if because else (), times, span)

    def _how_often(self, tree: Tree[Token], span: Span) -> int:
        token = only(tree)
        assert isinstance(token, Token)
        return self._count(token) if token.type == "COUNT" else 1

    def _play(self, tree: Tree[Token], span: Span) -> n.Play:
        reported, meanwhile = children(tree)
        return n.Play(self._build(reported), self._meanwhile(meanwhile), span)

    def _meanwhile(self, reported: Node) -> n.Reports | None:
        reports: n.Reports | None = self._build(reported) if reported else None
        return reports

    def _reported(self, tree: Tree[Token], span: Span) -> n.Reports:
        return n.Reports(self._all(tree.children), span)

    def _event(self, tree: Tree[Token], span: Span) -> n.PlayedEvent:
        *played, source = children(tree)
        keys: dict[str, n.EventKey] = {}
        for child in played:
            if child is None:
                continue
            key: n.EventKey = self._build(child)
            seen = keys.get(key.name.key)
            merged = seen and n.EventKey(seen.name, (*seen.values, *key.values), seen.span)
            keys[key.name.key] = merged or key
        return n.PlayedEvent(tuple(keys.values()), self._source(source), span)

    def _played(self, tree: Tree[Token], span: Span) -> n.EventKey:
        key, value = tree.children
        return n.EventKey(self._fact(key), (self._build(value),) if value else (), span)

    def _play_after(self, tree: Tree[Token], span: Span) -> n.PlayAfter:
        duration, meanwhile = children(tree)
        return n.PlayAfter(self._literal(duration), None, self._meanwhile(meanwhile), span)

    def _play_after_fact(self, tree: Tree[Token], span: Span) -> n.PlayAfter:
        duration, fact, meanwhile = children(tree)
        return n.PlayAfter(self._literal(duration), name_of(fact), self._meanwhile(meanwhile), span)

    def _play_at(self, tree: Tree[Token], span: Span) -> n.PlayAt:
        time, meanwhile = children(tree)
        return n.PlayAt(self._literal(time), self._meanwhile(meanwhile), span)

    def _expect(self, tree: Tree[Token], span: Span) -> n.Expect:
        return n.Expect(self._all(tree.children), span)

    def _expect_exactly(self, tree: Tree[Token], span: Span) -> n.ExpectExactly:
        often, pattern = tree.children
        return n.ExpectExactly(self._build(often), self._build(pattern), span)

    def _expect_not(self, tree: Tree[Token], span: Span) -> n.ExpectNot:
        return n.ExpectNot(self._all(tree.children), span)

    def _expect_nothing(self, tree: Tree[Token], span: Span) -> n.ExpectNothing:
        return n.ExpectNothing(span)

    def _expect_rule(self, tree: Tree[Token], span: Span) -> n.ExpectRule:
        return n.ExpectRule(self._build(only(tree)), span)

    def _expect_no_rule(self, tree: Tree[Token], span: Span) -> n.ExpectNoRule:
        return n.ExpectNoRule(self._build(only(tree)), span)

    def _any_step(self, tree: Tree[Token], span: Span) -> n.AnyStep:
        named = [name_of(child) for child in tree.children if child is not None]
        return n.AnyStep(str(tree.data).removeprefix("any_"), named[0] if named else None, span)

    _any_wait = _any_remember = _any_forget = _any_advise = _any_step

    def _pattern(self, tree: Tree[Token], span: Span) -> n.Pattern:
        return n.Pattern(self._build(only(tree)), span)
