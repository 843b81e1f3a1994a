"""`flowrules new`: a folder to begin with."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from flowrules.cli.options.files import fail

STARTER = ("hello.rules", "README.md")


def new(
    folder: Annotated[Path, typer.Argument(help="The folder to make.")] = Path("my-rules"),
) -> None:
    """Start a folder with a small rule file, its tests and what to try first.

    Nothing that exists is overwritten.
    """
    try:
        written = write_starter(folder)
    except FileExistsError as error:
        fail(f"{error.filename} is there already; name another folder.")
    except OSError as error:
        fail(f"{error.filename or folder} can't be written: {error.strerror}")
    for path in written:
        typer.echo(f"wrote {path}")
    typer.echo(f"\nNext: read {written[0]}, then try\n")
    typer.echo(f"  flowrules check {folder}")
    typer.echo(f"  flowrules preview {folder} intent=sales --at 2026-03-02T11:00")
    typer.echo(f"  flowrules studio {folder}")


def write_starter(folder: Path) -> tuple[Path, ...]:
    """Write the starter's files. Raises FileExistsError before anything is written if one of them exists."""
    paths = tuple(folder / name for name in STARTER)
    for path in paths:
        if path.exists():
            raise FileExistsError(0, "exists", str(path))
    folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        with path.open("x", encoding="utf-8") as file:
            file.write(files("flowrules.cli").joinpath("starter", path.name).read_text("utf-8"))
    return paths
