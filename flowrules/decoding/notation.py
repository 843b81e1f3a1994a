"""A context-free grammar as data, before it is written in anybody's notation.

An expression is fixed text, one character of a class, a sequence, a choice, a repetition, or the name of a rule. A
choice of nothing can't be written: what needs it is left out (`productive`), so that a form is not offered whose place
has no name in a rule set.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import assert_never


@dataclass(frozen=True, slots=True)
class Text:
    """Fixed text. Empty: nothing is written."""

    text: str


@dataclass(frozen=True, slots=True)
class Chars:
    """One character between the ends of one of these ranges; with `negated` one of all others."""

    ranges: tuple[tuple[str, str], ...]
    negated: bool = False

    def holds(self, char: str) -> bool:
        return any(first <= char <= last for first, last in self.ranges) is not self.negated


@dataclass(frozen=True, slots=True)
class Seq:
    parts: tuple["Expr", ...]


@dataclass(frozen=True, slots=True)
class Alt:
    options: tuple["Expr", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """At least `least` times, at most `most`; None: without a bound."""

    part: "Expr"
    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Ref:
    rule: str


@dataclass(frozen=True, slots=True)
class Noted:
    """An expression of whose texts only those are canonical of which `holds` is true. No context-free grammar can say
    that, so exported grammars leave it out; the sampler draws again."""

    part: "Expr"
    holds: Callable[[str], bool]


Expr = Text | Chars | Seq | Alt | Repeat | Ref | Noted
Written = Expr | str
"""An expression; text stands for itself."""

EMPTY = Text("")
IMPOSSIBLE = Alt(())


@dataclass(frozen=True, slots=True)
class Grammar:
    """`rules` by name; `start` is one of them. `terminals` names the rules that never come back to themselves and whose
    text a lexer takes as one piece."""

    rules: Mapping[str, Expr]
    start: str
    terminals: frozenset[str]


def expr(written: Written) -> Expr:
    return Text(written) if isinstance(written, str) else written


def seq(*parts: Written) -> Expr:
    return Seq(tuple(map(expr, parts)))


def alt(*options: Written) -> Expr:
    return (
        options[0]
        if len(options) == 1 and not isinstance(options[0], str)
        else Alt(tuple(map(expr, options)))
    )


def words(texts: Iterable[str]) -> Expr:
    """One of these texts; none of them twice, and always in the same order."""
    return Alt(tuple(map(Text, sorted(set(texts)))))


def optional(*parts: Written) -> Expr:
    return Repeat(seq(*parts), 0, 1)


def several(part: Written, joint: str, most: int | None = None) -> Expr:
    """One or more of a kind with something between them; at most `most`."""
    return seq(part, Repeat(seq(joint, part), 0, None if most is None else most - 1))


def children(node: Expr) -> tuple[Expr, ...]:
    match node:
        case Text() | Chars() | Ref():
            return ()
        case Seq(parts):
            return parts
        case Alt(options):
            return options
        case Repeat(part=part) | Noted(part=part):
            return (part,)
        case _:
            assert_never(node)


def refs(node: Expr) -> Iterator[str]:
    """The rules that an expression names."""
    if isinstance(node, Ref):
        yield node.rule
    for child in children(node):
        yield from refs(child)


def productive(grammar: Grammar) -> Grammar:
    """The same grammar without what can never be written, and without rules that nothing leads to."""
    can: set[str] = set()
    while True:
        found = {name for name, body in grammar.rules.items() if name not in can and _can(body, can)}
        if not found:
            break
        can |= found
    kept = {name: _pruned(body, can) for name, body in grammar.rules.items() if name in can}
    reached: dict[str, None] = {}
    todo = [grammar.start]
    while todo:
        name = todo.pop()
        if name not in reached:
            reached[name] = None
            todo.extend(refs(kept[name]))
    rules = {name: body for name, body in kept.items() if name in reached}
    return Grammar(rules, grammar.start, grammar.terminals & rules.keys())


def _can(node: Expr, can: set[str]) -> bool:
    match node:
        case Text() | Chars():
            return True
        case Ref(rule):
            return rule in can
        case Seq(parts):
            return all(_can(part, can) for part in parts)
        case Alt(options):
            return any(_can(option, can) for option in options)
        case Repeat(part=part, least=least):
            return least == 0 or _can(part, can)
        case Noted(part=part):
            return _can(part, can)
        case _:
            assert_never(node)


def _pruned(node: Expr, can: set[str]) -> Expr:
    match node:
        case Text() | Chars() | Ref():
            return node
        case Seq(parts):
            return Seq(tuple(_pruned(part, can) for part in parts))
        case Alt(options):
            return alt(*(_pruned(option, can) for option in options if _can(option, can)))
        case Repeat(part=part, least=least, most=most):
            return Repeat(_pruned(part, can), least, most) if _can(part, can) else EMPTY
        case Noted(part=part, holds=holds):
            return Noted(_pruned(part, can), holds)
        case _:
            assert_never(node)
