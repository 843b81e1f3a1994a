"""What the terminal at hand can show."""

import sys

import typer
from rich.console import Console

from flowrules.diagnostics.render.full import Paint, coloured, plain


def paint() -> Paint:
    """Colours on a terminal, none in a pipe or where NO_COLOR is set."""
    console = Console(file=sys.stdout)
    shows_colour = console.is_terminal and not console.no_color and not console.is_dumb_terminal
    return coloured if shows_colour else plain


def say(text: str) -> None:
    """Print text that brings its own line ends, if there is any."""
    if text:
        typer.echo(text, nl=False)
