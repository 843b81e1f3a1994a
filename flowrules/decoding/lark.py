"""The grammar in Lark's notation, as llguidance reads it and as OpenAI's custom tools do."""

import json
import re
from typing import assert_never

from flowrules.decoding.notation import Alt, Chars, Expr, Grammar, Noted, Ref, Repeat, Seq, Text, refs

_PIECE = re.compile(r"\"(?:[^\"]|\"\")*\"|\n *| +|[(),=\"]|[^ \n(),=\"]+")
"""What a lexer takes as one. A lexer that reads on greedily gives up where a longer piece begins alike and ends
otherwise (" then", " to"): blanks are pieces of their own."""


def lark_text(grammar: Grammar) -> str:
    """One rule a line. It uses nothing that either reader lacks: no look-arounds, priorities, templates, imports or
    lazy repetition."""
    terminals = _terminals(grammar)
    return "".join(
        f"{_name(rule, terminals)}: {_write(body, terminals, whole=rule in terminals, bracket=False)}\n"
        for rule, body in grammar.rules.items()
    )


def _terminals(grammar: Grammar) -> frozenset[str]:
    """Those that are declared so, and every rule that is a choice of words."""
    lists = {
        rule
        for rule, body in grammar.rules.items()
        if isinstance(body, Alt)
        and all(isinstance(one, Text) and " " not in one.text for one in body.options)
    }
    found = grammar.terminals | lists
    for rule in found:
        assert all(inner in found for inner in refs(grammar.rules[rule])), rule
    return found


def _name(rule: str, terminals: frozenset[str]) -> str:
    return rule.upper() if rule in terminals else rule


def _write(node: Expr, terminals: frozenset[str], *, whole: bool, bracket: bool) -> str:
    """`whole`: in a terminal, where fixed text stays in one piece. `bracket`: other parts stand beside it."""

    def inner(part: Expr, bracket: bool = True) -> str:
        return _write(part, terminals, whole=whole, bracket=bracket)

    match node:
        case Text(text):
            found = [text] if whole or not text else _PIECE.findall(text)
            written = " ".join(json.dumps(piece, ensure_ascii=False) for piece in found)
            return f"({written})" if bracket and len(found) > 1 else written
        case Chars():
            return f"/{_class(node)}/"
        case Ref(rule):
            return _name(rule, terminals)
        case Seq(parts):
            kept = [part for part in parts if part != Text("")]
            written = " ".join(inner(part) for part in kept)
            return f"({written})" if bracket and len(kept) > 1 else written
        case Alt(options):
            return ("({})" if bracket else "{}").format(
                " | ".join(inner(option, False) for option in options)
            )
        case Repeat(part=part, least=least, most=most):
            return f"({inner(part, False)}){_times(least, most)}"
        case Noted(part=part):
            return inner(part, bracket)
        case _:
            assert_never(node)


def _times(least: int, most: int | None) -> str:
    if most is None:
        return "+" if least else "*"
    return "?" if (least, most) == (0, 1) else f"~{least}..{most}"


def _class(node: Chars) -> str:
    ranges = "".join(
        _char(first) if first == last else f"{_char(first)}-{_char(last)}" for first, last in node.ranges
    )
    return f"[{'^' if node.negated else ''}{ranges}]"


def _char(char: str) -> str:
    if char.isascii() and (char.isalnum() or char in " ',*#\"{}"):
        return char
    return f"\\u{ord(char):04x}" if not (char.isascii() and char.isprintable()) else f"\\{char}"
