"""Rules, what starts them, and rails."""

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language import nodes as n
from flowrules.language.builder.steps import Steps
from flowrules.language.builder.values import Node, only, span_at
from flowrules.language.parser.tree import Token, Tree
from flowrules.language.problem import Problem
from flowrules.source import Span


class Rules(Steps):
    def _oneliner(self, tree: Tree[Token], span: Span) -> n.Rule:
        rank, head, seq = tree.children
        return self._rule_of(None, rank, head, self._build(seq), None, span)

    def _oneliner_else(self, tree: Tree[Token], span: Span) -> n.Rule:
        rank, head, seq, otherwise = tree.children
        return self._rule_of(None, rank, head, self._build(seq), self._build(otherwise), span)

    def _oneliner_fail(self, tree: Tree[Token], span: Span) -> n.Rule:
        rank, head, seq, *failures = tree.children
        return self._rule_of(None, rank, head, self._failing(seq, failures), None, span)

    def _oneliner_fail_else(self, tree: Tree[Token], span: Span) -> n.Rule:
        rank, head, seq, *failures, otherwise = tree.children
        return self._rule_of(None, rank, head, self._failing(seq, failures), self._build(otherwise), span)

    def _rule(self, tree: Tree[Token], span: Span) -> n.Rule:
        label, rank, head, body = tree.children
        return self._rule_of(label, rank, head, self._build(body), None, span)

    def _rule_else(self, tree: Tree[Token], span: Span) -> n.Rule:
        label, rank, head, body, otherwise = tree.children
        self._refuse_otherwise_after_if(body, otherwise)
        return self._rule_of(label, rank, head, self._build(body), self._build(otherwise), span)

    def _refuse_otherwise_after_if(self, body: Node, otherwise: Node) -> None:
        assert isinstance(body, Tree)
        last = body.children[-1]
        if isinstance(last, Tree) and last.data == "if_line":
            self.problems.append(
                Problem(
                    codes.AMBIGUOUS_OTHERWISE,
                    Span(span_at(last).start, _end_of(last)),
                    'This line begins with "if", and the next with "otherwise": it could belong to the "if" or to '
                    "the whole rule.",
                    'Put the "otherwise" on the same line as the "if", or move the "if" line up.',
                )
            )

    def _rule_of(
        self,
        label: Node,
        rank: Node,
        head: Node,
        steps: tuple[n.Step, ...],
        otherwise: tuple[n.Step, ...] | None,
        span: Span,
    ) -> n.Rule:
        assert isinstance(head, Tree)
        trigger, *clauses = self._all(head.children)
        return n.Rule(
            trigger=trigger,
            steps=steps,
            label=self._build(label) if label else None,
            rank=n.Rank(str(only(rank)).lower()) if isinstance(rank, Tree) else n.Rank.PLAIN,
            guards=tuple(clause for clause in clauses if isinstance(clause, n.Guard)),
            limits=tuple(clause for clause in clauses if isinstance(clause, n.Limit)),
            otherwise=otherwise,
            block=label is not None,
            span=span,
            head_span=span_at(head),
        )

    def _limit_once(self, tree: Tree[Token], span: Span) -> n.Limit:
        return n.Limit(n.LimitKind.PER_CALL, 1, span=span)

    def _limit_at_most(self, tree: Tree[Token], span: Span) -> n.Limit:
        return n.Limit(n.LimitKind.PER_CALL, self._count(only(tree)), span=span)

    def _limit_cooldown(self, tree: Tree[Token], span: Span) -> n.Limit:
        duration = self._literal(only(tree))
        seconds = duration.value if isinstance(duration.value, int) else 0
        return n.Limit(n.LimitKind.COOLDOWN, seconds, duration.raw, span)

    def _on(self, tree: Tree[Token], span: Span) -> n.On:
        *tests, times = tree.children
        return n.On(self._all(tests), self._build(times) if times else None, span=span)

    def _on_same(self, tree: Tree[Token], span: Span) -> n.On:
        fact, times = tree.children
        name = self._fact(fact)
        test = n.EventTest(name, n.is_known(name), name.span)
        return n.On((test,), self._build(times), True, span)

    def _on_anything(self, tree: Tree[Token], span: Span) -> n.OnAnything:
        return n.OnAnything(span)

    def _after_call(self, tree: Tree[Token], span: Span) -> n.AfterCall:
        return n.AfterCall(self._literal(only(tree)), span)

    def _after_fact(self, tree: Tree[Token], span: Span) -> n.AfterFact:
        duration, fact = tree.children
        return n.AfterFact(self._literal(duration), self._fact(fact), span=span)

    def _after_fact_in_all(self, tree: Tree[Token], span: Span) -> n.AfterFact:
        duration, fact = tree.children
        trigger = n.AfterFact(self._literal(duration), self._fact(fact), True, span)
        if trigger.fact.key == "silence":
            end = Span(trigger.fact.span.end, span.end)
            self.problems.append(
                Problem(
                    codes.EXTRA_WORD,
                    span,
                    "Silence begins anew each time the caller is heard: it has no length in all.",
                    f"Write: after {trigger.duration.raw} of silence",
                    ((end, ""),),
                )
            )
        return trigger

    def _at_time(self, tree: Tree[Token], span: Span) -> n.AtTime:
        time, zone = tree.children
        return n.AtTime(self._literal(time), self._clock_zone(zone), span)

    def _event_bare(self, tree: Tree[Token], span: Span) -> n.EventTest:
        return n.EventTest(self._fact(only(tree)), None, span)

    def _event_compare(self, tree: Tree[Token], span: Span) -> n.EventTest:
        test = self._compare(tree, span)
        return n.EventTest(test.fact, test, span)

    def _times(self, tree: Tree[Token], span: Span) -> n.Times:
        return n.Times(self._count(only(tree)), False, span)

    def _times_in_a_row(self, tree: Tree[Token], span: Span) -> n.Times:
        return n.Times(self._count(only(tree)), True, span)

    def _never(self, tree: Tree[Token], span: Span) -> n.Never:
        verbs, *guards = tree.children
        return n.Never(self._build(verbs), self._all(guards), None, span=span)

    def _never_instead(self, tree: Tree[Token], span: Span) -> n.Never:
        verbs, *guards, instead = tree.children
        return n.Never(self._build(verbs), self._all(guards), self._build(instead), span=span)

    def _before(self, tree: Tree[Token], span: Span) -> n.Before:
        verbs, *guards, seq = tree.children
        return n.Before(self._build(verbs), self._all(guards), self._build(seq), span=span)

    def _named_never(self, tree: Tree[Token], span: Span) -> n.Never:
        label, verbs, *guards = tree.children
        return n.Never(self._build(verbs), self._all(guards), None, self._build(label), span)

    def _named_never_instead(self, tree: Tree[Token], span: Span) -> n.Never:
        label, verbs, *guards, instead = tree.children
        return n.Never(self._build(verbs), self._all(guards), self._build(instead), self._build(label), span)

    def _named_before(self, tree: Tree[Token], span: Span) -> n.Before:
        label, verbs, *guards, body = tree.children
        return n.Before(self._build(verbs), self._all(guards), self._build(body), self._build(label), span)

    def _verb_words(self, tree: Tree[Token], span: Span) -> tuple[n.Name, ...]:
        return self._all(tree.children)

    _verb_word = Steps._name


def _end_of(tree: Tree[Token]) -> int:
    """Where what a line says ends; its own span takes in the line's end."""
    last = tree.children[-1]
    return span_at(last).end
