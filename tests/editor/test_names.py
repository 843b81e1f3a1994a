"""Every name on the page is known to the index, and can be found, told and given another one."""

from collections.abc import Iterator

import pytest

from flowrules.diagnostics.diagnostic import Severity
from flowrules.editor.features.hover import hover
from flowrules.editor.features.navigation import definition, references
from flowrules.editor.features.rename import renamable, rename
from flowrules.editor.names import Kind, Role, names_in
from flowrules.editor.workspace import Workspace
from flowrules.language.nodes import Holidays, Name, OtherVerb, Pair
from flowrules.record import Node
from tests.editor.conftest import HEAD, Marked

NOT_NAMES = {(OtherVerb, "name"), (Pair, "key"), (Holidays, "calendar")}
"""Names that nothing else can name: a verb of the future, a key of what is sent, a country's calendar."""


def all_names(node: Node) -> Iterator[Name]:
    for field in node.__struct_fields__:
        value = getattr(node, field)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Name) and (type(node), field) not in NOT_NAMES:
                yield one
            elif isinstance(one, Node):
                yield from all_names(one)


def test_every_name_in_the_cookbook_and_the_corpus_is_indexed(cookbook: dict[str, str]) -> None:
    from pathlib import Path

    corpus = {
        path.name: path.read_text("utf-8")
        for path in (Path(__file__).parents[1] / "corpus" / "good").glob("*.rules")
    }
    workspace = Workspace()
    workspace.put_all({**cookbook, **corpus})
    count = 0
    for file in workspace.files.values():
        for block in file.blocks:
            assert block.item is not None
            spans = {one.span for one in names_in(block.item)}
            for name in all_names(block.item):
                count += 1
                assert name.span in spans, f"{file.source.path}: {name.text} in {block.text}"
            for one in names_in(block.item):
                written = block.text[one.span.start : one.span.end]
                assert one.text.lower() in written.replace('""', '"').lower()
    assert count > 1_000


def test_every_name_of_the_cookbook_can_be_given_another_one_or_says_why_not(
    cookbook: dict[str, str],
) -> None:
    workspace = Workspace()
    workspace.put_all({name: cookbook[name] for name in ("house.rules", "sales.rules")})
    workspace.settle()
    before = {path: [one.code.id for one in found] for path, found in workspace.findings.items()}
    assert all(
        one.code.severity is not Severity.ERROR for found in workspace.findings.values() for one in found
    )
    declared = list(workspace.index.declared.items())
    assert len(declared) > 50
    for (kind, key), found in declared[:: max(len(declared) // 9, 1)]:
        file = workspace.files[found.block.source.path]
        renamed = rename(file, found.location.start, "another_name", workspace.index)
        if renamed.refused:
            assert (kind, "engine" in renamed.refused) == (Kind.FACT, True), (key, renamed.refused)
            continue
        assert len(renamed.edits) == len(list(workspace.index.places(kind, key))) or kind is Kind.TEST
        other = Workspace()
        texts = {}
        for path, document in workspace.documents.items():
            texts[path] = document.with_edits(
                one for one in renamed.edits if one.location.source.path == path
            )
        other.put_all(texts)
        other.settle()
        assert {path: [one.code.id for one in some] for path, some in other.findings.items()} == before, (
            kind,
            key,
        )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("on x then transfer to sales|_desk", ("a.rules", 5)),
        ("on x when language is |hi then hangup", ("a.rules", 2)),
        ("on x during of|fice then hangup", ("a.rules", 6)),
        ("on x when language is in |vips then hangup", ("a.rules", 9)),
        ("on x then do bye|", ("a.rules", 10)),
        ('test "t"\n  on intent=sales\n  expect rule "|Late"\nend', ("a.rules", 15)),
        ('on x then say "hi {lang|uage}"', ("a.rules", 2)),
        ('rule "R"\n  on x\n  sya "a"\n  transfer to sales|_desk\nend', ("a.rules", 5)),
        ("on x then remember seen is yes\non y when s|een is yes then hangup", ("b.rules", 1)),
    ],
)
def test_go_to(marked: Marked, text: str, place: tuple[str, int]) -> None:
    workspace, offset = marked(text)
    (where,) = definition(workspace.files["b.rules"], offset, workspace.index)
    assert (where.source.path, where.first.line) == place


def test_all_places_with_and_without_the_declaration(marked: Marked) -> None:
    workspace, offset = marked("on x when |vip is no then hangup")
    file = workspace.files["b.rules"]
    assert [(one.source.path, one.first.line) for one in references(file, offset, workspace.index)] == [
        ("a.rules", 4), ("a.rules", 14), ("b.rules", 1),
    ]  # fmt: skip
    assert len(references(file, offset, workspace.index, declared=False)) == 2


