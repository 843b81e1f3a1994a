"""From Lark's tree to the AST: one function a grammar rule, under the rule's own name."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from lark import Token, Tree

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language import nodes as n
from flowrules.language.grammar import FORMS
from flowrules.language.literals import day, literal, name, span_of
from flowrules.language.names import fold
from flowrules.language.problem import Problem
from flowrules.language.reserved import is_reserved, reserved_problem
from flowrules.source import Span

Node = Tree[Token] | Token | None


class Builder:
    """Builds one block's item and collects what grammar alone could not refuse in `problems`."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def item(self, tree: Tree[Token]) -> n.Item:
        built: n.Item = self._build(_only(tree))
        return built

    def _build(self, node: Node) -> Any:
        assert isinstance(node, Tree)
        method: Callable[[Tree[Token], Span], Any] = getattr(self, f"_{node.data}", self._verb)
        return method(node, _span(node))

    def _all(self, children: Iterable[Node]) -> tuple[Any, ...]:
        return tuple(self._build(child) for child in children if child is not None)

    # --- literals and names ---

    def _literal(self, token: Node) -> n.Literal:
        """A value. Words of the grammar and verbs are refused unless they are quoted."""
        assert isinstance(token, Token)
        if token.type == "NAME" and is_reserved(str(token)):
            self.problems.append(reserved_problem(str(token), span_of(token)))
        try:
            return literal(token)
        except ValueError:
            self.problems.append(
                Problem(
                    codes.BAD_DATE,
                    span_of(token),
                    f"{token} is no day of the calendar.",
                    "Write a date as year-month-day, such as 2026-01-26.",
                )
            )
            return n.Literal(n.Kind.WORD, str(token), str(token), span_of(token))

    def _literals(self, tokens: Iterable[Node]) -> tuple[n.Literal, ...]:
        return tuple(self._literal(token) for token in tokens)

    def _value(self, tree: Tree[Token], span: Span) -> n.Literal:
        return self._literal(_only(tree))

    _label = _text = _digits = _duration = _address = _zone = _value

    def _party(self, tree: Tree[Token], span: Span) -> n.Literal:
        word = str(_only(tree))
        return n.Literal(n.Kind.WORD, word.lower(), word, span)

    def _values(self, tree: Tree[Token], span: Span) -> tuple[n.Literal, ...]:
        return self._all(tree.children)

    def _name(self, tree: Tree[Token], span: Span) -> n.Name:
        return _name(_only(tree))

    _reason = _name

    def _names(self, nodes: Iterable[Node]) -> tuple[n.Name, ...]:
        return tuple(_name(node) for node in nodes)

    # --- declarations ---

    def _timezone(self, tree: Tree[Token], span: Span) -> n.Timezone:
        return n.Timezone(self._build(_only(tree)), span)

    def _order_as_written(self, tree: Tree[Token], span: Span) -> n.OrderAsWritten:
        return n.OrderAsWritten(span)

    def _event_def(self, tree: Tree[Token], span: Span) -> n.EventDef:
        return n.EventDef(self._names(tree.children), span)

    def _fact_def(self, tree: Tree[Token], span: Span) -> n.FactDef:
        fact, kind, source = tree.children
        assert isinstance(kind, Tree)
        values: tuple[n.Literal, ...] = ()
        if kind.data == "type_yesno":
            type_ = n.FactType.YESNO
        elif kind.data == "type_one_of":
            type_, values = n.FactType.ONE_OF, self._build(_only(kind))
        else:
            type_ = self._fact_type(_only(kind))
        return n.FactDef(_name(fact), type_, values, self._source(source), span)

    def _fact_type(self, token: Node) -> n.FactType:
        assert isinstance(token, Token)
        word = str(token).lower()
        plain = {t.value: t for t in n.FactType if t not in (n.FactType.YESNO, n.FactType.ONE_OF)}
        if word not in plain:
            self.problems.append(
                Problem(
                    codes.UNKNOWN_FACT_TYPE,
                    span_of(token),
                    f'"{token}" is no kind of fact.',
                    f"A fact is {', '.join(plain)}, yes/no, or one of a list of values.",
                )
            )
        return plain.get(word, n.FactType.TEXT)

    def _source(self, token: Node) -> str | None:
        if token is None:
            return None
        assert isinstance(token, Token)
        word = str(token).lower()
        if word not in ("platform", "host", "model", "caller"):
            self.problems.append(
                Problem(
                    codes.UNKNOWN_SOURCE,
                    span_of(token),
                    f'A fact can\'t come from "{token}".',
                    "Say from platform, host, model or caller.",
                )
            )
        return word

    def _list_def(self, tree: Tree[Token], span: Span) -> n.ListDef:
        return n.ListDef(_name(tree.children[0]), self._build(tree.children[1]), span)

    def _allow_numbers(self, tree: Tree[Token], span: Span) -> n.Allow:
        return n.Allow(n.AllowKind.NUMBERS, self._literals(tree.children), span)

    def _allow_sip(self, tree: Tree[Token], span: Span) -> n.Allow:
        return n.Allow(n.AllowKind.SIP, self._literals(tree.children), span)

    def _allow_audio(self, tree: Tree[Token], span: Span) -> n.Allow:
        return n.Allow(n.AllowKind.AUDIO, self._literals(tree.children), span)

    def _default_disposition(self, tree: Tree[Token], span: Span) -> n.DefaultDisposition:
        return n.DefaultDisposition(self._build(_only(tree)), span=span)

    def _default_disposition_for(self, tree: Tree[Token], span: Span) -> n.DefaultDisposition:
        event, value, label = tree.children
        return n.DefaultDisposition(self._build(label), _name(event), self._build(value), span)

    def _destination(self, tree: Tree[Token], span: Span) -> n.Destination:
        return n.Destination(_name(tree.children[0]), self._build(tree.children[1]), span)

    def _destination_map(self, tree: Tree[Token], span: Span) -> n.DestinationMap:
        first, by, *rest = tree.children
        rows: list[n.DestinationRow] = []
        otherwise: n.Target | None = None
        for row in rest:
            assert isinstance(row, Tree)
            if row.data == "dest_otherwise":
                if otherwise is not None:
                    self.problems.append(_twice("otherwise", _span(row)))
                otherwise = self._build(_only(row))
            else:
                key, target = row.children
                rows.append(n.DestinationRow(self._build(key), self._build(target), _span(row)))
        return n.DestinationMap(_name(first), _name(by), tuple(rows), otherwise, span)

    def _hours(self, tree: Tree[Token], span: Span) -> n.Hours:
        first, zone, *lines = _children(tree)
        return n.Hours(_name(first), self._all(lines), self._build(zone) if zone else None, span)

    def _open_week(self, tree: Tree[Token], span: Span) -> n.OpenWeek:
        days, openings = tree.children
        assert isinstance(days, Tree)
        ranges = [self._build(child) for child in days.children]
        numbers = tuple(dict.fromkeys(number for one in ranges for number in one))
        return n.OpenWeek(numbers, self._build(openings), span)

    def _day_range(self, tree: Tree[Token], span: Span) -> tuple[int, ...]:
        first, last = _children(tree)
        assert isinstance(first, Token)
        if last is None:
            return (day(first),)
        assert isinstance(last, Token)
        length = (day(last) - day(first)) % 7
        return tuple((day(first) + offset) % 7 for offset in range(length + 1))

    def _openings(self, tree: Tree[Token], span: Span) -> tuple[n.Opening, ...]:
        return self._all(tree.children)

    def _opening(self, tree: Tree[Token], span: Span) -> n.Opening:
        start, end = self._literals(tree.children)
        return n.Opening(start, end, span)

    def _open_date(self, tree: Tree[Token], span: Span) -> n.OpenDate:
        *dates, openings = tree.children
        return n.OpenDate(self._literals(dates), self._build(openings), span)

    def _closed_on(self, tree: Tree[Token], span: Span) -> n.ClosedOn:
        return n.ClosedOn(self._literals(tree.children), span)

    def _holidays(self, tree: Tree[Token], span: Span) -> n.Holidays:
        return n.Holidays(_name(_only(tree)), span)

    def _steps(self, tree: Tree[Token], span: Span) -> n.Steps:
        return n.Steps(_name(tree.children[0]), self._build(tree.children[1]), span)

    # --- rules ---

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
                    _span(last),
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
            rank=n.Rank(str(_only(rank)).lower()) if isinstance(rank, Tree) else n.Rank.PLAIN,
            guards=tuple(clause for clause in clauses if isinstance(clause, n.Guard)),
            limits=tuple(clause for clause in clauses if isinstance(clause, n.Limit)),
            otherwise=otherwise,
            block=label is not None,
            span=span,
            head_span=_span(head),
        )

    def _guard_when(self, tree: Tree[Token], span: Span) -> n.Guard:
        return n.Guard(n.GuardWord.WHEN, self._build(_only(tree)), span)

    def _guard_unless(self, tree: Tree[Token], span: Span) -> n.Guard:
        return n.Guard(n.GuardWord.UNLESS, self._build(_only(tree)), span)

    def _guard_during(self, tree: Tree[Token], span: Span) -> n.Guard:
        return n.Guard(n.GuardWord.DURING, self._during(tree, span), span)

    def _guard_outside(self, tree: Tree[Token], span: Span) -> n.Guard:
        return n.Guard(n.GuardWord.OUTSIDE, self._outside(tree, span), span)

    def _limit_once(self, tree: Tree[Token], span: Span) -> n.Limit:
        return n.Limit(n.LimitKind.PER_CALL, 1, span=span)

    def _limit_at_most(self, tree: Tree[Token], span: Span) -> n.Limit:
        return n.Limit(n.LimitKind.PER_CALL, _count(_only(tree)), span=span)

    def _limit_cooldown(self, tree: Tree[Token], span: Span) -> n.Limit:
        duration = self._literal(_only(tree))
        assert isinstance(duration.value, int)
        return n.Limit(n.LimitKind.COOLDOWN, duration.value, duration.raw, span)

    def _on(self, tree: Tree[Token], span: Span) -> n.On:
        *tests, times = tree.children
        return n.On(self._all(tests), self._build(times) if times else None, span)

    def _on_anything(self, tree: Tree[Token], span: Span) -> n.OnAnything:
        return n.OnAnything(span)

    def _after_call(self, tree: Tree[Token], span: Span) -> n.AfterCall:
        return n.AfterCall(self._literal(_only(tree)), span)

    def _after_fact(self, tree: Tree[Token], span: Span) -> n.AfterFact:
        duration, fact = tree.children
        return n.AfterFact(self._literal(duration), _name(fact), span)

    def _at_time(self, tree: Tree[Token], span: Span) -> n.AtTime:
        return n.AtTime(self._literal(_only(tree)), span)

    def _event_bare(self, tree: Tree[Token], span: Span) -> n.EventTest:
        return n.EventTest(_name(_only(tree)), None, span)

    def _event_compare(self, tree: Tree[Token], span: Span) -> n.EventTest:
        test = self._compare(tree, span)
        return n.EventTest(test.fact, test, span)

    def _times(self, tree: Tree[Token], span: Span) -> n.Times:
        return n.Times(_count(_only(tree)), False, span)

    def _times_in_a_row(self, tree: Tree[Token], span: Span) -> n.Times:
        return n.Times(_count(_only(tree)), True, span)

    def _never(self, tree: Tree[Token], span: Span) -> n.Never:
        verbs, *guards = tree.children
        return n.Never(self._build(verbs), self._all(guards), None, span)

    def _never_instead(self, tree: Tree[Token], span: Span) -> n.Never:
        verbs, *guards, instead = tree.children
        return n.Never(self._build(verbs), self._all(guards), self._build(instead), span)

    def _before(self, tree: Tree[Token], span: Span) -> n.Before:
        verbs, *guards, seq = tree.children
        return n.Before(self._build(verbs), self._all(guards), self._build(seq), span)

    def _verb_words(self, tree: Tree[Token], span: Span) -> tuple[n.Name, ...]:
        return self._all(tree.children)

    _verb_word = _name

    # --- conditions ---

    def _all_of(self, tree: Tree[Token], span: Span) -> n.And:
        return n.And(self._all(tree.children), span)

    def _any_of(self, tree: Tree[Token], span: Span) -> n.Or:
        return n.Or(self._all(tree.children), span)

    def _negation(self, tree: Tree[Token], span: Span) -> n.Not:
        return n.Not(self._build(_only(tree)), span)

    def _during(self, tree: Tree[Token], span: Span) -> n.During:
        return n.During(_name(_only(tree)), True, span)

    def _outside(self, tree: Tree[Token], span: Span) -> n.During:
        return n.During(_name(_only(tree)), False, span)

    def _compare(self, tree: Tree[Token], span: Span) -> n.Compare:
        fact, comparison = tree.children
        assert isinstance(comparison, Tree)
        op = n.Op(comparison.data)
        match op:
            case n.Op.IN_LIST | n.Op.NOT_IN_LIST:
                return n.Compare(_name(fact), op, list=_name(_only(comparison)), span=span)
            case n.Op.CONTAINS_DIGITS:
                return n.Compare(_name(fact), op, (self._literal(_only(comparison)),), span=span)
            case n.Op.CONTAINS_ANY if (listed := _bare_name(comparison)) is not None:
                return n.Compare(_name(fact), n.Op.CONTAINS_LIST, list=listed, span=span)
            case n.Op.ONE_OF | n.Op.NOT_ONE_OF | n.Op.CONTAINS_ANY:
                return n.Compare(_name(fact), op, self._build(_only(comparison)), span=span)
            case _:
                return n.Compare(_name(fact), op, self._all(comparison.children), span=span)

    # --- steps ---

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
            case n.VerbStep():
                merged = (*step.failures, *failures)
                return n.VerbStep(step.verb, step.word, step.arguments, merged, span, step.word_span)
            case n.OtherVerb():
                return n.OtherVerb(step.name, step.pairs, (*step.failures, *failures), span)
            case _:
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
        fails, *because, seq = tree.children
        assert isinstance(fails, Token)
        start = span_of(fails).end - len(str(fails).lstrip().rsplit("\n", 1)[-1].lstrip())
        reasons = self._build(because[0]) if because else ()
        return n.Failure(reasons, self._build(seq), Span(start, span.end))

    def _because(self, tree: Tree[Token], span: Span) -> tuple[n.Name, ...]:
        return self._all(tree.children)

    def _if_line(self, tree: Tree[Token], span: Span) -> n.If:
        condition, seq = tree.children
        return n.If(self._build(condition), self._build(seq), (), span)

    def _if_line_else(self, tree: Tree[Token], span: Span) -> n.If:
        condition, seq, otherwise = tree.children
        return n.If(self._build(condition), self._build(seq), self._build(otherwise), span)

    def _verb(self, tree: Tree[Token], span: Span) -> n.VerbStep:
        verb, form = FORMS[str(tree.data)]
        arguments = []
        for argument, child in zip(form.argument_names, _children(tree), strict=True):
            if child is None:
                continue
            assert isinstance(child, Tree)
            is_flag = str(child.data).startswith("flag_")
            arguments.append(n.Argument(argument, True if is_flag else self._build(child), _span(child)))
        word_span = Span(span.start, span.start + len(form.word))
        return n.VerbStep(verb, form.word, tuple(arguments), (), span, word_span)

    def _other_verb(self, tree: Tree[Token], span: Span) -> n.OtherVerb:
        verb, pairs = tree.children
        return n.OtherVerb(_name(verb), self._build(pairs) if pairs else (), (), span)

    def _wait(self, tree: Tree[Token], span: Span) -> n.Wait:
        return n.Wait(self._literal(_only(tree)), span)

    def _do(self, tree: Tree[Token], span: Span) -> n.Do:
        return n.Do(_name(_only(tree)), span)

    def _stop(self, tree: Tree[Token], span: Span) -> n.Stop:
        return n.Stop(span)

    def _remember(self, tree: Tree[Token], span: Span) -> n.Remember:
        fact, value = tree.children
        return n.Remember(_name(fact), self._build(value), span)

    def _forget(self, tree: Tree[Token], span: Span) -> n.Forget:
        return n.Forget(_name(_only(tree)), span)

    def _advise(self, tree: Tree[Token], span: Span) -> n.Advise:
        return n.Advise(self._literal(_only(tree)), span)

    # --- what slots hold ---

    def _target(self, tree: Tree[Token], span: Span) -> n.Target:
        kind = n.TargetKind(str(tree.data).removeprefix("target_"))
        child = _only(tree)
        value = self._literal(child) if isinstance(child, Token) else self._build(child)
        return n.Target(kind, value, span)

    _target_agent = _target_queue = _target_supervisor = _target_number = _target_sip = _target_to = _target

    def _pairs(self, tree: Tree[Token], span: Span) -> tuple[n.Pair, ...]:
        return self._all(tree.children)

    def _pair(self, tree: Tree[Token], span: Span) -> n.Pair:
        key, value = tree.children
        return n.Pair(_name(key), self._build(value), span)

    def _callback_in(self, tree: Tree[Token], span: Span) -> n.CallbackTime:
        return n.CallbackTime(n.CallbackKind.IN, duration=self._literal(_only(tree)), span=span)

    def _callback_tomorrow(self, tree: Tree[Token], span: Span) -> n.CallbackTime:
        return n.CallbackTime(n.CallbackKind.TOMORROW, time=self._literal(_only(tree)), span=span)

    def _callback_day(self, tree: Tree[Token], span: Span) -> n.CallbackTime:
        weekday, time = tree.children
        assert isinstance(weekday, Token)
        return n.CallbackTime(n.CallbackKind.NEXT_DAY, day=day(weekday), time=self._literal(time), span=span)

    def _callback_hours(self, tree: Tree[Token], span: Span) -> n.CallbackTime:
        return n.CallbackTime(n.CallbackKind.NEXT_HOURS, name=_name(_only(tree)), span=span)

    def _callback_date(self, tree: Tree[Token], span: Span) -> n.CallbackTime:
        date, time = self._literals(tree.children)
        return n.CallbackTime(n.CallbackKind.AT_DATE, date=date, time=time, span=span)

    def _callback_fact(self, tree: Tree[Token], span: Span) -> n.CallbackTime:
        return n.CallbackTime(n.CallbackKind.AT_FACT, name=_name(_only(tree)), span=span)

    # --- tests in the file ---

    def _test(self, tree: Tree[Token], span: Span) -> n.Test:
        label, *lines = tree.children
        return n.Test(self._build(label), self._all(lines), span)

    def _given(self, tree: Tree[Token], span: Span) -> n.Given:
        fact, value = tree.children
        return n.Given(_name(fact), (self._build(value),), span)

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
        verb, *because = tree.children
        assert isinstance(verb, Tree)
        return n.GivenFails(_name(_only(verb)), self._build(because[0]) if because else (), span)

    def _play(self, tree: Tree[Token], span: Span) -> n.Play:
        keys: dict[str, n.EventKey] = {}
        for child in _children(tree):
            if child is None:
                continue
            key: n.EventKey = self._build(child)
            seen = keys.get(key.name.key)
            merged = seen and n.EventKey(seen.name, (*seen.values, *key.values), seen.span)
            keys[key.name.key] = merged or key
        return n.Play(tuple(keys.values()), span)

    def _played(self, tree: Tree[Token], span: Span) -> n.EventKey:
        key, value = tree.children
        return n.EventKey(_name(key), (self._build(value),) if value else (), span)

    def _play_after(self, tree: Tree[Token], span: Span) -> n.PlayAfter:
        return n.PlayAfter(self._literal(_only(tree)), None, span)

    def _play_after_fact(self, tree: Tree[Token], span: Span) -> n.PlayAfter:
        duration, fact = tree.children
        return n.PlayAfter(self._literal(duration), _name(fact), span)

    def _play_at(self, tree: Tree[Token], span: Span) -> n.PlayAt:
        return n.PlayAt(self._literal(_only(tree)), span)

    def _expect(self, tree: Tree[Token], span: Span) -> n.Expect:
        return n.Expect(self._all(tree.children), span)

    def _expect_not(self, tree: Tree[Token], span: Span) -> n.ExpectNot:
        return n.ExpectNot(self._build(_only(tree)), span)

    def _expect_nothing(self, tree: Tree[Token], span: Span) -> n.ExpectNothing:
        return n.ExpectNothing(span)

    def _expect_rule(self, tree: Tree[Token], span: Span) -> n.ExpectRule:
        return n.ExpectRule(self._build(_only(tree)), span)

    def _pattern(self, tree: Tree[Token], span: Span) -> n.Pattern:
        return n.Pattern(self._build(_only(tree)), span)

    def _lone_verb(self, tree: Tree[Token], span: Span) -> n.VerbStep:
        word = str(_only(tree)).lower()
        verb = next(verb for verb, form in FORMS.values() if form.word == word)
        return n.VerbStep(verb, word, (), (), span, span)


def _children(tree: Tree[Token]) -> Sequence[Node]:
    """Lark's own types leave out that an optional part which was not written is None."""
    return tree.children


def _only(tree: Tree[Token]) -> Node:
    (child,) = tree.children
    return child


def _span(tree: Tree[Token]) -> Span:
    return Span(tree.meta.start_pos, tree.meta.end_pos) if not tree.meta.empty else Span(0, 0)


def _name(node: Node) -> n.Name:
    assert isinstance(node, Token)
    return name(node)


def _count(node: Node) -> int:
    assert isinstance(node, Token)
    return int(str(node).split()[0])


def _bare_name(comparison: Tree[Token]) -> n.Name | None:
    """The list's name in `contains any of NAME`: one bare word; words to look for are quoted."""
    values = _only(comparison)
    assert isinstance(values, Tree)
    if len(values.children) != 1:
        return None
    value = values.children[0]
    assert isinstance(value, Tree)
    token = _only(value)
    return name(token) if isinstance(token, Token) and token.type == "NAME" else None


def _twice(word: str, span: Span) -> Problem:
    return Problem(codes.SAID_TWICE, span, f'"{word}" stands here a second time.', "Keep one of the two.")
