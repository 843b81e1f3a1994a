"""Writes what the extension takes from the language's tables: `syntaxes/` (a TextMate grammar) and `snippets/`.

Run it after a change of the grammar, the verbs, the comparisons or the snippets:
`python editors/vscode/scripts/tables.py`. `tests/vscode` holds the files to the tables.
"""

import json
import re
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

from flowrules.editor.names import Kind
from flowrules.editor.phrases import SNIPPETS
from flowrules.language.operators import OPERATORS
from flowrules.language.parser.grammar import keywords
from flowrules.language.reserved import ENGINE_WORDS, GRAMMAR_WORDS, STEP_WORDS

EXTENSION = Path(__file__).parents[1]
GRAMMAR = EXTENSION / "syntaxes" / "flowrules.tmLanguage.json"
SNIPPET_FILE = EXTENSION / "snippets" / "flowrules.json"

_INSIDE = r"[\p{L}\p{M}\p{N}_\x{200C}\x{200D}.\-/]"
_LETTERS = r"[\p{L}\p{M}\p{N}_\x{200C}\x{200D}]*"
_NAME = rf"[0-9]*[\p{{L}}_]{_LETTERS}(?:[.\-][\p{{L}}\p{{N}}_]{_LETTERS})*"
"""A name as `grammar.lark` has it, in Oniguruma's notation."""
_QUOTE = '["“”„]'
_UNITS = "seconds?|minutes?|hours?|days?|times?"

NAMED = {
    Kind.FACT: "variable.other.readwrite",
    Kind.LIST: "entity.name.type",
    Kind.HOURS: "entity.name.type",
    Kind.DESTINATION: "entity.name.type.class",
    Kind.STEPS: "entity.name.function",
}
"""The scope of a name behind the word that declares it. They are those that VS Code has for the server's colours."""


def grammar() -> dict[str, Any]:
    """The words by their looks, as far as expressions can tell. What a name is, the server says."""
    steps, others = _any(STEP_WORDS - ENGINE_WORDS), _any(set(keywords().values()) - STEP_WORDS)
    comparisons = _any(
        {spelling for row in OPERATORS for spelling in (row.words, *row.also) if _is_word(spelling)}
    )
    symbols = _any({row.symbol for row in OPERATORS if row.symbol})
    patterns: dict[str, Any] = {
        "comment": {"match": r"(?<!\S)#.*$", "name": "comment.line.number-sign.flowrules"},
        "text": {
            "begin": _QUOTE,
            "end": rf"{_QUOTE}|$",
            "applyEndPatternLast": 1,  # so that "" does not end it
            "name": "string.quoted.double.flowrules",
            "patterns": [
                {"match": r'""|\{\{|\}\}', "name": "constant.character.escape.flowrules"},
                {"match": rf"\{{\s*{_NAME}[^{{}}\"“”„]*\}}", "name": "variable.other.readwrite.flowrules"},
            ],
        },
        "declared": {
            "patterns": [
                {
                    "match": _whole(rf"({kind})\s+((?!(?:{_any(GRAMMAR_WORDS)})(?!{_INSIDE})){_NAME})"),
                    "captures": {
                        "1": {"name": "keyword.control.flowrules"},
                        "2": {"name": f"{scope}.flowrules"},
                    },
                }
                for kind, scope in NAMED.items()
            ]
        },
        "verb": {"match": _whole(steps), "name": "entity.name.function.verb.flowrules"},
        "step": {"match": _whole(_any(ENGINE_WORDS)), "name": "entity.name.function.step.flowrules"},
        "comparison": {"match": _whole(comparisons), "name": "keyword.operator.comparison.flowrules"},
        "sign": {"match": symbols, "name": "keyword.operator.comparison.flowrules"},
        "keyword": {"match": _whole(others), "name": "keyword.control.flowrules"},
        "number": {
            "match": rf"([+\-]?(?<!{_INSIDE})\d[\d:.\-]*(?![\p{{L}}\p{{M}}_]))(?:\s+({_UNITS})(?!{_INSIDE}))?",
            "captures": {
                "1": {"name": "constant.numeric.flowrules"},
                "2": {"name": "keyword.other.unit.flowrules"},
            },
        },
    }
    return {
        "name": "flowrules",
        "scopeName": "source.flowrules",
        "fileTypes": ["rules"],
        "patterns": [{"include": f"#{name}"} for name in patterns],
        "repository": patterns,
    }


def snippets() -> dict[str, Any]:
    """The blocks with places to fill in, for "Insert Snippet", and a file to begin with.

    They have no prefix: while one types, the server offers the same ones, and only where a block may begin.
    """
    start = files("flowrules.cli").joinpath("starter", "hello.rules").read_text("utf-8")
    made: dict[str, Any] = {
        one.word: {"body": one.body.split("\n"), "description": one.detail} for one in SNIPPETS
    }
    made["a file to begin with"] = {
        "body": [re.sub(r"([\\$}])", r"\\\1", line) for line in start.rstrip("\n").split("\n")],
        "description": "rules with their tests, as `flowrules new` writes them",
        "isFileTemplate": True,
    }
    return made


def written(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _any(words: Iterable[str]) -> str:
    """One of these spellings, the longest first; a space stands for any number of blanks."""
    longest = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(r"\s+".join(map(re.escape, word.split())) for word in longest)


def _whole(words: str) -> str:
    return rf"(?i)(?<!{_INSIDE})(?:{words})(?!{_INSIDE})"


def _is_word(spelling: str) -> bool:
    return spelling[0].isalpha()


if __name__ == "__main__":
    GRAMMAR.write_text(written(grammar()), "utf-8", newline="\n")
    SNIPPET_FILE.write_text(written(snippets()), "utf-8", newline="\n")