@pytest.mark.parametrize(
    ("text", "new", "why"),
    [
        ("on x when v|ip is no then hangup", "balance", 'There is "balance" already, in line 3 of a.rules.'),
        ("on x when v|ip is no then hangup", "time", "the engine knows"),
        ("on x when v|ip is no then hangup", "two words", "is no name"),
        ("on x when v|ip is no then hangup", "unless", "word of the rule language"),
        ("on x when v|ip is no then hangup", "yes", "word of the rule language"),
        ("on bel|l then hangup", "anything", "something else"),
        ("on sa|id contains a then hangup", "told", "the engine knows"),
        ("on x then tran|sfer queue q", "move", "keeps its name"),
        ("on x when language is h|i then hangup", "hindi", "can't be given another name here alone"),
        ("on x |then hangup", "y", "Here stands no name."),
        ("on x then transfer queue billing|_q\non y then transfer queue billing_q (", "b", "Mend it first."),
        ("on x then transfer queue a|b", "sales_q", 'There is "sales_q" already'),
    ],
)
def test_what_can_not_be_renamed_says_why(marked: Marked, text: str, new: str, why: str) -> None:
    head = f"{HEAD}on the same language 3 times then hangup\non the same vip 2 times then hangup\n"
    workspace, offset = marked(text, head)
    renamed = rename(workspace.files["b.rules"], offset, new, workspace.index)
    assert why in renamed.refused
    assert renamed.edits == ()


@pytest.mark.parametrize(
    ("text", "new", "after"),
    [
        ("on x then transfer queue bi|ll", "of today", 'on x then transfer queue "of today"'),
        ("on x then transfer queue bi|ll", "hangup", 'on x then transfer queue "hangup"'),
        ('on x then transfer queue "b|ill"', "bills", 'on x then transfer queue "bills"'),
        ("on x then remember a|b is yes then say \"{ab}\"", "cd", "on x then remember cd is yes then say \"{cd}\""),
        ("on bell when be|ll is known then hangup", "ring", "on ring when ring is known then hangup"),
    ],
)  # fmt: skip
def test_a_name_is_quoted_where_it_must_be(marked: Marked, text: str, new: str, after: str) -> None:
    workspace, offset = marked(text)
    file = workspace.files["b.rules"]
    assert isinstance(renamable(file, offset, workspace.index), tuple)
    edits = rename(file, offset, new, workspace.index).edits
    assert workspace.documents["b.rules"].with_edits(edits) == after


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "on x then tran|sfer queue q",
            ["transfer [now] TARGET", "It ends the AI's session.", "`destination`"],
        ),
        (
            "on x when lang|uage is hi then hangup",
            ["one of hi, en, ta, from host", "Declared in a.rules line 2."],
        ),
        ("on x when today| is monday then hangup", ["fact that the engine knows: one of monday"]),
        ("on x then transfer to sales|_desk", ["destination sales_desk is queue sales_q"]),
        ("|on intent=x when vip is yes then hangup", ["If vip is yes", "Hang up"]),
        ('before trans|fer then say "One moment."', ["transfer [now] TARGET"]),
        (
            '|before transfer then say "One moment."',
            ["Before each step that is to transfer the caller", "One moment."],
        ),
        ('|promise "P" at the end call.disposition is known', ["At the end of every call"]),
        ('rule "R"\n  on x\n  sya "a"\n  transf|er queue q\nend', ["Hand the caller to"]),
        ('rule "R"\n  on x\n  sya "a"\n  when ba|lance is 3\nend', ["**balance**: fact: number"]),
        ("on x |then hangup", []),
        ('on x then advi|se "Ask."', ["Tells the language model"]),
    ],
)
def test_hover(marked: Marked, text: str, told: list[str]) -> None:
    workspace, offset = marked(text)
    shown = hover(workspace, "b.rules", offset)
    if not told:
        assert shown is None
        return
    assert shown is not None
    for words in told:
        assert words in shown.text


def test_roles_are_told_apart() -> None:
    workspace = Workspace()
    workspace.put(
        "a.rules", "fact vip is yes/no\non x then remember vip is yes\non y when vip is yes then hangup\n"
    )
    roles = [one.named.role for one in workspace.index.places(Kind.FACT, "vip")]
    assert roles == [Role.DECLARES, Role.SETS, Role.ASKS]
