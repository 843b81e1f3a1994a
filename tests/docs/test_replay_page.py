"""docs/replay.md is a walk that works: its commands print what it says, and its pictures are there."""

import re
from pathlib import Path

import pytest

from flowrules.replaying.told.summary import KINDS
from tests.docs.replay_walk import DOCS, PAGE, PICTURES, commands, run, set_up

TEXT = PAGE.read_text("utf-8")


def test_the_walk_prints_what_the_page_says(tmp_path: Path) -> None:
    """`python tests/docs/replay_walk.py` writes it anew."""
    set_up(tmp_path, TEXT)
    shown = tuple(commands(TEXT))
    assert len(shown) == len(re.findall(r"^```console$", TEXT, re.M))
    for one in shown:
        assert run(one.command, tmp_path) == one.output, one.command
    page = (tmp_path / "last-week.html").read_text("utf-8")
    assert "<script" not in page
    assert "default-src 'none'" in page
    assert "would go otherwise" in page


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_there_and_shown(name: str) -> None:
    assert f"({name})" in TEXT
    assert (DOCS / name).read_bytes().startswith(b"\x89PNG")


def test_every_kind_is_explained() -> None:
    assert set(
        re.findall(r"^\| `(\w+)` \| .*$", TEXT.partition("| kind |")[2].partition("\n\n")[0], re.M)
    ) == set(map(str, KINDS))
