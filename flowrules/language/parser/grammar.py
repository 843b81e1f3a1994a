"""The grammar: grammar.lark and what the catalogue of verbs and the table of comparisons add to it; and its tables.

Lark takes a second to make the tables, so they are made once for each text of the grammar and kept: beside this module,
as Python keeps what it compiles, or where that can't be written in the user's cache.
"""

import hashlib
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from flowrules import kept
from flowrules.language.operators import OPERATORS, Operand
from flowrules.language.parser.tables import Tables, from_json, make_tables, to_json
from flowrules.verbs import CATALOGUE, WORDS, Flag, Form, Group, Keyword, Part, Slot

if TYPE_CHECKING:
    from lark import Lark, Token

_BESIDE = Path(__file__).parent

TARGET_PATTERN = "target_pattern"

KINDS = {
    "target": "target",
    "participant": "target",
    TARGET_PATTERN: TARGET_PATTERN,
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

OPEN_FORMS = {f"open_{name}": named for name, named in FORMS.items()}
"""The same, as a test may write them: each place may be left out."""

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
    text = _BESIDE.joinpath("grammar.lark").read_text("utf-8")
    return _keywords_ignore_case(f"{text}\n{_comparison_rule()}\n{_verb_rules()}")


def _comparison_rule() -> str:
    """One alternative a spelling, and one more where digits are counted (`is 4 digits`). Where a row is spelled like an
    earlier one, the builder tells the two apart by what follows (`contains any of NAME`)."""
    alternatives: dict[tuple[str, bool], str] = {}
    for row in OPERATORS:
        for spelling in (row.words, *row.also):
            words = "_EQ" if spelling == "=" else _words(tuple(spelling.split()))
            counts = row.operand is Operand.DIGITS
            alternatives.setdefault((spelling, counts), f"{words} {OPERANDS[row.operand]} -> {row.op}")
    joined = "\n     | ".join(alternatives.values())
    return f"comparison: {joined}"


def _verb_rules() -> str:
    forms = "\n     | ".join(f"{_form_rule(form)} -> {name}" for name, (_, form) in FORMS.items())
    words = " | ".join(f'"{word}"' for word in WORDS)
    patterns = "\n     | ".join(
        f"{_form_rule(open_form)} -> {name}" for name, open_form in zip(OPEN_FORMS, open_forms(), strict=True)
    )
    flags = sorted(
        {part for _, form in FORMS.values() for part in form.parts if isinstance(part, Flag)}, key=repr
    )
    flag_rules = "\n".join(f"flag_{flag.name}: {_words(flag.words)}" for flag in flags)
    return f"verb: {forms}\n!verb_word: {words}\nverb_pattern: {patterns}\n{flag_rules}\n"


def open_forms() -> Iterator[Form]:
    """The forms with each place optional. Of the forms of one word only the first: the word alone is of that one."""
    seen: set[str] = set()
    for _, form in FORMS.values():
        yield form if form.word in seen else _opened(form)
        seen.add(form.word)


def _opened(form: Form) -> Form:
    parts: list[Part] = []
    words: list[Keyword | Slot] = []
    for part in form.parts:
        match part:
            case Keyword():
                words.append(part)
            case Slot(name, kind):
                kind = TARGET_PATTERN if KINDS[kind] == "target" else kind
                parts.append(Group((*words, Slot(name, kind))))
                words = []
            case Flag() | Group():
                parts.append(part)
    return Form(form.text, form.word, tuple(parts))


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


@cache
def parser(*, strict: bool = False) -> "Lark":
    """Lark's own parser, built anew: LALR with a contextual lexer. `strict` also proves that no two terminals can match
    the same text in one place; a test builds it so, as the proof takes longer than a start-up may."""
    from lark import Lark
    from lark.lark import PostLex

    class WholeWords(PostLex):
        """Lets every state of the lexer read a whole name, so that `onn` is never taken for `on` and an `n`."""

        always_accept = ("NAME",)

        def process(self, stream: "Iterator[Token]") -> "Iterator[Token]":
            return stream

    return Lark(
        grammar_text(),
        parser="lalr",
        lexer="contextual",
        regex=True,
        strict=strict,
        postlex=WholeWords(),
        propagate_positions=True,
        maybe_placeholders=True,
    )


@cache
def tables() -> Tables:
    """The tables of the grammar: those that were kept, where they are of this very grammar, else made and kept."""
    key = _key()
    name = f"grammar-{key[:16]}.tables"
    folders = _folders()
    for folder in folders:
        if (data := kept.fetch(folder, name, key)) is not None:
            try:
                return from_json(data)
            except (ValueError, TypeError, LookupError, AttributeError):
                continue
    made = make_tables(parser())
    data = to_json(made).encode()
    any(kept.store(folder, name, key, data, most=4) for folder in folders)
    return made


def _folders() -> list[Path]:
    """Where tables are kept, the first place first."""
    at_home = kept.user_folder()
    return [_BESIDE / "__pycache__", *([] if at_home is None else [at_home])]


def _key() -> str:
    """A digest of all that the tables are made from: the grammar, the code that makes them, Lark and Python."""
    digest = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    digest.update(grammar_text().encode())
    digest.update(_BESIDE.joinpath("tables.py").read_bytes())
    lark = find_spec("lark")
    if lark is not None and lark.origin is not None:
        digest.update(Path(lark.origin).read_bytes())  # its version stands there; to import it takes too long
    return digest.hexdigest()


@cache
def keywords() -> dict[str, str]:
    """The words of the language, by the tables' names for them."""
    words = {row.name: row.word for row in tables().terminals if row.word}
    return {name: word for name, word in words.items() if word[0].isalpha()}
