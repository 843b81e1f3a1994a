"""Lark's tables, driven by a loop of our own: the trees that Lark makes, in a fraction of its time.

Lark builds the tables and knows which terminals each state takes. Its own loop counts lines and columns, makes a
token of every blank, and goes through several calls for each node; this one keeps offsets and nothing else. A
text that it can't read is left to Lark, which says where it stumbled.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple, cast

import regex
from lark import Lark, Token, Tree
from lark.grammar import Rule, Terminal
from lark.lexer import PatternStr, TerminalDef
from lark.parsers.lalr_analysis import Shift

from flowrules.language.grammar import parser

_BLANKS = r"(?:[^\S\n]++(?![\n#]|\Z))?+"
"""What stands between two tokens. A line's last blanks, and those before a comment, belong to the terminals."""


class PlacedTree(Tree[Token]):
    """A node with its place: the offsets of its first character and behind its last, what was left out of the tree
    included."""

    def __init__(self, data: str, children: list[Any], start: int, end: int) -> None:
        self.data = data
        self.children = children
        self.start = start
        self.end = end


class _Reduction(NamedTuple):
    """What becomes of the topmost `size` values once they are a whole grammar rule.

    `kept` says which of them are children: their place, whether their own children stand for them, and how many
    parts that were not written come before. None: all are, as they are. `missing` parts come behind the last.
    """

    size: int
    symbol: str
    name: str
    unwraps: bool
    """With a single child it is that child."""
    kept: tuple[tuple[int, bool, int], ...] | None
    missing: int


class _Scan(NamedTuple):
    """How the next token is read in one state. `words` are the keywords that may stand there, by their spelling;
    `odd_word` finds them in letters beyond ASCII, some of which differ from an ASCII letter only in case."""

    token: Callable[[str, int], Any]
    words: Mapping[str, str]
    odd_word: Callable[[str], Any]


class Driver:
    """Reads texts with the tables of a Lark parser."""

    def __init__(self, lark: Lark) -> None:
        walk = lark.parse_interactive("")
        tables: Any = walk.parser_state.parse_conf
        self._start: int = tables.start_state
        self._final: int = tables.end_state
        reductions = {rule: _reduction(rule) for rule in lark.rules}
        self._actions: dict[int, dict[str, Any]] = {
            state: {
                str(symbol): argument if action is Shift else reductions[argument]
                for symbol, (action, argument) in actions.items()
            }
            for state, actions in tables.parse_table.states.items()
        }
        """By state and symbol: the state to go to, or a reduction."""
        lexer: Any = walk.lexer_thread.lexer
        self._lexers: Mapping[int, Any] = lexer.lexer.lexers
        self._scans: dict[int, _Scan] = {}
        self._ignored = frozenset(map(str, lark.ignore_tokens))

    def read(self, text: str) -> PlacedTree | None:
        """The tree of a text; None where it has a mistake."""
        scans, all_actions, ignored = self._scans, self._actions, self._ignored
        state = self._start
        states = [state]
        values: list[Any] = []
        starts: list[int] = []
        ends: list[int] = []
        start, at, length = 0, 0, len(text)
        word = ""
        while True:
            if at < length:
                scan = scans.get(state) or self._scan(state)
                found = scan.token(text, at)
                if found is None:
                    return None
                kind = found.lastgroup
                start, at = found.span(kind)
                if kind in ignored:
                    continue
                word = text[start:at]
                if kind == "NAME":
                    if word.isascii():
                        kind = scan.words.get(word.lower(), kind)
                    elif (odd := scan.odd_word(word)) is not None:
                        kind = odd.lastgroup
            else:
                kind = "$END"
            while True:
                action = all_actions[state].get(kind)
                if action.__class__ is int:
                    token = _new_token(Token, word)
                    token.type, token.start_pos, token.end_pos = kind, start, at
                    values.append(token)
                    starts.append(start)
                    ends.append(at)
                    states.append(action)
                    state = action
                    break
                if action is None:
                    return None
                size, symbol, name, unwraps, kept, missing = action
                if size > 1 or kept is not None or not unwraps:
                    parts = values[-size:]
                    first, last = starts[-size], ends[-1]
                    if kept is not None:
                        parts = _children(parts, kept, missing)
                    whole = unwraps and len(parts) == 1
                    values[-size:] = parts if whole else (PlacedTree(name, parts, first, last),)
                    starts[-size:] = (first,)
                    ends[-size:] = (last,)
                del states[-size:]
                state = all_actions[states[-1]][symbol]
                states.append(state)
                if state == self._final:
                    return cast(PlacedTree, values[0])

    def _scan(self, state: int) -> _Scan:
        """How a state reads, made when it is first come to. States that take the same terminals share a lexer."""
        lexer = self._lexers[state]
        scan = next((self._scans[other] for other in self._scans if self._lexers[other] is lexer), None)
        if scan is None:
            scan = _make_scan(lexer.terminals, lexer.g_regex_flags)
        self._scans[state] = scan
        return scan


