"""Texts drawn from a grammar by chance, as a model without any sense would write them under it."""

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar, assert_never

from flowrules.decoding.notation import Alt, Chars, Expr, Grammar, Noted, Ref, Repeat, Seq, Text

T = TypeVar("T")

TRIES = 400
"""How often a part is drawn again whose text is not canonical."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz ABCXYZ 0123456789 .,;:!?'-_()/&%#@=+*<>| éüßñ अनमस्ते 你好 مرحبا 🙂"
_ALWAYS = 10**6


class Dice(Protocol):
    """A source of chance, such as `random.Random(seed)`."""

    def randrange(self, stop: int, /) -> int: ...
    def choice(self, options: Sequence[T], /) -> T: ...


class OutOfLuck(Exception):
    """No canonical text of a part was drawn."""


class Sampler:
    """Draws texts of a grammar. `deep`: how far rules may go into one another before the shortest way out is taken."""

    def __init__(self, grammar: Grammar, dice: Dice, *, deep: int = 14) -> None:
        self._rules = grammar.rules
        self._start = grammar.start
        self._dice = dice
        self._deep = deep
        self._heights = _heights(grammar.rules)

    def draw(self, rule: str | None = None) -> str:
        """A text of a rule; None: of the start. Raises OutOfLuck where a part has hardly any canonical text."""
        return self._draw(Ref(rule or self._start), 0)

    def _draw(self, node: Expr, depth: int) -> str:
        match node:
            case Text(text):
                return text
            case Chars():
                return self._char(node)
            case Ref(rule):
                return self._draw(self._rules[rule], depth + 1)
            case Seq(parts):
                return "".join(self._draw(part, depth) for part in parts)
            case Alt(options):
                return self._draw(self._dice.choice(self._short(options, depth)), depth)
            case Repeat(part=part):
                return "".join(self._draw(part, depth) for _ in range(self._times(node, depth)))
            case Noted(part=part, holds=holds):
                for _ in range(TRIES):
                    if holds(text := self._draw(part, depth)):
                        return text
                raise OutOfLuck(f"{TRIES} draws, and none was canonical")
            case _:
                assert_never(node)

    def _short(self, options: Sequence[Expr], depth: int) -> Sequence[Expr]:
        if depth < self._deep:
            return options
        least = min(_height(option, self._heights) for option in options)
        return [option for option in options if _height(option, self._heights) == least]

    def _times(self, node: Repeat, depth: int) -> int:
        if depth >= self._deep:
            return node.least
        most = node.least + 12 if node.most is None else node.most
        times = node.least
        while times < most and self._dice.randrange(5) < (4 if most > 20 else 2):
            times += 1
        return times

    def _char(self, node: Chars) -> str:
        if node.negated:
            return self._dice.choice([char for char in _LETTERS if node.holds(char)])
        first, last = self._dice.choice(node.ranges)
        return chr(ord(first) + self._dice.randrange(ord(last) - ord(first) + 1))


def _heights(rules: Mapping[str, Expr]) -> dict[str, int]:
    """How many rules deep the flattest text of each rule is."""
    heights = dict.fromkeys(rules, _ALWAYS)
    changed = True
    while changed:
        changed = False
        for name, body in rules.items():
            height = _height(body, heights) + 1
            if height < heights[name]:
                heights[name] = height
                changed = True
    return heights


def _height(node: Expr, heights: Mapping[str, int]) -> int:
    match node:
        case Text() | Chars():
            return 0
        case Ref(rule):
            return heights[rule]
        case Seq(parts):
            return max((_height(part, heights) for part in parts), default=0)
        case Alt(options):
            return min(_height(option, heights) for option in options)
        case Repeat(part=part, least=least):
            return _height(part, heights) if least else 0
        case Noted(part=part):
            return _height(part, heights)
        case _:
            assert_never(node)
