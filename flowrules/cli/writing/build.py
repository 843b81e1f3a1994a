"""`flowrules build`: rule files as one file that is ready at once."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from flowrules.built import SUFFIX
from flowrules.cli.options.files import fail, read_rules, refuse_built
from flowrules.cli.options.host import host_fence
from flowrules.compiler.loading.load import load_rules
from flowrules.diagnostics.render import concise
from flowrules.ready import build as write_built


def build(
    path: Annotated[Path, typer.Argument(help="A rule file, or a folder of them.")] = Path(),
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The file to write; its name ends in .frb.")
    ] = Path(f"rules{SUFFIX}"),
    sign: Annotated[
        Path | None,
        typer.Option(help="Sign it with the Ed25519 key in this PEM file, for flowrules run --bundle."),
    ] = None,
    author: Annotated[str, typer.Option(help="Signed with it: who lets it go live.")] = "",
    reason: Annotated[str, typer.Option(help="Signed with it: why.")] = "",
) -> None:
    """Write checked rules and their texts into one file, which every command and the engine take in place of the
    folder, and which is ready much sooner.

    Where the file does not fit (another flowrules, other limits of the host), its texts are read and checked anew: the
    rules are the same. Ends with 1, and writes nothing, where the rules have errors.
    """
    refuse_built(path)
    if out.suffix != SUFFIX:
        fail(f"The name of a built rule set ends in {SUFFIX}: -o {out.with_suffix(SUFFIX)}")
    if sign is None and (author or reason):
        fail("An author and a reason are signed: name the key, --sign KEYFILE.")
    loaded = load_rules(read_rules(path), fence=host_fence())
    if loaded.ruleset is None:
        typer.echo(concise(loaded.findings), err=True, nl=False)
        typer.echo("The rules have errors, so nothing was built.", err=True)
        raise typer.Exit(1)
    try:
        if sign is None:
            write_built(loaded, out)
        else:
            write_built(loaded, out, _seal(sign, loaded.ruleset.revision, author, reason))
    except ValueError as error:
        fail(f"{error}: try again.")
    except OSError as error:
        fail(f"{out} can't be written: {error.strerror or error}")
    count = len(loaded.ruleset.rules)
    signed = "" if sign is None else ", signed"
    typer.echo(
        f"{out}: {count} {'rule' if count == 1 else 'rules'}, revision {loaded.ruleset.revision}{signed}"
    )


def _seal(keyfile: Path, revision: str, author: str, reason: str) -> Callable[[bytes], bytes]:
    from flowrules.rollout.envelope import MAX_TEXT, BadKey, Statement, digest_of, private_key, sealed

    if max(len(author), len(reason)) > MAX_TEXT:
        fail(f"An author and a reason have at most {MAX_TEXT} characters.")
    try:
        key = private_key(keyfile)
    except ImportError:
        fail("--sign takes the extra bundle: pip install 'flowrules[bundle]'")
    except BadKey as error:
        fail(f"{error}.")

    def seal(bundle: bytes) -> bytes:
        statement = Statement(digest_of(bundle), revision, datetime.now(UTC), author, reason)
        return sealed(bundle, statement, key)

    return seal
