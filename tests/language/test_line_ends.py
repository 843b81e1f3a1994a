"""Lines are what editors count: LF, CR LF and CR end one, and nothing else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowrules.diagnostics.render import concise, github
from flowrules.diagnostics.render.full import full
from flowrules.diagnostics.render.json import as_data
from flowrules.language.format import format_text
from flowrules.language.parse import parse
from flowrules.source import source_from_bytes, source_from_text

ODD = ["\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
"""What Python's `splitlines` counts besides."""


@given(st.text("ab \n\r\v\f\x1c\x85\u2028\u2029", max_size=30))
def test_lines_are_counted_as_editors_count_them(text: str) -> None:
    source = source_from_text(text)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert [source.line(number) for number in range(1, len(source.line_starts) + 1)] == lines


@pytest.mark.parametrize("sign", ODD)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_finding_stands_in_the_line_that_an_editor_shows(sign: str, end: str) -> None:
    rules = f'# a{sign}b{end}on intent=a say "x{sign}y" then hangup{end}{sign}{end}on intent=b hangpu{end}'
    _, findings = parse(source_from_bytes(rules.encode(), "a.rules"))
    hidden, wrong = findings
    assert (hidden.code.name, hidden.location.first) == ("no-line-end", (1, 4))
    assert (wrong.location.first, wrong.location.last) == ((4, 13), (4, 19))
    assert as_data(wrong)["line"] == 4
    assert "line=4,col=13" in github(findings)
    assert "a.rules:4:13:" in concise(findings)
    assert not set(full(findings)) & set(ODD)


@pytest.mark.parametrize("sign", ODD)
def test_what_stands_behind_one_in_a_comment_is_the_comment(sign: str) -> None:
    file, findings = parse(source_from_text(f"# first{sign}on intent=a hangup\non intent=b hangup\n"))
    assert [block.text for block in file.blocks] == ["on intent=b hangup"]
    (finding,) = findings
    assert finding.code.severity == "warning"
    assert "comment goes on" in finding.message


@pytest.mark.parametrize("sign", ODD)
def test_a_text_holds_one_as_any_other_character(sign: str) -> None:
    file, findings = parse(source_from_text(f'on intent=a say "one{sign}two"\n'))
    assert findings == ()
    assert len(file.blocks) == 1


@pytest.mark.parametrize("sign", [sign for sign in ODD if sign not in "\x1c\x1d\x1e"])
def test_between_two_words_one_is_a_space(sign: str) -> None:
    file, findings = parse(source_from_text(f"on intent=a{sign}hangup\n"))
    assert file.blocks[0].item is not None
    assert [finding.code.name for finding in findings] == ["no-line-end"]


def test_a_page_break_between_rules_is_no_mistake() -> None:
    file, findings = parse(source_from_text("on intent=a hangup\n\f\non intent=b hangup\f\n"))
    assert (len(file.blocks), findings) == (2, ())


@pytest.mark.parametrize("sign", ODD)
def test_formatting_keeps_them_in_comments_and_texts(sign: str) -> None:
    rules = f'# one{sign}two\non   intent=a  say "x{sign}y"   # three{sign}four\n'
    result = format_text(source_from_text(rules))
    assert result.text == f'# one{sign}two\non intent=a say "x{sign}y"  # three{sign}four\n'
    assert format_text(source_from_text(result.text)).text == result.text


@pytest.mark.parametrize("sign", ODD)
def test_an_edited_file_keeps_its_warning(sign: str) -> None:
    before, _ = parse(source_from_text(f"# a{sign}b\non intent=a hangup\n", "a.rules"))
    edited = source_from_text(f"# a{sign}b\non intent=a hold\n", "a.rules")
    assert parse(edited, before) == parse(edited)
    assert parse(before.source, before)[1] == parse(before.source)[1] != ()
