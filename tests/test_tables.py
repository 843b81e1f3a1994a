"""What is known of a verb or a comparison stands in its row: no other module asks for one by its name, and none passes
over a kind that it does not know."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from flowrules.verbs import BY_NAME, WORDS

ROOT = Path(__file__).parents[1] / "flowrules"
FILES = sorted(path for path in ROOT.rglob("*.py") if path.parent != ROOT / "verbs")

NAMES_VERBS = {
    "agents/livekit/agent.py": "LiveKit's own word for a speech that the host asked for",
    "chaos/reconciler/claims.py": "it judges what the rest of the engine wrote, so it may import nothing of it",
    "chaos/reconciler/evidence.py": "the same",
    "chaos/rules.py": "texts of rules, which a run draws from",
    "cli/demo.py": "what the demonstration's own rule file must have sent",
    "cli/trying/talk.py": "an example of what can be typed",
    "language/mistakes/wording/phrases.py": "what people say for a verb in their own words",
    "language/mistakes/wording/words.py": "the words that are left out most often",
    "sandbox/calls.py": "the platform's outcomes of a call, one of which is called hangup",
    "sandbox/platform.py": "the same",
    "sandbox/settings.py": "the same",
    "studio/git.py": "a command of git is called log",
}
"""Files that may hold a verb's name as a text of its own, and why."""

NAMES_COMPARISONS = {
    "language/nodes/conditions.py": "they are declared here",
    "language/operators.py": "the table",
    "compiler/guards/comparisons.py": "the quick test for yes and no",
    "compiler/guards/judges.py": "the truth of more and less",
    "compiler/indexing/lookup.py": "which of more and less is above",
    "analysis/logic/dnf.py": "the stretch of each of more and less",
    "analysis/logic/example.py": "which end of a text is the beginning",
    "decoding/conditions.py": "the comparison that is written by `is` alone",
    "exploration/hazards/knowledge/old_value.py": "which comparisons are of more and of less, and which asks whether it is known",
    "engine/key_entry.py": "which comparison says how many keys an entry has",
    "scenarios/comparing/samples.py": "which values lie to each side of more and less",
    "language/printer/conditions.py": "events print the first of all comparisons as a sign",
}
"""Files that may tell the comparisons of one family apart, and why."""

LETS_OTHERS_PASS = {
    "agents/tool.py": 1,  # outcomes that need no words
    "analysis/checks/arguments.py": 1,  # the words that fit any kind of place
    "analysis/model/verb_fields.py": 2,  # one raises; the other is about the names of pydantic's findings
    "analysis/logic/example.py": 2,  # kinds of values are texts: the rest are numbers of some kind
    "analysis/lints/conditions/never_no.py": 1,  # whatever else has conditions: what stands behind one never counts
    "analysis/lints/steps/self_trigger.py": 1,  # names of events
    "cli/running/settings_help.py": 1,  # shows any default
    "cli/showing/tree.py": 2,  # shows anything
    "exploration/hazards/needed.py": 1,  # the same
    "language/split_blocks.py": 1,  # words of the text
    "language/literals.py": 1,  # the parser's names of tokens
    "language/printer/__init__.py": 1,  # hands on to what takes declarations only: mypy holds it
    "language/printer/declarations.py": 1,  # the same, to what writes those on one line
    "fleet/call_watch.py": 1,  # most entries say nothing about a record
    "recordings/journal_calls.py": 1,  # asserts which inputs are left
    "recordings/journal_quick.py": 1,  # raises
    "recordings/rows.py": 1,  # each of the roles that a row has once
    "runtime/sending/serving.py": 2,  # whatever a handler of the host answers
    "sandbox/calls.py": 2,  # one hands on, the other raises
    "scenarios/words.py": 1,  # any JSON
}
"""How many `case _` of a file neither say `assert_never` nor list what they let pass, and what they are about."""


@cache
def trees() -> tuple[tuple[str, ast.Module], ...]:
    return tuple((str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))) for path in FILES)


def texts(tree: ast.Module) -> Iterator[str]:
    """Texts of the code, those in bytes and the words of a split sentence included; no docstrings."""
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in docs:
            if isinstance(node.value, bytes):
                yield node.value.decode("utf-8", "replace")
            elif isinstance(node.value, str):
                yield node.value
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "split"
            and isinstance(node.func.value, ast.Constant)
        ):
            yield from str(node.func.value.value).split()


def test_no_module_asks_for_a_verb_by_its_name() -> None:
    names = BY_NAME.keys() | WORDS.keys()
    naming = {path for path, tree in trees() if not names.isdisjoint(texts(tree))}
    assert naming == NAMES_VERBS.keys()


def test_no_module_asks_for_a_comparison_by_its_name() -> None:
    naming = {
        path
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, (ast.Name, ast.Attribute))
        if re.fullmatch(r"(?:n\.)?Op", ast.unparse(node.value))
    }
    assert naming | {"language/nodes/conditions.py"} == NAMES_COMPARISONS.keys()


def test_no_match_passes_over_what_it_does_not_know() -> None:
    found: dict[str, int] = {}
    for path, tree in trees():
        for node in ast.walk(tree):
            if not isinstance(node, ast.match_case) or node.guard or ast.unparse(node.pattern) != "_":
                continue
            if "assert_never" not in ast.unparse(node.body[0]):
                found[path] = found.get(path, 0) + 1
    assert found == LETS_OTHERS_PASS


@pytest.mark.parametrize("word", ["never", "transfer", "say"])
def test_the_search_finds_what_it_looks_for(word: str) -> None:
    tree = ast.parse(f'"""hold"""\nA = ("{word}", b"mute")\nB = "log read".split()\n')
    assert {word, "mute", "log", "read"} <= set(texts(tree))
    assert "hold" not in set(texts(tree))