_new_token = str.__new__
"""Leaves out the lines and columns that Lark's own constructor asks for."""


def _children(parts: list[Any], kept: tuple[tuple[int, bool, int], ...], missing: int) -> list[Any]:
    children: list[Any] = []
    for place, spliced, skipped in kept:
        if skipped:
            children += [None] * skipped
        if spliced and children:
            children += parts[place].children
        elif spliced:
            children = parts[place].children  # a long list grows in place, as in Lark's own loop
        else:
            children.append(parts[place])
    if missing:
        children += [None] * missing
    return children


def _reduction(rule: Rule) -> _Reduction:
    """A rule's reduction, as Lark's tree builder shapes it (`lark/parse_tree_builder.py`)."""
    options = rule.options
    size = len(rule.expansion)
    assert size, f"{rule} is empty and has no place"
    gaps = [0] * (size + 1)
    if options.empty_indices:
        written = "".join("1" if empty else "0" for empty in options.empty_indices)
        gaps = [len(run) for run in written.split("0")]
    kept: list[tuple[int, bool, int]] = []
    skipped = 0
    for place, symbol in enumerate(rule.expansion):
        skipped += gaps[place]
        is_punctuation = isinstance(symbol, Terminal) and symbol.filter_out
        if options.keep_all_tokens or not is_punctuation:
            kept.append((place, not symbol.is_term and symbol.name.startswith("_"), skipped))
            skipped = 0
    missing = skipped + gaps[size]
    is_whole = not missing and kept == [(place, False, 0) for place in range(size)]
    return _Reduction(
        size,
        str(rule.origin.name),
        str(rule.alias or rule.origin.name),
        options.expand1 and not rule.alias,
        None if is_whole else tuple(kept),
        missing,
    )


def _make_scan(terminals: Iterable[TerminalDef], flags: int) -> _Scan:
    """One expression for all terminals, in Lark's order of preference. A keyword that is a whole name is looked up
    once the name is read."""
    name = next(terminal for terminal in terminals if terminal.name == "NAME")
    is_name = regex.compile(name.pattern.to_regexp(), flags).fullmatch
    keywords = [t for t in terminals if isinstance(t.pattern, PatternStr) and is_name(t.pattern.value)]
    others = [terminal for terminal in terminals if terminal not in keywords]
    assert all(word.priority == name.priority for word in keywords)
    return _Scan(
        regex.compile(f"{_BLANKS}(?:{_any_of(others)})", flags).match,
        {word.pattern.value.lower(): word.name for word in keywords},
        regex.compile(_any_of(keywords) or "(?!)", flags).fullmatch,
    )


def _any_of(terminals: Iterable[TerminalDef]) -> str:
    return "|".join(f"(?P<{terminal.name}>{terminal.pattern.to_regexp()})" for terminal in terminals)


@cache
def _driver() -> Driver:
    return Driver(parser())


def read_tree(text: str) -> PlacedTree:
    """The tree of one block's text. Raises lark's UnexpectedInput where it has a mistake."""
    tree = _driver().read(text)
    if tree is None:
        parser().parse(text)
        raise AssertionError(f"Lark reads what its tables refuse: {text!r}")
    return tree
