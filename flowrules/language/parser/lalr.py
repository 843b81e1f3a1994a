"""The grammar's tables, driven by a loop of our own: the trees that Lark makes, in a fraction of its time.

Lark builds the tables (`tables.py`) and is not imported where they are at hand. Its own loop counts lines and columns,
makes a token of every blank, and goes through several calls for each node; this one keeps offsets and nothing else. Of
a text that it can't read it says where it stumbled, and what could have stood there (`Walk`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple, cast

import regex

from flowrules.language.parser.grammar import tables
from flowrules.language.parser.tables import Tables, TerminalRow
from flowrules.language.parser.tree import Token, Tree

_BLANKS = r"(?:[^\S\n]++(?![\n#]|\Z))?+"
"""What stands between two tokens. A line's last blanks, and those before a comment, belong to the terminals."""
_SPACE = regex.compile(r"[^\S\n]++")
END = "$END"
"""The tables' name for the end of the text."""


class _Scan(NamedTuple):
    """How the next token is read in one state. `words` are the keywords that may stand there, by their spelling;
    `odd_word` finds them in letters beyond ASCII, some of which differ from an ASCII letter only in case."""

    token: Callable[[str, int], Any]
    words: Mapping[str, str]
    odd_word: Callable[[str], Any]


class Driver:
    """Reads texts with the grammar's tables."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self._scans: dict[int, _Scan] = {}
        self._by_lexer: dict[int, _Scan] = {}
        self._tokens: dict[tuple[int, ...], Callable[[str, int], Any]] = {}
        is_name = self._compiled(next(row.regexp for row in tables.terminals if row.name == "NAME"))
        self._is_keyword = [bool(row.word) and is_name(row.word) is not None for row in tables.terminals]

    def read(self, text: str) -> Tree[Token] | None:
        """The tree of a text; None where it has a mistake."""
        scans, ignored = self._scans, self.tables.ignored
        all_actions: tuple[dict[str, Any], ...] = (
            self.tables.actions
        )  # Any: a cast takes longer than the look-up
        final = self.tables.final
        state = self.tables.start
        states = [state]
        values: list[Any] = []
        starts: list[int] = []
        ends: list[int] = []
        start, at, length = 0, 0, len(text)
        word = ""
        while True:
            if at < length:
                scan = scans.get(state) or self.scan(state)
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
                kind = END
            while True:
                action = all_actions[state].get(kind)
                if action.__class__ is int:
                    token = Token(word)
                    token.type, token.start_pos, token.end_pos = kind, start, at
                    values.append(token)
                    starts.append(start)
                    ends.append(at)
                    state = action
                    states.append(state)
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
                    values[-size:] = parts if whole else (Tree(name, parts, first, last),)
                    starts[-size:] = (first,)
                    ends[-size:] = (last,)
                del states[-size:]
                state = all_actions[states[-1]][symbol]
                states.append(state)
                if state == final:
                    tree: Tree[Token] = values[0]
                    return tree

    def scan(self, state: int) -> _Scan:
        """How a state reads, made when it is first come to. States that take the same terminals share it."""
        lexer = self.tables.lexer_of[state]
        scan = self._by_lexer.get(lexer)
        if scan is None:
            scan = self._by_lexer[lexer] = self._make_scan(self.tables.lexers[lexer])
        self._scans[state] = scan
        return scan

    def _make_scan(self, places: tuple[int, ...]) -> _Scan:
        """One expression for all terminals, in Lark's order of preference. A keyword that is a whole name is looked up
        once the name is read: so states that differ in nothing but keywords share the expression, which takes long
        to make."""
        rows = self.tables.terminals
        keywords = [rows[place] for place in places if self._is_keyword[place]]
        assert all(row.priority == 0 for row in keywords)
        others = tuple(place for place in places if not self._is_keyword[place])
        token = self._tokens.get(others)
        if token is None:
            expression = f"{_BLANKS}(?:{_any_of(rows[place] for place in others)})"
            token = self._tokens[others] = regex.compile(expression, self.tables.flags).match
        return _Scan(token, {row.word.lower(): row.name for row in keywords}, self._odd_words(keywords))

    def _odd_words(self, keywords: list[TerminalRow]) -> Callable[[str], Any]:
        made: list[Callable[[str], Any]] = []

        def odd_word(word: str) -> Any:
            if not made:
                made.append(self._compiled(_any_of(keywords) or "(?!)"))
            return made[0](word)

        return odd_word

    def _compiled(self, expression: str) -> Callable[[str], Any]:
        return cast(Callable[[str], Any], regex.compile(expression, self.tables.flags).fullmatch)


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


def _any_of(terminals: Iterable[TerminalRow]) -> str:
    return "|".join(f"(?P<{row.name}>{row.regexp})" for row in terminals)


class Walk:
    """A way through a text that makes no tree, for whoever wants to know where it stumbles.

    `at` is where the last token ends, or the text can't be read any further. After `tokens` is through: `refused` says
    that the grammar did not take the last token, `unreadable` that no token stands at `at`.
    """

    def __init__(self, text: str, driver: Driver | None = None) -> None:
        self._driver = driver or _driver()
        self._actions = self._driver.tables.actions
        self._states = [self._driver.tables.start]
        self._text = text
        self.at = 0
        self.last = ""
        """The kind of the last token that was taken."""
        self.refused = self.unreadable = False

    def tokens(self) -> Iterator[Token]:
        """Every token, before the grammar is asked whether it may stand there."""
        while self.at < len(self._text):
            scan = self._driver.scan(self._states[-1])
            found = scan.token(self._text, self.at)
            if found is None:
                if (blanks := _SPACE.match(self._text, self.at)) is not None:
                    self.at = blanks.end()
                self.unreadable = self.at < len(self._text)
                return
            kind = found.lastgroup
            start, end = found.span(kind)
            if kind not in self._driver.tables.ignored:
                token = Token(self._text[start:end])
                token.type, token.start_pos, token.end_pos = _kind(scan, kind, token), start, end
                yield token
                after = self._after(token.type)
                if after is None:
                    self.at, self.refused = start, True
                    return
                self._states, self.last = after, token.type
            self.at = end

    def choices(self) -> frozenset[str]:
        """The terminals for which the state has an entry; some of them it refuses in the end."""
        return frozenset(symbol for symbol in self._actions[self._states[-1]] if symbol.isupper())

    def accepts(self) -> frozenset[str]:
        """The terminals that may stand here."""
        return frozenset(kind for kind in self.choices() if self._after(kind) is not None)

    def _after(self, kind: str) -> list[int] | None:
        """The states once a token was taken; None where it is refused."""
        states = self._states.copy()
        while True:
            action = self._actions[states[-1]].get(kind)
            if action is None:
                return None
            if isinstance(action, int):
                states.append(action)
                return states
            del states[-action.size :]
            state = self._actions[states[-1]][action.symbol]
            assert isinstance(state, int)
            states.append(state)
            if kind == END and state == self._driver.tables.final:
                return states


def _kind(scan: _Scan, kind: str, word: str) -> str:
    if kind != "NAME":
        return kind
    if word.isascii():
        return scan.words.get(word.lower(), kind)
    odd = scan.odd_word(word)
    return kind if odd is None else cast(str, odd.lastgroup)


def first_failure(text: str) -> tuple[int, frozenset[str], str]:
    """Where a text that can't be read has its mistake; what could have stood there; and what stands before."""
    walk = Walk(text)
    for _ in walk.tokens():
        pass
    at = walk.at if walk.refused or walk.unreadable else len(text)
    before = Walk(text[:at])
    for _ in before.tokens():
        pass
    if before.refused or before.unreadable:
        return at, frozenset(), ""
    return at, before.accepts(), before.last


@cache
def _driver() -> Driver:
    return Driver(tables())


def read_tree(text: str) -> Tree[Token] | None:
    """The tree of one block's text; None where it has a mistake."""
    return _driver().read(text)
