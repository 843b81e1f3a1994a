"""docs/llms.txt: the guide's index for models (llmstxt.org), made of each page's title and first paragraph.

`python tests/docs/llms_txt.py` writes it anew.
"""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
FIRST = ("learn", "i-want-to", "language", "verbs", "models")
"""What a model that writes rules reads first, in this order; the other pages follow by their names."""
HEAD = """\
# flowrules

> Call-flow rules for voice-AI agents: plain words in, telephony verbs out. A rule file says what a call does when something
> happens; rules are checked, tested and explored before they go live.

A model that writes rules asks `flowrules mcp` for the language in about 4,000 tokens, and for a verdict on its draft.
"""


def llms_txt() -> str:
    pages = {path.stem: path for path in sorted(DOCS.glob("*.md"))}
    names = [*FIRST, *(name for name in pages if name not in FIRST)]
    return "\n".join([HEAD, "## Pages", "", *(_line(pages[name]) for name in names)]) + "\n"


def _line(path: Path) -> str:
    text = path.read_text("utf-8")
    title = re.search(r"^# (.+)$", text, re.M)
    about = re.search(r"^(?![#\s|`\-]).+(?:\n(?![#\s|`\-]).+)*", text.partition("\n")[2], re.M)
    assert title is not None, path
    assert about is not None, path
    sentence = re.split(r"(?<=[.:]) ", re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", " ".join(about[0].split())))[0]
    return f"- [{title[1]}]({path.name}): {sentence}"


if __name__ == "__main__":
    (DOCS / "llms.txt").write_text(llms_txt(), "utf-8")
