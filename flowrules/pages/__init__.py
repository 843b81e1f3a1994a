"""Pages of HTML: one file each, without scripts, links to elsewhere or anything that is fetched.

Every page looks alike, on a screen by day and by night, on a telephone and on paper.
"""

from flowrules.pages.layout import Section, page
from flowrules.pages.parts import Cell, Html, element, joined, paragraph, plain, table

__all__ = ["Cell", "Html", "Section", "element", "joined", "page", "paragraph", "plain", "table"]
