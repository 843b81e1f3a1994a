"""A small reader of GBNF, after llama.cpp's description of it (grammars/README.md), that shares nothing with the writer."""

import re

TOKEN = re.compile(
    r'\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<chars>\[(?:[^\]\\]|\\.)*\])|(?P<name>[a-zA-Z][\w-]*)|(?P<times>[*+?]|\{\d*,?\d*\})|(?P<sign>[|()]))'
)
ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))")


def _plain(text: str) -> list[tuple[str, bool]]:
    """The characters, each with whether it was escaped."""
    found, at = [], 0
    while at < len(text):
        escape = ESCAPE.match(text, at)
        if escape:
            number = escape[1] or escape[2] or escape[3]
            found.append(
                (chr(int(number, 16)) if number else {"n": "\n", "t": "\t"}.get(escape[4], escape[4]), True)
            )
            at = escape.end()
        else:
            found.append((text[at], False))
            at += 1
    return found


class Recogniser:
    """Whether a text is of the language of a grammar's root. All ends of a part are followed at once."""

    def __init__(self, grammar: str) -> None:
        self.rules: dict[str, object] = {}
        for line in grammar.splitlines():
            if not line.startswith("#"):
                name, body = line.split(" ::= ", 1)
                assert re.fullmatch(r"[a-zA-Z][a-zA-Z0-9-]*", name), name
                self._tokens = self._split(body)
                self.rules[name] = self._choice()
                assert not self._tokens, self._tokens

    @staticmethod
    def _split(body: str) -> list[tuple[str, str]]:
        found, at = [], 0
        while at < len(body):
            token = TOKEN.match(body, at)
            assert token, body[at:]
            assert token.lastgroup
            found.append((token.lastgroup, token[token.lastgroup]))
            at = token.end()
        return found[::-1]

    def _choice(self) -> object:
        options = [self._row()]
        while self._tokens and self._tokens[-1] == ("sign", "|"):
            self._tokens.pop()
            options.append(self._row())
        return ("choice", options)

    def _row(self) -> object:
        parts: list[object] = []
        while self._tokens and self._tokens[-1] not in (("sign", "|"), ("sign", ")")):
            kind, text = self._tokens.pop()
            if kind == "times":
                least, most = _bounds(text)
                parts[-1] = ("times", parts[-1], least, most)
            elif kind == "sign":
                assert text == "("
                parts.append(self._choice())
                assert self._tokens.pop() == ("sign", ")")
            elif kind == "name":
                parts.append(("rule", text))
            elif kind == "text":
                parts.append(("text", "".join(char for char, _ in _plain(text[1:-1]))))
            else:
                parts.append(("chars", *_class(text[1:-1])))
        return ("row", parts)

    def __call__(self, text: str) -> bool:
        self._text = text
        self._memo: dict[tuple[int, int], frozenset[int]] = {}
        return len(text) in self._ends(self.rules["root"], 0)

    def _ends(self, node: object, at: int) -> frozenset[int]:
        key = (id(node), at)
        if key not in self._memo:
            self._memo[key] = frozenset(self._found(node, at))
        return self._memo[key]

    def _found(self, node: object, at: int) -> set[int] | frozenset[int]:
        match node:
            case ("text", str(text)):
                return {at + len(text)} if self._text.startswith(text, at) else set()
            case ("chars", bool(negated), list(ranges)):
                held = (
                    at < len(self._text) and any(a <= self._text[at] <= z for a, z in ranges) is not negated
                )
                return {at + 1} if held else set()
            case ("rule", str(name)):
                return self._ends(self.rules[name], at)
            case ("choice", list(options)):
                return {end for option in options for end in self._ends(option, at)}
            case ("row", list(parts)):
                ends = {at}
                for part in parts:
                    ends = {end for start in ends for end in self._ends(part, start)}
                return ends
            case ("times", part, int(least), most):
                ends, new, count = ({at} if least == 0 else set()), {at}, 0
                while new and (most is None or count < most):
                    count += 1
                    new = {end for start in new for end in self._ends(part, start)} - (
                        ends if count > least else set()
                    )
                    if count >= least:
                        ends |= new
                return ends
        raise AssertionError(node)


def _bounds(text: str) -> tuple[int, int | None]:
    if text in ("*", "+", "?"):
        return {"*": (0, None), "+": (1, None), "?": (0, 1)}[text]
    least, comma, most = text[1:-1].partition(",")
    return int(least or 0), (int(most) if most else None) if comma else int(least)


def _class(text: str) -> tuple[bool, list[tuple[str, str]]]:
    chars = _plain(text.removeprefix("^"))
    ranges, at = [], 0
    while at < len(chars):
        if at + 2 < len(chars) and chars[at + 1] == ("-", False):
            ranges.append((chars[at][0], chars[at + 2][0]))
            at += 3
        else:
            ranges.append((chars[at][0], chars[at][0]))
            at += 1
    return text.startswith("^"), ranges
