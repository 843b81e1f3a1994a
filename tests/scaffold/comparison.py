"""A new comparison of how a text begins or ends: its member, its row and its truth, its row in the guide, and its forms in
the corpus. A comparison of another family has its truth in `compiler/guards/comparisons.py`."""

from pathlib import Path

from tests.scaffold.edits import add_at_end, add_before, add_behind

ROW = """\
    Operator(
        Op.{member}, Family.AFFIX, "{words}", "{infinitive}", Operand.ONE,
        Sample('"56"', ("TODO",), ("TODO",)),
    ),
"""


def new_comparison(root: Path, words: str) -> list[Path]:
    """Add the comparison that is written with these words (`sounds like`). Returns the files that were written."""
    first, _, rest = words.partition(" ")
    row = {
        "member": words.upper().replace(" ", "_"),
        "words": words,
        "infinitive": f"{'be' if first == 'is' else first.removesuffix('s')} {rest}".rstrip(),
    }
    nodes, table = root / "flowrules/language/nodes/conditions.py", root / "flowrules/language/operators.py"
    guide, canonical = root / "docs/language.md", root / "tests/language/canonical.rules"
    add_before(nodes, '    BETWEEN = "between"\n', f'    {row["member"]} = "{words.replace(" ", "_")}"\n')
    add_before(table, "    Operator(\n        Op.BETWEEN,", ROW.format(**row))
    add_behind(table, "    Op.ENDS_WITH: str.endswith,\n", f"    Op.{row['member']}: str.__eq__,  # TODO\n")
    add_before(guide, "| `is between` |", f"| `{words}` | | TODO |\n")
    add_at_end(canonical, f'\non said {words} "my" stop\n')
    return [nodes, table, guide, canonical]
