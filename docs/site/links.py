"""What is wrong with the links of a folder of HTML pages: targets that are not there, and requests to other hosts.

    python docs/site/links.py FOLDER

The site generator checks links between Markdown pages only. What it made is checked here: the navigation, the API
reference, links to files, images, and everything that a browser loads by itself.
"""

import re
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADS = {
    ("script", "src"),
    ("img", "src"),
    ("iframe", "src"),
    ("source", "src"),
    ("video", "src"),
    ("audio", "src"),
}
"""What a browser asks for without a click, beside style sheets and icons."""
IN_STYLES = re.compile(r"""@import\s+["']([^"']+)|url\(\s*["']?([^"')\s]+)""")


@dataclass
class Page:
    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    """What is followed with a click."""
    loads: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        self.page.anchors |= {values[name] for name in ("id", "name") if values.get(name)}
        for name, value in values.items():
            if (tag, name) in LOADS or (
                tag == "link" and name == "href" and values.get("rel") not in LINKS_ONLY
            ):
                self.page.loads.append(value)
            elif tag in ("a", "link") and name == "href":
                self.page.links.append(value)


LINKS_ONLY = {"canonical", "next", "prev", "alternate"}
"""Relations of a `link` that load nothing."""


def read(html: str) -> Page:
    reader = _Reader()
    reader.feed(html)
    return reader.page


def problems(folder: Path) -> list[str]:
    """One line for each fault, as `page: what`, sorted. Links to other hosts are not followed."""
    pages = {path: read(path.read_text("utf-8")) for path in sorted(folder.rglob("*.html"))}
    found = []
    for path, page in pages.items():
        name = path.relative_to(folder).as_posix()
        found += [f"{name}: loads {url} from another host" for url in page.loads if _is_elsewhere(url)]
        for url in dict.fromkeys(page.links + page.loads):
            wrong = "" if _is_elsewhere(url) else _wrong(url, path, folder, pages)
            found += [f"{name}: {url}: {wrong}"] if wrong else []
    for path in sorted(folder.rglob("*.css")):
        name = path.relative_to(folder).as_posix()
        urls = ["".join(groups) for groups in IN_STYLES.findall(path.read_text("utf-8"))]
        found += [f"{name}: loads {url} from another host" for url in urls if _is_elsewhere(url)]
    return found


def _is_elsewhere(url: str) -> bool:
    parts = urlsplit(url)
    return bool(parts.netloc) or parts.scheme in ("http", "https")


def _wrong(url: str, path: Path, folder: Path, pages: dict[Path, Page]) -> str:
    parts = urlsplit(url)
    if parts.scheme in ("data", "mailto"):
        return ""
    if parts.scheme:
        return f"a link with {parts.scheme}:"
    start = folder if parts.path.startswith("/") else path.parent
    target = (start / unquote(parts.path).lstrip("/")).resolve() if parts.path else path
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return "there is no such file"
    anchor = unquote(parts.fragment)
    if anchor and target in pages and anchor not in pages[target].anchors:
        return "there is no such place in the page"
    return ""


if __name__ == "__main__":
    if faults := problems(Path(sys.argv[1]).resolve()):
        raise SystemExit("\n".join(faults))
