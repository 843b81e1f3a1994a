"""Findings as somebody types: the same in the end as a check of everything from the beginning."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowrules.analysis.incremental.split import mentioning
from flowrules.compiler.loading.load import load_rules
from flowrules.editor.documents import Change
from flowrules.editor.index import Index
from flowrules.editor.names import Kind
from flowrules.editor.positions import Place, Units
from flowrules.editor.workspace import OutOfStep, Workspace
from flowrules.language.parse import parse
from flowrules.source import source_from_text
from tests.editor.conftest import HEAD

TYPED = (
    "(", "x", " ", "\n", '"', "end\n", "on intent=more then hangup\n", "fact more is number\n", "when vip is no ", "# x\n",
    "transfr queue q\n", "rule \"A\"\n  on x\n", "never hangup when vip is yes\n",
)  # fmt: skip


def cold(workspace: Workspace) -> dict[str, list[tuple[str, int, int, str]]]:
    """What a check from the beginning finds."""
    sources = [source_from_text(one.raw, path) for path, one in workspace.documents.items()]
    found: dict[str, list[tuple[str, int, int, str]]] = {source.path: [] for source in sources}
    for one in load_rules(sources).findings:
        found[one.location.source.path].append(
            (one.code.id, one.location.start, one.location.end, one.message)
        )
    return found


def shown(workspace: Workspace) -> dict[str, list[tuple[str, int, int, str]]]:
    return {
        path: [(one.code.id, one.location.start, one.location.end, one.message) for one in found]
        for path, found in workspace.findings.items()
    }


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 999), st.sampled_from(TYPED), st.booleans()), min_size=1, max_size=6)
)
def test_typing_finds_what_a_check_from_the_beginning_finds(edits: list[tuple[int, str, bool]]) -> None:
    workspace = Workspace()
    workspace.put_all({"a.rules": HEAD, "b.rules": "on intent=other then hangup\n"})
    for version, (at, text, settle) in enumerate(edits):
        document = workspace.documents["a.rules"]
        place = document.place(at % (len(document.source.text) + 1), Units.UTF16)
        seen = workspace.edit("a.rules", [Change(text, place, place)], version=version)
        assert all(
            one.location.end <= len(workspace.files["a.rules"].source.text)
            and one.location.source is workspace.files[one.location.source.path].source
            for found in workspace.findings.values()
            for one in found
        )
        if settle or seen.settled:
            workspace.settle()
            assert shown(workspace) == cold(workspace)
    workspace.settle()
    assert shown(workspace) == cold(workspace)
    fresh = Index(workspace.files.values())
    for kind, of in [
        *((kind, "") for kind in Kind),
        *((Kind.VALUE, fact) for fact in fresh.spelled(Kind.FACT)),
    ]:
        names = fresh.spelled(kind, of)
        assert workspace.index.spelled(kind, of) == names
        assert all(workspace.index.uses(kind, key, of) == fresh.uses(kind, key, of) for key in names)


def test_only_files_with_other_findings_are_reported() -> None:
    workspace = Workspace()
    workspace.put_all({"a.rules": HEAD, "b.rules": "on intent=other then hangup\n"})
    workspace.settle()
    place = Place(0, 27)
    seen = workspace.edit("b.rules", [Change(" (", place, place)])
    assert set(seen.findings) == {"b.rules"}
    assert [one.code.id for one in seen.findings["b.rules"]] != []
    back = workspace.edit("b.rules", [Change("", place, Place(0, 29))])
    workspace.settle()
    assert back.findings == {"b.rules": ()}


def test_an_edited_declaration_shows_mistakes_at_once_and_the_rest_when_settled() -> None:
    workspace = Workspace()
    workspace.put_all({"a.rules": HEAD, "b.rules": "on intent=fr when language is fr then hangup\n"})
    workspace.settle()
    (never,) = workspace.findings["b.rules"]
    line = HEAD.split("\n").index("fact language is one of hi, en, ta from host")
    seen = workspace.edit("a.rules", [Change(", fr", Place(line, 34), Place(line, 34))])
    assert not seen.settled
    assert workspace.findings["b.rules"] == (never,), "what was found stays shown until all is checked"
    assert workspace.ruleset is None
    settled = workspace.settle()
    assert settled.settled
    assert workspace.findings["b.rules"] == ()
    assert workspace.ruleset is not None


def test_a_check_that_an_edit_has_overtaken_counts_for_nothing() -> None:
    workspace = Workspace()
    workspace.put("a.rules", HEAD)
    check = workspace.due()
    assert check is not None
    loaded = check.run()
    workspace.put("a.rules", f"{HEAD}on\n")
    before = workspace.findings
    assert workspace.take(check, loaded).findings == {}
    assert workspace.findings == before
    assert not workspace.settled


def test_changes_of_another_version_are_refused() -> None:
    workspace = Workspace()
    workspace.put("a.rules", "on x then hangup\n", 3)
    change = Change("y", Place(0, 3), Place(0, 4))
    with pytest.raises(OutOfStep, match="not open"):
        workspace.edit("b.rules", [change])
    for version in (2, 3):
        with pytest.raises(OutOfStep, match="version 3"):
            workspace.edit("a.rules", [change], version=version)
    workspace.edit("a.rules", [change], version=4)
    assert workspace.documents["a.rules"].raw == "on y then hangup\n"


def test_a_file_that_is_gone_takes_its_findings_along() -> None:
    workspace = Workspace()
    workspace.put_all({"a.rules": HEAD, "b.rules": "on"})
    workspace.settle()
    assert workspace.findings["b.rules"]
    seen = workspace.remove("b.rules")
    assert seen.findings["b.rules"] == ()
    assert "b.rules" not in workspace.files


def test_a_word_of_a_broken_rule_concerns_blocks_that_hold_the_whole_word() -> None:
    source = source_from_text("on yes_man then hangup\non y then hangup\non x when y.z is yes then hangup\n")
    file, _ = parse(source)
    assert [block.text[:10] for block in mentioning(file, ["y"])] == ["on y then ", "on x when "]


def test_a_name_of_spaces_alone_concerns_every_block() -> None:
    file, _ = parse(source_from_text("on x then hangup\non y then hangup\n"))
    assert [*mentioning(file, [""])] == [*file.blocks]


@pytest.mark.parametrize("name", ["", " ", "\u200b"])
def test_a_name_of_nothing_that_is_broken_while_it_is_typed_is_checked_to_the_end(name: str) -> None:
    workspace = Workspace()
    workspace.put_all({"a.rules": HEAD, "b.rules": f'rule "{name}"\n  on intent=other\n  hangup\nend\n'})
    workspace.settle()
    place = Place(0, len(f'rule "{name}'))
    workspace.edit("b.rules", [Change('"', place, place)])
    workspace.settle()
    assert shown(workspace) == cold(workspace)
    workspace.edit("b.rules", [Change("", place, Place(0, place.character + 1))])
    workspace.settle()
    assert shown(workspace) == cold(workspace)


def test_an_index_of_an_edit_is_as_one_that_is_made_anew() -> None:
    """And keeps nothing of names that were typed letter by letter."""
    workspace = Workspace()
    workspace.put("a.rules", HEAD)
    workspace.settle()
    line = len(HEAD.split("\n")) - 1
    for at, letter in enumerate("on intent=Sales then transfer to sales_desk"):
        workspace.edit("a.rules", [Change(letter, Place(line, at), Place(line, at))])
    workspace.edit("a.rules", [Change("", Place(line, 19), Place(line, 43))])
    workspace.edit("a.rules", [Change("", Place(6, 0), Place(7, 0))])
    workspace.settle()
    anew = Index(workspace.files.values())
    assert vars(workspace.index)["_counts"] == vars(anew)["_counts"]
    assert vars(workspace.index)["_holding"] == vars(anew)["_holding"]
    assert vars(workspace.index)["_declaring"] == vars(anew)["_declaring"]
    assert workspace.index.declared == anew.declared
