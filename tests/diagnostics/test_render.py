"""Findings as people, editors, programs and pull requests get them."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.cells import cell_len

from flowrules.diagnostics.diagnostic import Diagnostic, Severity
from flowrules.diagnostics.render import FORMATS, summary
from flowrules.diagnostics.render.full import coloured, full
from flowrules.diagnostics.render.terminal import visible, wrapped

MakeFinding = Callable[..., Diagnostic]


def test_full_shows_the_line_the_mark_the_message_and_the_hint(finding: MakeFinding) -> None:
    text = "on anything hangup\nrule x\n  when campaign is in vip_campaign\n"
    shown = full((finding(text, "vip_campaign", hint="Did you mean vip_campaigns?"),))
    assert shown == (
        "rules/sales.rules:3:23 error FR201 unknown-list\n"
        "  There is no such list.\n"
        "  3 |   when campaign is in vip_campaign\n"
        "    |                       ^^^^^^^^^^^^\n"
        "  Did you mean vip_campaigns?\n"
        "\n"
        "1 error\n"
    )


def test_nothing_to_say_is_no_text(finding: MakeFinding) -> None:
    assert full(()) == FORMATS["concise"](()) == FORMATS["github"](()) == ""
    assert json.loads(FORMATS["json"](())) == {"findings": []}
    assert summary(()) == "no findings"


@pytest.mark.parametrize(
    "line",
    [
        "when queue is in wrong",
        "when विक्रय_कतार is in wrong",
        "when தமிழ்_வரிசை is in wrong",
        'say "😀👍 नमस्ते" then wrong here',
        "\t\twhen x is in wrong",
        "日本語 is in wrong",
    ],
)
def test_marks_stand_below_the_place_whatever_the_letters(finding: MakeFinding, line: str) -> None:
    _, _, source, marks, *_ = full((finding(f"{line}\n", "wrong"),)).splitlines()
    before = source[: source.index("wrong")]
    assert cell_len(before) == cell_len(marks[: marks.index("^")])
    assert marks.count("^") == len("wrong")


@pytest.mark.parametrize("padding", [0, 40, 75, 200, 5_000, 300_000])
@pytest.mark.parametrize("width", [1, 12, 90])
def test_a_long_line_is_cut_to_eighty_columns_with_the_mark_in_sight(
    finding: MakeFinding, padding: int, width: int
) -> None:
    text = "अ " * (padding // 2) + "X" * width + " b" * padding
    _, _, source, marks, *_ = full((finding(text, "X" * width),)).splitlines()
    assert cell_len(source) <= 80
    assert cell_len(marks) <= 80
    assert source[source.index("X") :].startswith("X" * min(width, 20))
    assert cell_len(source[: source.index("X")]) == cell_len(marks[: marks.index("^")])


def test_a_place_over_several_lines_is_marked_to_the_end_of_the_first(finding: MakeFinding) -> None:
    text = "rule x\n  on a hangup  \nend\n"
    _, _, source, marks, *_ = full((finding(text, start=9, end=len(text)),)).splitlines()
    assert source == "  2 |   on a hangup"
    assert marks == "    |   ^^^^^^^^^^^"


def test_a_place_at_the_very_end_of_a_file_has_a_mark(finding: MakeFinding) -> None:
    text = "rule x\n"
    _, _, source, marks, *_ = full((finding(text, start=len(text), end=len(text)),)).splitlines()
    assert (source, marks) == ("  2 |", "    | ^")


def test_related_places_are_shown_with_their_word(finding: MakeFinding) -> None:
    text = "on a hangup\non a hangup\n"
    second = finding(text, start=12, end=16)
    first = finding(text, "on a").location
    shown = full((replace(second, related=((first, "first written here"),)),))
    assert "  rules/sales.rules:1:1 first written here\n  1 | on a hangup\n    | ^^^^\n" in shown


def test_the_count_tells_errors_and_warnings(finding: MakeFinding) -> None:
    error, warning = finding("x", "x"), finding("x", "x", severity=Severity.WARNING)
    assert summary((error, warning, error)) == "2 errors, 1 warning"
    assert full((warning,)).splitlines()[0] == "rules/sales.rules:1:1 warning FR301 look-alike"


def test_colours_change_nothing_but_the_colour(finding: MakeFinding) -> None:
    findings = (finding("on a hangup", "a", hint="Try b."),)
    painted = full(findings, coloured)
    assert "\x1b[1;31m" in painted
    assert full(findings) == full(findings, lambda text, style: text)
    assert "\x1b" not in full(findings)


@pytest.mark.parametrize("format", ["full", "concise"])
def test_a_rule_file_cannot_drive_the_terminal(finding: MakeFinding, format: str) -> None:
    text = 'say "\x1b[2J\u202egnorw\x07" then bad'
    shown = FORMATS[format]((finding(text, "bad", message="\x1b]0;x\x07 is bad", path="a\x1b[1m.rules"),))
    assert not set("\x1b\x07\u202e") & set(shown)


def test_concise_is_one_line_a_finding(finding: MakeFinding) -> None:
    shown = FORMATS["concise"]((finding("on a\n hangup x", "x", message="Two\nlines."),) * 2)
    assert shown == "rules/sales.rules:2:9: error FR201 unknown-list: Two lines.\n" * 2


def test_json_has_the_documented_shape(finding: MakeFinding) -> None:
    shown = FORMATS["json"]((finding("rule क\n  wrong", "wrong", hint="Say right."),))
    assert json.loads(shown) == {
        "findings": [
            {
                "code": "FR201",
                "name": "unknown-list",
                "severity": "error",
                "file": "rules/sales.rules",
                "line": 2,
                "column": 3,
                "end_line": 2,
                "end_column": 8,
                "message": "There is no such list.",
                "hint": "Say right.",
                "answered": "",
            }
        ]
    }


def test_github_annotations_are_escaped(finding: MakeFinding) -> None:
    found = finding(
        "a\nb wrong",
        "wrong",
        message="100% wrong:\nyes, so",
        path="rules/a,b:c.rules",
        severity=Severity.WARNING,
    )
    assert FORMATS["github"]((found,)) == (
        "::warning file=rules/a%2Cb%3Ac.rules,line=2,col=3,endLine=2,endColumn=8,title=FR301 look-alike"
        "::100%25 wrong:%0Ayes, so\n"
    )


def test_words_are_wrapped_by_what_the_screen_shows() -> None:
    lines = wrapped("नमस्ते " * 30 + "x" * 100, 40)
    assert all(cell_len(line) <= 40 for line in lines[:-1])
    assert lines[-1] == "x" * 100
    assert visible("क्\u200dष") == "क्\u200dष"
