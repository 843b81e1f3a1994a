"""How findings are shown: one module a format, all of them in `FORMATS`.

To add a format: a module with a function from findings to text, and its row here.
"""

from collections.abc import Callable

from flowrules.diagnostics.diagnostic import Findings
from flowrules.diagnostics.render.concise import concise
from flowrules.diagnostics.render.full import full, summary
from flowrules.diagnostics.render.github import github
from flowrules.diagnostics.render.json import as_json

Render = Callable[[Findings], str]

FORMATS: dict[str, Render] = {
    "full": full,
    "concise": concise,
    "json": as_json,
    "github": github,
}
"""Each function's text ends with a line end, or is empty where there is nothing to say."""

__all__ = ["FORMATS", "Render", "as_json", "concise", "full", "github", "summary"]
