"""A new lint: its module, its code, its line among the lints, its page entry, and a case of a test."""

import re
import subprocess
import sys
from pathlib import Path

from tests.scaffold.edits import add_at_end, add_before, add_behind, create

AVOID = "on intent=sales transfer queue sales"
MODULE = '''\
"""{name}

What: TODO what is written.

Why: TODO what it leads to on a call.

Avoid:
    {avoid}

Prefer:
    {avoid}
"""

from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.report import Report
from flowrules.diagnostics.codes.hygiene import {constant}
from flowrules.language.nodes import Rule


def {function}(coverage: CoverageIndex, report: Report) -> None:
    for unit in report.units_without_errors(coverage.scope.rules):
        rule = unit.item
        if isinstance(rule, Rule) and _is_found(rule):
            report.add({constant}, unit.block, rule.span, "TODO what is wrong here.", "TODO write this.")


def _is_found(rule: Rule) -> bool:
    return False  # TODO
'''
CODE = """\
{constant} = Code(
    "{id}", "{name}", _W, "TODO",
    "TODO",
    "{avoid}",
    "{avoid}",
)  # fmt: skip

"""
CASE = """
## {name}

```rules
{avoid}
```

```findings
1:1-1:37 {name}
  TODO what is wrong here.
  TODO write this.
```
"""
PAGE = "from flowrules.diagnostics.guide import findings_page; print(findings_page(), end='')"


def new_lint(root: Path, name: str) -> list[Path]:
    """Add the lint `name` (`like-this`). Returns the files that were written."""
    function = name.replace("-", "_")
    lints, codes = root / "flowrules/analysis/lints", root / "flowrules/diagnostics/codes/hygiene.py"
    words = {
        "name": name, "function": function, "constant": function.upper(), "avoid": AVOID, "id": _next_id(codes),
    }  # fmt: skip
    module, listed = lints / f"{function}.py", lints / "__init__.py"
    create(module, MODULE.format(**words))
    add_before(codes, "PLAYED_TESTS = (", CODE.format(**words))
    add_behind(codes, "    TEST_PROVES_NOTHING,\n", f"    {words['constant']},\n")
    add_before(
        listed,
        "from flowrules.analysis.logic.coverage",
        f"from flowrules.analysis.lints.{function} import {function}\n",
    )
    add_behind(listed, "    cut_short,\n", f"    {function},\n")
    subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--quiet", "--select", "I", "--fix", str(listed)],
        cwd=root,
        check=True,
    )
    page, case = root / "docs/findings.md", root / "tests/analysis/findings/hygiene.md"
    made = subprocess.run([sys.executable, "-c", PAGE], cwd=root, check=True, capture_output=True, text=True)
    page.write_text(made.stdout, "utf-8")
    add_at_end(case, CASE.format(**words))
    return [module, codes, listed, page, case]


def _next_id(codes: Path) -> str:
    used = re.findall(r'"FR(\d{3})"', codes.read_text("utf-8"))
    return f"FR{max(map(int, used)) + 1}"
