"""`flowrules build`: rule files as one file that is ready at once."""

from pathlib import Path
from typing import Annotated

import typer

from flowrules.built import SUFFIX
from flowrules.cli.files import fail, read_rules, refuse_built
from flowrules.cli.host import host_fence
from flowrules.compiler.load import load_rules
from flowrules.diagnostics.render import concise
from flowrules.ready import build as write_built


def build(
    path: Annotated[Path, typer.Argument(help="A rule file, or a folder of them.")] = Path(),
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The file to write; its name ends in .frb.")
    ] = Path(f"rules{SUFFIX}"),
) -> None:
    """Write checked rules and their texts into one file, which every command and the engine take in place of the
    folder, and which is ready much sooner.

    Where the file does not fit (another flowrules, other limits of the host), its texts are read and checked anew: the
    rules are the same. Ends with 1, and writes nothing, where the rules have errors.
    """
    refuse_built(path)
    if out.suffix != SUFFIX:
        fail(f"The name of a built rule set ends in {SUFFIX}: -o {out.with_suffix(SUFFIX)}")
    loaded = load_rules(read_rules(path), fence=host_fence())
    if loaded.ruleset is None:
        typer.echo(concise(loaded.findings), err=True, nl=False)
        typer.echo("The rules have errors, so nothing was built.", err=True)
        raise typer.Exit(1)
    try:
        write_built(loaded, out)
    except ValueError as error:
        fail(f"{error}: try again.")
    except OSError as error:
        fail(f"{out} can't be written: {error.strerror or error}")
    count = len(loaded.ruleset.rules)
    typer.echo(f"{out}: {count} {'rule' if count == 1 else 'rules'}, revision {loaded.ruleset.revision}")
