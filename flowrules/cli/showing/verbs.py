"""`flowrules verbs`: the catalogue, as a table or a page a verb."""

import json as jsonlib
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer

from flowrules.cli.options.files import fail
from flowrules.cli.terminal.screen import say
from flowrules.diagnostics.guess import nearest
from flowrules.diagnostics.render.full import WIDTH
from flowrules.diagnostics.render.terminal import wrapped
from flowrules.verbs import CATALOGUE, WORDS
from flowrules.verbs.describe import FieldHelp, VerbHelp, describe


def verbs(
    name: Annotated[str | None, typer.Argument(help="One verb, in full.")] = None,
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """The verbs of the platform, and how each is written in a rule."""
    if name is None:
        helps = [describe(spec) for spec in CATALOGUE]
        say(_json([asdict(one) for one in helps]) if json else "".join(f"{line}\n" for line in table(helps)))
        return
    spec = WORDS.get(name.lower())
    if spec is None:
        guess = nearest(name, WORDS)
        hint = f" Did you mean {' or '.join(guess.names)}?" if guess else ""
        fail(f"There is no verb {name}.{hint} `flowrules verbs` lists them all.")
    one = describe(spec)
    say(_json(asdict(one)) if json else "".join(f"{line}\n" for line in page(one)))


def _json(data: object) -> str:
    return jsonlib.dumps(data, ensure_ascii=False, indent=2) + "\n"


def table(helps: list[VerbHelp]) -> Iterator[str]:
    """All verbs by family, a line or two each."""
    family = ""
    for one in helps:
        if one.family != family:
            if family:
                yield ""
            family = one.family
            yield family
        yield from _columns([(one.name, one.help)], 22)
    yield ""
    yield "`flowrules verbs transfer` shows how one is written, with examples."


def page(one: VerbHelp) -> Iterator[str]:
    """One verb in full."""
    undone = f", undone by {one.closed_by}" if one.closed_by else ""
    yield f"{one.name} ({one.effect}{undone})"
    yield from wrapped(one.help, WIDTH)
    yield from _section("Written as", one.forms)
    yield from _columns(list(one.places), 2 + max((len(word) for word, _ in one.places), default=0))
    yield from _section("Examples", one.examples)
    yield from _section("Sent to the platform", [] if one.fields else ["no fields"])
    yield from _columns([(field.name, _field(field)) for field in one.fields], 18)


def _section(title: str, lines: tuple[str, ...] | list[str]) -> Iterator[str]:
    yield ""
    yield title
    yield from (f"  {line}" for line in lines)


def _columns(rows: list[tuple[str, str]], width: int) -> Iterator[str]:
    for word, text in rows:
        first, *rest = wrapped(text, WIDTH - 2 - width)
        yield f"  {word:<{width}}{first}"
        yield from (f"  {'':<{width}}{line}" for line in rest)


def _field(field: FieldHelp) -> str:
    if field.required:
        return field.type
    default = f", {field.default} if left out" if field.default is not None else ""
    return f"{field.type}, optional{default}"
