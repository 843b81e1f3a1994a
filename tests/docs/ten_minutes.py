"""Follow the ten-minute start of docs/embedding.md to the letter: `python ten_minutes.py FOLDER BIN`.

FOLDER is empty, BIN holds the programs of an environment in which flowrules is installed: making that environment is the
one step that is not followed here.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "embedding.md"
BLOCK = re.compile(
    r"^```(?P<kind>console|python file=\S+|text)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
INSTALLS = ("python -m venv", ". .venv", "pip install")
TYPED = {"flowrules try my-rules": "intent=human\nintent=human\n:why\n:quit\n"}


def follow(folder: Path, programs: Path) -> str:
    """What the last command printed. Raises CalledProcessError where one fails."""
    section = PAGE.read_text("utf-8").split("## Ten minutes")[1].split("\n## ")[0]
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    printed = ""
    for block in BLOCK.finditer(section):
        if block["kind"].startswith("python"):
            (folder / block["kind"].partition("=")[2]).write_text(block["text"], "utf-8")
        elif block["kind"] == "console":
            for command in block["text"].splitlines():
                if not command.startswith(INSTALLS):
                    done = subprocess.run(
                        command.split(),
                        cwd=folder,
                        env={**os.environ, "PATH": path},
                        input=TYPED.get(command, ""),
                        capture_output=True,
                        text=True,
                        check=True,
                        timeout=120,
                    )
                    printed = done.stdout
        elif printed != block["text"]:
            raise AssertionError(f"the page says\n{block['text']}and this was printed\n{printed}")
    return printed


if __name__ == "__main__":
    print(follow(Path(sys.argv[1]), Path(sys.argv[2])), end="")
