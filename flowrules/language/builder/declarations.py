"""Lists, hours, destinations, facts and the other things that a file declares."""

from dataclasses import replace

from flowrules.diagnostics.codes import syntax as codes
from flowrules.diagnostics.guess import Guess, nearest
from flowrules.language import nodes as n
from flowrules.language.builder.steps import Steps
from flowrules.language.builder.values import Node, children, name_of, only, span_at
from flowrules.language.literals import day, span_of
from flowrules.language.parser.tree import Token, Tree
from flowrules.language.problem import Problem
from flowrules.source import Span

_FACT_TYPES = {
    "numeric": "number", "integer": "number", "int": "number", "float": "number", "amount": "number",
    "decimal": "number", "money": "number", "currency": "number", "digits": "number", "string": "text",
    "word": "text", "words": "text", "bool": "yes/no", "boolean": "yes/no", "flag": "yes/no", "yesno": "yes/no",
    "datetime": "date", "day": "date", "clock": "time", "seconds": "duration", "minutes": "duration",
}  # fmt: skip
"""What other people call the kinds of facts."""


class Declarations(Steps):
    def _timezone(self, tree: Tree[Token], span: Span) -> n.Timezone:
        return n.Timezone(self._build(only(tree)), span)

    def _order_as_written(self, tree: Tree[Token], span: Span) -> n.OrderAsWritten:
        return n.OrderAsWritten(span)

    def _only_declared(self, tree: Tree[Token], span: Span) -> n.OnlyDeclared:
        return n.OnlyDeclared(span)

    def _event_def(self, tree: Tree[Token], span: Span) -> n.EventDef:
        return n.EventDef(self._names(tree.children), span)

    def _fact_def(self, tree: Tree[Token], span: Span) -> n.FactDef:
        fact, kind, source = tree.children
        type_, values = self._kind_of_fact(kind)
        return n.FactDef(name_of(fact), type_, values, self._source(source), span=span)

    def _fact_def_only(self, tree: Tree[Token], span: Span) -> n.FactDef:
        return replace(self._fact_def(tree, span), only=True)

    def _kind_of_fact(self, kind: Node) -> tuple[n.FactType, tuple[n.Literal, ...]]:
        assert isinstance(kind, Tree)
        values: tuple[n.Literal, ...] = ()
        if kind.data == "type_yesno":
            type_ = n.FactType.YESNO
        elif kind.data == "type_one_of":
            type_, values = n.FactType.ONE_OF, self._build(only(kind))
        else:
            type_ = self._fact_type(only(kind))
        return type_, values

    def _fact_type(self, token: Node) -> n.FactType:
        assert isinstance(token, Token)
        word = str(token).lower()
        plain = {t.value: t for t in n.FactType if t not in (n.FactType.YESNO, n.FactType.ONE_OF)}
        if word not in plain:
            called = _FACT_TYPES.get(word)
            guess = Guess((called,), True) if called else nearest(word, plain, keywords=True)
            self.problems.append(
                Problem(
                    codes.UNKNOWN_FACT_TYPE,
                    span_of(token),
                    f'"{token}" is no kind of fact.',
                    guess.question(f"A fact is {', '.join(plain)}, yes/no, or one of a list of values."),
                    ((span_of(token), guess.fix),) if guess.fix else (),
                )
            )
        return plain.get(word, n.FactType.TEXT)

    def _list_def(self, tree: Tree[Token], span: Span) -> n.ListDef:
        return n.ListDef(name_of(tree.children[0]), self._build(tree.children[1]), span)

    def _allow_numbers(self, tree: Tree[Token], span: Span) -> n.Allow:
        return n.Allow(n.AllowKind.NUMBERS, self._literals(tree.children), span)

    def _allow_sip(self, tree: Tree[Token], span: Span) -> n.Allow:
        return n.Allow(n.AllowKind.SIP, self._literals(tree.children), span)

    def _allow_audio(self, tree: Tree[Token], span: Span) -> n.Allow:
        return n.Allow(n.AllowKind.AUDIO, self._literals(tree.children), span)

    def _default_disposition(self, tree: Tree[Token], span: Span) -> n.DefaultDisposition:
        return n.DefaultDisposition(self._build(only(tree)), span=span)

    def _default_disposition_for(self, tree: Tree[Token], span: Span) -> n.DefaultDisposition:
        event, value, label = tree.children
        return n.DefaultDisposition(self._build(label), name_of(event), self._build(value), span)

    def _destination(self, tree: Tree[Token], span: Span) -> n.Destination:
        return n.Destination(name_of(tree.children[0]), self._build(tree.children[1]), span)

    def _destination_map(self, tree: Tree[Token], span: Span) -> n.DestinationMap:
        first, by, *rest = tree.children
        rows: list[n.DestinationRow] = []
        otherwise: n.Target | None = None
        for row in rest:
            assert isinstance(row, Tree)
            if row.data == "dest_otherwise":
                if otherwise is not None:
                    self.problems.append(_twice("otherwise", span_at(row)))
                otherwise = self._build(only(row))
            else:
                key, target = row.children
                rows.append(n.DestinationRow(self._build(key), self._build(target), span_at(row)))
        return n.DestinationMap(name_of(first), name_of(by), tuple(rows), otherwise, span)

    def _hours(self, tree: Tree[Token], span: Span) -> n.Hours:
        first, zone, *lines = children(tree)
        return n.Hours(name_of(first), self._all(lines), self._clock_zone(zone), span)

    def _open_week(self, tree: Tree[Token], span: Span) -> n.OpenWeek:
        days, openings = tree.children
        assert isinstance(days, Tree)
        ranges = [self._build(child) for child in days.children]
        numbers = tuple(dict.fromkeys(number for one in ranges for number in one))
        return n.OpenWeek(numbers, self._build(openings), span)

    def _day_range(self, tree: Tree[Token], span: Span) -> tuple[int, ...]:
        first, last = children(tree)
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
        tokens = [token for token in tree.children if isinstance(token, Token)]
        dates = self._literals(token for token in tokens if token.type == "DATE")
        return n.ClosedOn(dates, tuple(name_of(token) for token in tokens if token.type == "NAME"), span)

    def _holidays(self, tree: Tree[Token], span: Span) -> n.Holidays:
        return n.Holidays(name_of(only(tree)), span)

    def _steps(self, tree: Tree[Token], span: Span) -> n.Steps:
        return n.Steps(name_of(tree.children[0]), self._build(tree.children[1]), span)


def _twice(word: str, span: Span) -> Problem:
    return Problem(codes.SAID_TWICE, span, f'"{word}" stands here a second time.', "Keep one of the two.")
