"""The grammar's LALR tables as plain data: made by Lark from the grammar's text, kept as JSON, read by `lalr.py`."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from lark import Lark
    from lark.grammar import Rule


class TerminalRow(NamedTuple):
    """A kind of token. `word` is the keyword that it stands for, '' where it is an expression. `priority` is Lark's."""

    name: str
    regexp: str
    word: str
    priority: int


class Reduction(NamedTuple):
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


class Tables(NamedTuple):
    """`actions` has for each state, by symbol, the state to go to or a reduction. `lexers` are the terminals that may
    stand in a state, in Lark's order of preference, as places in `terminals`; `lexer_of` says by state which of them.
    `flags` are those of the expressions."""

    start: int
    final: int
    actions: tuple[dict[str, int | Reduction], ...]
    terminals: tuple[TerminalRow, ...]
    lexers: tuple[tuple[int, ...], ...]
    lexer_of: tuple[int, ...]
    ignored: frozenset[str]
    flags: int


def make_tables(lark: "Lark") -> Tables:
    """The tables of a parser that Lark has built: one of LALR with a contextual lexer."""
    from lark.lexer import PatternStr
    from lark.parsers.lalr_analysis import Shift

    walk = lark.parse_interactive("")
    conf: Any = walk.parser_state.parse_conf
    reductions = {rule: _reduction(rule) for rule in lark.rules}
    states = conf.parse_table.states
    assert sorted(states) == list(range(len(states)))
    actions = tuple(
        {
            str(symbol): argument if action is Shift else reductions[argument]
            for symbol, (action, argument) in states[state].items()
        }
        for state in range(len(states))
    )
    terminals = tuple(
        TerminalRow(
            str(terminal.name),
            terminal.pattern.to_regexp(),
            terminal.pattern.value if isinstance(terminal.pattern, PatternStr) else "",
            terminal.priority,
        )
        for terminal in lark.terminals
    )
    place = {row.name: number for number, row in enumerate(terminals)}
    contextual: Any = walk.lexer_thread.lexer
    by_state = contextual.lexer.lexers
    orders = [tuple(place[one.name] for one in by_state[state].terminals) for state in range(len(states))]
    lexers = tuple(dict.fromkeys(orders))
    number_of = {order: number for number, order in enumerate(lexers)}
    return Tables(
        conf.start_state,
        conf.end_state,
        actions,
        terminals,
        lexers,
        tuple(number_of[order] for order in orders),
        frozenset(map(str, lark.ignore_tokens)),
        int(by_state[conf.start_state].g_regex_flags),
    )


def to_json(tables: Tables) -> str:
    """The tables as text; `from_json` reads it."""
    names = list(dict.fromkeys(name for actions in tables.actions for name in actions))
    number_of = {name: number for number, name in enumerate(names)}
    reductions = list(dict.fromkeys(_reductions(tables)))
    reduction_of = {reduction: -1 - number for number, reduction in enumerate(reductions)}
    data = {
        "start": tables.start,
        "final": tables.final,
        "symbols": names,
        "reductions": reductions,
        "actions": [
            [
                [number_of[name] for name in actions],
                [one if isinstance(one, int) else reduction_of[one] for one in actions.values()],
            ]
            for actions in tables.actions
        ],
        "terminals": tables.terminals,
        "lexers": tables.lexers,
        "lexer_of": tables.lexer_of,
        "ignored": sorted(tables.ignored),
        "flags": tables.flags,
    }
    return json.dumps(data, separators=(",", ":"))


def from_json(text: str | bytes) -> Tables:
    """Raises ValueError, TypeError, KeyError or IndexError where the text holds no tables."""
    data = json.loads(text)
    symbols: list[str] = data["symbols"]
    reductions = [
        Reduction(size, symbol, name, unwraps, None if kept is None else tuple(map(_kept, kept)), missing)
        for size, symbol, name, unwraps, kept, missing in data["reductions"]
    ]
    meanings: dict[int, int | Reduction] = {-1 - number: one for number, one in enumerate(reductions)}
    actions = tuple(
        dict(
            zip(
                map(symbols.__getitem__, names),
                [meanings[one] if one < 0 else one for one in targets],
                strict=True,
            )
        )
        for names, targets in data["actions"]
    )
    return Tables(
        data["start"],
        data["final"],
        actions,
        tuple(TerminalRow(*row) for row in data["terminals"]),
        tuple(map(tuple, data["lexers"])),
        tuple(data["lexer_of"]),
        frozenset(data["ignored"]),
        data["flags"],
    )


def _kept(part: list[Any]) -> tuple[int, bool, int]:
    place, spliced, skipped = part
    return place, spliced, skipped


def _reductions(tables: Tables) -> Iterator[Reduction]:
    return (one for actions in tables.actions for one in actions.values() if isinstance(one, Reduction))


def _reduction(rule: "Rule") -> Reduction:
    """A rule's reduction, as Lark's tree builder shapes it (`lark/parse_tree_builder.py`)."""
    from lark.grammar import Terminal

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
    return Reduction(
        size,
        str(rule.origin.name),
        str(rule.alias or rule.origin.name),
        options.expand1 and not rule.alias,
        None if is_whole else tuple(kept),
        missing,
    )
