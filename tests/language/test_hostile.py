"""Whatever a file holds, it ends in findings: never in a traceback, never in more than the limits."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowrules.diagnostics.diagnostic import Findings
from flowrules.diagnostics.render import full
from flowrules.language.nodes import RuleFile
from flowrules.language.parse import MAX_BLOCK, MAX_DEPTH, MAX_FINDINGS, parse
from flowrules.language.parser.grammar import keywords, parser
from flowrules.source import MAX_BYTES, source_from_bytes

CORPUS = Path(__file__).parent.parent / "corpus"
GOOD = {path.stem: path.read_text("utf-8-sig") for path in sorted(CORPUS.glob("good/*.rules"))}
ALL = [path.read_text("utf-8-sig") for path in sorted(CORPUS.glob("*/*.rules"))]
WORDS = (
    sorted({*keywords().values()})
    + (
        'sales q a_1 "text" 5 09:00 2026-01-26 +9198 3x = != < >= ( ) , : . ; " “ \' { } [ ] # * && -> • 1. ५ ₹500 9pm 5min '
        "विक्रय mon-fri 10:00-18:00 \u200b"
    ).split(" ")
    + ["\n", "\n", "\n", "end\n", 'rule "x"\n', "on a=1", "if it fails", "is not", "2 hours", "3 times"]
)


def ends(data: str | bytes) -> tuple[RuleFile, Findings]:
    """Parse; every finding says something at a place of the text, and can be shown."""
    source = source_from_bytes(
        data if isinstance(data, bytes) else data.encode("utf-8", "replace"), "hostile.rules"
    )
    file, findings = parse(source)
    assert len(findings) <= MAX_FINDINGS + 1
    for finding in findings:
        assert 0 <= finding.location.start <= finding.location.end <= len(source.text) + 1
        assert 0 < len(finding.message) <= 401
        assert len(finding.hint) <= 401
        for edit in finding.fix:
            assert 0 <= edit.location.start <= edit.location.end <= len(source.text)
    assert all(0 <= block.start <= block.end <= len(source.text) for block in file.blocks)
    assert full(findings) or not findings
    return file, findings


# --- anything at all ---


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_bytes(data: bytes) -> None:
    ends(data)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_letters_of_every_script(text: str) -> None:
    ends(text)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=40))
def test_words_of_the_language_in_any_order(words: list[str]) -> None:
    ends(" ".join(words))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_files_with_pieces_taken_out_put_in_and_swapped(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(ALL))
    pieces = re.findall(r"\s+|\w+|[^\w\s]", text)
    start = data.draw(st.integers(0, len(pieces) - 1))
    pieces = pieces[start : start + 120]
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(pieces) - 1))
        pieces[at] = data.draw(
            st.sampled_from(["", pieces[at] * 2, pieces[at][1:], f" {data.draw(st.sampled_from(WORDS))} "])
        )
    ends("".join(pieces))


# --- what is cut off ---


@pytest.mark.parametrize("name", GOOD)
def test_a_file_cut_off_anywhere(name: str) -> None:
    text = GOOD[name]
    step = max(1, len(text) // 60)
    for at in range(0, len(text), step):
        ends(text[:at])


def test_a_file_cut_off_at_every_place() -> None:
    text = GOOD["blocks"]
    whole, _ = ends(text)
    for at in range(len(text)):
        file, _ = ends(text[:at])
        kept = [block.item for block in file.blocks if block.end < at - 1 and block.item is not None]
        assert kept == [block.item for block in whole.blocks][: len(kept)]


# --- what is too large ---


def names(findings: Findings) -> list[str]:
    return [finding.code.name for finding in findings]


def test_a_file_above_the_limit_is_not_read() -> None:
    file, findings = ends(b"x" * (MAX_BYTES + 1))
    assert names(findings) == ["too-large"]
    assert "10 MB" in findings[0].message
    assert not file.blocks


def test_ten_megabytes_of_one_word() -> None:
    _, findings = ends("a" * (MAX_BYTES - 1))
    assert names(findings) == ["too-large"]


def test_ten_megabytes_of_good_rules() -> None:
    line = "on intent=sales transfer agent sales_q then set_disposition SALES_XFER\n"
    file, findings = ends(line * (MAX_BYTES // len(line)))
    assert not findings
    assert len(file.blocks) > 100_000


def test_a_line_of_a_megabyte() -> None:
    _, findings = ends("on intent=sales " + "say " * 250_000)
    assert names(findings) == ["too-large"]
    assert f"{MAX_BLOCK:,}" in findings[0].message


def test_a_long_list_is_no_mistake() -> None:
    _, findings = ends("list numbers is " + ", ".join(f"+9198{number:08}" for number in range(5_000)))
    assert not findings


def test_a_mistake_in_a_long_list_is_found() -> None:
    _, findings = ends("list numbers is " + ", ".join(["+919812345678"] * 5_000) + " then")
    assert len(findings) == 1


def test_ten_thousand_brackets_inside_each_other() -> None:
    for closing in (")" * 10_000, ""):
        _, findings = ends(f"on intent=sales when {'(' * 10_000}a=1{closing} hangup")
        assert names(findings) == ["too-deep"]


def test_ten_thousand_nots() -> None:
    _, findings = ends(f"on intent=sales when {'not ' * 10_000}a=1 hangup")
    assert names(findings) == ["too-deep"]


def test_brackets_in_texts_and_comments_count_for_nothing() -> None:
    sad = "(" * (MAX_DEPTH + 5)
    _, findings = ends(f'on intent=sales say "{sad}"  # {sad} not not not\non intent=b hangup')
    assert not findings


def test_as_many_brackets_as_are_allowed() -> None:
    condition = f"{'not not (' * MAX_DEPTH}a=1{')' * MAX_DEPTH}"
    file, findings = ends(f"on intent=sales when {condition} hangup")
    assert not findings
    assert file.blocks[0].item is not None


@pytest.mark.parametrize("number", ["9" * 5_000, "9" * 31, f"{'9' * 5_000}.5", f"-{'9' * 40}"])
def test_a_number_that_nobody_can_mean(number: str) -> None:
    _, findings = ends(f"on intent=sales when balance > {number} hangup")
    assert names(findings) == ["out-of-range"]


@pytest.mark.parametrize(
    "rule",
    [
        "on intent=sales {0} times hangup",
        "on intent=sales at most {0} times per call hangup",
        "on intent=sales not again for {0} seconds hangup",
        "after {0} days hangup",
        "on intent=sales wait {0} hours then hangup",
    ],
)
def test_a_count_or_a_time_that_nobody_can_mean(rule: str) -> None:
    for digits in (9, 30, 5_000):
        _, findings = ends(rule.format("9" * digits))
        assert names(findings) == ["out-of-range"]


# --- very many lines ---


def test_a_hundred_thousand_lines_with_a_mistake() -> None:
    file, findings = ends("on intent=sales tranfer agent sales_q\n" * 100_000)
    assert names(findings[:2]) == ["unknown-verb", "unknown-verb"]
    assert names(findings)[-1] == "too-many"
    assert len(file.blocks) == 100_000


def test_ten_thousand_different_mistakes() -> None:
    _, findings = ends("".join(f"on intent=sales_{n} tranfer agent sales_{n}\n" for n in range(10_000)))
    assert len(findings) == MAX_FINDINGS + 1
    assert names(findings)[-1] == "too-many"


@pytest.mark.parametrize(
    "line",
    [
        'rule "x"',
        'test "x"',
        "steps x",
        "hours x",
        "destination x by y",
        "end",
        "}",
        "then",
        "(",
        '"',
        "#",
        "end x",
    ],
)
def test_nothing_but_one_line(line: str) -> None:
    ends(f"{line}\n" * 20_000)


@pytest.mark.parametrize("middle", ["\n", "   # a comment\n", "\t \n"])
def test_very_many_empty_lines_and_comments_inside_a_rule(middle: str) -> None:
    many = middle * (200_000 // len(middle))
    _, findings = ends(f'rule "x"\n  on a=1\n{many}  hangup\nend')
    assert not findings
    _, findings = ends(f'rule "x"\n  on a=1\n{many}  hangp\nend')
    assert names(findings) == ["unknown-verb"]


def test_a_hundred_thousand_comments() -> None:
    file, findings = ends("# a comment\n" * 100_000 + "on a=1 hangup")
    assert not findings
    assert len(file.blocks[0].comment) > 100_000


@pytest.mark.parametrize(
    "piece",
    [
        "if it fails then (stop) then ",
        "a=1 and ",
        "a or ",
        ", ",
        '"',
        "' ",
        "# ",
        "5 ",
        "9pm ",
        "+91 ",
        "{",
        "- ",
        "क़",
        "x ",
    ],
)
def test_a_rule_of_nothing_but_one_piece(piece: str) -> None:
    for head in (
        "on intent=sales when ",
        "on intent=sales transfer ",
        "list x is ",
        "hours x\n",
        'rule "x"\non ',
    ):
        ends(head + piece * (20_000 // len(piece)))


def test_very_many_mistakes_in_one_rule_are_told_up_to_a_limit() -> None:
    _, findings = ends('rule "x"\n  on a=1\n' + "  tranfer agent x\n" * 500 + "end")
    assert 5 <= len(findings) <= 20


# --- the grammar itself ---


def test_no_two_terminals_match_the_same_text_in_one_place() -> None:
    parser(strict=True)
