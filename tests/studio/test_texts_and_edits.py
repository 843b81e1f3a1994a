"""Offsets, edits and merging: what keeps the text in the browser and the one in the server the same."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowrules.studio.edited import changed
from flowrules.studio.merging import merged
from flowrules.studio.utf16 import Utf16

LETTERS = st.text(st.sampled_from("ab \n\r😀é\u2028क𝄞"), max_size=40)


@given(LETTERS)
def test_offsets_are_what_utf16_says(text: str) -> None:
    offsets = Utf16(text)
    for at in range(len(text) + 1):
        units = len(text[:at].encode("utf-16-le")) // 2
        assert offsets.units(at) == units
        assert offsets.characters(units) == at
    assert offsets.length == len(text.encode("utf-16-le")) // 2


def test_an_offset_inside_of_a_pair_is_the_place_before_it() -> None:
    offsets = Utf16("a😀b")
    assert [offsets.characters(at) for at in range(-1, 6)] == [0, 0, 1, 1, 2, 3, 3]


@given(LETTERS, st.data())
def test_changes_are_made_as_the_editor_makes_them(text: str, data: st.DataObject) -> None:
    """Against the same made on the code units themselves."""
    units = text.encode("utf-16-le", "surrogatepass")
    places = sorted(
        data.draw(st.lists(st.integers(0, len(text)), max_size=6).filter(lambda some: len(some) % 2 == 0))
    )
    offsets = Utf16(text)
    changes = [
        (offsets.units(start), offsets.units(end), data.draw(LETTERS))
        for start, end in zip(places[::2], places[1::2], strict=True)
    ]
    expected, at = b"", 0
    for start, end, insert in changes:
        expected += units[2 * at : 2 * start] + insert.encode("utf-16-le")
        at = end
    expected += units[2 * at :]
    assert changed(offsets, text, changes) == expected.decode("utf-16-le")


@pytest.mark.parametrize("changes", [[(3, 2, "")], [(0, 9, "")], [(-1, 0, "")], [(2, 3, ""), (0, 1, "")]])
def test_changes_that_no_text_can_have_are_refused(changes: list[tuple[int, int, str]]) -> None:
    assert changed(Utf16("abc"), "abc", changes) is None


BASE = "one\ntwo\nthree\nfour\nfive\n"


def test_edits_of_other_lines_are_both_kept() -> None:
    both = merged(BASE, BASE.replace("one", "ONE"), BASE.replace("four\n", "four\nfour and a half\n"))
    assert both.text == "ONE\ntwo\nthree\nfour\nfour and a half\nfive\n"
    assert both.clashes == 0


def test_of_two_edits_of_a_line_mine_is_kept_and_told() -> None:
    both = merged(BASE, BASE.replace("two", "mine"), BASE.replace("two", "theirs").replace("five", "FIVE"))
    assert both.text == "one\nmine\nthree\nfour\nFIVE\n"
    assert both.clashes == 1


def test_the_same_edit_on_both_sides_is_no_clash() -> None:
    same = BASE.replace("two", "TWO")
    assert merged(BASE, same, same) == merged(same, same, same)


@given(st.integers(0, 10_000))
def test_merging_with_an_unchanged_side_gives_the_other(seed: int) -> None:
    dice = random.Random(seed)
    lines = [f"{dice.randrange(9)}\n" for _ in range(dice.randrange(12))]
    other = [line for line in lines if dice.random() < 0.7] + ["new\n"] * dice.randrange(2)
    base, edit = "".join(lines), "".join(other)
    assert merged(base, edit, base).text == merged(base, base, edit).text == edit
