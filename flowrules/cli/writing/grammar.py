"""`flowrules grammar`: what may be written into a rule set, for a model that is held to it while it writes."""

from pathlib import Path
from typing import Annotated

import typer

from flowrules.analysis.gather import gather
from flowrules.cli.options.files import read_rules
from flowrules.cli.options.host import host_fence
from flowrules.cli.terminal.screen import say
from flowrules.compiler.loading.load import check_sources
from flowrules.decoding.export import Reader, exported
from flowrules.decoding.grammar import Only, grammar_of
from flowrules.diagnostics.diagnostic import has_errors
from flowrules.diagnostics.render import concise


def grammar(
    path: Annotated[Path, typer.Argument(help="A rule file, or a folder of them.")],
    reader: Annotated[Reader, typer.Option("--for", help="Who reads the grammar.")],
    only: Annotated[
        list[Only] | None,
        typer.Option("--only", help="What may be written; may be given again. Else all four."),
    ] = None,
) -> None:
    """Print a grammar that holds a model to the rule language while it writes.

    It has every form of rules, guard rails, promises and tests, in the spelling of `flowrules fmt`. Its only names are
    those of the rule set at PATH and of the engine. A rule set with errors has no grammar: the command ends with 1.
    """
    checked, findings = check_sources(read_rules(path), fence=host_fence())
    if has_errors(findings):
        typer.echo(concise(findings), err=True, nl=False)
        raise typer.Exit(1)
    say(exported(grammar_of(gather(checked.files), only or ()), reader))
