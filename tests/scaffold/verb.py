"""A new verb: its model, its row in the catalogue, its section in the guide, and its row among the conformance tests."""

import re
from pathlib import Path

from tests.scaffold.edits import add_at_end, add_before, add_behind

MODEL = """

class {model}(Verb):
    event: Literal["{name}"] = "{name}"
    note: NonEmpty
"""
ROW = """\
    _spec(
        "{name}", "{family}", Effect.LIVE,
        ("{name} <note:text>",),
        "TODO what it does.",
        ('{name} "TODO"',),
        sentences=("TODO do something | TODO do something: <note>",),
    ),
"""
SECTION = """\
## {name}

    {name} TEXT

TODO what happens, and when it is refused.

| sent | | |
|---|---|---|
| `note` | needed | TODO |

```rules
on intent=todo {name} "TODO"
```

"""


def new_verb(root: Path, name: str, family: str) -> list[Path]:
    """Add the verb `name` (`like_this`) to a family (call, conference, lead). Returns the files that were written."""
    words = {"name": name, "family": family, "model": name.title().replace("_", "")}
    model, catalogue = root / f"flowrules/verbs/{family}.py", root / "flowrules/verbs/catalogue.py"
    guide, conformance = root / "docs/verbs.md", root / "tests/conformance/test_every_form.py"
    add_at_end(model, MODEL.format(**words))
    add_before(catalogue, ")  # fmt: skip\n\nBY_NAME", ROW.format(**words))
    add_before(guide, "---\n\n## Verbs of tomorrow", SECTION.format(**words))
    add_behind(
        guide,
        "| [recording_pause](#recording_pause) · [recording_resume](#recording_resume) |",
        f" [{name}](#{name})",
    )
    text = guide.read_text("utf-8")
    guide.write_text(
        re.sub(r"There are (\d+)\.", lambda old: f"There are {int(old[1]) + 1}.", text, count=1), "utf-8"
    )
    add_before(
        conformance,
        '    "hangup": ("hangup", {}),\n',
        f"""    '{name} "TODO"': ("{name}", {{"note": "TODO"}}),\n""",
    )
    return [model, catalogue, guide, conformance]
