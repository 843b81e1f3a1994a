"""The parts of a page. A text becomes HTML in one place, where it is escaped."""

from collections.abc import Iterable, Sequence
from html import escape


class Html(str):
    """HTML that may stand in a page as it is. Any other text is escaped by `plain`."""

    __slots__ = ()


Cell = str | int | float
"""What stands in a table: a text, HTML, or a number."""


def plain(text: object) -> Html:
    """A text as HTML. HTML stays as it is, and what can't be printed is replaced."""
    if isinstance(text, Html):
        return text
    shown = "".join(one if one.isprintable() or one == "\n" else "\ufffd" for one in str(text))
    return Html(escape(shown))


def joined(*parts: object) -> Html:
    return Html("".join(map(plain, parts)))


def element(tag: str, *parts: object, **attributes: str) -> Html:
    """An element. `class_` is `class`, `aria_label` is `aria-label`."""
    told = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"' for name, value in attributes.items()
    )
    return Html(f"<{tag}{told}>{joined(*parts)}</{tag}>")


def paragraph(*parts: object, class_: str = "") -> Html:
    return element("p", *parts, **({"class_": class_} if class_ else {}))


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Html:
    """A table whose first column names the rows. Numbers stand right, with separators between thousands. A wide table
    scrolls by itself, so that the page does not."""
    told = [tuple(row) for row in rows]
    numbers = {
        place for row in told for place, cell in enumerate(row) if place and isinstance(cell, int | float)
    }
    columns = element("tr", *(_heading(name, place in numbers) for place, name in enumerate(head)))
    body = [element("tr", *_cells(row)) for row in told]
    inner = element("table", element("caption", caption), element("thead", columns), element("tbody", *body))
    return element("div", inner, class_="table", role="region", tabindex="0", aria_label=caption)


def _heading(name: str, of_numbers: bool) -> Html:
    return element("th", name, scope="col", **({"class_": "number"} if of_numbers else {}))


def _cells(row: Sequence[Cell]) -> Iterable[Html]:
    for place, cell in enumerate(row):
        if not place:
            yield element("th", cell, scope="row")
        elif isinstance(cell, int | float):
            shown = f"{cell:,}" if isinstance(cell, int) else f"{cell:,.1f}"
            yield element("td", shown, class_="number")
        else:
            yield element("td", cell)
