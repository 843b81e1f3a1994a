"""docs/editors.md: what it shows of the editor service runs, and it sets up the command that there is."""

import re
import subprocess
import sys
from pathlib import Path

GUIDE = (Path(__file__).parents[2] / "docs" / "editors.md").read_text("utf-8")


def test_the_program_runs_and_completes() -> None:
    (program,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("['desk']\n", "")


def test_each_editor_starts_the_server() -> None:
    parts = dict(part.split("\n", 1) for part in GUIDE.split("\n## ")[1:])
    for editor in ("Neovim", "Helix", "Emacs", "JetBrains"):
        text = next(text for title, text in parts.items() if title.startswith(editor))
        assert re.search(r'flowrules"?,? "?lsp|command = "flowrules"\n\s+args = \["lsp"\]', text), editor
