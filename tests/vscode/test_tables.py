"""What the extension for VS Code takes from the language's tables is as they say."""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

from flowrules.editor.phrases import SNIPPETS
from flowrules.language.operators import OPERATORS
from flowrules.verbs import WORDS

EXTENSION = Path(__file__).parents[2] / "editors" / "vscode"


@pytest.fixture(scope="module")
def tables() -> ModuleType:
    spec = importlib.util.spec_from_file_location("vscode_tables", EXTENSION / "scripts" / "tables.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_files_are_as_the_tables_say(tables: ModuleType) -> None:
    """Where they are not: python editors/vscode/scripts/tables.py"""
    assert tables.GRAMMAR.read_text("utf-8") == tables.written(tables.grammar())
    assert tables.SNIPPET_FILE.read_text("utf-8") == tables.written(tables.snippets())


def test_each_verb_and_comparison_is_in_the_grammar() -> None:
    repository = json.loads((EXTENSION / "syntaxes" / "flowrules.tmLanguage.json").read_text("utf-8"))[
        "repository"
    ]
    verbs = set(re.findall(r"\w+", repository["verb"]["match"]))
    assert WORDS.keys() <= verbs
    for row in OPERATORS:
        words = r"\s+".join(row.words.split())
        assert re.search(rf"[:|]{re.escape(words)}[|)]", repository["comparison"]["match"]), row.words


def test_no_snippet_comes_up_twice_while_typing() -> None:
    """The server offers the same blocks where they may stand; these are for "Insert Snippet" alone."""
    snippets = json.loads((EXTENSION / "snippets" / "flowrules.json").read_text("utf-8"))
    assert {one.word for one in SNIPPETS} < snippets.keys()
    assert not [name for name, one in snippets.items() if "prefix" in one]


def test_the_lock_file_names_no_host() -> None:
    text = (EXTENSION / "package-lock.json").read_text("utf-8")
    assert '"resolved"' not in text
    assert "registry" not in text
