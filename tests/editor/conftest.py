"""A rule set of two files, and texts with a mark where the cursor stands."""

from collections.abc import Callable
from pathlib import Path

import pytest

from flowrules.editor.workspace import Workspace

RULES = Path(__file__).parents[2] / "rules"

HEAD = """timezone Asia/Kolkata
fact language is one of hi, en, ta from host
fact balance is number
fact vip is yes/no
destination sales_desk is queue sales_q
hours office
  mon to fri 09:00 to 18:00
end
list vips is gold, silver
steps bye
  say "Bye."
end
on intent=sales then transfer to sales_desk
on intent=billing when vip is yes then transfer queue billing_q
rule "Late"
  on said contains refund
  when balance is at least 5
  say "hi {language}"
  transfer queue billing_q
end
"""
Marked = Callable[..., tuple[Workspace, int]]


@pytest.fixture
def marked() -> Marked:
    """A workspace whose file `b.rules` holds a text, and the offset of `|` in it."""

    def make(text: str, head: str = HEAD) -> tuple[Workspace, int]:
        workspace = Workspace()
        workspace.put_all({"a.rules": head, "b.rules": text.replace("|", "", 1)})
        workspace.settle()
        return workspace, text.index("|")

    return make


@pytest.fixture(scope="session")
def cookbook() -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in sorted(RULES.glob("*.rules"))}
