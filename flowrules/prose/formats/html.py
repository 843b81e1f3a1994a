"""A page as HTML: one file without scripts, links or pictures, to be read on a screen, aloud or on paper."""

from html import escape
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from flowrules.prose.formats.markdown import TITLE, markdown
from flowrules.prose.page import Page

STYLE = """\
:root { color-scheme: light; }
body { font: 1rem/1.55 system-ui, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif; color: #1b1b1b; background: #fff;
  max-width: 46rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: break-word; }
h1 { font-size: 1.8rem; } h2 { font-size: 1.4rem; margin-top: 2.5rem; border-bottom: 2px solid #1b1b1b; }
h3 { font-size: 1.1rem; margin-top: 2rem; background: #eef2f7; padding: .3rem .6rem; }
li { margin: .2rem 0; }
a { color: #0b4f9e; }
@media print { body { max-width: none; margin: 0; font-size: 10.5pt; } nav { display: none; }
  h1, h2, h3 { break-after: avoid; } li { break-inside: avoid; } }
"""


def html(page: Page, made: str = "") -> str:
    """The same sentences as the Markdown, with a list of contents."""
    engine = MarkdownIt("commonmark", {"html": False})
    tokens = engine.parse(markdown(page, made))
    contents = "".join(f'<li><a href="#{key}">{escape(name)}</a></li>\n' for key, name in _anchored(tokens))
    body = engine.renderer.render(tokens, engine.options, {})
    head, _, rest = body.partition("</h1>\n")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{TITLE}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{head}</h1>\n"
        f'<nav aria-label="Contents">\n<ul>\n{contents}</ul>\n</nav>\n{rest}</main>\n</body>\n</html>\n'
    )


def _anchored(tokens: list[Token]) -> list[tuple[str, str]]:
    """Give each section's heading an id; the ids and the headings."""
    found = []
    for heading, inline in pairwise(tokens):
        if heading.type == "heading_open" and heading.tag == "h2":
            key = inline.content.lower().replace(" ", "-")
            heading.attrSet("id", key)
            found.append((key, inline.content))
    return found
