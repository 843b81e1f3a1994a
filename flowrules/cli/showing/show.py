"""`flowrules show`: what each stage makes of rule files."""

import json as jsonlib
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Annotated, Any

import typer

from flowrules.cli.options.files import read_rules
from flowrules.cli.options.host import host_fence
from flowrules.cli.showing.tree import Data, as_data, outline
from flowrules.cli.terminal.screen import say
from flowrules.compiler.overview import overview
from flowrules.diagnostics.diagnostic import Findings, has_errors
from flowrules.diagnostics.render import concise
from flowrules.diagnostics.render.full import WIDTH
from flowrules.diagnostics.render.terminal import wrapped
from flowrules.language.nodes import RuleFile
from flowrules.language.parse import parse
from flowrules.ready import load_ready

show = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

PathArgument = Annotated[Path, typer.Argument(help="A rule file, or a folder of them.")]
JsonOption = Annotated[bool, typer.Option("--json", help="For programs.")]


@show.command()
def ast(path: PathArgument = Path(), json: JsonOption = False) -> None:
    """The syntax tree: what each rule and declaration says, word for word."""
    parsed = [parse(source) for source in read_rules(path)]
    blocks = [block for file, _ in parsed for block in syntax_data(file)]
    if json:
        say(_json(blocks))
    for block in () if json else blocks:
        typer.echo(f"{block['file']}:{block['line']}")
        say("".join(f"{line}\n" for line in outline(block["item"], depth=1)))
    _end(tuple(finding for _, findings in parsed for finding in findings))


@show.command()
def ruleset(path: PathArgument = Path(), json: JsonOption = False) -> None:
    """The compiled rule set: its revision, and what the engine decides by."""
    loaded = load_ready(read_rules(path), path, fence=host_fence())
    if loaded.ruleset is not None:
        data = overview(loaded.ruleset)
        say(_json(data) if json else "".join(f"{line}\n" for line in ruleset_lines(data)))
    _end(loaded.findings)


def syntax_data(file: RuleFile) -> list[Data]:
    """`{"file", "line", "item"}` a block; `item` is null where a block has a mistake."""
    path, line = file.source.path, file.source.position
    return [
        {"file": path, "line": line(block.start).line, "item": as_data(block.item)} for block in file.blocks
    ]


def _json(data: Data) -> str:
    return jsonlib.dumps(data, ensure_ascii=False, indent=2) + "\n"


def ruleset_lines(data: dict[str, Any]) -> Iterator[str]:
    """A compiler's `overview` for people: what is asked in which order."""
    yield f"revision {data['revision']}, zone {data['zone']}"
    for rank, asked in groupby(data["rules"], key=itemgetter("rank")):
        yield f"\n{rank} rules"
        for rule in asked:
            yield f"  {rule['file']}:{rule['line']}  {rule['waits_for']}"
            yield f"    known as {rule['id']}"
    if data["rails"]:
        yield "\nguard rails"
        yield from (f"  {rail['file']}:{rail['line']}  {rail['text']}" for rail in data["rails"])
    if data["promises"]:
        yield "\npromises"
        yield from (
            f'  {one["file"]}:{one["line"]}  "{one["name"]}" {one["text"]}' for one in data["promises"]
        )
    for kind, names in data["declared"].items():
        if names:
            yield f"\n{kind}"
            yield from (f"  {line}" for line in wrapped(", ".join(names), WIDTH - 2))


def _end(findings: Findings) -> None:
    """Findings go to standard error, so that what is shown can be piped on."""
    typer.echo(concise(findings), err=True, nl=False)
    raise typer.Exit(1 if has_errors(findings) else 0)
