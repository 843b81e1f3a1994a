"""What may be written at a place: what the grammar takes there, names of the right kind, the most used first."""

import re

import pytest

from flowrules.diagnostics.diagnostic import Severity
from flowrules.editor.completion import Sort, complete
from flowrules.editor.phrases import SNIPPETS
from flowrules.editor.workspace import Workspace
from flowrules.language.parse import parse_block
from flowrules.language.parser.lalr import Walk
from tests.editor.conftest import Marked

FACTS = ["balance", "intent", "language", "vip", "said"]


def labels(marked: Marked, text: str) -> list[str]:
    workspace, offset = marked(text)
    return [one.label for one in complete(workspace.files["b.rules"], offset, workspace.index)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("|", ["rule", "on", "test"]),
        ("ru|", ["rule"]),
        ("on |", [*FACTS, "call.callback"]),
        ("on intent=|", ["sales", "billing"]),
        ("on x when |", FACTS),
        ("on x when language is |", ["hi", "en", "ta", "one of", "not one of"]),
        ("on x when language is not one of hi, |", ["hi", "en", "ta"]),
        ("on x when vip is |", ["yes", "no"]),
        ("on x when balance |", ["is", "is not", "is less than", "is at most"]),
        ("on x when balance is at |", ["most", "least"]),
        ("on x when today is |", ["monday", "tuesday"]),
        ("on x then |", ["transfer", "say", "hangup"]),
        ("on x then tr|", ["transfer"]),
        ("on x then transfer |", ["now", "queue", "agent", "to"]),
        ("on x then transfer to |", ["sales_desk"]),
        ("on x then transfer queue |", ["billing_q", "sales_q"]),
        ("on x then transfer queue b|", ["billing_q"]),
        ("on x then do |", ["bye"]),
        ("on x during |", ["office"]),
        ("on x when language is in |", ["vips"]),
        ('on x then say "to {la|', ["language"]),
        ('on x then say "la|', []),
        ("# la|", []),
        ("on x then transfer queue q if it fails because un|", ["unauthorised", "unavailable"]),
        ('test "t"\n  on intent=sales\n  expect rule |', ["Late"]),
        ('test "t"\n  |', ["on", "after", "at", "given"]),
        ('test "t"\n  given |', FACTS),
        ("fact z is |", ["yes/no", "text", "number", "one of"]),
        ("fact z is text from |", ["host", "model", "caller", "platform"]),
        ("hours h\n  |", ["on", "closed on", "mon"]),
        ("destination d is |", ["queue", "agent", "to"]),
        ('rule "R"\n  on x\n  sya "a"\n  transfer queue |', ["billing_q", "sales_q"]),
        ('rule "R"\n  on x\n  sya "a"\n  transfer queue |\nend\n\non y then hangup\n', ["billing_q", "sales_q"]),
        ("on x then say \"a\"\n  |", ["then", "otherwise", "if it fails then"]),
        ("on x ( then transfer queue |", []),
    ],
)  # fmt: skip
def test_what_may_stand_here(marked: Marked, text: str, first: list[str]) -> None:
    found = labels(marked, text)
    assert found[: len(first)] == first
    if not first:
        assert found == []


def test_the_most_used_comes_first(marked: Marked) -> None:
    rules = "on a then transfer queue zulu\non b then transfer queue zulu\non c then transfer queue zulu\n"
    assert labels(marked, f"{rules}on d then transfer queue |")[0] == "zulu"
    hangups = "".join(f"on h{number} then hangup\n" for number in range(9))
    assert labels(marked, f"{hangups}on d then |")[0] == "hangup"


def test_a_name_is_put_in_quotes_where_it_needs_them(marked: Marked) -> None:
    workspace, offset = marked('on a then transfer queue "of today"\non b then transfer queue of|')
    (one,) = complete(workspace.files["b.rules"], offset, workspace.index)
    assert (one.label, one.text) == ("of today", '"of today"')


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet.word)
def test_every_snippet_reads_as_it_is_filled_in(snippet: object) -> None:
    body = re.sub(r"\$\{\d+:([^}]*)\}", r"\1", snippet.body)  # type: ignore[attr-defined]
    item, problems = parse_block(body)
    assert item is not None, problems
    assert not problems
    assert snippet.word.split()[0] in body.split()[0]  # type: ignore[attr-defined]


def test_whatever_is_offered_is_taken_by_the_grammar_at_every_place_of_the_cookbook(
    cookbook: dict[str, str],
) -> None:
    workspace = Workspace()
    workspace.put_all(cookbook)
    file = workspace.files["sales.rules"]
    tried = 0
    for block in file.blocks[::5]:
        for offset in range(block.start, block.end, 7):
            text = file.source.text
            if not (text[offset - 1 : offset] == " " and text[offset] != " "):
                continue
            for one in complete(file, offset, workspace.index):
                if one.sort is Sort.SNIPPET:
                    continue
                before = text[block.start : one.replaces.start]
                walk = Walk(f"{before}{one.text}")
                list(walk.tokens())
                goes_on = Walk(f"{before.rstrip()}\n  {one.text}")
                list(goes_on.tokens())
                tried += 1
                assert (
                    not (walk.refused or walk.unreadable)
                    or not (goes_on.refused or goes_on.unreadable)
                    or ('"' in before.rpartition("\n")[2])
                ), (before, one)
    assert tried > 200


def test_completing_never_fails_wherever_the_cursor_stands(cookbook: dict[str, str]) -> None:
    workspace = Workspace()
    text = cookbook["support.rules"][:6_000].replace("then", "thn", 2)
    workspace.put("a.rules", text)
    file = workspace.files["a.rules"]
    for offset in range(0, len(text) + 1, 13):
        complete(file, offset, workspace.index)


def test_what_is_offered_for_a_broken_rule_makes_no_other_mistake(marked: Marked) -> None:
    workspace, offset = marked('rule "R"\n  on intent=x\n  transfr to |\nend\n')
    assert any(one.code.severity is Severity.ERROR for one in workspace.findings["b.rules"])
    assert complete(workspace.files["b.rules"], offset, workspace.index) == ()
