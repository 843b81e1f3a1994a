"""`flowrules fmt`: rule files in canonical form."""

import difflib
import sys
from pathlib import Path
from typing import Annotated

import typer

from flowrules.authoring.encoded import encoded_like
from flowrules.cli.options.files import read_rules, refuse_built, write_rules
from flowrules.cli.terminal.screen import say
from flowrules.diagnostics.diagnostic import Severity, has_errors
from flowrules.language.format import FormatResult, format_text
from flowrules.source import SourceFile, lines_of, source_from_bytes

STDIN = "-"


def fmt(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH", help="Rule files or folders; - reads standard input.")
    ],
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; end with 1 if something would.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Change nothing; show what would be.")] = False,
) -> None:
    """Write rule files in their one canonical form.

    Order, comments and meaning stay as they are. A rule with a mistake is left as it was, and the command ends with 1.
    """
    if paths == [STDIN]:
        results = [_standard_input(check, diff)]
    else:
        for path in paths:
            refuse_built(Path(path))
        sources = [source for path in paths for source in read_rules(Path(path))]
        results = [_file(source, check, diff) for source in sources]
    unread = any(has_errors(result.findings) for result in results)
    raise typer.Exit(1 if unread or (check and any(result.changed for result in results)) else 0)


def _standard_input(check: bool, diff: bool) -> FormatResult:
    data = sys.stdin.buffer.read()
    source = source_from_bytes(data, STDIN)
    result = _formatted(source)
    if diff:
        say(difference(source, result))
    elif not check:
        unread = source.oversized or source.undecodable is not None
        sys.stdout.buffer.write(data if unread else encoded_like(data, result.text))
    return result


def _file(source: SourceFile, check: bool, diff: bool) -> FormatResult:
    result = _formatted(source)
    if diff:
        say(difference(source, result))
    elif result.changed and check:
        typer.echo(f"would change {source.path}")
    elif result.changed:
        write_rules(Path(source.path), result.text)
        typer.echo(f"changed {source.path}")
    return result


def _formatted(source: SourceFile) -> FormatResult:
    result = format_text(source)
    for finding in result.findings:
        if finding.code.severity is not Severity.ERROR:
            continue
        place = f"{source.path}:{finding.location.first.line}:{finding.location.first.column}"
        typer.echo(f"{place}: left as it was: {finding.message}", err=True)
    return result


def difference(source: SourceFile, result: FormatResult) -> str:
    """What formatting changes, as a unified diff; empty where nothing does."""
    old, new = lines_of(source.text), lines_of(result.text)
    lines = difflib.unified_diff(old, new, source.path, f"{source.path} (formatted)")
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
