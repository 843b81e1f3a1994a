"""Steps, what a verb's slots hold, and what to do when a step fails."""

from collections.abc import Sequence
from dataclasses import replace

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language import nodes as n
from flowrules.language.builder.conditions import Conditions
from flowrules.language.builder.values import Node, children, name_of, only, span_at
from flowrules.language.literals import day, span_of
from flowrules.language.parser.grammar import FORMS, OPEN_FORMS
from flowrules.language.parser.tree import Token, Tree
from flowrules.language.problem import Problem
from flowrules.source import Span


class Steps(Conditions):
    def _seq(self, tree: Tree[Token], span: Span) -> tuple[n.Step, ...]:
        return self._all(tree.children)

    def _body(self, tree: Tree[Token], span: Span) -> tuple[n.Step, ...]:
        steps: list[n.Step] = []
        for line in self._all(tree.children):
            steps.extend(line if isinstance(line, tuple) else (line,))
        return tuple(steps)

    def _seq_failing(self, tree: Tree[Token], span: Span) -> tuple[n.Step, ...]:
        seq, *failures = tree.children
        return self._failing(seq, failures)

    def _failing(self, seq: Node, failures: Sequence[Node]) -> tuple[n.Step, ...]:
        *steps, last = self._build(seq)
        return (*steps, self._with_failures(last, self._all(failures)))

    def _with_failures(self, step: n.Step, failures: tuple[n.Failure, ...]) -> n.Step:
        span = Span(step.span.start, failures[-1].span.end)
        match step:
            case n.VerbStep() | n.OtherVerb():
                return replace(step, failures=(*step.failures, *failures), span=span)
            case (
                n.Wait()
                | n.Do()
                | n.Stop()
                | n.GoOn()
                | n.Remember()
                | n.Forget()
                | n.Advise()
                | n.StaySilent()
                | n.If()
            ):
                self.problems.append(
                    Problem(
                        codes.FAILURE_WITHOUT_VERB,
                        failures[0].span,
                        '"if it fails" stands under a step that can\'t fail.',
                        "Put it right below a verb that is sent to the platform, such as transfer.",
                    )
                )
                return step

    def _step_failing(self, tree: Tree[Token], span: Span) -> n.Step:
        step, failure = tree.children
        return self._with_failures(self._build(step), (self._build(failure),))

    def _last_fail(self, tree: Tree[Token], span: Span) -> n.Step:
        step, fails, *because, handler = tree.children
        assert isinstance(fails, Token)
        reasons = self._build(because[0]) if because else ()
        branch = n.Failure(reasons, (self._build(handler),), Span(span_of(fails).start, span.end))
        return self._with_failures(self._build(step), (branch,))

    def _failure(self, tree: Tree[Token], span: Span) -> n.Failure:
        fails, *because, steps = tree.children
        assert isinstance(fails, Token)
        start = span_of(fails).end - len(str(fails).lstrip().rsplit("\n", 1)[-1].lstrip())
        reasons = self._build(because[0]) if because else ()
        handling = self._build(steps)
        return n.Failure(
            reasons, handling if isinstance(handling, tuple) else (handling,), Span(start, span.end)
        )

    def _because(self, tree: Tree[Token], span: Span) -> tuple[n.Name, ...]:
        return self._names(tree.children)

    def _if_line(self, tree: Tree[Token], span: Span) -> n.If:
        condition, seq = tree.children
        return n.If(self._build(condition), self._build(seq), (), span)

    def _if_line_else(self, tree: Tree[Token], span: Span) -> n.If:
        condition, seq, otherwise = tree.children
        return n.If(self._build(condition), self._build(seq), self._build(otherwise), span)

    def _verb(self, tree: Tree[Token], span: Span) -> n.VerbStep:
        verb, form = (FORMS | OPEN_FORMS)[str(tree.data)]
        arguments = []
        for argument, child in zip(form.argument_names, children(tree), strict=True):
            if child is None:
                continue
            is_flag = isinstance(child, Tree) and str(child.data).startswith("flag_")
            arguments.append(n.Argument(argument, True if is_flag else self._build(child), span_at(child)))
        word_span = Span(span.start, span.start + len(form.word))
        return n.VerbStep(verb, form.word, tuple(arguments), (), span, word_span)

    def _other_verb(self, tree: Tree[Token], span: Span) -> n.OtherVerb:
        verb, pairs = tree.children
        return n.OtherVerb(name_of(verb), self._build(pairs) if pairs else (), (), span)

    def _patient(self, tree: Tree[Token], span: Span) -> n.Step:
        sent, _, patience = tree.children
        step = self._build(sent)
        assert isinstance(step, n.VerbStep | n.OtherVerb)
        return replace(step, patience=self._literal(patience), span=span)

    def _wait(self, tree: Tree[Token], span: Span) -> n.Wait:
        return n.Wait(self._literal(only(tree)), span)

    def _do(self, tree: Tree[Token], span: Span) -> n.Do:
        steps = name_of(only(tree))
        if steps.key == "nothing":
            self.problems.append(
                Problem(
                    codes.OTHER_WORDING,
                    span,
                    'To do nothing is written "stop".',
                    "Write: stop",
                    ((span, "stop"),),
                )
            )
        return n.Do(steps, span)

    def _stop(self, tree: Tree[Token], span: Span) -> n.Stop:
        return n.Stop(span)

    def _go_on(self, tree: Tree[Token], span: Span) -> n.GoOn:
        return n.GoOn(span)

    def _remember(self, tree: Tree[Token], span: Span) -> n.Remember:
        fact, value = tree.children
        return n.Remember(name_of(fact), self._build(value), span)

    def _forget(self, tree: Tree[Token], span: Span) -> n.Forget:
        return n.Forget(name_of(only(tree)), span)

    def _advise(self, tree: Tree[Token], span: Span) -> n.Advise:
        return n.Advise(self._literal(only(tree)), span)

    def _stay_silent(self, tree: Tree[Token], span: Span) -> n.StaySilent:
        return n.StaySilent(span)

    # --- what slots hold ---

    def _target(self, tree: Tree[Token], span: Span) -> n.Target:
        kind = n.TargetKind(str(tree.data).removeprefix("target_"))
        return n.Target(kind, self._literal(only(tree)), span)

    _target_agent = _target_queue = _target_supervisor = _target_number = _target_sip = _target_to = _target

    def _kind(self, tree: Tree[Token], span: Span) -> n.TargetKind:
        return n.TargetKind(str(tree.data).removeprefix("kind_"))

    _kind_agent = _kind_queue = _kind_supervisor = _kind_number = _kind_sip = _kind

    def _target_pattern(self, tree: Tree[Token], span: Span) -> n.Target:
        target: n.Target = self._build(only(tree))
        return target

    def _pairs(self, tree: Tree[Token], span: Span) -> tuple[n.Pair, ...]:
        return self._all(tree.children)

    def _pair(self, tree: Tree[Token], span: Span) -> n.Pair:
        key, value = tree.children
        return n.Pair(name_of(key), self._build(value), span)

    def _callback_in(self, tree: Tree[Token], span: Span) -> n.CallbackTime:
        return n.CallbackTime(n.CallbackKind.IN, duration=self._literal(only(tree)), span=span)

    def _callback_today(self, tree: Tree[Token], span: Span) -> n.CallbackTime:
        return n.CallbackTime(n.CallbackKind.TODAY, time=self._literal(only(tree)), span=span)

    def _callback_tomorrow(self, tree: Tree[Token], span: Span) -> n.CallbackTime:
        return n.CallbackTime(n.CallbackKind.TOMORROW, time=self._literal(only(tree)), span=span)

    def _callback_day(self, tree: Tree[Token], span: Span) -> n.CallbackTime:
        weekday, time = tree.children
        assert isinstance(weekday, Token)
        return n.CallbackTime(n.CallbackKind.NEXT_DAY, day=day(weekday), time=self._literal(time), span=span)

    def _callback_hours(self, tree: Tree[Token], span: Span) -> n.CallbackTime:
        return n.CallbackTime(n.CallbackKind.NEXT_HOURS, name=name_of(only(tree)), span=span)

    def _callback_date(self, tree: Tree[Token], span: Span) -> n.CallbackTime:
        date, time = self._literals(tree.children)
        return n.CallbackTime(n.CallbackKind.AT_DATE, date=date, time=time, span=span)

    def _callback_fact(self, tree: Tree[Token], span: Span) -> n.CallbackTime:
        return n.CallbackTime(n.CallbackKind.AT_FACT, name=name_of(only(tree)), span=span)
