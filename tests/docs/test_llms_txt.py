"""The index for models is that of the pages."""

import runpy
from pathlib import Path

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs"
MADE = runpy.run_path(str(HERE / "llms_txt.py"))["llms_txt"]()


def test_it_says_what_the_pages_say() -> None:
    assert (DOCS / "llms.txt").read_text("utf-8") == MADE, "python tests/docs/llms_txt.py writes it anew"


def test_every_page_is_in_it_once() -> None:
    for page in DOCS.glob("*.md"):
        assert MADE.count(f"]({page.name}): ") == 1
