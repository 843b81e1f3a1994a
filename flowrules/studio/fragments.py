"""Panels as HTML. The one place where what a presenter tells becomes HTML, and where it is escaped."""

from collections.abc import Iterable
from functools import singledispatch

from markdown_it import MarkdownIt

from flowrules.pages.parts import Html, element, joined, plain, table
from flowrules.studio.panels.blocks import (
    Block,
    Bubble,
    Button,
    Buttons,
    Card,
    Code,
    Field,
    Form,
    Group,
    Heading,
    Lead,
    Lines,
    Mark,
    Note,
    Picture,
    Prose,
    Table,
)

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable(["image", "link", "autolink"])


def fragment(blocks: Iterable[Block]) -> Html:
    """The blocks of a panel."""
    return joined(*map(_block, blocks))


def markdown(text: str) -> Html:
    """A text in Markdown; HTML, links and pictures in it are plain text."""
    return Html(_MARKDOWN.render(text))


def _part(part: object) -> object:
    if isinstance(part, Lead):
        place = {"data_line": str(part.line)} if part.line else {"data_start": str(part.start)}
        return element("button", part.text, type="button", class_="lead", data_file=part.file, **place)
    if isinstance(part, Mark):
        return element("span", part.text, class_=f"mark {part.tone}")
    return part


@singledispatch
def _block(block: object) -> Html:
    raise TypeError(f"no HTML is made of {type(block).__name__}")


@_block.register
def _(block: Heading) -> Html:
    return element(f"h{block.level}", block.text)


@_block.register
def _(block: Note) -> Html:
    return element("p", *map(_part, block.parts), class_=f"note {block.tone}")


@_block.register
def _(block: Lines) -> Html:
    return element("ol" if block.ordered else "ul", *(element("li", _part(one)) for one in block.lines))


@_block.register
def _(block: Code) -> Html:
    return element("pre", element("code", block.text), tabindex="0")


@_block.register
def _(block: Table) -> Html:
    rows = [[_cell(cell) for cell in row] for row in block.rows]
    return table(block.caption, block.head, rows)


def _cell(cell: object) -> str | int | float:
    made = _part(cell)
    return made if isinstance(made, str | int | float) else plain(made)


@_block.register
def _(block: Prose) -> Html:
    return element("div", markdown(block.markdown), class_="prose")


@_block.register
def _(block: Picture) -> Html:
    # The document is our own drawing, whose texts are escaped where they are drawn.
    return element(
        "div", Html(block.svg), class_="picture", role="group", aria_label=block.alternative, tabindex="0"
    )


@_block.register
def _(block: Buttons) -> Html:
    named = {"aria_label": block.label} if block.label else {}
    return element("div", *map(_button, block.buttons), class_="buttons", role="group", **named)


def _button(one: Button) -> Html:
    fields = {f"data_field_{name}": value for name, value in one.fields.items()}
    off = {"disabled": ""} if one.disabled else {}
    kind = "act primary" if one.primary else "act"
    return element("button", one.text, type="button", class_=kind, data_act=one.act, **fields, **off)


@_block.register
def _(block: Form) -> Html:
    empties = {"data_empties": "yes"} if block.empties else {}
    return element(
        "form",
        *(_field(block.act, one) for one in block.fields),
        element("button", block.submit, type="submit", class_="act"),
        data_act=block.act,
        autocomplete="off",
        **empties,
    )


def _field(act: str, one: Field) -> Html:
    key = f"{act}-{one.name}"
    label = element("span", one.label)
    if one.options:
        options = (
            element("option", words, value=value, **({"selected": ""} if value == one.value else {}))
            for value, words in one.options
        )
        return element("label", label, element("select", *options, name=one.name, id=key))
    listed = {"list": f"{key}-list"} if one.suggestions else {}
    field = element("input", name=one.name, id=key, value=one.value, placeholder=one.placeholder, **listed)
    offered = [element("option", value=text) for text in one.suggestions]
    more = element("datalist", *offered, id=f"{key}-list") if offered else ""
    return joined(element("label", label, Html(field.removesuffix("</input>"))), more)


@_block.register
def _(block: Bubble) -> Html:
    return element(
        "div",
        element("span", block.name, class_="who"),
        element("p", block.text),
        class_=f"bubble {block.who}",
    )


@_block.register
def _(block: Card) -> Html:
    keyed = {"data_key": block.key} if block.key else {}
    more = (
        element(
            "details",
            element("summary", block.opens),
            fragment(block.more),
            **keyed,
        )
        if block.more
        else ""
    )
    title = element("h3", *map(_part, block.title)) if block.title else ""
    return element("section", title, fragment(block.blocks), more, class_=f"card {block.tone}", **keyed)


@_block.register
def _(block: Group) -> Html:
    named = {"aria_label": block.label, "role": "group"} if block.label else {}
    end = {"data_end": "yes"} if block.scrolls_to_end else {}
    return element("div", fragment(block.blocks), class_="group", **named, **end)
