"""Pictures: nothing lies over anything else, every text fits, and what is written is well-formed and the same each time."""

import xml.etree.ElementTree as ET
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowrules.compiler.loading.load import load_rules
from flowrules.drawing.lanes import picture
from flowrules.drawing.measure import width, wrapped
from flowrules.drawing.picture import PAD, SIZE, Arrow, Box, Picture, Style, box
from flowrules.drawing.render import svg
from flowrules.prose.page import Page
from flowrules.prose.read_back import read_back
from flowrules.source import read

ROOT = Path(__file__).parents[2]
FILES = [*sorted((ROOT / "rules").glob("*.rules")), ROOT / "rules"]
NAMESPACE = "{http://www.w3.org/2000/svg}"


def page(path: Path) -> Page:
    ruleset = load_rules(read(path)).ruleset
    assert ruleset is not None
    return read_back(ruleset)


PAGES = {path.stem: page(path) for path in FILES}
PICTURES = {name: picture(one) for name, one in PAGES.items()}
every_file = pytest.mark.parametrize("name", sorted(PICTURES))


def over(one: Box, other: Box) -> bool:
    return (
        one.x < other.right and other.x < one.right and one.y < other.bottom and other.y < one.bottom
    )  # fmt: skip


def crosses(arrow: Arrow, one: Box) -> bool:
    """Whether an arrow runs through the inside of a box."""
    for (x1, y1), (x2, y2) in zip(arrow.points, arrow.points[1:], strict=False):
        if (
            max(x1, x2) > one.x
            and min(x1, x2) < one.right
            and max(y1, y2) > one.y
            and min(y1, y2) < one.bottom
        ):
            return True
    return False


@every_file
def test_no_box_lies_over_another(name: str) -> None:
    boxes = sorted(PICTURES[name].boxes, key=lambda one: one.y)
    assert [(a, b) for a, b in combinations(boxes, 2) if over(a, b)] == []


@every_file
def test_all_boxes_lie_in_the_picture(name: str) -> None:
    drawn = PICTURES[name]
    assert all(one.x >= 0 and one.y >= 0 for one in drawn.boxes)
    assert all(one.right <= drawn.width and one.bottom <= drawn.height for one in drawn.boxes)


@every_file
def test_no_arrow_runs_through_a_box(name: str) -> None:
    drawn = PICTURES[name]
    assert [(arrow, one) for arrow in drawn.arrows for one in drawn.boxes if crosses(arrow, one)] == []


@every_file
def test_each_arrow_leads_from_a_box_to_a_box(name: str) -> None:
    drawn = PICTURES[name]
    for arrow in drawn.arrows:
        (x1, y1), (x2, y2) = arrow.points[0], arrow.points[-1]
        assert any(one.x <= x1 <= one.right and one.y <= y1 <= one.bottom for one in drawn.boxes)
        assert any(one.x <= x2 <= one.right and one.y <= y2 <= one.bottom for one in drawn.boxes)


@every_file
def test_each_text_fits_into_its_box(name: str) -> None:
    for one in PICTURES[name].boxes:
        assert one.text_width <= one.width - 2 * PAD
        assert one.heading or one.lines


@every_file
def test_each_rule_event_and_step_is_drawn(name: str) -> None:
    said = " ".join(" ".join((*one.heading, *one.lines)) for one in PICTURES[name].boxes)
    drawn = PAGES[name]
    for rule in drawn.rules:
        assert (
            " ".join((f"{rule.number}. {rule.name}" if rule.name else f"Rule {rule.number}").split()) in said
        )
        assert rule.condition in said
        assert all(" ".join(step.text.split()) in said for step in rule.steps)
    assert all(event.event in said for event in drawn.events)
    assert all(rail.text in said for rail in drawn.rails)


@every_file
def test_the_document_is_well_formed_and_its_text_is_text(name: str) -> None:
    written = svg(PICTURES[name])
    root = ET.fromstring(written)
    texts = [" ".join("".join(text.itertext()).split()) for text in root.iter(f"{NAMESPACE}text")]
    assert texts == [" ".join((*one.heading, *one.lines)) for one in PICTURES[name].boxes]
    assert root.get("width") == str(int(PICTURES[name].width))
    assert not list(root.iter(f"{NAMESPACE}script"))


@every_file
def test_equal_rules_are_equal_bytes(name: str) -> None:
    path = next(one for one in FILES if one.stem == name)
    assert svg(picture(page(path))) == svg(PICTURES[name])


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60) | st.sampled_from(
    [
        "<b>&amp;</b>",
        "]]>",
        "\x00\x0b\ufffe",
        "x" * 300,
        "வழக்கறிஞரிடம் பேச வேண்டும்",
        "我要转人工客服" * 9,
        "a\u0301" * 200,
    ]
)


@given(ANY_TEXT, ANY_TEXT)
@settings(max_examples=200, deadline=None)
def test_whatever_people_write_is_drawn_within_its_box(heading: str, text: str) -> None:
    one = box(0, 0, 120, Style.STEP, [text], heading)
    assert one.text_width <= one.width - 2 * PAD
    assert "".join("".join(one.lines).split()) == "".join(text.split())
    ET.fromstring(svg(Picture(200, one.height, "x", (one,), ())))


def test_a_text_breaks_between_words_and_only_then_within() -> None:
    assert wrapped("one two three", width("one two", SIZE), SIZE) == ("one two", "three")
    assert wrapped("abcdef", width("abc", SIZE), SIZE) == ("abc", "def")
    assert wrapped("", 10, SIZE) == ("",)


def test_widths_are_those_of_the_widest_font() -> None:
    """DejaVu Sans 2.37 at 1000 units: W 989, i 278, 5 636, a capital I 295, the space 318."""
    for character, least in (
        ("W", 0.989),
        ("i", 0.278),
        ("5", 0.636),
        ("I", 0.295),
        (" ", 0.318),
        ("…", 1.0),
    ):
        assert least * 100 <= width(character, 100) <= least * 100 + 10
    assert width("e\u0301", 100) == width("e", 100)
