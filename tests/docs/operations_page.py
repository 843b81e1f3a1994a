"""The table of numbers in docs/operations.md, made of the instruments.

`python tests/docs/operations_page.py` writes it anew.
"""

import re
from pathlib import Path

from flowrules.telemetry.instruments import ALL, Instrument, Kind

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
BEGIN, END = "<!-- made by tests/docs/operations_page.py -->\n", "<!-- end -->"
_END = {Kind.COUNTER: "_total", Kind.GAUGE: "", Kind.HISTOGRAM: ""}


def written(page: str) -> str:
    """The page with the table as it is now."""
    return re.sub(f"{BEGIN}.*?{END}", lambda _: f"{BEGIN}{table()}{END}", page, flags=re.S)


def table() -> str:
    rows = ["| number | kind | labels | what it says |", "|---|---|---|---|", *map(_row, ALL)]
    return "\n".join(["", *rows, "", ""])


def _row(one: Instrument) -> str:
    labels = ", ".join(f"`{label}`" for label in one.labels)
    return f"| `{one.prometheus}{_END[one.kind]}` | {one.kind.name.lower()} | {labels} | {one.help} |"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
