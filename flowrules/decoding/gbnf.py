"""The grammar as llama.cpp reads it (GBNF): characters alone, without a lexer."""

from typing import assert_never

from flowrules.decoding.notation import Alt, Chars, Expr, Grammar, Noted, Ref, Repeat, Seq, Text


def gbnf_text(grammar: Grammar) -> str:
    """One rule a line, the start first, under the name that llama.cpp asks for."""
    names = {rule: "root" if rule == grammar.start else rule.replace("_", "-") for rule in grammar.rules}
    first = sorted(grammar.rules, key=lambda rule: rule != grammar.start)
    return "".join(
        f"{names[rule]} ::= {_write(grammar.rules[rule], names, bracket=False)}\n" for rule in first
    )


def _write(node: Expr, names: dict[str, str], *, bracket: bool) -> str:
    match node:
        case Text(text):
            return f'"{"".join(map(_char, text))}"'
        case Chars(ranges=ranges, negated=negated):
            written = "".join(
                _in_class(first) if first == last else f"{_in_class(first)}-{_in_class(last)}"
                for first, last in ranges
            )
            return f"[{'^' if negated else ''}{written}]"
        case Ref(rule):
            return names[rule]
        case Seq(parts):
            kept = [part for part in parts if part != Text("")]
            written = " ".join(_write(part, names, bracket=True) for part in kept)
            return f"({written})" if bracket and len(kept) > 1 else written
        case Alt(options):
            written = " | ".join(_write(option, names, bracket=False) for option in options)
            return f"({written})" if bracket else written
        case Repeat(part=part, least=least, most=most):
            return f"({_write(part, names, bracket=False)}){_times(least, most)}"
        case Noted(part=part):
            return _write(part, names, bracket=bracket)
        case _:
            assert_never(node)


def _times(least: int, most: int | None) -> str:
    if most is None:
        return "+" if least else "*"
    return "?" if (least, most) == (0, 1) else f"{{{least},{most}}}"


def _char(char: str) -> str:
    if char in ('"', "\\"):
        return f"\\{char}"
    return "\\n" if char == "\n" else char


def _in_class(char: str) -> str:
    """A character in a class: letters and digits as they are, all others by their number."""
    if char.isascii() and char.isalnum():
        return char
    return f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\u{ord(char):04x}"
