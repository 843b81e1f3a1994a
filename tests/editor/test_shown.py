"""Fixes, format, outline, folds, colours, hints and lenses."""

import pytest

from flowrules.editor.documents import Document
from flowrules.editor.features.fixes import fixes, mend_all
from flowrules.editor.features.formatting import formatting
from flowrules.editor.features.inlay import hints
from flowrules.editor.features.outline import folds, outline
from flowrules.editor.features.testing import lenses, run_test
from flowrules.editor.features.tokens import TYPES, coloured
from flowrules.editor.workspace import Workspace
from flowrules.language.format import format_text
from tests.editor.conftest import Marked

SLIPS = """rule "Slip"
  on intent=y
  transfr queue billing_q
  set_disposition DONE
on intent=zz when language is fr then hangup
"""


def test_what_mends_comes_first_and_all_can_be_mended_at_once(marked: Marked) -> None:
    workspace, _ = marked(f"{SLIPS}|")
    file, found = workspace.files["b.rules"], workspace.findings["b.rules"]
    titles = [one.title for one in fixes(file, found, 0, len(file.source.text), workspace.index)]
    assert titles[:2] == ['Put in "end"', 'Write "transfer" for "transfr"']
    at = file.source.text.index("transfr")
    (here,) = fixes(file, found, at, at, workspace.index)
    assert here.title == 'Write "transfer" for "transfr"'
    whole = mend_all(file, found)
    assert whole is not None
    workspace.put("b.rules", workspace.documents["b.rules"].with_edits(whole.edits))
    workspace.settle()
    codes = {one.code.id for one in workspace.findings["b.rules"]}
    assert not codes & {"FR103", "FR105"}


def test_a_warning_can_be_answered_with_a_reason(marked: Marked) -> None:
    workspace, _ = marked("list gone is a, b\n|")
    file, (found,) = workspace.files["b.rules"], workspace.findings["b.rules"]
    (answer,) = fixes(file, (found,), found.location.start, found.location.end, workspace.index)
    assert answer.reason_wanted
    text = workspace.documents["b.rules"].with_edits(answer.edits)
    first, _, rest = text.partition("\n")
    assert first == f"# allow {found.code.id}: "
    workspace.put("b.rules", f"{first}they asked for it\n{rest}")
    workspace.settle()
    (answered,) = workspace.findings["b.rules"]
    assert answered.answered == "they asked for it"


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_formatting_changes_only_lines_that_differ_and_keeps_line_ends(line_end: str) -> None:
    text = 'on   x hangup\n\n# a\non y hangup\nrule "R"\n on z\n   hangup\nend\n'
    document = Document.of("a.rules", text.replace("\n", line_end))
    workspace = Workspace()
    workspace.put("a.rules", document.raw)
    edits = formatting(workspace.files["a.rules"])
    assert all(not edit.text.startswith("on y") for edit in edits)
    after = document.with_edits(edits)
    assert after == format_text(document.source).text.replace("\n", line_end)
    workspace.put("a.rules", after)
    assert formatting(workspace.files["a.rules"]) == ()


def test_formatting_the_cookbook_written_loosely_gives_it_back(cookbook: dict[str, str]) -> None:
    for name, text in cookbook.items():
        loose = "\n".join(
            f"{line} " if number % 7 == 0 else line for number, line in enumerate(text.split("\n"))
        )
        workspace = Workspace()
        workspace.put(name, loose)
        document = workspace.documents[name]
        assert document.with_edits(formatting(workspace.files[name])) == text


def test_outline_and_folds(marked: Marked) -> None:
    workspace, _ = marked(
        '# one\n# two\nrule "B"\n  on intent=x\n  hangup\nend\ntest "t"\n  on intent=x\n  expect hangup\nend\n'
        'on intent=q then hangup\nrule "Broken"\n  on y (\nend\n|'
    )
    file = workspace.files["b.rules"]
    entries = outline(file, workspace.index)
    assert [(one.name, one.kind) for one in entries] == [
        ("B", "rule"), ("t", "test"), ("on intent=q then hangup", "rule"), ('rule "Broken"', "unread"),
    ]  # fmt: skip
    assert all(one.block.start <= one.at.start and one.at.end <= one.block.end for one in entries)
    assert [(one.first, one.last, one.is_comment) for one in folds(file)] == [
        (2, 5, False), (6, 9, False), (11, 13, False), (0, 1, True),
    ]  # fmt: skip


def test_colours_cover_words_once_and_in_order(cookbook: dict[str, str]) -> None:
    workspace = Workspace()
    workspace.put_all(cookbook)
    for file in workspace.files.values():
        last = 0
        text = file.source.text
        seen = set()
        for start, end, type_ in coloured(file, workspace.index):
            assert last <= start < end
            assert "\n" not in text[start:end]
            assert type_ in TYPES
            seen.add(type_)
            last = end
        assert {"keyword", "function", "variable", "string", "comment"} <= seen


def test_colours_tell_names_apart(marked: Marked) -> None:
    workspace, _ = marked(
        'on intent=x when language is hi then say "hi {language}" then transfer to sales_desk # c\n|'
    )
    file = workspace.files["b.rules"]
    text = file.source.text
    assert [(text[start:end], type_) for start, end, type_ in coloured(file, workspace.index)] == [
        ("on", "keyword"), ("intent", "variable"), ("x", "enumMember"), ("when", "keyword"), ("language", "variable"),
        ("is", "keyword"), ("hi", "enumMember"), ("then", "keyword"), ("say", "function"), ('"hi {', "string"),
        ("language", "variable"), ('}"', "string"), ("then", "keyword"), ("transfer", "function"), ("to", "keyword"),
        ("sales_desk", "class"), ("# c", "comment"),
    ]  # fmt: skip


def test_hints_say_what_is_sent_otherwise_than_written(marked: Marked) -> None:
    workspace, _ = marked(
        'rule "B"\n  on intent=x\n  transfer to sales_desk\n    if it fails then hangup\n  set_disposition DONE\nend\n'
        'before transfer when vip is yes then say "Hi."\n|'
    )
    found = [(one.at.first.line, one.text) for one in hints(workspace.files["b.rules"], workspace.index)]
    assert found == [(3, 'first say "Hi." when vip is yes'), (5, "moved before transfer")]


def test_nothing_is_moved_where_the_order_is_as_written(marked: Marked) -> None:
    workspace, _ = marked("order as written\non intent=x then hangup then set_disposition DONE\n|")
    assert list(hints(workspace.files["b.rules"], workspace.index)) == []


def test_lenses_and_the_tests_that_they_run(marked: Marked) -> None:
    workspace, _ = marked(
        'rule "B"\n  on intent=x\n  transfer queue sales_q\nend\ntest "right"\n  on intent=x\n'
        '  expect rule "B"\nend\ntest "wrong"\n  on intent=x\n  expect hangup\nend\n|'
    )
    shown = list(lenses(workspace, "b.rules"))
    assert [(one.title, one.test) for one in shown] == [
        ("Named by 1 test", ""), ("Explore this rule", ""), ("Run this test", "right"), ("Run this test", "wrong"),
    ]  # fmt: skip
    assert run_test(workspace, "b.rules", "right").passed
    wrong = run_test(workspace, "b.rules", "wrong")
    assert not wrong.passed
    ((where, told),) = wrong.shortfalls
    assert where.first.line == 11
    assert ". Happened: " in told
    assert "no test" in run_test(workspace, "b.rules", "other").told
    workspace.put("b.rules", "on")
    assert "Mend them first" in run_test(workspace, "b.rules", "right").told
