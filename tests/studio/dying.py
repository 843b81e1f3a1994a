"""A studio that dies in the middle of a save, as if it were killed: `dying.py FOLDER MOMENT`. It prints its address."""

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from flowrules.studio import bundle
from flowrules.studio.on_disk import RulesOnDisk
from flowrules.studio.server import Studio

MOMENTS = ("before it is written", "before it is in its place", "when it is in its place")


def die_at(moment: str, target: Path) -> None:
    """End the process at once, with nothing tidied up, when the save of a file has come so far."""
    is_written = False

    def hook(event: str, args: tuple[Any, ...]) -> None:
        nonlocal is_written
        if event not in ("open", "os.rename"):
            return
        path = str(args[0])
        is_new = Path(path).name.startswith(f".{target.name}.")
        renames = event == "os.rename" and str(args[1]) == str(target)
        match moment:
            case "before it is written" if event == "open" and is_new:
                os._exit(9)
            case "before it is in its place" if renames:
                os._exit(9)
            case "when it is in its place" if event == "open" and is_written and path == str(target):
                os._exit(9)
        is_written = is_written or renames

    sys.addaudithook(hook)


async def main(folder: Path, moment: str) -> None:
    with tempfile.TemporaryDirectory() as static:
        for name in (bundle.SCRIPT, bundle.STYLE, bundle.LICENSES):
            (Path(static) / name).write_text("/* nothing */")
        bundle.assets.__defaults__ = (Path(static),)
        async with Studio(RulesOnDisk(folder), port=0, story_seconds=-1) as studio:
            die_at(moment, (folder / "sales.rules").resolve())
            print(studio.address, flush=True)
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
