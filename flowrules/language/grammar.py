"""The parser, built once: grammar.lark and what the catalogue of verbs and the table of comparisons add to it."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from lark import Lark, Token
from lark.lark import PostLex
from lark.lexer import PatternStr

from flowrules.language.operators import OPERATORS, Operand
from flowrules.verbs import CATALOGUE, WORDS, Flag, Form, Group, Keyword, Part, Slot

KINDS = {
    "target": "target",
    "participant": "target",
    "party": "party",
    "text": "text",
    "url": "text",
    "digits": "digits",
    "label": "label",
    "name": "name",
    "call_fact": "name",
    "member": "name",
    "value": "value",
    "pairs": "pairs",
    "duration": "duration",
    "callback_time": "callback_time",
}
"""The grammar rule for each kind of slot."""

FORMS: dict[str, tuple[str, Form]] = {
    f"verb_{spec.name}_{number}": (spec.name, form)
    for spec in CATALOGUE
    for number, form in enumerate(spec.forms)
}
"""The grammar's name for each form, with the verb's API name."""

OPERANDS: Mapping[Operand, str] = {
    Operand.NONE: "",
    Operand.ONE: "value",
    Operand.MANY: "values",
    Operand.LIST: "NAME",
    Operand.RANGE: 'value "and" value',
    Operand.DIGITS: 'NUMBER "digits"',
}
"""What the grammar reads behind a comparison's words."""


def grammar_text() -> str:
    """The whole grammar in Lark's notation."""
    text = files(__package__).joinpath("grammar.lark").read_text("utf-8")
    return _keywords_ignore_case(f"{text}\n{_comparison_rule()}\n{_verb_rules()}")


def _comparison_rule() -> str:
    """One alternative a spelling. Where a row is spelled like an earlier one, the builder tells the two apart by what
    follows (`contains any of NAME`)."""
    alternatives: dict[str, str] = {}
    for row in OPERATORS:
        for spelling in (row.words, *row.also):
            words = "_EQ" if spelling == "=" else _words(tuple(spelling.split()))
            alternatives.setdefault(spelling, f"{words} {OPERANDS[row.operand]} -> {row.op}")
    joined = "\n     | ".join(alternatives.values())
    return f"comparison: {joined}"


def _verb_rules() -> str:
    forms = "\n     | ".join(f"{_form_rule(form)} -> {name}" for name, (_, form) in FORMS.items())
    words = " | ".join(f'"{word}"' for word in WORDS)
    lone = " | ".join(f'"{form.word}"' for _, form in FORMS.values() if _needs_more(form))
    flags = sorted(
        {part for _, form in FORMS.values() for part in form.parts if isinstance(part, Flag)}, key=repr
    )
    flag_rules = "\n".join(f"flag_{flag.name}: {_words(flag.words)}" for flag in flags)
    return f"verb: {forms}\n!verb_word: {words}\n!lone_verb: {lone}\n{flag_rules}\n"


def _form_rule(form: Form) -> str:
    return " ".join([f'"{form.word}"', *map(_part_rule, form.parts)])


def _part_rule(part: Part) -> str:
    match part:
        case Keyword(words, noise):
            return f"[{_words(words)}]" if noise else _words(words)
        case Flag():
            return f"[flag_{part.name}]"
        case Slot():
            return KINDS[part.kind]
        case Group(parts):
            return f"[{' '.join(map(_part_rule, parts))}]"


def _words(words: tuple[str, ...]) -> str:
    return " ".join(f'"{word}"' for word in words)


def _needs_more(form: Form) -> bool:
    return any(isinstance(part, Slot) for part in form.parts)


def _keywords_ignore_case(text: str) -> str:
    out = []
    for line in text.splitlines():
        rule, mark, comment = line.partition("//")
        is_terminal = rule.lstrip()[:1].isupper() or rule.startswith(("_EQ", "_NL", "%"))
        out.append(line if is_terminal else _quote_i(rule) + mark + comment)
    return "\n".join(out)


def _quote_i(rule: str) -> str:
    pieces = rule.split('"')
    for index in range(1, len(pieces), 2):
        flag = "i" if pieces[index][0].isalpha() else ""
        pieces[index] = f'"{pieces[index]}"{flag}'
    return "".join(pieces)


class _WholeWords(PostLex):
    """Lets every state of the lexer read a whole name, so that `onn` is never taken for `on` and an `n`."""

    always_accept = ("NAME",)

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        return stream


@cache
def parser(*, strict: bool = False) -> Lark:
    """The LALR parser with its contextual lexer. `strict` also proves at build time that no two terminals can
    match the same text in one place; a test builds it so, as the proof takes longer than a start-up may."""
    return Lark(
        grammar_text(),
        parser="lalr",
        lexer="contextual",
        regex=True,
        strict=strict,
        postlex=_WholeWords(),
        propagate_positions=True,
        maybe_placeholders=True,
    )


@cache
def keywords() -> dict[str, str]:
    """The words of the language, by the parser's names for them."""
    strings = {t.name: t.pattern.value for t in parser().terminals if isinstance(t.pattern, PatternStr)}
    return {name: value for name, value in strings.items() if value[0].isalpha()}
