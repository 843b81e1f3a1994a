"""The layout that all pages share."""

from collections.abc import Iterable
from typing import NamedTuple

from flowrules.pages.parts import Html, element, joined, plain

STYLE = """\
:root { color-scheme: light dark; --ink: #1b1b1b; --paper: #fff; --soft: #5b6470; --line: #c9ced6; --band: #eef2f7;
  --link: #0b4f9e; --one: #2f6fb5; --two: #b5562f; --three: #2f8a5b; --four: #7a5bb5; --five: #8a7a2f;
  --good: #1d7044; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --paper: #14171b; --soft: #a2abb8; --line: #3a424d;
  --band: #1f252d; --link: #8ab8f0; --one: #6aa5e6; --two: #e6966a; --three: #66c293; --four: #b39ae6; --five: #cdbb62;
  --good: #7bd3a3; --bad: #f2938c; } }
* { box-sizing: border-box; }
body { font: 1rem/1.55 system-ui, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif; color: var(--ink);
  background: var(--paper); max-width: 62rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.8rem; line-height: 1.2; } h2 { font-size: 1.35rem; margin-top: 2.5rem;
  border-bottom: 2px solid var(--ink); } h3 { font-size: 1.1rem; margin-top: 1.8rem; }
a { color: var(--link); } nav ul { columns: 14rem; padding-left: 1.2rem; } .soft { color: var(--soft); }
.good { color: var(--good); } .bad { color: var(--bad); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .6rem; margin: 0; }
.figures div { background: var(--band); padding: .6rem .8rem; } .figures dt { color: var(--soft); font-size: .9rem; }
.figures dd { margin: 0; font-size: 1.5rem; font-variant-numeric: tabular-nums; }
.table { overflow-x: auto; margin: 1rem 0; } table { border-collapse: collapse; width: 100%; font-size: .95rem; }
caption { text-align: left; color: var(--soft); padding: .2rem 0; } thead th { background: var(--band); }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid var(--line);
  overflow-wrap: break-word; min-width: 4rem; }
tbody th { font-weight: normal; min-width: 9rem; overflow-wrap: anywhere; }
.number { text-align: right !important; font-variant-numeric: tabular-nums; white-space: nowrap; }
figure { margin: 1rem 0; overflow-x: auto; }
figure svg { width: 100%; min-width: 36rem; height: auto; display: block; }
figcaption { color: var(--soft); font-size: .95rem; } pre { overflow-x: auto; background: var(--band); padding: .6rem; }
@media print { :root { color-scheme: light; --ink: #000; --paper: #fff; --soft: #444; --line: #999; --band: #f2f2f2;
  --link: #000; --one: #2f6fb5; --two: #b5562f; --three: #2f8a5b; --four: #7a5bb5; --five: #8a7a2f; --good: #000;
  --bad: #000; } body { max-width: none; margin: 0; padding: 0; font-size: 10pt; } nav { display: none; }
  .table, figure { overflow: visible; } figure svg { min-width: 0; }
  h1, h2, h3, caption, figcaption { break-after: avoid; }
  tr, figure { break-inside: avoid; } }
"""
_NOTHING_IS_FETCHED = "default-src 'none'; style-src 'unsafe-inline'"


class Section(NamedTuple):
    """A part of a page, with a heading that the table of contents lists."""

    title: str
    body: Html

    @property
    def anchor(self) -> str:
        return "-".join("".join(one if one.isalnum() else " " for one in self.title.lower()).split())


def page(title: str, lead: Html, sections: Iterable[Section]) -> str:
    """The HTML of a whole page. `lead` stands above the table of contents."""
    sections = tuple(sections)
    contents = (element("li", element("a", one.title, href=f"#{one.anchor}")) for one in sections)
    shown = (joined(element("h2", one.title, id=one.anchor), one.body) for one in sections)
    main = element(
        "main",
        element("h1", title),
        lead,
        element("nav", element("ul", *contents), aria_label="Contents"),
        *(element("section", one) for one in shown),
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_NOTHING_IS_FETCHED}">\n'
        f"<title>{plain(title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{main}\n</body>\n</html>\n"
    )
