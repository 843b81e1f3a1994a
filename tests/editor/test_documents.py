"""Texts as editors hold them: lines as the protocol counts them, units of three encodings, line ends and marks kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowrules.diagnostics.diagnostic import Edit
from flowrules.editor.documents import Change, Document
from flowrules.editor.positions import Place, Units
from flowrules.source import Location

PIECES = ["a", "é", "क", "😀", " ", "\n", "\r", "\r\n", "\u2028", "\x85", "\x0c", "\x0b", '"']
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
UNITS = st.sampled_from(list(Units))


def encoded(text: str, units: Units) -> bytes:
    return text.encode({Units.UTF8: "utf-8", Units.UTF16: "utf-16-le", Units.UTF32: "utf-32-le"}[units])


SIZE = {Units.UTF8: 1, Units.UTF16: 2, Units.UTF32: 4}


def place_by_hand(raw: str, offset: int, units: Units) -> Place:
    """The place of an offset in the editor's own text, told from the protocol's definition alone."""
    before = raw[:offset]
    line = before.count("\n") + sum(
        1 for at, letter in enumerate(before) if letter == "\r" and raw[at + 1 : at + 2] != "\n"
    )
    start = offset
    while start > 0 and raw[start - 1] not in "\r\n":
        start -= 1
    return Place(line, len(encoded(raw[start:offset], units)) // SIZE[units])


def splits_line_end(raw: str, offset: int) -> bool:
    return raw[offset - 1 : offset + 1] == "\r\n"


@given(TEXTS, TEXTS, st.data(), UNITS)
def test_a_change_lands_where_the_editor_means_it(
    raw: str, new: str, data: st.DataObject, units: Units
) -> None:
    offsets = [at for at in range(len(raw) + 1) if not splits_line_end(raw, at)]
    start, end = sorted((data.draw(st.sampled_from(offsets)), data.draw(st.sampled_from(offsets))))
    change = Change(new, place_by_hand(raw, start, units), place_by_hand(raw, end, units))
    assert Document.of("a", raw).changed([change], units).raw == raw[:start] + new + raw[end:]


@given(TEXTS, UNITS)
def test_offsets_and_places_are_each_others_inverse(raw: str, units: Units) -> None:
    document = Document.of("a", raw)
    for offset in range(len(document.source.text) + 1):
        assert document.offset(document.place(offset, units), units) == offset


@given(TEXTS, UNITS)
def test_places_count_as_the_protocol_says(raw: str, units: Units) -> None:
    document = Document.of("a", raw)
    offsets = [at for at in range(len(raw) + 1) if not splits_line_end(raw, at)]
    places = [document.place(offset, units) for offset in range(len(document.source.text) + 1)]
    assert places == [place_by_hand(raw, offset, units) for offset in offsets]


@given(TEXTS, TEXTS)
def test_what_an_edit_leaves_alone_keeps_its_line_ends(raw: str, more: str) -> None:
    document = Document.of("a", raw)
    end = len(document.source.text)
    edit = Edit(Location(document.source, end, end), "x\ny")
    assert document.with_edits([edit]) == f"{raw}x{document.line_end}y"


def test_a_place_inside_a_character_is_the_one_before_it() -> None:
    document = Document.of("a", "a😀b")
    assert document.offset(Place(0, 2), Units.UTF16) == 1
    assert document.offset(Place(0, 3), Units.UTF8) == 1


@pytest.mark.parametrize("place", [Place(0, 99), Place(7, 0), Place(-1, -1)])
def test_a_place_that_is_not_there_is_the_nearest(place: Place) -> None:
    document = Document.of("a", "ab\r\ncd")
    assert 0 <= document.offset(place, Units.UTF16) <= 5
    assert document.changed([Change("x", place, place)], Units.UTF16).raw in (
        "abx\r\ncd",
        "ab\r\ncdx",
        "xab\r\ncd",
    )


def test_a_mark_at_the_beginning_is_no_part_of_the_rules() -> None:
    document = Document.of("a", "\ufefftimezone Asia/Kolkata\n")
    assert document.source.text.startswith("timezone")
    assert document.place(0, Units.UTF16) == Place(0, 1)
    assert document.place(0, Units.UTF8) == Place(0, 3)


def test_half_a_pair_becomes_the_character_for_what_is_unreadable() -> None:
    assert Document.of("a", "x\ud83dy").source.text == "x\ufffdy"
    changed = Document.of("a", "xy").changed([Change("\ud83d", Place(0, 1), Place(0, 1))], Units.UTF16)
    assert changed.source.undecodable is None
