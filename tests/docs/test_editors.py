"""docs/editors.md: what it shows of the editor service runs, and it sets up the command that there is."""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "editors.md").read_text("utf-8")


def test_the_program_runs_and_completes() -> None:
    (program,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("['desk']\n", "")


def test_each_editor_starts_the_server() -> None:
    parts = dict(part.split("\n", 1) for part in GUIDE.split("\n## ")[1:])
    for editor in ("Neovim", "Helix", "Emacs", "JetBrains"):
        text = next(text for title, text in parts.items() if title.startswith(editor))
        assert re.search(r'flowrules"?,? "?lsp|command = "flowrules"\n\s+args = \["lsp"\]', text), editor


def test_the_commands_and_settings_of_vs_code_are_those_that_there_are() -> None:
    part = next(part for part in GUIDE.split("\n## ") if part.startswith("VS Code"))
    manifest = json.loads((ROOT / "editors" / "vscode" / "package.json").read_text("utf-8"))
    titles = {one["title"] for one in manifest["contributes"]["commands"]}
    told = set(re.findall(r"^\| \*\*([^*:]+)\*\*", part, re.MULTILINE))
    assert told <= titles
    assert len(told) == 3
    settings = manifest["contributes"]["configuration"]["properties"]
    assert set(re.findall(r"`(flowrules\.\w+(?:\.\w+)?)`", part)) == settings.keys()
    for picture in re.findall(r"!\[[^]]+\]\(([^)]+)\)", part):
        assert (ROOT / "docs" / picture).is_file()
