"""An edited file: what is read again, and that the result is what a first reading gives."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowrules.language.nodes import Block, RuleFile
from flowrules.language.parse import parse
from flowrules.source import source_from_text

CORPUS = Path(__file__).parents[1] / "corpus"
TEXTS = [
    file.read_text("utf-8")
    for folder in (Path(__file__).parents[2] / "rules", CORPUS / "good")
    for file in sorted(folder.rglob("*.rules"))
]
SNIPPETS = (
    "",
    "\n",
    "\n\n",
    "# a note\n",
    "on intent=a hold\n",
    "on intent=b",
    "  then mute\n",
    "when vip is yes\n",
    "rule x\non go hold\nend\n",
    "rule y\n",
    "end\n",
    '"',
    "list vips is a,\n",
    "hours office\n  mon to fri 09:00 to 18:00\nend\n",
    "test t\n  on go\n",
    "hodl\n",
    "1. ",
)


WRONG = ("hodl\n", "rule z\n", "on intent=\n", "list\n", '"', "then\n", "hours h\n  mon to 9\nend\n")


def file_of(text: str, previous: RuleFile | None = None) -> RuleFile:
    return parse(source_from_text(text, "a.rules"), previous)[0]


def placed(file: RuleFile) -> list[tuple[object, ...]]:
    """Blocks with their places; items by identity, since equal ones may differ in their spans."""
    return [(block.source, block.start, block.end, id(block.item), block.comment) for block in file.blocks]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(TEXTS),
    st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 120), st.sampled_from(SNIPPETS)), min_size=1, max_size=3
    ),
)
def test_an_edited_file_reads_as_a_new_one(text: str, edits: list[tuple[float, int, str]]) -> None:
    before = file_of(text)
    for where, length, snippet in edits:
        at = int(where * len(text))
        text = text[:at] + snippet + text[at + length :]
    source = source_from_text(text, "a.rules")
    warm, cold = parse(source, before), parse(source)
    assert placed(warm[0]) == placed(cold[0])
    assert warm[1] == cold[1]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(TEXTS),
    st.lists(st.tuples(st.floats(0, 1), st.sampled_from(WRONG)), min_size=1, max_size=3),
    st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 60), st.sampled_from(SNIPPETS)), min_size=1, max_size=5
    ),
)
def test_a_file_with_mistakes_reads_on_after_each_edit(
    text: str, wrong: list[tuple[float, str]], edits: list[tuple[float, int, str]]
) -> None:
    for where, line in wrong:
        at = text.find("\n", int(where * len(text))) + 1
        text = text[:at] + line + text[at:]
    before = file_of(text)
    for where, length, snippet in edits:
        at = int(where * len(text))
        text = text[:at] + snippet + text[at + length :]
        source = source_from_text(text, "a.rules")
        warm, cold = parse(source, before), parse(source)
        assert placed(warm[0]) == placed(cold[0])
        assert warm[1] == cold[1]
        before = warm[0]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(TEXTS), st.data())
def test_lines_that_come_and_go(text: str, data: st.DataObject) -> None:
    before = file_of(text)
    lines = text.split("\n")
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.sampled_from("delete double move".split())):
            case "delete":
                lines[at : at + data.draw(st.integers(1, 9))] = []
            case "double":
                lines[at:at] = lines[at : at + data.draw(st.integers(1, 9))]
            case _:
                lines.insert(data.draw(st.integers(0, len(lines) - 1)), lines.pop(at))
        lines = lines or [""]
    source = source_from_text("\n".join(lines), "a.rules")
    warm, cold = parse(source, before), parse(source)
    assert placed(warm[0]) == placed(cold[0])
    assert warm[1] == cold[1]


@pytest.mark.parametrize("at", [0, 17, 500, 999])
def test_an_edit_reads_only_what_it_touches(at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [f"on intent=i{number} transfer queue q{number}" for number in range(1_000)]
    before = file_of("\n".join(lines))
    lines[at] += " then set_disposition"
    read: list[int] = []

    class Watched(Block):
        def __new__(cls, source: object, start: int, *rest: object) -> Block:  # type: ignore[misc]
            read.append(start)
            return Block(source, start, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr("flowrules.language.parse.Block", Watched)
    after = file_of("\n".join(lines), before)
    assert len(after.blocks) == 1_000
    assert 1 <= len(read) <= 3
